"""Requests: the card's defaults, the card's limits, what a model reads of a text."""

import math

import pytest

from lanternist.runtime.errors import InvalidArgumentError
from services.image.engine import (
    MOST_PROMPT_CHARS,
    SEED_LIMIT,
    check_limits,
    readable,
    request_for,
)
from tests.unit.services.image.tiny_pipelines import card_for

CARD = card_for("limited")


def test_what_a_caller_leaves_open_comes_from_the_card() -> None:
    request = request_for(CARD, prompt="a fox", width=None, step_count=7)
    assert (request.width, request.height, request.step_count) == (64, 64, 7)
    assert request.guidance_scale == 2.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 16),
        ("width", 144),
        ("width", 72),
        ("height", -64),
        ("height", 10**9),
        ("step_count", 0),
        ("step_count", 101),
        ("guidance_scale", -0.1),
        ("guidance_scale", 10.5),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("count", 0),
        ("count", 5),
        ("seed", -1),
        ("seed", SEED_LIMIT),
        ("preview_interval", -1),
        ("prompt", "x" * (MOST_PROMPT_CHARS + 1)),
        ("negative_prompt", "x" * (MOST_PROMPT_CHARS + 1)),
    ],
)
def test_a_value_outside_the_limits_names_its_field(field: str, value: object) -> None:
    choices = {"prompt": "a fox", field: value}
    with pytest.raises(InvalidArgumentError) as caught:
        request_for(CARD, **choices)  # type: ignore[arg-type]
    assert {violation.field for violation in caught.value.violations} == {field}
    assert caught.value.reason == "OUTSIDE_MODEL_LIMITS"


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        request_for(CARD, prompt="a fox", width=8, count=99, guidance_scale=math.nan)
    named = [violation.field for violation in caught.value.violations]
    assert named == ["width", "width", "guidance_scale", "count"]  # too small, and no multiple


def test_pixels_are_limited_in_all() -> None:
    card = card_for("few", limits={"max_pixels": 64 * 128})
    check_limits(request_for(card, prompt="a fox", width=128, height=64), card)
    with pytest.raises(InvalidArgumentError, match="8192"):
        request_for(card, prompt="a fox", width=128, height=128)


def test_the_seed_of_each_image_wraps_round() -> None:
    request = request_for(CARD, prompt="a fox", seed=SEED_LIMIT - 1, count=2)
    assert [request.image_seed(0), request.image_seed(1)] == [SEED_LIMIT - 1, 0]


def test_a_long_text_is_cut_at_a_blank_and_the_caller_is_told() -> None:
    card = card_for("short", limits={"max_prompt_chars": 10})
    assert readable("a red fox", card) == ("a red fox", ())
    assert readable("a red foxglove", card)[0] == "a red"
    assert readable("x" * 50, card)[0] == "x" * 10
    assert readable("x" * 50, card)[1] == ("Only the first 10 characters were read.",)


def test_control_characters_count_as_blanks() -> None:
    assert readable("a\x00fox\x1b\n🦊", CARD)[0] == "a fox  🦊"
