"""`VoiceService`: messages of the contract to requests of the engine, its clauses back to messages.

Audio is encoded on the model's thread, never on the event loop. Nothing here knows a model, a
codec's details, or a transport.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.v1 import progress_pb2, voice_pb2
from models.card import ModelCard
from models.placement import Placement
from services.base.host import HostedModel, Loading, ModelHost
from services.base.registry import engine_class
from services.base.worker import Queued
from services.voice.choice import choose_voice, speaks
from services.voice.encoding import Encoder, Encoding, encoder_for
from services.voice.engine import SpeechRequest, SpokenClause, Voice, VoiceEngine

CHUNK_BYTES = 64 * 1024

_ENCODINGS = {
    voice_pb2.AUDIO_ENCODING_UNSPECIFIED: Encoding.LINEAR16,
    voice_pb2.AUDIO_ENCODING_LINEAR16: Encoding.LINEAR16,
    voice_pb2.AUDIO_ENCODING_WAV: Encoding.WAV,
    voice_pb2.AUDIO_ENCODING_FLAC: Encoding.FLAC,
    voice_pb2.AUDIO_ENCODING_MP3: Encoding.MP3,
    voice_pb2.AUDIO_ENCODING_OGG_OPUS: Encoding.OGG_OPUS,
    voice_pb2.AUDIO_ENCODING_AAC: Encoding.AAC,
}
_MESSAGES = {
    encoding: value for value, encoding in _ENCODINGS.items() if value
}  # the unspecified one is answered with what was chosen


@dataclass(frozen=True, slots=True)
class _Started:
    """The first clause is there: what the audio bytes will be."""

    encoding: Encoding
    sample_rate_hertz: int


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A clause, placed on the clock of the whole audio."""

    clause: SpokenClause
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """Everything was spoken."""

    duration_ms: int
    clause_count: int


class VoiceServicer:
    """Serves `lanternist.v1.VoiceService`.

    Args:
        host: The voice models of this process.
    """

    def __init__(self, host: ModelHost[VoiceEngine]) -> None:
        self._host = host
        self._voices = {model.card.id: _voices_of(model.card) for model in host}

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncIterator[voice_pb2.SynthesizeResponse]:
        """Speaks a text; see the contract."""
        model = self._model(request)
        voice = choose_voice(self._voices[model.card.id], request.voice, request.language)
        wanted = SpeechRequest(
            text=request.text,
            voice=voice.id,
            speed=request.speed if request.HasField("speed") else 1.0,
            language=request.language,
        )
        encoding = _ENCODINGS[request.encoding]

        def work(engine: VoiceEngine) -> Iterator[_Started | bytes | _Spoken | _Ended]:
            return _encoded(engine.synthesize(wanted, call), encoding)

        response = voice_pb2.SynthesizeResponse
        async for event in model.run(call, work):
            match event:
                case Queued(position, wait_ms):
                    status = progress_pb2.QueueStatus(position=position, estimated_wait_ms=wait_ms)
                    yield response(queued=status)
                case Loading(model_id):
                    yield response(loading=progress_pb2.ModelLoading(model=model_id))
                case _Started():
                    yield response(format=_format(event, voice))
                case bytes():
                    yield response(audio=event)
                case _Spoken():
                    yield response(clause=_clause(event))
                case _Ended(duration_ms, clause_count):
                    summary = voice_pb2.SpeechSummary(
                        duration_ms=duration_ms, clause_count=clause_count
                    )
                    yield response(summary=summary)

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        """Lists voices; see the contract."""
        models = [self._host.model(request.model)] if request.model else list(self._host)
        found = [
            voice
            for model in models
            for voice in self._voices[model.card.id]
            if not request.language or _matches(voice, request.language)
        ]
        found.sort(key=lambda voice: (voice.model, voice.id))
        return voice_pb2.ListVoicesResponse(voices=[_voice(voice) for voice in found])

    def _model(self, request: voice_pb2.SynthesizeRequest) -> HostedModel[VoiceEngine]:
        """The named model, else the one that has the named voice, else the default."""
        if not request.model and request.voice:
            for model in self._host:
                if any(voice.id == request.voice for voice in self._voices[model.card.id]):
                    return model
        return self._host.model(request.model)


def _voices_of(card: ModelCard) -> Sequence[Voice]:
    """A model's voices, known from its card without loading it."""
    try:
        engine: VoiceEngine = engine_class(card.modality, card.engine)(card, None, Placement())
        return tuple(engine.voices())
    except LanternistError:
        return ()  # the engine is not installed: loading the model will say so


def _encoded(
    clauses: Iterator[SpokenClause], encoding: Encoding
) -> Iterator[_Started | bytes | _Spoken | _Ended]:
    encoder: Encoder | None = None
    position, count, rate = 0, 0, 1
    for clause in clauses:
        rate = clause.sample_rate_hertz
        if encoder is None:
            encoder = encoder_for(encoding, rate)
            yield _Started(encoding, encoder.sample_rate_hertz)
        yield from _chunks(encoder.encode(clause.samples))
        start, position = position, position + len(clause.samples)
        yield _Spoken(clause, round(1000 * start / rate), round(1000 * position / rate))
        count += 1
    if encoder is not None:
        yield from _chunks(encoder.finish())
    yield _Ended(round(1000 * position / rate), count)


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]


def _format(started: _Started, voice: Voice) -> voice_pb2.AudioFormat:
    return voice_pb2.AudioFormat(
        encoding=_MESSAGES[started.encoding],
        sample_rate_hertz=started.sample_rate_hertz,
        media_type=started.encoding.value,
        voice=voice.id,
        model=voice.model,
        language=voice.language,
    )


def _clause(spoken: _Spoken) -> voice_pb2.SpokenClause:
    return voice_pb2.SpokenClause(
        index=spoken.clause.index,
        text=spoken.clause.text,
        start_ms=spoken.start_ms,
        end_ms=spoken.end_ms,
        words=[
            progress_pb2.WordTiming(text=word.text, start_ms=word.start_ms, end_ms=word.end_ms)
            for word in spoken.clause.words
        ],
    )


def _matches(voice: Voice, language: str) -> bool:
    """`en` matches every English; `en-GB` only itself."""
    if "-" in language:
        return voice.language.lower() == language.lower()
    return speaks(voice, language)


def _voice(voice: Voice) -> voice_pb2.Voice:
    return voice_pb2.Voice(
        id=voice.id,
        display_name=voice.display_name,
        language=voice.language,
        gender=voice.gender,
        license=voice.license,
        model=voice.model,
    )
