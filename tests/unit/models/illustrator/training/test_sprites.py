"""Sprites shown to the transformer: drawn alone, found in captions, learnt from."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from models.illustrator.library import Library
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents
from models.illustrator.training.denoising import DenoisingTask, build_transformer, parted
from models.illustrator.training.distillation import DistillationTask
from models.illustrator.training.reconstruction import build_autoencoder
from models.illustrator.training.sprites import build_references, draw_sprite

# diffusers' scheduler converts tensors in a way that numpy 2 announces the end of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def shown(config: Config) -> Config:
    """The tiny run, with sprites."""
    settings = config.transformer.model_copy(update={"references": (1, 2), "concept_loss": 0.0})
    return config.model_copy(update={"transformer": settings})


@pytest.fixture
def reader(shown: Config, encoder_folder: Any) -> CaptionReader:
    told = shown.model_copy(update={"text_encoder": str(encoder_folder)})
    made = CaptionReader.load(told, torch.float32)
    made.measure_scale(["a fox", "two dogs in the hills"])
    return made


@pytest.fixture(scope="module")
def whole_book(shown: Config, encoder_folder: Any) -> Any:
    told = shown.model_copy(update={"text_encoder": str(encoder_folder)})
    torch.manual_seed(0)
    autoencoder = build_autoencoder(shown)
    return build_references(shown, autoencoder, CaptionReader.load(told, torch.float32))


@pytest.fixture
def book(whole_book: Any) -> Any:
    return copy.deepcopy(whole_book)


def test_a_sprite_stands_alone_in_its_frame() -> None:
    library = Library.load()
    for key in ("fox", "house"):
        alone = draw_sprite(library.items[key], library, 64, 32)
        assert alone.shape == (128, 128, 3)
        backdrop = alone[0, 0]
        assert np.array_equal(alone[:32].reshape(-1, 3).max(0), backdrop)
        assert np.array_equal(alone[:, 96:].reshape(-1, 3).min(0), backdrop)
        painted = (alone[32:96, 32:96] != backdrop).any(-1)
        assert 0.15 < painted.mean() < 0.9
        assert painted.any(axis=1).mean() > 0.8
        assert np.array_equal(alone, draw_sprite(library.items[key], library, 64, 32))


def test_the_book_holds_the_library(book: Any, shown: Config) -> None:
    library = Library.load()
    assert book.patches.shape == (len(library.items), 5, 4 * shown.transformer.patch**2)
    assert torch.isfinite(book.patches).all()
    assert not torch.equal(book.patches[0], book.patches[1])
    nouns = book.config["nouns"]
    found = book.find("Two foxes and the old woman saw a picture book, storybook illustration")
    assert [nouns[number] for number in found] == ["fox", "old-woman"]


def test_what_captions_name_is_shown(
    shown: Config, latents: Latents, reader: CaptionReader, book: Any
) -> None:
    task = DenoisingTask(shown, latents, {}, reader, references=book)
    library, nouns = Library.load(), book.config["nouns"]
    named = withheld = 0
    for _ in range(40):
        batch: Any = task.draw(0.5)
        columns = zip(batch["captions"], batch["scenes"], batch["sprites"], strict=True)
        for caption, scene, sprites in columns:
            if not caption:
                assert sprites == []
            elif sprites:
                keys = {nouns[number] for number in sprites}
                items = [library.find(subject.noun) for subject in scene.subjects]
                named += {item.key for item in items[:1] if item} <= keys
            else:
                withheld += 1
    assert named > 110
    assert 4 < withheld < 40


def test_the_layer_learns_along_and_goes_on_exactly(
    shown: Config, latents: Latents, seen_latents: Latents, reader: CaptionReader, book: Any
) -> None:
    def make() -> DenoisingTask:
        book_of_its_own = copy.deepcopy(book)
        return DenoisingTask(
            shown, latents, {"seen": seen_latents}, reader, references=book_of_its_own
        )

    def steps(task: DenoisingTask, count: int) -> list[float]:
        losses = []
        for _ in range(count):
            losses.append(task.learner.backward(task.losses, task.draw(0.5))["loss"])
            task.learner.step(5e-3)
        return losses

    task = make()
    before, begun = task.validate()["loss_seen"], parted(task.weights())[1]["sprite.weight"].clone()
    steps(task, 40)
    own, layer = parted(task.weights())
    assert task.validate()["loss_seen"] < before
    assert set(layer) == {"sprite.weight", "sprite.bias", "name.weight", "place"}
    assert not torch.equal(layer["sprite.weight"], begun)
    build_transformer(shown, reader.width).load_state_dict(own)
    other = make()
    other.learner.restore({name: tensor.clone() for name, tensor in task.learner.state().items()})
    tensors, facts = task.state()
    other.restore({name: tensor.clone() for name, tensor in tensors.items()}, facts)
    assert steps(task, 3) == steps(other, 3)
    third = make()
    third.start_from(task.weights())
    assert torch.equal(third.weights()["references.place"], layer["place"])


def test_the_student_keeps_the_teachers_layer(
    shown: Config, latents: Latents, reader: CaptionReader, book: Any
) -> None:
    torch.manual_seed(1)
    teacher = dict(build_transformer(shown, reader.width).state_dict())
    torch.nn.init.normal_(teacher["proj_out.weight"], std=0.5)
    layer = {f"references.{name}": weight for name, weight in book.named_parameters()}
    task = DistillationTask(shown, latents, latents, reader, {**teacher, **layer}, references=book)
    before = {name: weight.detach().clone() for name, weight in book.named_parameters()}
    losses = []
    for _ in range(20):
        losses.append(task.learner.backward(task.losses, task.draw(0.5))["loss"])
        task.learner.step(2e-3)
    assert sum(losses[-5:]) < sum(losses[:5])
    assert all(torch.equal(weight, before[name]) for name, weight in book.named_parameters())
    assert set(task.weights()) == {*teacher, *layer} - {"pos_embed.pos_embed"}
