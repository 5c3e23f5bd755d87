"""The transcription step: a recording written down as it is heard."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, NotFoundError, ResourceExhaustedError
from lanternist.v1 import assistant_pb2, transcription_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.assistant.conversation import Recording
from orchestrator.assistant.work import Outcome, Task
from orchestrator.clients.transcription import TranscriptionClient

_CHUNK_BYTES = 256 * 1024


async def hear(
    task: Task, model: str, outcome: Outcome, call: Call, assets: AssetStore
) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
    """Has a recording written down; its words are left in `outcome.heard`.

    Raises:
        InvalidArgumentError: There is no recording, or the asset is none.
        NotFoundError: There is no such asset.
        LanternistError: What the transcription service raised.
    """
    recording = task.conversation.recording
    if recording is None:
        place = len(task.request.messages) - 1
        raise InvalidArgumentError(f"messages[{place}]", "has no recording to write down")
    await check(recording, assets, task.lines["transcription"].max_upload_bytes)
    config = transcription_pb2.TranscriptionConfig(
        model=model,
        language=task.parameters.language,
        skip_word_timings=task.parameters.skip_word_timings,
    )
    said = []
    with task.lines["transcription"].open(model) as connection:
        events = TranscriptionClient(connection).Transcribe(
            _upload(config, recording, assets), call
        )
        async with contextlib.aclosing(events):
            async for event in events:
                match event.WhichOneof("event"):
                    case "segment":
                        outcome.shown = True
                        said.append(event.segment.text.strip())
                    case "summary":
                        outcome.usage.heard_ms += event.summary.duration_ms
                yield outcome.event(transcript=event)
    outcome.heard, outcome.listened = " ".join(said), True


async def check(recording: Recording, assets: AssetStore, max_bytes: int) -> None:
    """Checks that an asset is there, is a recording, and is not too large.

    Raises:
        InvalidArgumentError, NotFoundError, ResourceExhaustedError: It is not.
    """
    if not recording.asset:
        return
    try:
        asset = await assets.get(recording.asset)
    except NotFoundError:
        raise NotFoundError("asset", recording.asset, field=recording.field) from None
    if not asset.media_type.startswith(("audio/", "video/")):
        raise InvalidArgumentError(recording.field, f"is {asset.media_type}, not a recording")
    if asset.size_bytes > max_bytes:
        raise ResourceExhaustedError(
            f"{recording.field}: the recording is larger than {max_bytes:,} bytes.",
            subject="upload size",
            reason="UPLOAD_TOO_LARGE",
        )


async def _upload(
    config: transcription_pb2.TranscriptionConfig, recording: Recording, assets: AssetStore
) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
    yield transcription_pb2.TranscribeRequest(config=config)
    if recording.asset:
        async for chunk in assets.chunks(recording.asset):
            yield transcription_pb2.TranscribeRequest(audio=chunk)
        return
    for start in range(0, len(recording.data), _CHUNK_BYTES):
        data = recording.data[start : start + _CHUNK_BYTES]
        yield transcription_pb2.TranscribeRequest(audio=data)
