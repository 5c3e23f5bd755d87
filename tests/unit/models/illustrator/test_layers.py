"""Layers: stacked they are the picture, and each says what it shows, where, and how near."""

import numpy as np
from PIL import Image

from models.illustrator.composer import compose
from models.illustrator.grid import SENTENCES
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, Subject

STORY = SENTENCES.read_text(encoding="utf-8").strip().splitlines()


def test_layers_say_what_where_and_how_near() -> None:
    scene = parse("A girl on a horse and two owls at night.").scene
    layers = compose(scene, width=400, height=300, seed=3).layers()
    kinds = [layer.kind for layer in layers]
    assert kinds == ["background", *["subject"] * 4, "foreground"]
    nearness = [layer.depth for layer in layers]
    assert nearness == sorted(nearness)
    assert (nearness[0], nearness[-1]) == (0.0, 1.0)
    by_noun = {scene.subjects[one.subject].noun: one for one in layers if one.subject is not None}
    assert by_noun["girl"].depth == by_noun["horse"].depth
    for layer in layers[1:-1]:
        assert layer.box is not None
        left, top, right, bottom = layer.box
        assert 0 <= left < right <= 400
        assert 0 <= top < bottom <= 300
        solid = np.argwhere(layer.render()[..., 3] > 200)
        # as far as shadows stay below that alpha, what is solid lies in the box
        assert (solid.min(0) >= [top - 3, left - 3]).all()
        assert (solid.max(0) <= [bottom + 3, right + 3]).all()


def test_layers_stacked_are_the_picture() -> None:
    picture = compose(parse(STORY[3]).scene, width=333, height=217, seed=2)
    page = Image.new("RGBA", (333, 217))
    for layer in picture.layers():
        page.alpha_composite(Image.fromarray(layer.render()))
    difference = np.abs(np.asarray(page.convert("RGB"), np.int16) - picture.render())
    assert float(np.percentile(difference, 99)) <= 3


def test_what_the_composer_adds_is_no_subject_of_the_scene() -> None:
    scene = Scene((Subject("fox"), Subject("zorp")), "sea", "night")
    layers = compose(scene, width=64, height=48).layers()
    assert {layer.name: layer.subject for layer in layers[1:-1]} == {"fox": 0, "rowboat": None}


def test_a_layer_can_be_drawn_larger_than_the_picture() -> None:
    layer = compose(parse(STORY[0]).scene, width=100, height=60).layers()[1]
    assert layer.render(1.5).shape == (90, 150, 4)
