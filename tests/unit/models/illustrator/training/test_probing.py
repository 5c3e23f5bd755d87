"""The judge on a few pictures: what it is asked of crops and of whole ones, and that it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.illustrator.scene import Scene, Subject
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Pictures
from models.illustrator.training.probing import (
    ProbeTask,
    build_probe,
    cropped,
    labels_of,
    probe_loss,
)
from models.illustrator.training.reconstruction import pixels_of
from models.illustrator.training.shards import NOTHING, OTHER
from models.illustrator.training.vocabulary import COLOURS, Vocabulary
from tests.unit.models.illustrator.training.lessons import improved, steps, twin


def test_the_probe_learns_and_goes_on_exactly(
    config: Config, pictures: Pictures, seen: Pictures
) -> None:
    task = ProbeTask(config, pictures, seen)
    assert improved(steps(task, 45, rate=4e-3)) < 0.8
    assert task.draw(0.0)["noise"].shape == (4, 3, 32, 32)
    assert task.draw(0.9)["noise"].shape == (1, 3, 64, 64)
    assert improved(steps(task, 45, share=0.9)) < 1
    twin(task, lambda: ProbeTask(config, pictures, seen))


def test_labels_say_what_scenes_say(vocabulary: Vocabulary, seen: Pictures) -> None:
    examples = [seen.example(n) for n in range(len(seen))]
    labels = labels_of(examples, vocabulary)
    for row, example in enumerate(examples):
        named = {vocabulary.label(s.noun) for s in example.scene.subjects}
        assert set(labels.presence[row].nonzero().flatten().tolist()) == named
        things = sum(subject.count for subject in example.scene.subjects)
        assert float(labels.density[row].sum()) == pytest.approx(things, abs=0.1)
        painted = {COLOURS.index(s.colour) + 1 for s in example.scene.subjects if s.colour}
        assert set(labels.colours[row].unique().tolist()) <= {-1, 0, *painted}


def test_crops_lie_around_a_cell_of_a_subject(vocabulary: Vocabulary, seen: Pictures) -> None:
    chance = torch.Generator().manual_seed(0)
    for number in range(len(seen)):
        whole = seen.example(number)
        things = set(np.unique(whole.cells).tolist()) - {NOTHING, OTHER}
        for place in torch.rand(9, 4, generator=chance).tolist():
            crop = cropped(whole, place, 8)
            assert crop.picture.shape == (32, 32, 3)
            assert crop.cells.shape == crop.density.shape == (8, 8)
            assert not things or things & set(np.unique(crop.cells).tolist())
    all_of_it = cropped(whole, (0.5, 0.5, 0.0, 1.0), 16)
    assert np.array_equal(all_of_it.picture, whole.picture)
    corner = cropped(replace(whole, cells=np.zeros_like(whole.cells)), (0.9, 0.0, 0.0, 0.0), 8)
    assert np.array_equal(corner.picture, whole.picture[:32, :32])


def test_of_what_a_crop_leaves_out_nothing_is_asked(vocabulary: Vocabulary, seen: Pictures) -> None:
    scene = Scene((Subject("fox"), Subject("cat")), setting="forest")
    whole = replace(seen.example(0), scene=scene, cells=np.zeros((16, 16), np.uint8))
    fox, cat = vocabulary.label("fox"), vocabulary.label("cat")
    whole.cells[2, 2] = 1
    crop = cropped(whole, (0.0, 0.0, 0.5, 0.5), 8)
    presence = [labels_of([example], vocabulary).presence[0] for example in (whole, crop)]
    assert presence[0][[fox, cat]].tolist() == [1.0, 1.0]
    assert presence[1][[fox, cat]].tolist() == [1.0, -1.0]


def test_the_probe_sees_the_same_in_a_crop(config: Config, vocabulary: Vocabulary) -> None:
    torch.manual_seed(0)
    probe = build_probe(config, vocabulary)
    pixels = torch.randn(1, 3, 64 * 4, 64 * 4)
    with torch.no_grad():
        whole, crop = probe(pixels), probe(pixels[:, :, 64:192, 64:192])
    assert crop.concepts.shape == (1, 6, 32, 32)
    middle = whole.concepts[:, :, 16:48, 16:48]
    assert torch.allclose(middle[:, :, 16, 16], crop.concepts[:, :, 16, 16], atol=1e-4)


def test_the_parts_of_the_probes_loss_add_up(
    config: Config, vocabulary: Vocabulary, seen: Pictures
) -> None:
    examples = [seen.example(n) for n in range(4)]
    labels = labels_of(examples, vocabulary)
    torch.manual_seed(0)
    with torch.no_grad():
        reading = build_probe(config, vocabulary)(pixels_of(examples))
    losses = probe_loss(reading, labels)
    assert reading.concepts.shape == (4, 6, 16, 16)
    assert float(losses["loss"]) == pytest.approx(
        sum(float(v) for k, v in losses.items() if k != "loss"), rel=1e-5
    )
    assert all(float(value) > 0 for value in losses.values())
