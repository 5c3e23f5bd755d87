"""`TranscriptionService`: a recording's bytes to the engine, its events back to messages.

The recording is checked before it joins the queue. Nothing here knows a model or a transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import progress_pb2, transcription_pb2
from services.base.host import Loading, ModelHost
from services.base.worker import Queued
from services.transcription.audio import AudioFile
from services.transcription.engine import (
    LanguageDetected,
    TranscriptionEngine,
    TranscriptionFinished,
    TranscriptionRequest,
    TranscriptSegment,
)


class TranscriptionServicer:
    """Serves `lanternist.v1.TranscriptionService`.

    Args:
        host: The transcription models of this process.
    """

    def __init__(self, host: ModelHost[TranscriptionEngine]) -> None:
        self._host = host

    async def Transcribe(
        self, requests: AsyncIterator[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncIterator[transcription_pb2.TranscribeResponse]:
        """Writes down a recording; see the contract."""
        config = await _first(requests)
        model = self._host.model(config.model, field="config.model")
        audio = AudioFile()
        try:
            await _receive(requests, audio, call)
            await asyncio.to_thread(audio.check)
            wanted = TranscriptionRequest(
                audio=audio,
                language=config.language or None,
                word_timings=not config.skip_word_timings,
                prompt=config.prompt,
            )
            response = transcription_pb2.TranscribeResponse
            language = config.language
            async for event in model.run(call, lambda engine: engine.transcribe(wanted, call)):
                match event:
                    case Queued(position, wait_ms):
                        status = progress_pb2.QueueStatus(
                            position=position, estimated_wait_ms=wait_ms
                        )
                        yield response(queued=status)
                    case Loading(model_id):
                        yield response(loading=progress_pb2.ModelLoading(model=model_id))
                    case LanguageDetected(language, confidence):
                        yield response(
                            language=transcription_pb2.DetectedLanguage(
                                language=language, confidence=confidence
                            )
                        )
                    case TranscriptSegment():
                        yield response(segment=_segment(event))
                    case TranscriptionFinished(duration_ms):
                        yield response(
                            summary=transcription_pb2.TranscriptSummary(
                                duration_ms=duration_ms, model=model.card.id, language=language
                            )
                        )
        finally:
            # The engine's thread may still be reading: it meets a closed file, and nobody listens.
            audio.close()


async def _first(
    requests: AsyncIterator[transcription_pb2.TranscribeRequest],
) -> transcription_pb2.TranscriptionConfig:
    async for request in requests:
        if request.WhichOneof("payload") == "config":
            return request.config
        break
    raise InvalidArgumentError("config", "must be the first message of the stream.")


async def _receive(
    requests: AsyncIterator[transcription_pb2.TranscribeRequest], audio: AudioFile, call: Call
) -> None:
    async for request in requests:
        if request.WhichOneof("payload") == "config":
            raise InvalidArgumentError("config", "must be sent once.")
        call.check()
        await asyncio.to_thread(audio.write, request.audio)


def _segment(segment: TranscriptSegment) -> transcription_pb2.TranscriptSegment:
    return transcription_pb2.TranscriptSegment(
        index=segment.index,
        text=segment.text,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        words=[
            progress_pb2.WordTiming(
                text=word.text,
                start_ms=word.start_ms,
                end_ms=word.end_ms,
                confidence=word.confidence,
            )
            for word in segment.words
        ],
    )
