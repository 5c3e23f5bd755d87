"""`IllustratorReferences` finds what a text names; the pipeline shows it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from diffusers.utils import dynamic_modules_utils

from models.illustrator.conditions import Conditions, sprites_named, with_references
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.references import IllustratorReferences, tokens_of
from tests.unit.models.illustrator.test_pipeline import OURS
from tests.unit.models.illustrator.tiny import draw, seeded, tiny_pipeline

WORDS = {"fox": 0, "foxes": 0, "owl": 1, "snow owl": 2, "old woman": 3, "woman": 4, "saw": -1}


@pytest.fixture
def pipe() -> IllustratorPipeline:
    return tiny_pipeline()


@pytest.fixture
def book() -> IllustratorReferences:
    torch.manual_seed(0)
    made: IllustratorReferences = IllustratorReferences(
        nouns=["fox", "owl", "snow-owl", "old-woman", "woman"],
        words=WORDS,
        sides=[1, 2],
        patch_numbers=16,
        width=8,
        most=3,
    )
    made.patches.normal_()
    made.names.normal_()
    return made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A Fox, an owl.", [0, 1]),
        ("two foxes saw a fox", [0]),
        ("the snow-owl and the owl", [2, 1]),
        ("an OLD  woman", [3]),
        ("fox, owl, snow owl, woman", [0, 1, 2]),
        ("a woman’s fòx", [0]),
        ("", []),
        ("foxglove 狐 🦊", []),
    ],
)
def test_what_a_text_names(book: IllustratorReferences, text: str, found: list[int]) -> None:
    assert book.find(text) == found


def test_words_of_a_text() -> None:
    assert tokens_of("Two snow-owls, don’t: Été!") == ["two", "snow", "owls", "don't", "ete"]


def test_a_noun_is_named_by_its_key_or_a_word_for_it(book: IllustratorReferences) -> None:
    assert book.number_of("snow-owl") == book.number_of("Snow Owl") == 2
    for noun in ("saw", "zeppelin", ""):
        with pytest.raises(ValueError, match="no sprite"):
            book.number_of(noun)
    assert sprites_named(book, [["fox"], []], 2) == [[0], []]
    with pytest.raises(ValueError, match="2 lists of references for 1"):
        sprites_named(book, [["fox"], []], 1)
    with pytest.raises(ValueError, match="no sprites to refer to"):
        sprites_named(None, [["fox"]], 1)
    assert sprites_named(None, [[]], 1) == [[]]


def test_states_and_mask(book: IllustratorReferences) -> None:
    states, mask = book([[0, 3], [], [4]])
    assert states.shape == (3, 2 * 5, 8)
    assert mask.tolist() == [[1] * 10, [0] * 10, [1] * 5 + [0] * 5]
    assert not states[1].any()
    assert not states[2, 5:].any()
    alone = book([[3]])[0]
    assert torch.allclose(alone[0], states[0, 5:])
    assert book([[], []])[0].shape == (2, 0, 8)


def test_sprites_follow_the_captions(book: IllustratorReferences) -> None:
    captions = Conditions(torch.randn(2, 3, 8), torch.tensor([[True] * 3, [True, True, False]]))
    assert with_references(captions, book, [[], []]) is captions
    both = with_references(captions, book, [[0], []])
    assert both.states.shape == (2, 8, 8)
    assert torch.equal(both.states[:, :3], captions.states)
    assert both.mask.dtype == torch.bool
    assert both.mask.sum(1).tolist() == [8, 2]


def test_it_is_stored_in_few_bits(book: IllustratorReferences, tmp_path: Path) -> None:
    book.save_packed(tmp_path, bits=8)
    again = IllustratorReferences.from_pretrained(tmp_path)
    assert again.find("the snow-owl and two foxes") == [2, 0]
    rows = [[0, 2], [1]]
    assert torch.allclose(again(rows)[0], book(rows)[0], atol=0.05)


@pytest.fixture
def shown(pipe: IllustratorPipeline) -> IllustratorPipeline:
    """A pipeline with sprites of a fox and an owl."""
    made = IllustratorReferences(
        nouns=["fox", "owl"],
        words={"fox": 0, "owl": 1, "owls": 1},
        sides=[1],
        patch_numbers=16,
        width=16,
    )
    made.patches.normal_(std=3.0)
    pipe.register_modules(references=made.eval())
    return pipe


def test_what_a_prompt_names_is_shown(shown: IllustratorPipeline) -> None:
    fox = draw(shown)
    assert np.array_equal(fox, draw(shown, references=[["fox"]]))
    without = draw(shown, references=[[]])
    shown.register_modules(references=None)
    assert np.array_equal(without, draw(shown))
    assert not np.allclose(fox, without, atol=1e-4)


def test_other_sprites_may_be_asked_for(shown: IllustratorPipeline) -> None:
    both = draw(shown, ["a fox", "snow"], references=[["owl", "fox"], []], generator=seeded(1, 1))
    assert np.allclose(both[:1], draw(shown, references=[["fox", "owls"]]), atol=1e-4)
    assert np.allclose(both[1:], draw(shown, "snow"), atol=1e-4)
    states, mask = shown.encode_prompt(["a fox"])
    given = {"prompt_embeds": states, "prompt_attention_mask": mask}
    asked = draw(shown, None, references=[["fox"]], **given)
    assert np.allclose(asked, draw(shown), atol=1e-5)
    for wrong, match in (([["cat"]], "no sprite"), ([["fox"], []], "2 lists")):
        with pytest.raises(ValueError, match=match):
            draw(shown, references=wrong)
    shown.register_modules(references=None)
    with pytest.raises(ValueError, match="no sprites"):
        draw(shown, references=[["fox"]])


def test_a_negative_prompt_gets_no_sprites(shown: IllustratorPipeline) -> None:
    asked: list[Any] = []
    shown.references.register_forward_pre_hook(lambda _, given: asked.append(given[0]))
    draw(shown, "snow", negative_prompt="a fox", guidance_scale=4.0)
    assert asked == []
    draw(shown, "an owl", negative_prompt="a fox", guidance_scale=4.0)
    assert asked == [[[1]]]


def test_saved_with_its_sprites_it_loads_with_them(
    shown: IllustratorPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = draw(shown)
    shown.save_pretrained(tmp_path / "weights")
    without_an_import = {"custom_pipeline": str(OURS), "trust_remote_code": True}
    for again in (
        IllustratorPipeline.from_pretrained(tmp_path / "weights"),
        DiffusionPipeline.from_pretrained(tmp_path / "weights", **without_an_import),
    ):
        again.set_progress_bar_config(disable=True)
        assert again.references.find("two owls") == [1]
        assert np.array_equal(draw(again), before)
