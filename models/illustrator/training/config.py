"""Everything that a training run can be told, in one frozen object read from TOML.

A preset is such a file under `presets/`. `Config.fingerprint` names the part that decides what is
made, so a stage can tell whether files on disk are its own. This module trains nothing.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from models.illustrator.training.sections import (
    Autoencoder,
    Data,
    Distillation,
    Evaluation,
    Probe,
    Section,
    Transformer,
)

PRESETS = Path(__file__).with_name("presets")

STAGES = ("data", "autoencoder", "encode", "probe", "train", "distil", "export", "evaluate")
"""In the order in which they run."""

_MAY_CHANGE = frozenset({"schedule", "scenes", "judge_scenes", "milestone_hours"})


class Config(Section):
    """One run.

    Attributes:
        name: Of the preset.
        seed: Of everything random.
        hours: Wall-clock hours of the whole run.
        shares: Share of `hours` for each stage that learns or renders; the rest is what is left.
        threads: That compute; 0 for one a core.
        processes: That render; 0 for one a core.
        precision: "bfloat16", "float32" or "auto" (bfloat16 where the processor computes it).
        checkpoint_seconds: Between checkpoints.
        validate_seconds: Between validations.
        text_encoder: "catalog", or a directory with a BERT-like encoder and its tokenizer.
    """

    name: str
    seed: int = 1
    hours: float = Field(gt=0)
    shares: dict[str, float]
    threads: int = Field(default=0, ge=0)
    processes: int = Field(default=0, ge=0)
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    checkpoint_seconds: float = Field(default=300, gt=0)
    validate_seconds: float = Field(default=600, gt=0)
    text_encoder: str = "catalog"
    data: Data
    autoencoder: Autoencoder
    transformer: Transformer
    distillation: Distillation
    probe: Probe
    evaluation: Evaluation

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        unknown = set(self.shares) - set(STAGES)
        if unknown:
            raise ValueError(f"shares: there is no stage {', '.join(sorted(unknown))}")
        if sum(self.shares.values()) > 1 or min(self.shares.values(), default=0) < 0:
            raise ValueError("shares must not be negative nor add up to more than 1")
        block = self.autoencoder.factor * self.transformer.patch
        if self.data.picture_size % block:
            raise ValueError(f"data.picture_size must be a multiple of {block}")
        if self.transformer.concept_layer > self.transformer.layers:
            raise ValueError("transformer.concept_layer lies beyond its layers")
        return self

    @property
    def latent_size(self) -> int:
        """Latents of a picture's side."""
        return self.data.picture_size // self.autoencoder.factor

    def seconds(self, stage: str) -> float:
        """Wall-clock seconds that a stage may take."""
        return self.hours * 3600 * self.shares.get(stage, 0.0)

    def fingerprint(self, *sections: str) -> str:
        """Names what the given sections (and the seed) decide.

        Hours, the machine, schedules and the number of scenes do not count: a run may go on with
        more of them.
        """
        chosen: dict[str, Any] = {"seed": self.seed}
        for section in sections:
            document = getattr(self, section).model_dump(mode="json")
            chosen[section] = {k: v for k, v in document.items() if k not in _MAY_CHANGE}
        text = json.dumps(chosen, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_config(source: str, *, hours: float | None = None) -> Config:
    """Reads a preset by name ("smoke", "full", "large") or a TOML file by path.

    Raises:
        NotFoundError: There is no such preset or file.
        InvalidArgumentError: The file is not TOML, or a value in it is wrong.
    """
    path = Path(source) if source.endswith(".toml") else PRESETS / f"{source}.toml"
    if not path.is_file():
        raise NotFoundError("preset", source, field="preset")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if hours is not None:
            document["hours"] = hours
        return Config.model_validate(document)
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise InvalidArgumentError("preset", f"{path.name}: {error}") from error
