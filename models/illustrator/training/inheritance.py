"""Going on from a released pipeline, when the folder in which it was trained is gone.

A release holds the autoencoder with its encoder and the averaged transformer, in few bits; the
optimiser's state is lost, and warms up anew. This module knows stored pipelines, not training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.training.config import Config
from models.illustrator.training.reconstruction import build_autoencoder
from models.illustrator.transformer import IllustratorTransformer

_ENTRANCE = "pos_embed.proj.weight"  # (width, channels, patch, patch)


def adopt_autoencoder(config: Config, folder: Path, target: Path) -> None:
    """Stores the autoencoder of a pipeline as the run's own.

    Raises:
        FailedPreconditionError: There is none, it has no encoder, or it is not the one that the
            configuration names.
    """
    released = _load_autoencoder(config, folder)
    target.mkdir(parents=True, exist_ok=True)
    torch.nn.Module.to(released, torch.float32).save_pretrained(target)


def autoencoder_weights(config: Config, folder: Path) -> dict[str, Tensor]:
    """The weights of a pipeline's autoencoder, to go on learning from.

    Raises:
        FailedPreconditionError: As `adopt_autoencoder`.
    """
    return {
        name: tensor.float()
        for name, tensor in _load_autoencoder(config, folder).state_dict().items()
    }


def _load_autoencoder(config: Config, folder: Path) -> Any:
    released = _load(IllustratorAutoencoder, folder)
    wanted = build_autoencoder(config).config
    for name in ("latent_channels", "widths", "encoder_blocks", "decoder_blocks"):
        if _plain(released.config[name]) != _plain(wanted[name]):
            raise _refusal(f"its autoencoder has other {name} than the configuration")
    return released


def trained_weights(folder: Path, own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a pipeline's transformer, float32.

    One that takes no sketches becomes one that takes them and does not heed them yet.

    Args:
        folder: Of the pipeline.
        own: Weights of the network that is to take them over, as `DenoisingTask.weights` has them.

    Raises:
        FailedPreconditionError: There are none, or they are another network's.
    """
    state = dict(_load(IllustratorTransformer, folder / "transformer").state_dict())
    missing = own[_ENTRANCE].shape[1] - state[_ENTRANCE].shape[1]
    if missing > 0:
        state[_ENTRANCE] = torch.nn.functional.pad(state[_ENTRANCE], (0, 0, 0, 0, 0, missing))
    shapes = {name: tensor.shape for name, tensor in own.items()}
    if {name: tensor.shape for name, tensor in state.items()} != shapes:
        raise _refusal("its transformer has another shape than the configuration")
    return {name: tensor.float() for name, tensor in state.items()}


def text_scale_of(folder: Path) -> float:
    """The scale of the text states that a pipeline's transformer was trained with.

    Raises:
        FailedPreconditionError: The folder holds no pipeline of ours.
    """
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        return float(index["text_scale"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refusal("its model_index.json names no text_scale") from error


def _load(kind: Any, folder: Path) -> Any:
    if not (folder / "config.json").is_file():
        raise _refusal(f"there is no {folder.name}")
    return kind.from_pretrained(folder, torch_dtype=torch.float32)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


def _refusal(problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The run cannot start from this pipeline: {problem}.", reason="START_DOES_NOT_FIT"
    )
