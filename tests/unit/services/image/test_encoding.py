"""Files: pixels survive, and say how they were made."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.image.encoding import ImageFormat, encode, read_parameters, thumbnail
from services.image.engine import Pixels

FORMATS = list(ImageFormat)


def picture(height: int = 48, width: int = 64) -> Pixels:
    y, x = np.mgrid[0:height, 0:width]
    channels = [x * 255 // (width - 1), y * 255 // (height - 1), np.full_like(x, 128)]
    return np.stack(channels, -1).astype(np.uint8)


def pixels_of(file: bytes) -> Pixels:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB"))


def test_png_is_lossless() -> None:
    assert np.array_equal(pixels_of(encode(picture(), ImageFormat.PNG)), picture())


@pytest.mark.parametrize("image_format", [ImageFormat.JPEG, ImageFormat.WEBP])
def test_lossy_formats_stay_close_and_obey_quality(image_format: ImageFormat) -> None:
    noisy = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    fine, coarse = (encode(noisy, image_format, quality=quality) for quality in (95, 20))
    assert len(coarse) < len(fine) / 2
    smooth = pixels_of(encode(picture(), image_format, quality=95)).astype(int)
    assert np.abs(smooth - picture()).mean() < 4


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_media_type_is_what_the_bytes_are(image_format: ImageFormat) -> None:
    with Image.open(io.BytesIO(encode(picture(), image_format))) as image:
        assert Image.MIME[image.format or ""] == image_format.media_type


@pytest.mark.parametrize("image_format", FORMATS)
@settings(max_examples=25, deadline=None)
@given(
    prompt=st.text(max_size=300),
    seed=st.integers(0, 2**53 - 1),
    guidance=st.floats(0, 50, allow_nan=False),
)
def test_parameters_survive_any_text(
    image_format: ImageFormat, prompt: str, seed: int, guidance: float
) -> None:
    parameters = {"prompt": prompt, "seed": seed, "guidance_scale": guidance}
    file = encode(picture(8, 8), image_format, parameters=parameters)
    assert read_parameters(file) == parameters


@pytest.mark.parametrize("image_format", FORMATS)
def test_enormous_texts_are_cut_instead_of_breaking_the_file(image_format: ImageFormat) -> None:
    texts = dict.fromkeys(("prompt", "negative_prompt", "style"), "🦊" * 100000)
    found = read_parameters(encode(picture(), image_format, parameters=texts))
    assert found is not None
    assert found["prompt"] == "🦊" * 1499 + "…"


@pytest.mark.parametrize("image_format", FORMATS)
def test_equal_pictures_give_equal_bytes(image_format: ImageFormat) -> None:
    first, second = (encode(picture(), image_format, parameters={"seed": 1}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_file_without_parameters_has_none(image_format: ImageFormat) -> None:
    assert read_parameters(encode(picture(), image_format)) is None


def test_foreign_text_under_the_same_name_is_no_parameters() -> None:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("parameters", "masterpiece, 8k\nSteps: 20")
    target = io.BytesIO()
    Image.fromarray(picture()).save(target, "PNG", pnginfo=text)
    assert read_parameters(target.getvalue()) is None


def test_a_thumbnail_keeps_the_proportions_and_never_grows() -> None:
    small = pixels_of(thumbnail(picture(100, 400), 200))
    assert small.shape[:2] == (50, 200)
    assert pixels_of(thumbnail(picture(30, 40), 200)).shape[:2] == (30, 40)
