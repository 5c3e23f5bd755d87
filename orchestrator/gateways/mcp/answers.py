"""One answer of the assistant, gathered while its progress is told.

Tools for pictures, speech and recordings all go through `AssistantService.Respond` with the intent
given: so what they make is stored and named like everything else. This module knows events, not
tools and not MCP's results.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import (
    asset_pb2,
    assistant_pb2,
    image_pb2,
    text_pb2,
    transcription_pb2,
    voice_pb2,
)
from orchestrator.clients.assistant import AssistantClient
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.report import Report


@dataclass
class Answer:
    """What a `Respond` stream came to.

    Attributes:
        model: Id of the model that made it.
        assets: What was made, stored.
        pictures: What the image service says of each picture.
        format: What the speech's bytes are.
        clauses: What was spoken, with its words on the clock.
        segments: What was heard, with its words on the clock.
        language: BCP-47 of the recording; empty when nothing was heard.
        duration_ms: Length of the speech or the recording.
        notes: What the caller should know.
    """

    model: str = ""
    assets: Sequence[asset_pb2.Asset] = ()
    pictures: list[image_pb2.ImageInfo] = field(default_factory=list)
    format: voice_pb2.AudioFormat = field(default_factory=voice_pb2.AudioFormat)
    clauses: list[voice_pb2.SpokenClause] = field(default_factory=list)
    segments: list[transcription_pb2.TranscriptSegment] = field(default_factory=list)
    language: str = ""
    duration_ms: int = 0
    notes: list[str] = field(default_factory=list)


def request(
    intent: assistant_pb2.Intent.ValueType,
    parts: Sequence[assistant_pb2.MessagePart],
    parameters: assistant_pb2.AssistantParameters,
    model: str,
) -> assistant_pb2.RespondRequest:
    """A request of one message, whose words are given to the model as they are."""
    message = assistant_pb2.AssistantMessage(role=text_pb2.CHAT_ROLE_USER, parts=parts)
    return assistant_pb2.RespondRequest(
        messages=[message], intent=intent, model=model, parameters=parameters, verbatim=True
    )


async def answer(link: Link, asked: assistant_pb2.RespondRequest, report: Report) -> Answer:
    """Has a request answered.

    Raises:
        LanternistError: What the orchestrator raised.
    """
    connection = await link.connection(report)
    client = AssistantClient(connection)
    gathered, finished = Answer(), False
    async with contextlib.aclosing(client.Respond(asked, link.call())) as events:
        async for event in events:
            finished |= event.HasField("finished")
            await _take(gathered, event, report)
    if not finished:
        raise UnavailableError("The server ended before the answer was complete.")
    return gathered


async def _take(answer: Answer, event: assistant_pb2.RespondResponse, report: Report) -> None:
    match event.WhichOneof("event"):
        case "routing":
            answer.notes += event.routing.notes
        case "fallback":
            fallback = event.fallback
            answer.notes.append(
                f"{fallback.to_model} answered in place of {fallback.from_model}: "
                f"{fallback.error.message}"
            )
        case "image":
            await report.waiting(event.image)
            await _take_image(answer, event.image, report)
        case "speech":
            await report.waiting(event.speech)
            await _take_speech(answer, event.speech, report)
        case "transcript":
            await report.waiting(event.transcript)
            await _take_transcript(answer, event.transcript, report)
        case "finished":
            answer.model = event.finished.model
            answer.assets = event.finished.assets


async def _take_image(
    answer: Answer, event: image_pb2.GenerateImagesResponse, report: Report
) -> None:
    match event.WhichOneof("event"):
        case "progress":
            step = event.progress
            message = f"Picture {step.image_index + 1}, step {step.step} of {step.step_count}"
            await report.reached(message, step.step / max(step.step_count, 1))
        case "image":
            answer.pictures.append(event.image)
            answer.notes += event.image.notes


async def _take_speech(answer: Answer, event: voice_pb2.SynthesizeResponse, report: Report) -> None:
    match event.WhichOneof("event"):
        case "format":
            answer.format = event.format
        case "clause":
            answer.clauses.append(event.clause)
            await report.reached(f"{event.clause.end_ms / 1000:.1f} s spoken", 0.0)
        case "summary":
            answer.duration_ms = event.summary.duration_ms


async def _take_transcript(
    answer: Answer, event: transcription_pb2.TranscribeResponse, report: Report
) -> None:
    match event.WhichOneof("event"):
        case "segment":
            answer.segments.append(event.segment)
            await report.reached(f"{event.segment.end_ms / 1000:.1f} s heard", 0.0)
        case "summary":
            answer.language = event.summary.language
            answer.duration_ms = event.summary.duration_ms
