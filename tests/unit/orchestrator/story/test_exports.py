"""Exports as operations: begun, watched, cancelled, found again, taken up after a crash."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from lanternist.runtime.settings import ProvenanceSettings
from lanternist.v1 import story_pb2
from models.catalog import Catalog
from orchestrator.assets.store import AssetStore
from orchestrator.provenance.notary import Notary
from orchestrator.provenance.verify import State, Verdict, verify
from orchestrator.storage import Database
from orchestrator.story.export import film
from orchestrator.story.export.audio import FORMS, write_audio
from orchestrator.story.export.exporter import Exporter
from orchestrator.story.export.forms import KINDS
from orchestrator.story.export.request import wanted
from orchestrator.story.steps import Steps
from tests.unit.orchestrator.story.house import TALE, House
from tests.unit.orchestrator.story.tale import files_of, tale
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice, specialists


@pytest.fixture
async def marked(tmp_path: Path, database: Database) -> AsyncIterator[House]:
    notary = Notary(ProvenanceSettings(), tmp_path / "provenance", Catalog(()))
    troupe = specialists(voice=SineVoice(), image=PlainPainter())
    house = House(tmp_path, database, troupe, notary=notary)
    yield house
    await house.move_out()


async def begin(house: House, name: str, chosen: int, **fields: Any) -> operations_pb2.Operation:
    request = story_pb2.ExportStoryRequest(name=name, **fields)
    request.format = chosen  # type: ignore[assignment]
    return await house.service.ExportStory(request, Call())


async def ended(house: House, operation: operations_pb2.Operation) -> operations_pb2.Operation:
    async with asyncio.timeout(200):
        return await house.operations.wait(operation.name)


async def export(
    house: House, name: str, chosen: int, **fields: Any
) -> story_pb2.ExportStoryResponse:
    operation = await ended(house, await begin(house, name, chosen, **fields))
    assert not operation.HasField("error"), operation.error
    response = story_pb2.ExportStoryResponse()
    assert operation.response.Unpack(response)
    return response


async def test_every_format_is_written_once_and_marked_where_it_can_be(
    marked: House, tmp_path: Path
) -> None:
    story = await marked.tell(text=TALE, title="Ember / 1")
    roots = (tmp_path / "provenance" / "root.pem").read_text()
    unmarkable = {"text/html", "text/vtt", "application/x-subrip", "audio/ogg",
                  "image/vnd.adobe.photoshop"}  # fmt: skip
    small = {"width": 128, "height": 128}
    for chosen, kind in KINDS.items():
        fields = small if chosen == story_pb2.EXPORT_FORMAT_MP4 else {}
        made = await export(marked, story.name, chosen, **fields)
        assert made.file_name.startswith("Ember 1")
        assert made.file_name.endswith(kind.suffix)
        data = await marked.assets.read(made.asset)
        assert len(data) == made.size_bytes > 100
        path = tmp_path / "exported"
        path.write_bytes(data)
        found = await verify(path, roots)
        assert found.state == (State.UNMARKED if made.media_type in unmarkable else State.TRUSTED)
        assert bool(made.notes) == (
            made.media_type in unmarkable - {"text/vtt", "application/x-subrip"}
        )
        again = await export(marked, story.name, chosen, **fields)
        assert again.asset == made.asset
    film_of = await export(marked, story.name, story_pb2.EXPORT_FORMAT_MP4, **small)
    path.write_bytes(await marked.assets.read(film_of.asset))
    found = await verify(path, roots)
    assert len(found.ingredients) == len(story.scenes) + 1
    assert found.ingredients[-1] == "Narration"


async def test_what_a_page_and_an_archive_hold_bears_its_own_marks(
    marked: House, tmp_path: Path
) -> None:
    story = await marked.tell(text=TALE)
    roots = (tmp_path / "provenance" / "root.pem").read_text()
    made = await export(marked, story.name, story_pb2.EXPORT_FORMAT_ZIP)
    archive = zipfile.ZipFile(io.BytesIO(await marked.assets.read(made.asset)))
    inside = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    assert {"index.html", "story.json", "captions.vtt", "captions.srt"} <= set(inside)
    for name in ("scenes/001.png", "narration.mp3"):
        (tmp_path / "inside").write_bytes(inside[name])
        assert (await verify(tmp_path / "inside", roots)).state is State.TRUSTED


async def test_fields_that_do_not_fit_are_named(house: House) -> None:
    name = (await house.tell(text=TALE)).name
    wrong: list[tuple[str, int, dict[str, Any]]] = [
        ("width", story_pb2.EXPORT_FORMAT_EPUB, {"width": 640}),
        ("height", story_pb2.EXPORT_FORMAT_PSD, {"height": 640}),
        ("burn_captions", story_pb2.EXPORT_FORMAT_HTML, {"burn_captions": True}),
        ("motion", story_pb2.EXPORT_FORMAT_MP3, {"motion": False}),
        ("scene", story_pb2.EXPORT_FORMAT_MP4, {"scene": 1}),
        ("scene", story_pb2.EXPORT_FORMAT_PSD, {"scene": 99}),
        ("width", story_pb2.EXPORT_FORMAT_MP4, {"width": 3840, "height": 3840}),
    ]
    for field, chosen, fields in wrong:
        with pytest.raises(InvalidArgumentError) as refused:
            await begin(house, name, chosen, **fields)
        assert refused.value.violations[0].field == field


async def test_only_what_is_finished_can_be_exported(house: House) -> None:
    with pytest.raises(NotFoundError):
        await begin(house, "stories/none", story_pb2.EXPORT_FORMAT_MP4)
    story = await house.tell(text=TALE)
    with pytest.raises(NotFoundError):
        await begin(house, story.name, story_pb2.EXPORT_FORMAT_MP4, revision=7)
    await house.create(text=TALE, review_plan=True)
    (waiting, *_), _ = await house.store.page(1, "")
    assert waiting.state != story_pb2.STORY_STATE_SUCCEEDED
    with pytest.raises(FailedPreconditionError):
        await begin(house, waiting.name, story_pb2.EXPORT_FORMAT_MP4)


class Slow:
    """A writer that works until it is told to stop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.ended = 0
        loop = asyncio.get_running_loop()

        def write(*_: Any, progress: Any, **__: Any) -> None:
            loop.call_soon_threadsafe(self.begun.set)
            try:
                while True:
                    progress(0.5)
            finally:
                self.ended += 1

        monkeypatch.setattr(film, "write_film", write)


