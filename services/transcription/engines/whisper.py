"""`WhisperEngine`: any Whisper model in CTranslate2 form, by faster-whisper.

Robust speech recognition: Radford et al. 2022, arXiv:2212.04356. Everything it needs is in the
model's directory and the installed packages: nothing is ever downloaded here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError, ResourceExhaustedError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.transcription.aligner import aligner_for
from services.transcription.engine import (
    SAMPLE_RATE_HERTZ,
    LanguageDetected,
    TranscriptionEvent,
    TranscriptionFinished,
    TranscriptionRequest,
)
from services.transcription.languages import UNDETERMINED, bcp47_tag, whisper_code
from services.transcription.passages import Passage, passages
from services.transcription.segments import SegmentClock
from services.transcription.word_times import WordTimes

_BEAM_SIZE = 5
# A word that seems made up, beside a silence longer than this, is dropped and the silence skipped.
_HALLUCINATION_SECONDS = 2.0


class WhisperEngine:
    """Transcribes with word timings.

    The card's options may set `beam_size` (default 5), `compute_type` (CTranslate2's name; by
    default int8 on the CPU, the placement's dtype on a GPU), and `align_words: false`, which leaves
    word times to Whisper and the silences in the recording.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._weights = weights
        self._placement = placement
        self._model: WhisperModel | None = None
        self._watched: _Watched | None = None
        align = bool(card.options.get("align_words", True))
        self._word_times = WordTimes(aligner_for if align else lambda _: None)

    @property
    def windows_heard(self) -> int:
        """Windows of 30 seconds that the encoder has really run since the model was loaded."""
        return self._watched.windows if self._watched else 0

    def load(self) -> None:
        """Opens the model.

        Raises:
            FailedPreconditionError: There are no weights, or they are not a Whisper model, or the
                device cannot run it.
        """
        if self._weights is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} has no weights.", reason="MODEL_HAS_NO_WEIGHTS"
            )
        folder = self._weights.directory
        if not (folder / "tokenizer.json").is_file():  # the library would fetch one
            raise self._unreadable()
        placement = self._placement
        compute = placement.dtype if placement.is_cuda else "int8"
        try:
            self._model = WhisperModel(
                str(folder),
                device="cuda" if placement.is_cuda else "cpu",
                device_index=placement.index,
                compute_type=str(self._card.options.get("compute_type", compute)),
                cpu_threads=placement.threads or len(os.sched_getaffinity(0)),
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise self._unreadable() from error
        self._watched = self._model.model = _Watched(self._model.model)

    def warm_up(self) -> None:
        """Looks for speech in a second of silence, and listens to it all the same."""
        silence = np.zeros(SAMPLE_RATE_HERTZ, np.float32)
        list(passages(iter([silence])))
        segments, _ = self._loaded().transcribe(silence, language="en", temperature=0.0)
        list(segments)

    def close(self) -> None:
        """Frees the model. Idempotent."""
        self._model = self._watched = None
        self._word_times.close()

    def transcribe(self, request: TranscriptionRequest, call: Call) -> Iterator[TranscriptionEvent]:
        """Streams what is heard; see `TranscriptionEngine.transcribe`.

        The call is polled for every second decoded, around every run of the network, and at every
        segment.

        Raises:
            ResourceExhaustedError: The GPU's memory is full.
        """
        call.check()
        model = self._loaded()
        code = whisper_code(request.language, self._knows) if request.language else None
        assert self._watched is not None
        heard = _Counted(request, call)
        clock = SegmentClock(words=request.word_timings)
        confidence: float | None = None
        with self._watched.watching(call.check):
            for passage in passages(iter(heard)):
                call.check()
                segments, info = self._listen(model, passage, request, code, call)
                if confidence is None:
                    code, confidence = info.language, float(info.language_probability)
                    yield LanguageDetected(bcp47_tag(code), 1.0 if request.language else confidence)
                for segment in segments:
                    call.check()
                    if event := clock.place(segment, passage, info.language):
                        yield event
        if confidence is None:  # nobody speaks
            language = bcp47_tag(code) if code else UNDETERMINED
            yield LanguageDetected(language, 1.0 if code else 0.0)
        yield TranscriptionFinished(heard.duration_ms)

    def _listen(
        self,
        model: WhisperModel,
        passage: Passage,
        request: TranscriptionRequest,
        code: str | None,
        call: Call,
    ) -> tuple[Iterator[Segment], Any]:
        # Text of the passage so far steers what follows, but no mistake outlives its passage.
        heard, facts = model.transcribe(
            passage.samples,
            language=code,
            beam_size=int(self._card.options.get("beam_size", _BEAM_SIZE)),
            word_timestamps=request.word_timings,
            hotwords=request.prompt.strip() or None,
            hallucination_silence_threshold=(
                _HALLUCINATION_SECONDS if request.word_timings else None
            ),
        )
        segments = _guarded(iter(heard))
        if request.word_timings:
            segments = self._word_times.correct(
                segments, passage.samples, facts.language, call.check
            )
        return segments, facts

    def _loaded(self) -> WhisperModel:
        if self._model is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._model

    def _knows(self, code: str) -> bool:
        model = self._loaded()
        if not model.model.is_multilingual:
            return code == "en"
        return model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None

    def _unreadable(self) -> FailedPreconditionError:
        return FailedPreconditionError(
            f"The files of {self._card.id!r} cannot be opened as a Whisper model in CTranslate2 "
            f"form on {self._placement.device}.",
            reason="MODEL_FILES_UNREADABLE",
            metadata={"model": self._card.id},
        )


class _Watched:
    """A CTranslate2 model that looks at the call around every run.

    One window may be decoded up to six times, at rising temperatures, before faster-whisper
    yields: far too long to notice only then that the caller has left.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._of_thread = threading.local()
        self.windows = 0

    @contextmanager
    def watching(self, check: Callable[[], None]) -> Iterator[None]:
        """Calls `check` around the runs of this thread."""
        self._of_thread.check = check
        try:
            yield
        finally:
            vars(self._of_thread).pop("check", None)

    def encode(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        self.windows += 1
        return self._model.encode(*args, **kwargs)

    def generate(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return self._model.generate(*args, **kwargs)

    def align(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return self._model.align(*args, **kwargs)

    def _check(self) -> None:
        getattr(self._of_thread, "check", lambda: None)()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class _Counted:
    """The request's audio, counted as it goes by, with a look at the call at every block."""

    def __init__(self, request: TranscriptionRequest, call: Call) -> None:
        self._request = request
        self._call = call
        self._samples = 0

    @property
    def duration_ms(self) -> int:
        return round(self._samples * 1000 / SAMPLE_RATE_HERTZ)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for block in self._request.audio.blocks():
            self._call.check()
            self._samples += len(block)
            yield block


def _guarded(segments: Iterator[Segment]) -> Iterator[Segment]:
    try:
        yield from segments
    except RuntimeError as error:
        if "out of memory" not in str(error):
            raise
        raise ResourceExhaustedError(
            "The device has no memory left for this recording.",
            subject="device memory",
            retry_delay_seconds=5.0,
        ) from error
