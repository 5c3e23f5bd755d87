"""What a listener makes of speech: Whisper base writes it down, and its errors are counted.

References are written by hand as they should be heard, so a number read wrong counts as wrong. Both
sides are brought to one spelling first: English by Whisper's own normaliser, French by reading
digits as words. It measures synthesis and recognition together; the recogniser has errors too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jiwer
import numpy as np
import soxr
from faster_whisper import WhisperModel
from numpy.typing import NDArray
from transformers.models.whisper.english_normalizer import (
    BasicTextNormalizer,
    EnglishTextNormalizer,
)

from models.catalog import Catalog
from models.weights import resolve
from services.voice.text.reading import read
from services.voice.text.tokens import WrittenWord

DATA = Path(__file__).parent / "data"
_WHISPER_RATE = 16000
_SPELLINGS = {"kilometres": "kilometers", "metres": "meters"}
# One spelling of what Whisper writes now one way, now another; none of these hides a wrong word.
_SAME = (
    (re.compile(r"\b(\d+)[.:](\d\d)(?= ?[ap] ?m\b)"), r"\1\2"),
    (re.compile(r"\b([ap]) m\b"), r"\1m"),
    (re.compile(r"(\d)([ap]m)\b"), r"\1 \2"),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), r"\1"),
    (re.compile(r"\bhenry viii\b"), "henry the 8"),
    (re.compile(r"\bwar ii\b"), "war 2"),
    (re.compile(r"\betc\b"), "et cetera"),
    (re.compile(r"\bdr\b"), "doctor"),
)

Say = Callable[[str], tuple[NDArray[np.float32], int]]
"""Speaks a sentence: samples of shape (n,), and their rate in hertz."""


def sentence_pairs(name: str) -> Iterator[tuple[str, str]]:
    """The sentences of a data file: as written, and as they should be heard."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            written, _, spoken = line.partition(" | ")
            yield written, spoken or written


class Listener:
    """Whisper base on the CPU."""

    def __init__(self) -> None:
        weights = resolve(Catalog.builtin().get("whisper-base"))
        self._model = WhisperModel(
            str(weights.directory), device="cpu", compute_type="int8", cpu_threads=2
        )
        self._english = EnglishTextNormalizer(_SPELLINGS)
        self._basic = BasicTextNormalizer()

    def hear(self, samples: NDArray[np.float32], rate: int, language: str) -> str:
        """Writes down what is said."""
        return "".join(text for text, _, _ in self.words(samples, rate, language)).strip()

    def words(
        self, samples: NDArray[np.float32], rate: int, language: str
    ) -> list[tuple[str, float, float]]:
        """The words heard, with their start and end in seconds."""
        audio = soxr.resample(samples, rate, _WHISPER_RATE).astype(np.float32)
        segments, _ = self._model.transcribe(
            audio, language=language, word_timestamps=True, condition_on_previous_text=False
        )
        return [
            (word.word, word.start, word.end)
            for segment in segments
            for word in segment.words or ()
        ]

    def spelling(self, text: str, language: str) -> str:
        """A text in the one spelling that both sides are compared in."""
        if language == "en":
            plain = self._english(text)
            for pattern, same in _SAME:
                plain = pattern.sub(same, plain)
            return " ".join(plain.split())
        words = (
            word
            for token in read(text, "fr-FR")
            if isinstance(token, WrittenWord)
            for word in token.spoken
        )
        return " ".join(self._basic(re.sub(r"[-']", " ", " ".join(words))).split())

    def error_rate(self, say: Say, pairs: Sequence[tuple[str, str]], language: str) -> float:
        """Word error rate over all the sentences together, 0 to 1."""
        references, heard = [], []
        for written, spoken in pairs:
            samples, rate = say(written)
            references.append(self.spelling(spoken, language))
            heard.append(self.spelling(self.hear(samples, rate, language), language))
        return float(jiwer.wer(references, heard))
