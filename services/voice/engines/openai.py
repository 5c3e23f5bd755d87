"""`OpenAIVoiceEngine`: any server with OpenAI's speech interface speaks.

A hosted model, or a local server that speaks the same; where it is, the environment says. The text
goes clause by clause, as to a local model, so that the first sound comes soon and a caller who
leaves pays for no more. The interface tells no word timings: they are estimated from the length of
the words within each clause, whose own beginning and end are exact.

Interface: `POST /v1/audio/speech` as OpenAI documents it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError, InvalidArgumentError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.base.upstream import Upstream
from services.base.upstream_calls import Reply, UpstreamCalls
from services.voice.choice import choose_voice, speaks
from services.voice.clauses import Clause, ClauseLimits
from services.voice.engine import SpeechRequest, SpokenClause, Voice
from services.voice.joining import RawSpeech
from services.voice.speech import speak
from services.voice.text.tokens import Token, WrittenWord

_MOST_ANSWER_BYTES = 32 * 1024 * 1024  # ten minutes of raw samples, for a clause
_LIMITS = ClauseLimits(first=60, usual=240, most=600)
_SILENCE = 0.004
_INTERFACE = "the speech interface"


class VoiceUpstream(Upstream):
    """A server that speaks."""

    __slots__ = ()
    noun: ClassVar[str] = "voice server"
    model_variable: ClassVar[str] = "LANTERNIST_OPENAI_VOICE_MODEL"

    def field_of(self, status: int, said: str) -> str:
        """The field that the upstream names, where it names one."""
        return "voice" if "voice" in said.lower() else "text"


class OpenAIVoiceEngine:
    """Passes requests on to an upstream server.

    The card's options name the environment variables (`base_url_variable`, `api_key_variable`,
    `model_variable`), list the `voices` (`id`, `name`, `gender`), and may set `response_format`
    (`pcm`, or a file that soundfile reads) and `sample_rate_hertz` (of `pcm`). The card's languages
    are those that every voice speaks; the first is the voices' own.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._calls: UpstreamCalls | None = None
        languages = card.languages or ("en",)
        self._languages = languages
        self._voices = tuple(
            Voice(
                id=str(entry["id"]),
                display_name=str(entry.get("name", entry["id"])),
                language=languages[0],
                gender=entry.get("gender", ""),
                license="other",
                model=card.id,
            )
            for entry in card.options.get("voices", ())
        )

    def load(self) -> None:
        """Reads the settings.

        Raises:
            FailedPreconditionError: A setting is missing or wrong, or the card names no voice.
        """
        if not self._voices:
            raise FailedPreconditionError(
                f"The card of {self._card.id} names no voices.", reason="MODEL_CARD_INVALID"
            )
        self._calls = UpstreamCalls(VoiceUpstream.from_environment(self._card))

    def warm_up(self) -> None:
        """Asks the upstream for its models; see `UpstreamCalls.probe`."""
        self._ready().probe()

    def close(self) -> None:
        """Closes the connections. Idempotent."""
        if self._calls is not None:
            self._calls.close()

    def voices(self) -> Sequence[Voice]:
        """The voices that the card names."""
        return self._voices

    def synthesize(self, request: SpeechRequest, call: Call) -> Iterator[SpokenClause]:
        """Speaks clause by clause; see `VoiceEngine.synthesize`.

        Raises:
            LanternistError: As `UpstreamCalls.post`; or the answer is no sound.
        """
        return speak(
            request,
            call,
            model=_Line(self, request.text, call),
            voice=self._voice(request),
            phonemizer=lambda: _spell,
            limits=_LIMITS,
        )

    def say(self, clause: Clause, voice: Voice, speed: float, text: str, call: Call) -> RawSpeech:
        """One clause of a text."""
        options = self._card.options
        form = str(options.get("response_format", "pcm"))
        body: dict[str, Any] = {
            "model": self._ready().upstream.model,
            "input": text[clause.start : clause.end],
            "voice": voice.id,
            "response_format": form,
        }
        if speed != 1:
            body["speed"] = speed
        reply = self._ready().post("/audio/speech", body, call, most_bytes=_MOST_ANSWER_BYTES)
        samples, rate = self._sound(reply, int(options.get("sample_rate_hertz", 24000)), form)
        return RawSpeech(samples, rate, _edges(samples, len(clause.phonemes)))

    def _sound(self, reply: Reply, pcm_rate: int, form: str) -> tuple[NDArray[np.float32], int]:
        """Samples, shape (n,), float32 in [-1, 1], and their rate in hertz."""
        upstream = self._ready().upstream
        if reply.media_type.startswith(("application/json", "text/")) or len(reply.content) < 2:
            raise upstream.not_compatible(f"{_INTERFACE}: what it sends is no sound")
        if form == "pcm" and not reply.content.startswith(b"RIFF"):
            whole = reply.content[: len(reply.content) // 2 * 2]
            samples = np.frombuffer(whole, "<i2").astype(np.float32) / np.float32(32768)
            return samples, pcm_rate
        try:
            sound, rate = soundfile.read(io.BytesIO(reply.content), dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise upstream.not_compatible(f"{_INTERFACE}: what it sends is no sound") from error
        if not len(sound):
            raise upstream.not_compatible(f"{_INTERFACE}: what it sends is no sound")
        return sound.mean(axis=1, dtype=np.float32), int(rate)

    def _voice(self, request: SpeechRequest) -> Voice:
        """The voice for a request, in the request's language where the card has it."""
        voice = choose_voice(self._voices, request.voice, "")
        if not request.language:
            return voice
        told = replace(voice, language=request.language)
        if not any(speaks(told, language) for language in self._languages):
            raise InvalidArgumentError(
                "language",
                f"no voice speaks {request.language}; there are voices for "
                f"{', '.join(self._languages)}.",
                reason="LANGUAGE_NOT_SPOKEN",
            )
        return told

    def _ready(self) -> UpstreamCalls:
        if self._calls is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._calls


class _Line:
    """The engine as `speak` wants it, for one text and one caller."""

    def __init__(self, engine: OpenAIVoiceEngine, text: str, call: Call) -> None:
        self._engine = engine
        self._text = text
        self._call = call

    def say(self, clause: Clause, voice: Voice, speed: float) -> RawSpeech:
        """One clause."""
        return self._engine.say(clause, voice, speed, self._text, self._call)


def _edges(samples: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Where each of `count` letters sounds, if all are as long, between the silent ends."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))
    edges = np.linspace(first, last, count + 1).round().astype(np.int64)
    edges[0], edges[-1] = 0, len(samples)
    return edges


def _spell(sentence: Sequence[Token]) -> list[str]:
    """A word's letters, as it is spoken, stand for its sounds: longer words take longer."""
    return [
        " ".join(token.spoken) if isinstance(token, WrittenWord) else token.symbol
        for token in sentence
    ]
