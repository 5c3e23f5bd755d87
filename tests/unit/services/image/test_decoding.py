"""Callers' pictures: what is read, what is refused, and what is never unpacked."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from lanternist.runtime.errors import InvalidArgumentError
from services.image import decoding
from services.image.decoding import MOST_SIDE_PX, decode, fitted

# Pillow warns of damaged metadata, beside what it raises over damaged pictures.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")
PIXELS = np.random.default_rng(0).integers(0, 255, (24, 40, 3), dtype=np.uint8)


def file(picture: Any, form: str = "PNG", **settings: Any) -> bytes:
    target = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(
        target, form, **settings
    )
    return target.getvalue()


def refusal(content: bytes) -> InvalidArgumentError:
    with pytest.raises(InvalidArgumentError) as caught:
        decode(content, "source.content")
    assert [violation.field for violation in caught.value.violations] == ["source.content"]
    return caught.value


@pytest.mark.parametrize(
    "content",
    [file(PIXELS), file(PIXELS, "WEBP", lossless=True), file(PIXELS, interlace=1)],
    ids=["png", "webp", "interlaced"],
)
def test_a_picture_is_read_as_it_is(content: bytes) -> None:
    found = decode(content, "x")
    assert found.dtype == np.uint8
    assert np.array_equal(found, PIXELS)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_of_every_kind(mode: str, progressive: bool) -> None:
    flat = Image.new("RGB", (40, 24), (90, 90, 90)).convert(mode)
    found = decode(file(flat, "JPEG", progressive=progressive), "x")
    assert found.shape == (24, 40, 3)
    assert np.abs(found.astype(int) - 90).max() <= 2


def test_it_is_turned_as_its_exif_data_say() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise
    assert np.array_equal(decode(file(PIXELS, exif=exif), "x"), np.rot90(PIXELS, -1))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode: str) -> None:
    picture = Image.new("RGBA", (4, 2), (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 2, 2))
    found = decode(file(picture.convert(mode)), "x")
    assert np.array_equal(found[0, :, 0], [255, 255, 0, 0])


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    grey = np.array([[0, 0x4000, 0x8000, 0xFFFF]], np.uint16)
    assert np.array_equal(decode(file(grey), "x")[0, :, 0], [0, 0x40, 0x80, 0xFF])


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_counts(form: str) -> None:
    rest = [Image.fromarray(PIXELS[::-1])]
    content = file(PIXELS, form, save_all=True, append_images=rest, lossless=True)
    assert np.array_equal(decode(content, "x"), PIXELS)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"<svg/>", file(PIXELS, "GIF"), file(PIXELS, "BMP"), file(PIXELS, "TIFF")],
    ids=["nothing", "noise", "svg", "gif", "bmp", "tiff"],
)
def test_other_files_are_refused(content: bytes) -> None:
    error = refusal(content)
    assert error.reason == "PICTURE_NOT_READABLE"
    assert "must be a PNG, JPEG or WebP" in error.message


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_what_is_cut_off_is_refused(form: str) -> None:
    content = file(PIXELS, form)
    assert refusal(content[: len(content) * 2 // 3]).reason == "PICTURE_NOT_READABLE"


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says how large it is, and is not."""
    fields = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    head = struct.pack(">I", 13) + fields + struct.pack(">I", zlib.crc32(fields))
    return b"\x89PNG\r\n\x1a\n" + head + file(PIXELS)[33:]


@pytest.mark.parametrize(
    "size", [(MOST_SIDE_PX + 1, 1), (1, MOST_SIDE_PX + 1), (12_000, 12_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_large_one_is_refused_before_it_is_unpacked(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(*_: Any) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr(decoding.ImageOps, "exif_transpose", unpack)
    error = refusal(claiming(*size))
    assert (error.reason, "4096 pixels" in error.message) == ("PICTURE_TOO_LARGE", True)


def test_the_largest_is_read() -> None:
    found = decode(file(Image.new("L", (MOST_SIDE_PX, 2), 7)), "x")
    assert found.shape == (2, MOST_SIDE_PX, 3)


def test_damage_is_never_an_error_of_ours() -> None:
    numbers = np.random.default_rng(1)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 8
    good = [file(PIXELS, form, exif=exif) for form in ("PNG", "JPEG", "WEBP")]
    for attempt in range(600):
        content = bytearray(good[attempt % 3])
        for place in numbers.integers(0, len(content), 3):
            content[place] = numbers.integers(0, 256)
        with contextlib.suppress(InvalidArgumentError):
            decode(bytes(content), "x")


def test_fitting_cuts_to_the_middle_and_resamples() -> None:
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 255
    assert np.array_equal(fitted(wide, 10, 10), np.full((10, 10, 3), 255))
    assert fitted(PIXELS, 64, 16).shape == (16, 64, 3)
    assert fitted(PIXELS, 40, 24) is PIXELS
    assert fitted(PIXELS[:1, :1], 64, 16).shape == (16, 64, 3)