async def test_a_cancelled_export_stops_and_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = (await house.tell(text=TALE)).name
    slow = Slow(monkeypatch)
    operation = await begin(house, name, story_pb2.EXPORT_FORMAT_MP4)
    await slow.begun.wait()  # only then: whoever comes to the thread first would be the first
    waiting = await begin(house, name, story_pb2.EXPORT_FORMAT_MP4, width=256)
    for one in (waiting, operation):
        await house.operations.cancel(one.name)
        assert (await ended(house, one)).error.code == 1
    assert slow.ended == 1  # the other never began
    early = await begin(house, name, story_pb2.EXPORT_FORMAT_MP4, width=512)
    await house.operations.cancel(early.name)
    assert (await ended(house, early)).error.code == 1


async def test_a_crash_in_the_middle_is_taken_up(
    tmp_path: Path, database: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = (await house.tell(text=TALE)).name
    with monkeypatch.context() as patch:
        slow = Slow(patch)
        operation = await begin(house, name, story_pb2.EXPORT_FORMAT_MP4, width=128, height=128)
        await slow.begun.wait()
        await house.move_out()
    troupe = specialists(voice=SineVoice(), image=PlainPainter())
    after = House(tmp_path, database, troupe)
    try:
        assert await after.exports.recover() == 1
        done = await ended(after, operation)
        response = story_pb2.ExportStoryResponse()
        assert done.response.Unpack(response)
        assert response.media_type == "video/mp4"
    finally:
        await after.move_out()


async def test_a_repeated_request_is_one_operation(house: House) -> None:
    name = (await house.tell(text=TALE)).name
    identity = "9f8b3c52-5f6e-4a55-9be5-0dd0c5d2a001"
    first, second = [
        await begin(house, name, story_pb2.EXPORT_FORMAT_SRT, request_id=identity) for _ in "ab"
    ]
    assert first.name == second.name
    await ended(house, first)


async def test_a_recording_stays_its_owners(
    marked: House, tmp_path: Path, assets: AssetStore, steps: Steps
) -> None:
    material = files_of(tale(), tmp_path / "files")
    scenes = []
    for scene, (path, media_type) in zip(material.story.scenes, material.pictures, strict=True):
        scenes.append(replace(scene, image=(await assets.put_file(path, media_type)).name))
    sound = tmp_path / "voice.opus"
    write_audio(sound, FORMS["opus"], material.narration)
    story = replace(
        material.story,
        scenes=tuple(scenes),
        narration=(await assets.put_file(sound, "audio/ogg")).name,
        narration_media_type="audio/ogg",
        voice="",
        models={"image": "fake-image", "transcription": "fake-transcription"},
    )
    notary = Notary(ProvenanceSettings(), tmp_path / "provenance", Catalog(()))
    exporter = Exporter(assets, steps, notary)

    async def exported(chosen: int, **fields: Any) -> tuple[Verdict, list[str]]:
        request = story_pb2.ExportStoryRequest(name=story.name, **fields)
        request.format = chosen  # type: ignore[assignment]
        made = await exporter.export(story, wanted(story, request), nobody)
        path = tmp_path / "exported"
        path.write_bytes(await assets.read(made.asset))
        return await verify(path, notary.anchors()), list(made.notes)

    async def nobody(_: float) -> None: ...

    sound_alone, notes = await exported(story_pb2.EXPORT_FORMAT_MP3)
    assert sound_alone.state is State.UNMARKED
    assert notes == ["The recording is yours: it bears no mark of ours."]
    film, notes = await exported(story_pb2.EXPORT_FORMAT_MP4, width=128, height=128)
    assert film.state is State.TRUSTED
    assert film.ingredients[-1] == "Recording"
    assert film.digital_source_type.endswith("/compositeWithTrainedAlgorithmicMedia")
    assert film.model == "fake-image"
    assert not notes
    tall, notes = await exported(story_pb2.EXPORT_FORMAT_MP4, width=128, height=256)
    assert tall.state is State.TRUSTED
    assert notes[0].startswith("The camera sees 38% of a picture")
    await exporter.close()
