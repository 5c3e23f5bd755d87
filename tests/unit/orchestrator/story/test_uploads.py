"""Recordings: taken in, checked, told on their own clock."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    InvalidArgumentError,
    LanternistError,
    ResourceExhaustedError,
)
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from tests.unit.orchestrator.story.house import House
from tests.unit.orchestrator.story.troupe import GoodEar, chunks, specialists

SAID = [
    ("The fox ran home.", [("The", 100, 200), ("fox", 200, 600), ("ran", 700, 900),
                           ("home.", 900, 1500)]),
    ("Night fell on the sea.", [("Night", 2900, 3300), ("fell", 3300, 3500), ("on", 3500, 3600),
                                ("the", 3600, 3700), ("sea.", 3700, 4200)]),
]  # fmt: skip


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(int(8000 * seconds), np.int16), 8000, format="WAV")
    return file.getvalue()


def upload(*parts: bytes) -> list[story_pb2.UploadNarrationRequest]:
    config = story_pb2.UploadNarrationRequest(config=story_pb2.NarrationConfig())
    return [config, *(story_pb2.UploadNarrationRequest(audio=part) for part in parts)]


async def test_a_recording_becomes_a_story_on_its_own_clock(
    tmp_path: Path, database: Database
) -> None:
    house = House(tmp_path, database, specialists(transcription=GoodEar(SAID)))
    data = wav(5)
    stored = await house.service.UploadNarration(chunks(*upload(data[:1000], data[1000:])), Call())
    assert (stored.duration_ms, stored.media_type) == (5000, "audio/wav")
    story = await house.tell(narration=stored.narration)
    assert story.state == story_pb2.STORY_STATE_SUCCEEDED
    assert (story.narration, story.duration_ms) == (stored.narration, 5000)
    assert await house.assets.read(story.narration) == data
    assert [segment.start_ms for segment in story.segments] == [100, 2900]
    assert story.scenes[0].start_ms == 0
    assert story.scenes[-1].end_ms == 5000
    assert dict(story.models) == {"image": "plain", "transcription": "ear"}
    await house.move_out()


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([], InvalidArgumentError),
        (upload(b"x")[1:], InvalidArgumentError),
        (upload(), InvalidArgumentError),
        (upload(b"no sound at all"), InvalidArgumentError),
        ([*upload(b"x"), *upload()], InvalidArgumentError),
        (upload(*[bytes(60_000)] * 3), ResourceExhaustedError),
    ],
    ids=["nothing", "no-config", "empty", "no-sound", "config-twice", "too-large"],
)
async def test_bad_uploads(
    house: House, messages: list[Any], error: type[LanternistError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        await house.service.UploadNarration(chunks(*messages), Call())
    assert not list((tmp_path / "assets").rglob("*.json"))
