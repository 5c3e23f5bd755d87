"""Layered files, read back by psd-tools and by Pillow, which are not what wrote the pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Resource

from models.illustrator.composer import compose
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.story.export.psd import write_psd
from tests.unit.orchestrator.story.tale import tale

SHOWN = Description(subjects=(Subject(noun="fox"), Subject(noun="owl")), setting="forest")


def test_a_composed_picture_comes_in_its_layers(tmp_path: Path) -> None:
    story = tale()
    scene = replace(story.scenes[0], description=SHOWN, seed=4)
    picture = Image.fromarray(compose(SHOWN, width=320, height=240, seed=4).render())
    path = tmp_path / "a.psd"
    assert write_psd(path, story, scene, picture) == ()
    document = PSDImage.open(path)
    assert [layer.name for layer in document] == ["picture", "caption", "safe areas"]
    drawn = [layer.name for layer in document[0]]
    assert drawn[0] == "background"
    assert {"subject: fox", "subject: owl"} <= set(drawn)
    assert not document[2].visible
    stacked = document.composite(
        force=True, layer_filter=lambda layer: layer.is_visible() and layer.name != "caption"
    )
    given = np.asarray(picture, dtype=int)
    assert np.abs(np.asarray(stacked.convert("RGB"), dtype=int) - given).mean() < 1
    with Image.open(path) as preview:  # what programs show that know no layers
        flat = np.asarray(preview.convert("RGB"), dtype=int)
    box = document[1].bbox
    flat[box[1] : box[3], box[0] : box[2]] = given[box[1] : box[3], box[0] : box[2]]
    assert np.abs(flat - given).max() <= 2
    guides = document.image_resources.get_data(Resource.GRID_AND_GUIDES_INFO)
    assert len(guides.data) == 8
    assert max(place for place, direction in guides.data if direction == 0) < 320 * 32


def test_any_other_picture_is_one_layer_and_says_so(tmp_path: Path) -> None:
    story = tale()
    noise = np.random.default_rng(1).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    notes = write_psd(tmp_path / "b.psd", story, story.scenes[2], Image.fromarray(noise))
    assert "one layer" in notes[0]
    document = PSDImage.open(tmp_path / "b.psd")
    assert [layer.name for layer in document[0]] == ["picture"]
    assert (document[0][0].numpy()[:, :, :3] * 255).round().astype(int).tolist() == noise.tolist()


def test_a_text_that_cannot_be_drawn_leaves_no_caption(tmp_path: Path) -> None:
    story = tale()
    silent = replace(story.segments[0], text="日本語")
    told = replace(story, segments=(silent, *story.segments[1:]))
    write_psd(tmp_path / "c.psd", told, told.scenes[0], Image.new("RGB", (64, 64)))
    assert [x.name for x in PSDImage.open(tmp_path / "c.psd")] == ["picture", "safe areas"]
