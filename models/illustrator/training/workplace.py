"""Where a run keeps what, and whether what lies there is its own.

Each stage has a folder and a note in it that says under which configuration it was begun and, once
it is, done. This module knows files, not what is in them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lanternist.runtime.errors import FailedPreconditionError
from models.cache import cache_directory, move_into_place
from models.illustrator.training.config import Config

_NOTE = "stage.json"

_DECIDED_BY = {
    "autoencoder": ("data", "autoencoder"),
    "probe": ("data", "probe"),
    "train": ("data", "autoencoder", "transformer"),
    "distil": ("data", "autoencoder", "transformer", "distillation"),
}
"""The sections of the configuration that decide what a stage makes."""


def default_folder(config: Config) -> Path:
    """In the user's cache: a folder for each preset."""
    return cache_directory() / "illustrator" / config.name


@dataclass(frozen=True)
class Workplace:
    """The working folder of one run.

    Attributes:
        config: Of the run.
        folder: Everything lies below it.
    """

    config: Config
    folder: Path

    @property
    def pictures(self) -> Path:
        """Shards of composed pictures."""
        return self.folder / "pictures"

    @property
    def latents(self) -> Path:
        """Shards of their latents."""
        return self.folder / "latents"

    @property
    def autoencoder(self) -> Path:
        """The finished autoencoder."""
        return self.folder / "autoencoder" / "finished"

    @property
    def report(self) -> Path:
        """Figures and contact sheets."""
        return self.folder / "report"

    @property
    def journal(self) -> Path:
        """The run's log, JSON lines."""
        return self.folder / "log.jsonl"

    def stage(self, name: str) -> Path:
        """The folder of a stage."""
        return self.folder / name

    def checkpoints(self, name: str) -> Path:
        """Of a stage that learns."""
        return self.stage(name) / "checkpoints"

    def weights(self, name: str) -> Path:
        """What a stage has learnt."""
        return self.stage(name) / "weights.safetensors"

    def pipeline(self, *, few_steps: bool) -> Path:
        """A pipeline directory."""
        return self.folder / "pipelines" / ("few-steps" if few_steps else "many-steps")

    def begin(
        self, name: str, *, resume: bool, again: bool, inputs: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Claims a stage's folder for this configuration.

        Args:
            name: Of the stage.
            resume: Whether going on with what lies there is wanted.
            again: Whether what lies there is to be thrown away.
            inputs: What else the stage depends on, as fingerprints.

        Returns:
            The stage's note: what earlier runs wrote into it.

        Raises:
            FailedPreconditionError: Something lies there and neither was wanted, or it was begun
                under another configuration.
        """
        folder = self.stage(name)
        if again:
            shutil.rmtree(folder, ignore_errors=True)
        mark = {"fingerprint": self.config.fingerprint(*_DECIDED_BY[name]), **(inputs or {})}
        note = self.note(name)
        if note and not resume:
            raise FailedPreconditionError(
                f"The stage `{name}` was begun in this folder before. Go on with it by --resume, "
                "or throw it away by --again.",
                reason="STAGE_BEGUN",
            )
        if note and any(note.get(key) != value for key, value in mark.items()):
            raise FailedPreconditionError(
                f"The stage `{name}` was begun under another configuration or with other parts. "
                "Throw it away by --again, or name another folder by --work.",
                reason="OTHER_CONFIGURATION",
            )
        return self.remember(name, **mark)

    def note(self, name: str) -> dict[str, Any]:
        """What a stage's note says; empty if it was not begun."""
        path = self.stage(name) / _NOTE
        if not path.is_file():
            return {}
        note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return note

    def remember(self, name: str, **facts: Any) -> dict[str, Any]:
        """Adds facts to a stage's note, and returns it."""
        note = {**self.note(name), **facts}
        write_json(self.stage(name) / _NOTE, note)
        return note


def write_json(path: Path, document: Any) -> None:
    """Writes a JSON file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    move_into_place(partial, path)
