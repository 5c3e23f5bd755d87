import logging
from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.weights import resolve

from .conftest import MakeWheel, package_card, part


class Recipe:
    """Copies a file in upper case, and counts how often it had to."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, folder: Path) -> None:
        self.runs += 1
        (folder / "deep").mkdir()
        (folder / "deep" / "a.txt").write_bytes(b"WEIGHTS")
        (folder / "empty").touch()


@pytest.fixture
def card(make_wheel: MakeWheel) -> ModelCard:
    make_wheel("toy", "1.0", {"toy/a.bin": b"weights"})
    return package_card({"a.bin": b"weights"}, part("a.bin", "toy", "toy/a.bin"))


def test_builds_once_and_again_when_damaged(
    card: ModelCard, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe()
    folder = resolve(card).derived("upper-1", recipe)
    assert (folder / "deep" / "a.txt").read_bytes() == b"WEIGHTS"
    assert resolve(card).derived("upper-1", recipe) == folder
    assert recipe.runs == 1

    (folder / "deep" / "a.txt").write_bytes(b"WEIGHTZ")
    with caplog.at_level(logging.WARNING):
        assert resolve(card).derived("upper-1", recipe) == folder
    assert "is damaged: building it again" in caplog.text
    assert (folder / "deep" / "a.txt").read_bytes() == b"WEIGHTS"
    assert recipe.runs == 2


def test_another_recipe_has_another_folder(card: ModelCard) -> None:
    weights = resolve(card)
    assert weights.derived("upper-1", Recipe()) != weights.derived("upper-2", Recipe())


def test_a_recipe_that_fails_leaves_nothing(card: ModelCard, cache: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise RuntimeError("out of ideas")

    with pytest.raises(RuntimeError, match="out of ideas"):
        resolve(card).derived("upper-1", fails)
    assert [p.name for p in (cache / "models" / "toy" / "derived").iterdir()] == [".lock"]


def test_a_recipe_that_makes_nothing_is_an_error(card: ModelCard) -> None:
    with pytest.raises(FailedPreconditionError, match="made no files"):
        resolve(card).derived("upper-1", lambda folder: None)


def test_a_recipe_may_use_the_weights_of_its_own_model(card: ModelCard) -> None:
    def build(folder: Path) -> None:
        (folder / "b").write_bytes(resolve(card).path("a.bin").read_bytes())

    assert (resolve(card).derived("copy-1", build) / "b").read_bytes() == b"weights"
