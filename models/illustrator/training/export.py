"""The trained parts as pipeline directories that diffusers loads.

Two of them: one for many guided steps, one for few without guidance. The text encoder stays out;
the pipeline takes it from the catalog. This module trains and measures nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.denoising import build_transformer
from models.illustrator.training.encoding import load_autoencoder
from models.illustrator.training.flow import scheduler_for

NOTICE = (
    "Trained on scenes composed from Fluent Emoji flat art (MIT, Microsoft Corporation), Noto "
    "Emoji (Apache-2.0, Google) and art of this project (Apache-2.0); see the file NOTICE."
)
_ART_NOTICE = Path(__file__).parent.parent / "art" / "NOTICE.md"


def export_pipeline(
    config: Config,
    folder: Path,
    *,
    weights: Mapping[str, Tensor],
    autoencoder: Path,
    reader: CaptionReader,
    few_steps: bool,
) -> int:
    """Writes a pipeline directory, replacing what is there.

    Args:
        config: Of the run.
        folder: To write.
        weights: Of the transformer, float32.
        autoencoder: Folder of the finished autoencoder.
        reader: Its scale and token limit become the pipeline's.
        few_steps: Whether the weights are the student's.

    Returns:
        Bytes written.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    transformer = build_transformer(config, reader.width)
    transformer.load_state_dict(dict(weights))
    few, many = config.distillation, config.evaluation
    vae = load_autoencoder(autoencoder, torch.float32)
    pipeline = IllustratorPipeline(
        tokenizer=reader.tokenizer,
        text_encoder=reader.encoder,
        transformer=transformer,
        vae=vae,
        scheduler=scheduler_for(shift=few.shift, order=1 if few_steps else 2),
        text_scale=reader.scale,
        max_text_tokens=reader.max_tokens,
        default_steps=few.windows if few_steps else many.steps,
        default_guidance_scale=1.0 if few_steps else many.guidance_scale,
    )
    partial.mkdir(parents=True)
    pipeline.save_config(partial)
    pipeline.scheduler.save_pretrained(partial / "scheduler")
    _store(transformer, partial / "transformer", many.bits)
    _store(vae, partial / "vae", many.autoencoder_bits)
    licences = _ART_NOTICE.read_text(encoding="utf-8")
    (partial / "NOTICE").write_text(f"{NOTICE}\n\n{licences}", encoding="utf-8")
    leave_out(partial / "model_index.json", "tokenizer", "text_encoder")
    _strip_paths(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _store(part: Any, folder: Path, bits: int) -> None:
    if bits < 16:
        part.save_packed(folder, bits=bits, notice=NOTICE)
        return
    folder.mkdir(parents=True)
    part.save_config(folder)
    state = {name: tensor.half().contiguous() for name, tensor in part.state_dict().items()}
    header = {"format": "pt", "notice": NOTICE}
    save_file(state, folder / "diffusion_pytorch_model.safetensors", header)


def leave_out(index: Path, *parts: str) -> None:
    """Says of parts that they are not in the directory, so that nobody looks for them there."""
    document = json.loads(index.read_text(encoding="utf-8"))
    document |= {part: [None, None] for part in parts}
    index.write_text(f"{json.dumps(document, indent=2, sort_keys=True)}\n", encoding="utf-8")


def _strip_paths(folder: Path) -> None:
    """Configurations of diffusers remember where parts were loaded from; ours travel."""
    for path in folder.rglob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("_name_or_path", None) is not None:
            path.write_text(f"{json.dumps(document, indent=2, sort_keys=True)}\n", encoding="utf-8")
