"""Pixels of SVG documents: both renderers draw the same picture."""

import numpy as np
import pytest

from models.illustrator import rasterising
from models.illustrator.composer import compose
from models.illustrator.scene import Scene, Setting, Subject

_LIGHT = (
    ("day", "clear"),
    ("night", "clear"),
    ("sunset", "wind"),
    ("day", "rain"),
    ("dawn", "fog"),
)


@pytest.mark.parametrize("setting", list(Setting))
def test_both_renderers_draw_the_same(setting: Setting) -> None:
    assert rasterising.pylunasvg is not None
    index = list(Setting).index(setting)
    time, weather = _LIGHT[index % len(_LIGHT)]
    subjects = (Subject("girl"), Subject("owl", 2, "blue"), Subject("castle"))
    scene = Scene(subjects, setting, time, weather, ("summer", "winter")[index % 2])
    style = ("flat", "paper")[index % 2]
    drawn = compose(scene, width=320, height=240, seed=index, style=style)
    one = rasterising.rasterised(drawn.svg(), 320, 240)
    other = rasterising.by_resvg(drawn.svg(), 320, 240)
    difference = np.abs(one.astype(np.int16) - other)
    assert (one[..., 3] == 255).all()
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) < 24


def test_alpha_is_straight() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2" viewBox="0 0 2 2" '
        'preserveAspectRatio="none"><rect width="1" height="2" fill="#ff0000" fill-opacity=".5"/>'
        "</svg>"
    )
    for draw in (rasterising.rasterised, rasterising.by_resvg):
        pixels = draw(svg, 4, 2)
        assert pixels.shape == (2, 4, 4)
        assert np.abs(pixels[0, 0].astype(int) - (255, 0, 0, 128)).max() <= 2
        assert pixels[0, 3, 3] == 0
