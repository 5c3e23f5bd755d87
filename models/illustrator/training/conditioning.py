"""Captions as the transformer reads them: token states of the frozen sentence encoder, and none.

States are computed while training, not stored: that costs a twentieth of a step, and lets a scene
have another caption each time it comes round.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.illustrator.conditions import Conditions
from models.illustrator.text import encode_captions, load_text_encoder
from models.illustrator.training.config import Config

_MEASURED = 256


class _OneAtATime:
    """A tokenizer for several threads: the library's own holds its settings while it works."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._lock = threading.Lock()

    def __call__(self, *texts: Any, **options: Any) -> Any:
        with self._lock:
            return self._tokenizer(*texts, **options)


class CaptionReader:
    """The text encoder, with the scale that brings its states to unit deviation.

    Args:
        tokenizer: Of the encoder.
        encoder: A BERT-like model.
        max_tokens: Most tokens read of a caption.
        scale: Multiplies the states.
    """

    def __init__(self, tokenizer: Any, encoder: Any, max_tokens: int, scale: float = 1.0) -> None:
        self.tokenizer = tokenizer
        self._tokenize = _OneAtATime(tokenizer)
        self.encoder = encoder
        self.max_tokens = max_tokens
        self.scale = scale

    @staticmethod
    def load(config: Config, dtype: torch.dtype, scale: float = 1.0) -> CaptionReader:
        """Loads the encoder that the configuration names."""
        directory = None if config.text_encoder == "catalog" else Path(config.text_encoder)
        tokenizer, encoder = load_text_encoder(directory, dtype)
        return CaptionReader(tokenizer, encoder, config.transformer.max_text_tokens, scale)

    @property
    def width(self) -> int:
        """Channels of a state."""
        return int(self.encoder.config.hidden_size)

    def measure_scale(self, captions: Sequence[str]) -> float:
        """Sets the scale so that the states of such captions have deviation 1, and returns it."""
        self.scale = 1.0
        read = self.read(captions[:_MEASURED])
        spread = float(read.states[read.mask.bool()].float().std())
        self.scale = 1.0 / max(spread, 1e-6)
        return self.scale

    def read(self, captions: Sequence[str]) -> Conditions:
        """Encodes captions, padded to the longest of them."""
        states, mask = encode_captions(
            self._tokenize, self.encoder, captions, scale=self.scale, max_tokens=self.max_tokens
        )
        return Conditions(states, mask.to(states.dtype))
