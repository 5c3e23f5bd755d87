"""`ForcedAligner`: when each word of a known text is said, to some 20 ms.

The words' phones are laid through the sound by hidden Markov models of phones (Viterbi; 10 ms a
frame): SoundSwallower, CMU Sphinx's aligner as ReadAlong Studio uses it, with the English and
French models in its package. Nothing is guessed about *what* is said. It does not know Whisper.

    Huggins-Daines et al. 2006, "PocketSphinx"; https://github.com/ReadAlongs/SoundSwallower
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from services.transcription.engine import SAMPLE_RATE_HERTZ
from services.transcription.passages import Samples
from services.transcription.spelling import elided, guessed, parts

Span = tuple[float, float]
"""Start and end in seconds."""

_MODELS = {"en": "en-us", "fr": "fr-fr"}
# Words begin this much later than the models say: they count a stop's closure to its word.
_EARLY_SECONDS = 0.015
# Guessed words stay in the decoder's dictionary; after so many it is opened anew (0.2 s).
_MOST_GUESSES = 10_000
_SHORTEST_SECONDS = 0.1
_VARIANT = re.compile(r"\(\d+\)$")
_SEARCH: dict[str, Any] = {
    "bestpath": False,  # its lattice may give a phone fewer frames than it has states
    "beam": 1e-64,
    "pbeam": 1e-64,
    "wbeam": 1e-48,
    "maxhmmpf": -1,
    "silprob": 0.5,  # else a word sometimes swallows the short pause before it
    "loglevel": "FATAL",
}


def aligner_for(language: str) -> ForcedAligner | None:
    """The aligner of a language (ISO 639-1); None where this machine has none for it."""
    if language not in _MODELS or find_spec("soundswallower") is None:
        return None
    return ForcedAligner(language)


class ForcedAligner:
    """Aligns in one language. Not for several threads at once. Reads 25 MB when first used.

    Args:
        language: `en` or `fr`.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._decoder: Any = None
        self._guesses = 0

    def align(self, samples: Samples, words: Sequence[str]) -> list[Span | None] | None:
        """When each word is said.

        Args:
            samples: Shape (n,), mono float32 at 16 kHz, within -1 and 1; best some seconds, at most
                a minute.
            words: All that is said in it, in order, as written.

        Returns:
            Of each word, seconds from the first sample; None for a word that holds nothing to say.
            None altogether where the words do not fit the sound.
        """
        if len(samples) < _SHORTEST_SECONDS * SAMPLE_RATE_HERTZ:
            return None
        self._open()
        said = [(index, part) for index, word in enumerate(words) for part in self._known(word)]
        if not said:
            return None
        found = self._search(samples, [part for _, part in said])
        if found is None:
            return None
        length = len(samples) / SAMPLE_RATE_HERTZ
        spans: list[Span | None] = [None] * len(words)
        for (index, _), (start, end) in zip(said, found, strict=True):
            known = spans[index]
            first = known[0] if known else min(start + _EARLY_SECONDS, length)
            spans[index] = first, min(max(first, end + _EARLY_SECONDS), length)
        return spans

    def _search(self, samples: Samples, said: Sequence[str]) -> list[Span] | None:
        decoder = self._decoder
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        try:
            decoder.set_align_text(" ".join(said))
            decoder.start_utt()
            decoder.process_raw(pcm, full_utt=True)
            decoder.end_utt()
            path = [(_VARIANT.sub("", s.text), s.start, s.start + s.duration) for s in decoder.seg]
        except RuntimeError:  # no path through the sound
            self._decoder = None
            return None
        spoken = [(text, start, end) for text, start, end in path if text[0] not in "<[(+"]
        if [text for text, _, _ in spoken] != list(said):
            return None  # it stopped short
        return [(start, end) for _, start, end in spoken]

    def _known(self, word: str) -> Iterator[str]:
        """The parts of a word, each in the decoder's dictionary by now."""
        decoder = self._decoder
        for part in parts(word, self._language):
            bare = part.strip("'")
            for spelling in (part, bare):
                if decoder.lookup_word(spelling):
                    yield spelling
                    break
            else:
                pieces = elided(part)
                if len(pieces) > 1 and all(decoder.lookup_word(piece) for piece in pieces):
                    yield from pieces
                elif phones := guessed(bare, self._language):
                    decoder.add_word(bare, phones, False)
                    self._guesses += 1
                    yield bare

    def _open(self) -> None:
        if self._decoder is None or self._guesses > _MOST_GUESSES:
            import soundswallower  # noqa: PLC0415 - only where something is aligned

            model = soundswallower.get_model_path(_MODELS[self._language])
            self._decoder = soundswallower.Decoder(hmm=model, samprate=SAMPLE_RATE_HERTZ, **_SEARCH)
            self._guesses = 0
