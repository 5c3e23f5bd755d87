"""`Reader`: what the words of a request ask for. Loads what it needs once, on first use.

Most requests are plain from their characters, in half a millisecond; only where those leave it open
is the sentence embedded, which costs ten times as much. Without the weights of the sentence model
(an installation that has no copy, and perhaps no network) it reads character n-grams alone, and
says so once in the log, and in every decision. A request never waits for a download. It knows
words, not requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lanternist.runtime import telemetry
from lanternist.runtime.errors import FailedPreconditionError, LanternistError
from models.catalog import Catalog
from models.sentences import CARD, sentence_encoder
from models.weights import state
from orchestrator.routing.classifier import Array, IntentClassifier
from orchestrator.routing.intents import Intent
from orchestrator.routing.utterance import read

_log = telemetry.logger(__name__)

Method = Literal["sentences", "characters"]


class Encoder(Protocol):
    """Makes sentences into vectors."""

    def encode(self, sentences: Sequence[str]) -> Array:
        """(sentences, 384), float32, each of length 1."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words say.

    Attributes:
        probabilities: By intent, summing to 1.
        method: What they were read by.
    """

    probabilities: Mapping[Intent, float]
    method: Method


def cached_encoder() -> Encoder:
    """The sentence encoder, if its weights are on this machine.

    Raises:
        FailedPreconditionError: They are not.
    """
    card = Catalog.builtin().get(CARD)
    if state(card) == "not fetched":
        raise FailedPreconditionError(
            f"The weights of {CARD} are not on this machine.", reason="WEIGHTS_NOT_FETCHED"
        )
    return sentence_encoder()


class Reader:
    """Reads utterances; may be used from several threads.

    Args:
        encoder: Gives the sentence encoder, or raises a `LanternistError`.
        plain: Probability from which on characters alone decide.
    """

    def __init__(
        self, encoder: Callable[[], Encoder] = cached_encoder, *, plain: float = 0.97
    ) -> None:
        self._plain = plain
        self._open_encoder = encoder
        self._encoder: Encoder | None = None
        self._classifier: IntentClassifier | None = None
        self._vectors: Mapping[str, Array] = {}
        self._loading = threading.Lock()

    def ahead(self, texts: Sequence[str]) -> None:
        """Embeds utterances that will be read next, together: five times quicker."""
        classifier = self._load()
        if self._encoder is not None:
            unclear = [text for text in texts if not self._is_plain(_by_letters(classifier, text))]
            vectors = self._encoder.encode([read(text).embedded for text in unclear])
            self._vectors = dict(zip(unclear, vectors, strict=True))

    def read(self, text: str) -> Reading:
        """Reads an utterance; blocks for a few milliseconds, the first time for loading."""
        classifier = self._load()
        chances, encoder = _by_letters(classifier, text), self._encoder
        if encoder is None or self._is_plain(chances):
            return Reading(chances, "characters")
        utterance, vector = read(text), self._vectors.get(text)
        if vector is None:
            vector = encoder.encode([utterance.embedded])[0]
        return Reading(classifier.probabilities(utterance, vector), "sentences")

    def _is_plain(self, chances: Mapping[Intent, float]) -> bool:
        return max(chances.values()) >= self._plain

    def _load(self) -> IntentClassifier:
        with self._loading:
            if self._classifier is None:
                self._classifier = IntentClassifier.load()
                self._encoder = _opened(self._open_encoder)
            return self._classifier


def _by_letters(classifier: IntentClassifier, text: str) -> Mapping[Intent, float]:
    return classifier.probabilities(read(text))


def _opened(encoder: Callable[[], Encoder]) -> Encoder | None:
    try:
        return encoder()
    except LanternistError as error:
        _log.warning("requests are read by characters alone", reason=error.reason)
        return None
