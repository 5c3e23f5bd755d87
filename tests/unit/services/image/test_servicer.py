"""The image servicer, called without a transport: it translates, and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from typing import Any

import pytest
from PIL import Image

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    InvalidArgumentError,
    NotFoundError,
    UnimplementedError,
)
from lanternist.v1 import image_pb2, scene_pb2
from models.illustrator.scene import Scene, Subject
from services.base.host import ModelHost
from services.image import servicer as servicer_module
from services.image.encoding import read_parameters
from services.image.engine import ImageEngine
from services.image.servicer import ImageServicer
from tests.unit.services.image.serving import answers, files

Request = image_pb2.GenerateImagesRequest


async def test_events_come_in_the_contracts_order(servicer: ImageServicer) -> None:
    found = await answers(servicer, preview_interval=1)
    kinds = [answer.WhichOneof("event") for answer in found]
    assert kinds == ["progress", "preview", "progress", "preview", "image", "chunk"]
    progress = found[2].progress
    assert (progress.step, progress.step_count, progress.image_index) == (2, 2, 0)


async def test_a_picture_arrives_whole_and_says_what_made_it(servicer: ImageServicer) -> None:
    ((info, content),) = files(await answers(servicer))
    assert (info.model, info.seed, info.width, info.height) == ("fake-image", 3, 96, 64)
    assert info.media_type == "image/png"
    assert Image.open(io.BytesIO(content)).size == (96, 64)
    parameters = read_parameters(content)
    assert parameters is not None
    assert parameters["prompt"] == "a fox"
    assert parameters["seed"] == 3


async def test_large_pictures_come_in_several_chunks(servicer: ImageServicer) -> None:
    found = await answers(servicer, width=1024, height=1024, count=2)
    assert sum(answer.WhichOneof("event") == "chunk" for answer in found) > 2
    (one, first), (two, second) = files(found)
    assert (one.index, one.seed, two.index, two.seed) == (0, 3, 1, 4)
    assert hashlib.sha256(first).digest() != hashlib.sha256(second).digest()


@pytest.mark.parametrize(
    ("encoding", "media_type"),
    [
        (image_pb2.IMAGE_ENCODING_UNSPECIFIED, "image/png"),
        (image_pb2.IMAGE_ENCODING_JPEG, "image/jpeg"),
        (image_pb2.IMAGE_ENCODING_WEBP, "image/webp"),
    ],
)
async def test_encodings(servicer: ImageServicer, encoding: int, media_type: str) -> None:
    ((info, content),) = files(await answers(servicer, encoding=encoding))
    assert info.media_type == media_type
    assert Image.MIME[Image.open(io.BytesIO(content)).format or ""] == media_type


async def test_vectors_from_a_model_that_draws_them(servicer: ImageServicer) -> None:
    svg = image_pb2.IMAGE_ENCODING_SVG
    ((info, content),) = files(await answers(servicer, model="storybook", encoding=svg))
    assert info.media_type == "image/svg+xml"
    assert content.lstrip().startswith(b"<svg")


async def test_and_a_refusal_from_one_that_does_not(
    servicer: ImageServicer, host: ModelHost[ImageEngine]
) -> None:
    engine: Any = await host.default.load()
    before = engine.steps_run
    with pytest.raises(UnimplementedError) as caught:
        await answers(servicer, encoding=image_pb2.IMAGE_ENCODING_SVG)
    assert caught.value.reason == "ENCODING_NOT_SUPPORTED"
    assert engine.steps_run == before


async def test_an_absent_seed_is_chosen_and_reported(servicer: ImageServicer) -> None:
    chosen = set()
    for _ in range(3):
        request = Request(prompt="a fox", width=64, height=64, step_count=1)
        found = [answer async for answer in servicer.GenerateImages(request, Call())]
        ((info, content),) = files(found)
        chosen.add(info.seed)
        ((_, again),) = files(
            await answers(servicer, width=64, height=64, step_count=1, seed=info.seed)
        )
        assert again == content
    assert len(chosen) == 3
    ((info, _),) = files(await answers(servicer, seed=0))
    assert info.seed == 0


async def test_zero_and_absent_mean_the_models_own(servicer: ImageServicer) -> None:
    found = await answers(servicer, width=0, height=0, step_count=0, count=0)
    ((info, content),) = files(found)
    assert (info.width, info.height) == (512, 512)
    parameters = read_parameters(content)
    assert parameters is not None
    assert (parameters["step_count"], parameters["guidance_scale"]) == (20, 5.0)
    ((_, content),) = files(await answers(servicer, guidance_scale=0.0))
    assert (read_parameters(content) or {})["guidance_scale"] == 0.0


async def test_previews_are_small_jpegs(servicer: ImageServicer) -> None:
    found = await answers(servicer, width=1024, height=512, preview_interval=1)
    looks = [answer.preview for answer in found if answer.HasField("preview")]
    assert [look.step for look in looks] == [1, 2]
    for look in looks:
        image = Image.open(io.BytesIO(look.jpeg))
        assert image.format == "JPEG"
        assert image.size == (512, 256)


async def test_a_described_scene_reaches_the_engine(
    servicer: ImageServicer, wanted: list[Any]
) -> None:
    scene = scene_pb2.SceneDescription(
        subjects=[
            scene_pb2.Subject(noun="fox", colour="red", relation="beside", relation_target=1),
            scene_pb2.Subject(noun="owl", count=2, relation="on", relation_target=1),
            scene_pb2.Subject(noun="hen", relation="under", relation_target=9, character_id="h"),
        ],
        setting="forest",
        time_of_day="night",
    )
    ((info, _),) = files(await answers(servicer, prompt="", scene=scene))
    assert wanted[0].scene == Scene(
        subjects=(
            Subject("fox", colour="red", relation="beside", relation_target=1),
            Subject("owl", count=2),  # on itself: nowhere
            Subject("hen", character="h"),
        ),
        setting="forest",
        time_of_day="night",
    )
    assert len(info.notes) == 2
    assert "scene.subjects[1]" in info.notes[0]
    assert "scene.subjects[2]" in info.notes[1]


async def test_unknown_models_and_values_out_of_the_models_range(servicer: ImageServicer) -> None:
    with pytest.raises(NotFoundError):
        await answers(servicer, model="nobody")
    with pytest.raises(InvalidArgumentError) as caught:
        await answers(servicer, width=63)
    assert caught.value.violations[0].field == "width"


async def test_a_model_that_is_not_loaded_says_so_first(servicer: ImageServicer) -> None:
    found = await answers(servicer, model="storybook")
    assert found[0].loading.model == "storybook"
    assert files(found)


async def test_callers_wait_their_turn_and_are_told(servicer: ImageServicer) -> None:
    found = await asyncio.gather(*(answers(servicer, seed=seed) for seed in range(3)))
    positions = sorted(answer.queued.position for a in found for answer in a[:1])
    assert positions[-1] >= 1
    assert all(files(a) for a in found)


async def test_leaving_stops_the_engine(
    servicer: ImageServicer, host: ModelHost[ImageEngine]
) -> None:
    engine: Any = await host.default.load()
    engine._step_seconds = 0.02
    before = engine.steps_run
    stream: Any = servicer.GenerateImages(Request(prompt="a fox", step_count=200), Call())
    await anext(stream)
    await stream.aclose()
    await host.default._worker.submit(lambda: None)  # its thread is free
    assert engine.steps_run - before < 100  # how soon depends on the machine


async def test_files_are_not_encoded_on_the_event_loop(
    servicer: ImageServicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    encode = servicer_module.encode

    def noting(*arguments: Any, **options: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return encode(*arguments, **options)

    monkeypatch.setattr(servicer_module, "encode", noting)
    assert files(await answers(servicer))
    assert threads == [name for name in threads if "engine" in name]
    assert threads
