"""The voices of Kokoro: style vectors in `models/voices`, and the ids of its phoneme alphabet.

Each voice is a table of style vectors, one row for each length of input. Files are read once and
verified against the SHA-256 in `voices.json`. It does not know the model.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

import models
from lanternist.runtime.errors import DataLossError
from services.voice.engine import Gender, Voice

_DIRECTORY = Path(models.__file__).parent / "voices"


class _VoiceFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    display_name: str
    language: str
    gender: Gender
    license: str
    file: str = Field(pattern=r"^[a-z0-9_]+\.bin$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int


class _Listing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    shape: tuple[int, int]
    voices: tuple[_VoiceFile, ...]
    symbols: dict[str, int]


class StyleVectors:
    """A set of voices for one model.

    Args:
        listing: The `voices.json` that names them; the files lie beside it.
        model_id: The model that they belong to.
    """

    def __init__(self, listing: Path, model_id: str) -> None:
        self._directory = listing.parent
        self._listing = _Listing.model_validate_json(listing.read_text(encoding="utf-8"))
        self._tables: dict[str, NDArray[np.float32]] = {}
        self.symbols = self._listing.symbols
        self.voices = tuple(
            Voice(
                id=entry.id,
                display_name=entry.display_name,
                language=entry.language,
                gender=entry.gender,
                license=entry.license,
                model=model_id,
            )
            for entry in self._listing.voices
        )

    @classmethod
    def builtin(cls, model_id: str) -> StyleVectors:
        """The voices in this repository."""
        return cls(_DIRECTORY / "voices.json", model_id)

    def load(self) -> None:
        """Reads and verifies every voice.

        Raises:
            DataLossError: A file is missing, or is not what the listing says.
        """
        for entry in self._listing.voices:
            try:
                content = (self._directory / entry.file).read_bytes()
            except OSError as error:
                raise DataLossError(f"The voice {entry.id} cannot be read.") from error
            if hashlib.sha256(content).hexdigest() != entry.sha256:
                raise DataLossError(
                    f"The voice {entry.id} does not match its SHA-256.",
                    metadata={"voice": entry.id},
                )
            table = np.frombuffer(content, dtype="<f4").astype(np.float32)
            self._tables[entry.id] = table.reshape(self._listing.shape)

    def style(self, voice_id: str, phoneme_count: int) -> NDArray[np.float32]:
        """The style for an input of so many phonemes: shape (1, 256), float32."""
        table = self._tables[voice_id]
        row = min(max(phoneme_count, 1), len(table)) - 1
        return table[row : row + 1]
