"""Pictures to latents, once, shard by shard; and the autoencoder as a finished part.

Knows the autoencoder and the shards. A shard of latents carries scenes and maps along, so that what
reads it needs no pictures.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.sketches import encode_sketches
from models.illustrator.training.budget import Budget
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import number_of, write_latents
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import working_precision
from models.illustrator.training.shards import Shard, facts_of

_BATCH = 32


def load_autoencoder(folder: Path, dtype: torch.dtype) -> Any:
    """The finished autoencoder, ready for inference.

    Raises:
        FailedPreconditionError: There is none yet.
    """
    if not (folder / "config.json").is_file():
        raise FailedPreconditionError(
            "There is no autoencoder yet: run the stage `autoencoder` first.",
            reason="NO_AUTOENCODER",
        )
    network = IllustratorAutoencoder.from_pretrained(folder, torch_dtype=dtype)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def fingerprint_of(file: Path) -> str:
    """Names a stored file by its bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def fingerprint_of_encoder(folder: Path) -> str:
    """Names what decides the latents of a stored autoencoder: its encoder and their statistics.

    The decoder does not count: it may go on learning while the latents stay what they are.

    Raises:
        FailedPreconditionError: There is no autoencoder yet.
    """
    network = load_autoencoder(folder, torch.float32)
    digest = hashlib.sha256()
    for statistic in (network.config.latent_mean, network.config.latent_deviation):
        digest.update(np.asarray(statistic, np.float32).tobytes())
    for name, tensor in sorted(network.encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def encode_pictures(
    config: Config, pictures: Path, autoencoder: Path, latents: Path, journal: Journal
) -> int:
    """Encodes every shard that this autoencoder has not encoded yet.

    Returns:
        Pictures encoded.
    """
    fingerprint = fingerprint_of_encoder(autoencoder)
    network: Any = None
    # The judge's own pictures are for its eyes alone.
    paths = [path for path in pictures.glob("*.safetensors") if not path.name.startswith("judge-")]
    paths.sort(key=number_of)
    done = 0
    budget = Budget(float("inf"))
    for number, path in enumerate(paths):
        target = latents / path.name
        if target.exists() and facts_of(target).get("autoencoder") == fingerprint:
            continue
        network = network or load_autoencoder(autoencoder, working_precision(config))
        shard = Shard(path)
        encoded, sketches = encode_shard(network, shard)
        facts = {"autoencoder": fingerprint, "fingerprint": config.fingerprint("data")}
        write_latents(target, encoded, sketches, shard, facts)
        done += len(shard)
        budget.tick()
        rate = done / max(budget.elapsed, 1e-9)
        journal.progress(
            "encode", step=number + 1, samples=done, rate=rate, budget=budget,
            left_seconds=(len(paths) - number - 1) * len(shard) / max(rate, 1e-9),
        )  # fmt: skip
    budget.tick()
    journal.note("encode", "done", new=done, per_second=round(done / max(budget.elapsed, 1e-9), 1))
    return done


@torch.inference_mode()
def encode_shard(network: Any, shard: Shard) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Latents of a shard's pictures and of its sketches: (examples, channels, height, width)."""
    parts, sketched = [], []
    for first in range(0, len(shard), _BATCH):
        numbers = range(first, min(first + _BATCH, len(shard)))
        stacked = torch.from_numpy(np.stack([shard.picture(i) for i in numbers]))
        pixels = stacked.permute(0, 3, 1, 2).to(network.dtype).div_(127.5).sub_(1.0)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        parts.append(network.encode(pixels).latents.half().contiguous())
        cutouts = torch.from_numpy(np.stack([shard.sketch(i) for i in numbers]))
        encoded = encode_sketches(network, cutouts.permute(0, 3, 1, 2).float().div_(255))
        sketched.append(encoded.half().contiguous())
    return torch.cat(parts).numpy(), torch.cat(sketched).numpy()
