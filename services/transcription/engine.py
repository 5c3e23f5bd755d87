"""What a transcription engine is: the request, the events it streams, and its Protocol.

It does not know gRPC, audio containers (`audio.py` decodes), or which model listens. Every time
is in whole milliseconds from the first sample of the caller's audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights

SAMPLE_RATE_HERTZ = 16_000
"""The rate of every engine's input: mono float32, full scale 1.0."""


class AudioSource(Protocol):
    """Sound to listen to, once, from its beginning."""

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Decodes as it is read: (n,) mono float32 at `SAMPLE_RATE_HERTZ`, within -1 and 1.

        Raises:
            InvalidArgumentError: The audio turns out to be damaged, or too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """One transcription.

    Args:
        audio: The decoded audio, read forwards, block by block.
        language: BCP-47 tag of the speech (`en`, `fr-CA`); None or empty detects it.
        word_timings: Whether segments carry the time of each word.
        prompt: Words to expect (names, spelling), in the language of the speech.
    """

    audio: AudioSource
    language: str | None = None
    word_timings: bool = True
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class LanguageDetected:
    """The language that the rest is written in; the first event of every transcription.

    Args:
        language: BCP-47 primary language, such as `en`; `und` when there is no speech.
        confidence: 0 to 1; 1 when the caller named the language.
    """

    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TranscribedWord:
    """One word on the audio's clock. `text` has no surrounding space, `end_ms >= start_ms`."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class TranscriptSegment:
    """A stretch of speech, about a sentence. Segments never overlap and follow one another.

    Args:
        index: 0, 1, 2 … in order.
        text: What is said, without surrounding space.
        start_ms, end_ms: Where it is said.
        words: Its words, empty when the request did not want timings.
        confidence: 0 to 1: the geometric mean of the tokens' probabilities.
    """

    index: int
    text: str
    start_ms: int
    end_ms: int
    words: tuple[TranscribedWord, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class TranscriptionFinished:
    """The last event: how much audio was heard."""

    duration_ms: int


TranscriptionEvent = LanguageDetected | TranscriptSegment | TranscriptionFinished
"""What `TranscriptionEngine.transcribe` yields."""


class TranscriptionEngine(Protocol):
    """Writes down speech. Built cheaply, loaded once in a worker thread."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None: ...

    def load(self) -> None:
        """Reads the weights. Called once, in a worker thread."""

    def warm_up(self) -> None:
        """Transcribes a moment of audio, so that the first caller does not pay for it."""

    def close(self) -> None:
        """Frees memory. Idempotent."""

    def transcribe(self, request: TranscriptionRequest, call: Call) -> Iterator[TranscriptionEvent]:
        """Streams what is heard: one `LanguageDetected`, segments, one `TranscriptionFinished`.

        Runs in a worker thread. Segments come while later audio is still being decoded.

        Raises:
            InvalidArgumentError: The audio cannot be decoded, or the model does not know the
                language.
            CancelledError: The caller left.
            DeadlineExceededError: The caller's time ran out.
        """
        ...
