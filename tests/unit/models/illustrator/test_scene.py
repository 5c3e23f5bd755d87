"""Scenes as values, and as prompts for engines that read words."""

import pytest

from models.illustrator.scene import Scene, Subject, plural, to_prompt


def test_a_scene_is_worded_with_its_relations_and_its_light() -> None:
    scene = Scene(
        (
            Subject("fox", count=2, colour="red", size="small"),
            Subject("cat", relation="on", relation_target=2),
            Subject("table"),
        ),
        setting="kitchen",
        time_of_day="night",
        weather="rain",
    )
    prompt = to_prompt(scene, "paper")
    assert prompt.startswith("two small red foxes, a cat on the table and a table in a kitchen")
    assert "at night" in prompt
    assert "in the rain" in prompt
    assert "paper cut-out" in prompt


def test_an_empty_scene_still_gives_words() -> None:
    assert to_prompt(Scene()) == "children's storybook illustration"
    assert to_prompt(Scene(), "oil painting") == "oil painting"


def test_a_target_that_does_not_exist_is_left_out() -> None:
    scene = Scene((Subject("cat", relation="on", relation_target=7),))
    assert to_prompt(scene).startswith("a cat,")


@pytest.mark.parametrize(
    ("singular", "expected"),
    [
        ("fox", "foxes"),
        ("fairy", "fairies"),
        ("monkey", "monkeys"),
        ("policeman", "policemen"),
        ("little mouse", "little mice"),
        ("sheep", "sheep"),
    ],
)
def test_english_plurals(singular: str, expected: str) -> None:
    assert plural(singular) == expected
