"""`/v1/audio/transcriptions`: a recording in, what is said in it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from lanternist.runtime.call import Call
from lanternist.v1 import transcription_pb2
from orchestrator.clients.transcription import TranscriptionClient
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai import transcripts
from orchestrator.gateways.openai.answering import EVENTS, Stream, event, while_connected
from orchestrator.gateways.openai.fields import (
    PLAIN,
    Body,
    ModelId,
    Only,
    RequestError,
    Unsupported,
    from_form,
)
from orchestrator.gateways.openai.forms import Form, form_of
from orchestrator.gateways.openai.naming import Naming
from orchestrator.gateways.refusals import NotSupportedError

RENAMES = {"audio": "file", "config": "model"}
_CHUNK_BYTES = 256 * 1024

Format = Literal["json", "text", "srt", "vtt", "verbose_json"]


class TranscriptionRequest(Body):
    """The fields beside the file."""

    model: ModelId
    language: Annotated[str, Field(max_length=35, pattern="^[A-Za-z0-9-]*$")] | None = None
    prompt: Annotated[str, Field(max_length=1000, json_schema_extra=PLAIN)] | None = None
    response_format: Format | None = None
    stream: bool | None = None
    timestamp_granularities: list[Literal["word", "segment"]] | None = None
    temperature: Annotated[Any, Only((None, "0", "0.0", 0))] = None
    chunking_strategy: Annotated[Any, Only((None, "auto"))] = None
    include: Annotated[Any, Only((None, []))] = None
    keywords: Unsupported = None
    languages: Unsupported = None
    known_speaker_names: Unsupported = None
    known_speaker_references: Unsupported = None


class Hearing:
    """Listens.

    Args:
        client: Listens, somewhere else.
        naming: Aliases.
        metrics: Counts seconds.
    """

    def __init__(self, client: TranscriptionClient, naming: Naming, metrics: Metrics) -> None:
        self._client = client
        self._naming = naming
        self._metrics = metrics

    async def transcribe(self, request: Request) -> Response:
        """Answers one request."""
        form = await form_of(request, files=("file",), lists=_LISTS)
        try:
            asked = _checked(from_form(TranscriptionRequest, form.values))
            call = call_of(request.scope)
            if asked.stream:
                return Stream(self._events(asked, form, call), EVENTS)
        except BaseException:
            await form.close()
            raise
        return await while_connected(request.receive, self._whole(asked, form, call))

    async def translate(self, request: Request) -> Response:
        """Refuses: the contract has transcripts in the language of the speech alone."""
        raise NotSupportedError("model", "no model here translates; transcribe instead.")

    async def _whole(self, asked: TranscriptionRequest, form: Form, call: Call) -> Response:
        heard = transcripts.Transcript()
        async with aclosing(self._heard(asked, form, call)) as events:
            async for happened in events:
                heard.add(happened)
        match asked.response_format:
            case "text":
                return PlainTextResponse(heard.text + "\n")
            case "srt":
                return PlainTextResponse(heard.srt(), media_type="application/x-subrip")
            case "vtt":
                return PlainTextResponse(heard.vtt(), media_type="text/vtt")
            case "verbose_json":
                return JSONResponse(heard.verbose(asked.timestamp_granularities or ["segment"]))
            case _:
                return JSONResponse({"text": heard.text, "usage": heard.usage()})

    async def _events(
        self, asked: TranscriptionRequest, form: Form, call: Call
    ) -> AsyncGenerator[bytes, None]:
        heard = transcripts.Transcript()
        async with aclosing(self._heard(asked, form, call)) as events:
            async for happened in events:
                if delta := heard.add(happened):
                    kind = "transcript.text.delta"
                    yield event({"type": kind, "delta": delta}, kind)
        kind = "transcript.text.done"
        yield event({"type": kind, "text": heard.text, "usage": heard.usage()}, kind)

    async def _heard(
        self, asked: TranscriptionRequest, form: Form, call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        config = transcription_pb2.TranscriptionConfig(
            model=self._naming.model(asked.model),
            language=asked.language or "",
            prompt=asked.prompt or "",
            skip_word_timings="word" not in (asked.timestamp_granularities or ()),
        )
        try:
            requests = _requests(config, form.files["file"])
            async with aclosing(self._client.Transcribe(requests, call)) as events:
                async for happened in events:
                    if happened.HasField("summary"):
                        summary = happened.summary
                        self._metrics.heard(summary.model, summary.duration_ms / 1000)
                    yield happened
        finally:
            await form.close()


_LISTS = (
    "timestamp_granularities",
    "include",
    "keywords",
    "languages",
    "known_speaker_names",
    "known_speaker_references",
)


def _checked(asked: TranscriptionRequest) -> TranscriptionRequest:
    """What fields say together.

    Raises:
        RequestError: Times are asked of a form that has none.
        NotSupportedError: A form cannot be streamed.
    """
    form = asked.response_format or "json"
    if asked.timestamp_granularities and form != "verbose_json":
        raise RequestError("timestamp_granularities", "needs verbose_json.")
    if asked.stream and form not in ("json", "text"):
        raise NotSupportedError("stream", f"{form} is not streamed; json and text are.")
    return asked


async def _requests(
    config: transcription_pb2.TranscriptionConfig, file: UploadFile
) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
    yield transcription_pb2.TranscribeRequest(config=config)
    while chunk := await asyncio.to_thread(file.file.read, _CHUNK_BYTES):
        yield transcription_pb2.TranscribeRequest(audio=chunk)
