"""Palettes: found in the words of a style, true to what they name, and no threat to the scene."""

import colorsys
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from models.illustrator.composer import compose
from models.illustrator.layers import LayerKind
from models.illustrator.light import parse as channels
from models.illustrator.palettes import palette_named
from models.illustrator.parser import parse
from models.illustrator.scene import Scene

BOAT = parse("A red boat sails on the sea at sunset.").scene
GIRL = parse("A girl and her dog walk through the green forest.").scene
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")


def pixels(style: str, scene: Scene = BOAT) -> NDArray[np.float64]:
    return compose(scene, width=160, height=120, seed=3, style=style).render().astype(float) / 255


def hue_of(colour: str) -> float:
    return colorsys.rgb_to_hls(*(channel / 255 for channel in channels(colour)))[0]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "flat",
        "paper-cut",
        "watercolour",
        "in oils",
        "a red barn style",
        "colourful",
        "gold leaf",
    ],
)
def test_words_that_name_no_palette_change_nothing(words: str) -> None:
    assert palette_named(words) is None


@pytest.mark.parametrize(
    "words",
    [
        "sepia", "Paper-cut, in SEPIA", "pastel colours", "couleurs pastel", "black and white",
        "noir et blanc", "warm colours", "tons froids", "vivid", "in teal and gold",
        "en bleu et or", "palette: rose, lavender, cream", "in shades of blue",
    ],
)  # fmt: skip
def test_words_that_name_one_change_every_page(words: str) -> None:
    assert palette_named(words) is not None
    assert np.abs(pixels(words) - pixels("paper" if "Paper" in words else "")).mean() > 0.01


def test_black_and_white_is_grey_everywhere() -> None:
    page = pixels("black and white")
    assert np.abs(page - page.mean(axis=2, keepdims=True)).max() < 0.02


def test_pastel_is_lighter_and_softer() -> None:
    plain, soft = pixels(""), pixels("pastel")
    assert soft.mean() > plain.mean() + 0.1
    assert np.ptp(soft, axis=2).mean() < 0.8 * np.ptp(plain, axis=2).mean()


def test_named_colours_leave_few_others() -> None:
    def hues(style: str) -> int:
        """How many of 24 hues are clearly seen on two pages."""
        page = np.concatenate([pixels(style, BOAT), pixels(style, GIRL)]).reshape(-1, 3)
        seen = [colorsys.rgb_to_hsv(*pixel) for pixel in page]
        counted = np.bincount([int(h * 24) % 24 for h, s, _ in seen if s > 0.25], minlength=24)
        return int((counted > 0.01 * len(page)).sum())

    assert hues("in teal and gold") < hues("")


def test_what_the_words_call_red_stays_red() -> None:
    layers = compose(BOAT, width=160, height=120, seed=3, style="in teal and gold").layers()
    boat = next(layer for layer in layers if layer.kind is LayerKind.SUBJECT)
    reds = [c for c in _HEX.findall(boat.svg) if min(hue_of(c), 1 - hue_of(c)) < 0.06]
    assert reds


def test_a_story_keeps_what_its_scenes_are() -> None:
    plain = compose(GIRL, width=160, height=120, seed=3)
    toned = compose(GIRL, width=160, height=120, seed=3, style="in sepia")
    assert (toned.scene, toned.drawn) == (plain.scene, plain.drawn)
    assert _HEX.sub("", toned.svg()) == _HEX.sub("", plain.svg())


def test_a_long_or_odd_style_is_read_quickly_and_quietly() -> None:
    assert palette_named("in " + "mauve, " * 5000) is None
    assert palette_named("#12345 \N{SNOWMAN} in in in and and") is None
