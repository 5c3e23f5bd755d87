"""Pictures that belong to no story: marked on their way to the caller."""

from __future__ import annotations

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InternalError, UnavailableError
from lanternist.v1 import image_pb2
from orchestrator.provenance.claim import ALGORITHMIC, TRAINED
from orchestrator.provenance.verify import State
from tests.unit.orchestrator.provenance.artist import LARGE, Shop, png
from tests.unit.orchestrator.provenance.media import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h4v4z"/></svg>'


async def test_a_picture_is_marked_and_everything_else_of_its_stream_stays(shop: Shop) -> None:
    request = image_pb2.GenerateImagesRequest(prompt="a fox", model="storybook", count=2)
    events = [event async for event in shop.serve("image").GenerateImages(request, Call())]
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[:3] == ["progress", "preview", "image"]
    assert events[1].preview.jpeg == b"\xff\xd8 a look"
    assert max(len(event.chunk.data) for event in events) <= 256 * 1024
    infos = [event.image for event in events if event.HasField("image")]
    for info in infos:
        parts = [
            e.chunk.data for e in events if e.HasField("chunk") and e.chunk.index == info.index
        ]
        data = b"".join(parts)
        assert info.marked
        assert info.seed == info.index
        assert info.size_bytes == len(data)
        found = shop.judge(data)
        assert (found.state, found.model) == (State.TRUSTED, "storybook")
        assert found.digital_source_type.endswith(f"/{ALGORITHMIC}")
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), LARGE)
    assert [info.index for info in infos] == [0, 1]


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/webp", "image/svg+xml"])
async def test_every_encoding_of_pictures_is_marked(shop: Shop, media_type: str) -> None:
    plain = SVG if media_type == "image/svg+xml" else picture(media_type)
    shop.artist.file = (plain, media_type)
    (drawn,) = await shop.draw(shop.serve("image"), model="flux-1-schnell")
    found = shop.judge(drawn.data)
    assert (found.state, found.model) == (State.TRUSTED, "flux-1-schnell")
    assert found.digital_source_type.endswith(f"/{TRAINED}")
    assert drawn.info.marked


@pytest.mark.parametrize(
    ("model", "claimed"),
    [
        ("flux-1-schnell", "compositeWithTrainedAlgorithmicMedia"),
        ("storybook", "compositeSynthetic"),
    ],
)
async def test_what_is_drawn_from_a_callers_picture_is_claimed_as_a_composite(
    shop: Shop, model: str, claimed: str
) -> None:
    source = image_pb2.ImageSource(content=png(LARGE))
    (drawn,) = await shop.draw(shop.serve("image"), model=model, source=source)
    found = shop.judge(drawn.data)
    assert (found.state, found.model) == (State.TRUSTED, model)
    assert found.digital_source_type.endswith(f"/{claimed}")


async def test_what_has_no_place_for_a_mark_says_so(shop: Shop) -> None:
    shop.artist.file = (b"GIF89a", "image/gif")
    (drawn,) = await shop.draw(shop.serve("image"))
    assert (drawn.data, drawn.info.marked) == (b"GIF89a", False)


@pytest.mark.parametrize("mark", ["stories", "none"])
async def test_unmarked_answers_are_the_bytes_of_the_service(shop: Shop, mark: str) -> None:
    served = shop.serve("image", mark=mark)
    request = image_pb2.GenerateImagesRequest(prompt="a fox", model="storybook")
    raw = [event async for event in served.GenerateImages(request, Call())]
    events = [image_pb2.GenerateImagesResponse.FromString(event) for event in raw]
    assert b"".join(event.chunk.data for event in events) == png(LARGE)
    assert not any(event.image.marked for event in events)
    assert not (shop.directory / "own").exists()


async def test_many_at_once_are_all_marked(shop: Shop) -> None:
    served = shop.serve("image")
    drawn = await asyncio.gather(*(shop.draw(served, count=2) for _ in range(8)))
    files = [one.data for pair in drawn for one in pair]
    assert [shop.judge(data).state for data in files] == [State.TRUSTED] * 16


async def test_half_a_picture_is_an_error(shop: Shop) -> None:
    shop.artist.missing = 1
    with pytest.raises(UnavailableError, match="image service is not there"):
        await shop.draw(shop.serve("image"))


async def test_a_signer_that_fails_is_a_clear_error(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = shop.serve("image")
    (drawn,) = await shop.draw(served)
    monkeypatch.setattr("orchestrator.provenance.marker.manifest", lambda _: {"assertions": 7})
    with pytest.raises(InternalError, match="could not be signed"):
        await shop.draw(served)
    assert drawn.info.marked
