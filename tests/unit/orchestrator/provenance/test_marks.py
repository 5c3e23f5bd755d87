"""Every kind of file: marked, read back, changed in the media and in the mark, stripped."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.provenance import verify as verifying
from orchestrator.provenance.claim import (
    ALGORITHMIC,
    MARKABLE,
    RECORDED,
    TRAINED,
    Claim,
    Ingredient,
    composite,
)
from orchestrator.provenance.credentials import own
from orchestrator.provenance.marker import Marker
from orchestrator.provenance.verify import State, verdict, verify
from tests.unit.orchestrator.provenance.media import (
    changed,
    content_of,
    every_kind,
    picture,
    sound,
)

CLAIM = Claim("A test", TRAINED, {"image": "a-model", "voice": "a-voice"})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def marker(place: Path) -> Marker:
    return Marker(own(place))


@pytest.fixture(scope="module")
def anchors(marker: Marker, place: Path) -> str:
    return (place / "root.pem").read_text()


@pytest.fixture(scope="module")
def kinds() -> dict[str, bytes]:
    return every_kind()


async def state_of(data: bytes, directory: Path, anchors: str) -> State:
    path = directory / "file"
    path.write_bytes(data)
    return (await verify(path, anchors)).state


def test_every_kind_that_can_be_marked_is_tested(kinds: dict[str, bytes]) -> None:
    assert set(kinds) == MARKABLE


@pytest.mark.parametrize("media_type", sorted(MARKABLE))
async def test_what_a_mark_is_worth(
    media_type: str, kinds: dict[str, bytes], marker: Marker, anchors: str, tmp_path: Path
) -> None:
    plain = kinds[media_type]
    marked = marker.mark(plain, media_type, CLAIM)
    assert marked != plain
    path = tmp_path / "marked"
    path.write_bytes(marked)
    found = await verify(path, anchors)
    assert found.state is State.TRUSTED
    assert found.claim_generator.startswith("Lanternist ")
    assert found.signer.startswith("Lanternist installation ")
    assert found.digital_source_type.endswith("/trainedAlgorithmicMedia")
    assert found.model == "a-model, a-voice"
    assert found.actions == ("c2pa.created",)
    assert b"thumbnail" not in marked
    assert (await verify(path, "")).state is State.VALID
    assert await state_of(plain, tmp_path, anchors) is State.UNMARKED
    # One bit of what is seen or heard, and one of the model's name in the claim.
    content = changed(marked, content_of(plain, marked))
    assert await state_of(content, tmp_path, anchors) is State.TAMPERED
    if media_type != "image/svg+xml":  # its mark is base64: the name is not found as it is
        assert await state_of(changed(marked, b"a-model"), tmp_path, anchors) is State.TAMPERED


async def test_a_picture_saved_again_has_lost_its_mark(
    marker: Marker, anchors: str, tmp_path: Path
) -> None:
    marked = marker.mark(picture("image/png"), "image/png", CLAIM)
    again = io.BytesIO()
    with Image.open(io.BytesIO(marked)) as image:
        image.save(again, "JPEG")
    assert await state_of(again.getvalue(), tmp_path, anchors) is State.UNMARKED


async def test_what_a_file_was_made_of_goes_along(
    marker: Marker, anchors: str, tmp_path: Path
) -> None:
    (tmp_path / "one.png").write_bytes(marker.mark(picture("image/png"), "image/png", CLAIM))
    (tmp_path / "two.ogg").write_bytes(sound("opus"))
    parts = (
        Ingredient("One", "image/png", tmp_path / "one.png"),
        Ingredient("Recording", "audio/ogg", tmp_path / "two.ogg"),
    )
    claim = Claim("Whole", TRAINED, {"image": "a-model"}, parts)
    (tmp_path / "whole").write_bytes(marker.mark(picture("image/png"), "image/png", claim))
    found = await verify(tmp_path / "whole", anchors)
    assert found.state is State.TRUSTED
    assert found.ingredients == ("One", "Recording")
    assert found.actions == ("c2pa.created", "c2pa.placed", "c2pa.placed")


def test_a_format_without_a_place_for_marks_is_left_as_it_is(
    marker: Marker, tmp_path: Path
) -> None:
    assert marker.mark(b"OggS", "audio/ogg", CLAIM) == b"OggS"
    assert not marker.mark_file(tmp_path / "a", tmp_path / "b", "text/html", CLAIM)


def test_a_whole_is_what_its_parts_are() -> None:
    assert composite([TRAINED, TRAINED]) == TRAINED
    assert composite([ALGORITHMIC]) == ALGORITHMIC
    assert composite([ALGORITHMIC, TRAINED]) == "compositeWithTrainedAlgorithmicMedia"
    assert composite([ALGORITHMIC, RECORDED]) == "compositeSynthetic"


async def test_no_file_does_harm(marker: Marker, anchors: str, tmp_path: Path) -> None:
    marked = marker.mark(picture("image/png"), "image/png", CLAIM)
    rng = np.random.default_rng(7)
    files = {
        "empty": b"",
        "text": b"hello",
        "zip": b"PK\x03\x04" + bytes(200),
        "noise": rng.bytes(5_000),
        "riff": b"RIFF\xff\xff\xff\xffWAVE" + bytes(64),
        "huge box": b"\x00\x00\x00\x01ftypisom" + b"\xff" * 64,
        "words alone": b"jumb and c2pa",
    }
    expected = dict.fromkeys(files, State.UNMARKED) | {"words alone": State.TAMPERED}
    for name, data in files.items():
        assert await state_of(data, tmp_path, anchors) is expected[name], name
    assert await state_of(marked[: len(marked) // 3], tmp_path, anchors) is State.TAMPERED
    for _ in range(6):  # whatever it is called, it is called something
        hurt = bytearray(marked)
        for place in rng.integers(0, len(hurt), 40):
            hurt[place] = int(rng.integers(0, 256))
        assert await state_of(bytes(hurt), tmp_path, anchors) in State


async def test_a_reader_that_dies_or_hangs_is_a_finding(
    marker: Marker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    program = tmp_path / "reader"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(verifying.sys, "executable", str(program))
    assert (await verify(path, "")).findings == ("lanternist.unreadable: Crashed",)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(verifying, "_SECONDS", 0.2)
    assert (await verify(path, "")).findings == ("lanternist.unreadable: Timeout",)


async def test_too_large_a_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    path.touch()
    os.truncate(path, verifying.MAX_BYTES + 1)
    with pytest.raises(InvalidArgumentError):
        await verify(path, "")
    with pytest.raises(FileNotFoundError):
        await verify(tmp_path / "gone", "")


def test_strangers_claims_are_shown_safely() -> None:
    report = {
        "active_manifest": "m",
        "validation_state": "Valid",
        "manifests": {
            "m": {
                "claim_generator_info": [{"name": "E\x1b[31mvil", "version": "1"}],
                "signature_info": {"common_name": "x" * 9_000, "time": "not a time"},
                "assertions": [
                    {"label": "c2pa.actions.v2", "data": {"actions": ["odd", {"action": "a"}]}},
                    {"label": "lanternist.generation", "data": {"models": "odd"}},
                    {"label": "c2pa.actions", "data": None},
                ],
                "ingredients": [{}],
            }
        },
        "validation_results": {
            "activeManifest": {"failure": [{"code": f"c{i}"} for i in range(99)]}
        },
    }
    found = verdict({"report": report})
    assert found.claim_generator == "E [31mvil 1"
    assert len(found.signer) == 500
    assert found.sign_time is None
    assert found.actions == ("a",)
    assert len(found.findings) == 50
    assert json.dumps(found.facts())
    assert verdict({"report": {}}).state is State.TAMPERED
