"""Kokoro-82M on onnxruntime: the engine for warm narration, with exact word timings.

The model takes phoneme ids and a style vector and returns audio; the durations that it predicts on
the way are made an output of the graph, one a phoneme, which is where the word timings come from.
Voices lie in `models/voices`. It does not know texts (`services.voice.speech` does), or the wire.

Model: https://huggingface.co/hexgrad/Kokoro-82M (StyleTTS 2, https://arxiv.org/abs/2306.07691)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.voice.choice import choose_voice
from services.voice.clauses import Clause, ClauseLimits
from services.voice.engine import SpeechRequest, SpokenClause, Voice
from services.voice.integer_convolutions import convolutions_to_products
from services.voice.joining import RawSpeech
from services.voice.onnx_graph import open_session, read_graph, show_tensor
from services.voice.phonemes.phonemizer import Phonemizer, phonemizer_for
from services.voice.speech import speak
from services.voice.style_vectors import StyleVectors

LIMITS = ClauseLimits(first=40, usual=160, most=500)
# The sound runs ahead of the durations: after 49 pauses in four voices at three speeds, words were
# heard 25 to 92 ms (median 45) before their frames, whatever the speed. Two frames put that right.
_LEAD_FRAMES = 2
_EDGE_TOKEN = 0  # Kokoro wraps every run in this id, which is padding


class KokoroEngine:
    """See `VoiceEngine`."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._weights = weights
        self._placement = placement
        self._styles = StyleVectors.builtin(card.id)
        self._session: ort.InferenceSession | None = None
        self._phonemizers: dict[str, Phonemizer] = {}
        self._durations = str(card.options["duration_tensor"])
        self._frame = int(card.options["duration_frame_samples"])
        self._rate = int(card.options["sample_rate_hertz"])

    def load(self) -> None:
        """See `VoiceEngine`. Every voice is verified here, so that none fails a request later."""
        if self._weights is None:
            raise FailedPreconditionError("Kokoro needs weights.", reason="MODEL_HAS_NO_WEIGHTS")
        model = read_graph(self._weights.path(str(self._card.options["model_file"])))
        show_tensor(model, self._durations)
        if not self._placement.is_cuda:
            convolutions_to_products(model)
        self._session = open_session(model, self._placement)
        self._styles.load()
        self._phonemizer(self.voices()[0].language)

    def warm_up(self) -> None:
        """See `VoiceEngine`."""
        for _ in self.synthesize(SpeechRequest(text="Ready."), Call()):
            pass

    def close(self) -> None:
        """See `VoiceEngine`."""
        self._session = None
        self._phonemizers.clear()

    def voices(self) -> Sequence[Voice]:
        """See `VoiceEngine`."""
        return self._styles.voices

    def synthesize(self, request: SpeechRequest, call: Call) -> Iterator[SpokenClause]:
        """See `VoiceEngine`."""
        voice = choose_voice(self.voices(), request.voice, request.language)
        return speak(
            request,
            call,
            model=self,
            voice=voice,
            phonemizer=lambda: self._phonemizer(voice.language),
            limits=LIMITS,
        )

    def say(self, clause: Clause, voice: Voice, speed: float) -> RawSpeech:
        """Runs the model on one clause; its durations times the frame are the samples."""
        if self._session is None:
            raise FailedPreconditionError("Kokoro is not loaded.", reason="MODEL_NOT_LOADED")
        symbols: Mapping[str, int] = self._styles.symbols
        known = [at for at, sound in enumerate(clause.phonemes) if sound in symbols]
        ids = [symbols[clause.phonemes[at]] for at in known]
        audio, durations = self._session.run(
            ["audio", self._durations],
            {
                "tokens": np.array([[_EDGE_TOKEN, *ids, _EDGE_TOKEN]], dtype=np.int64),
                "style": self._styles.style(voice.id, len(ids)),
                "speed": np.array([speed], dtype=np.float32),
            },
        )
        return RawSpeech(
            samples=np.asarray(audio, dtype=np.float32).reshape(-1),
            sample_rate_hertz=self._rate,
            edges=self._edges(np.asarray(durations).reshape(-1), known, len(clause.phonemes)),
        )

    def _edges(
        self, durations: NDArray[np.float32], known: Sequence[int], length: int
    ) -> NDArray[np.int64]:
        """Where each phoneme starts, in samples; those without an id take no time."""
        frames = np.zeros(length + 1, dtype=np.int64)
        frames[0] = int(durations[0])
        for at, duration in zip(known, durations[1:-1], strict=True):
            frames[at + 1] = int(duration)
        return np.maximum(np.cumsum(frames) - _LEAD_FRAMES, 0) * self._frame

    def _phonemizer(self, language: str) -> Phonemizer:
        if language not in self._phonemizers:
            self._phonemizers[language] = phonemizer_for(language)
        return self._phonemizers[language]
