"""What a voice engine is: the request it takes, the clauses it yields, the voices it lists.

Domain objects only: this module does not know the wire, a model, or a library that runs one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights

MIN_SPEED = 0.5
MAX_SPEED = 2.0

Gender = Literal["female", "male", ""]
"""How a voice sounds; empty when its makers do not say."""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One text to be spoken.

    Attributes:
        text: What to say, as written; any length.
        voice: A voice id of the engine; empty for the engine's default voice (of `language`).
        speed: 0.5 (half as fast) to 2.0 (twice as fast).
        language: BCP-47, for example `en-GB`; empty for the voice's own.
    """

    text: str
    voice: str = ""
    speed: float = 1.0
    language: str = ""


@dataclass(frozen=True, slots=True)
class WordTiming:
    """When one word, as written in the request, is heard.

    Attributes:
        text: The word as written, without the punctuation around it: `$3.50` is one word.
        start_ms: First millisecond of the word, counted from the start of the whole speech.
        end_ms: Millisecond at which it has ended; never before `start_ms`.
        char_start: Offset of its first character in the request text, in Unicode code points.
        char_end: Offset after its last character.
    """

    text: str
    start_ms: int
    end_ms: int
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class SpokenClause:
    """One clause of the speech; the clauses' samples joined in order are the speech.

    Attributes:
        samples: Shape (n,), float32 in [-1, 1], mono.
        sample_rate_hertz: Samples a second; the same for every clause of a speech.
        words: The words spoken in this clause, in order; times count from the start of the speech.
        text: The clause as written.
        index: 0, 1, 2 … in order.
    """

    samples: NDArray[np.float32]
    sample_rate_hertz: int
    words: tuple[WordTiming, ...]
    text: str
    index: int

    @property
    def duration_seconds(self) -> float:
        """Length of this clause's audio in seconds."""
        return len(self.samples) / self.sample_rate_hertz


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that may be asked for.

    Attributes:
        id: What a request names, unique within the model.
        display_name: For people.
        language: BCP-47.
        gender: How the voice sounds.
        license: SPDX identifier of the voice's own data.
        model: Id of the model that speaks with it.
    """

    id: str
    display_name: str
    language: str
    gender: Gender
    license: str
    model: str


class VoiceEngine(Protocol):
    """A text-to-speech model on its device.

    `load`, `warm_up` and `close` are called once each, outside the event loop; `synthesize` is
    iterated in a worker thread, one request at a time.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None: ...

    def load(self) -> None:
        """Reads the weights.

        Raises:
            DataLossError: A file does not hold what the card says.
            FailedPreconditionError: The placement asks for a device that is not there.
        """

    def warm_up(self) -> None:
        """Speaks a word, so that the first caller does not pay for lazy initialisation."""

    def close(self) -> None:
        """Frees the model's memory. Idempotent."""

    def voices(self) -> Sequence[Voice]:
        """The voices that `synthesize` accepts, the default one first."""

    def synthesize(self, request: SpeechRequest, call: Call) -> Iterator[SpokenClause]:
        """Speaks a text clause by clause; a clause is yielded before the next one is begun.

        Raises:
            InvalidArgumentError: `text` holds nothing that can be spoken, `speed` is out of range,
                or `voice` does not speak `language`.
            NotFoundError: There is no such voice.
            CancelledError, DeadlineExceededError: From `call`, polled before every clause.
        """
