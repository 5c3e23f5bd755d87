from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.illustrator.parser import parse
from orchestrator.story import ingest, segment
from orchestrator.story.depict import seen_in
from orchestrator.story.domain import Narration, Scene, Script, Segment
from orchestrator.story.language import detect
from orchestrator.story.pacing import LONGEST_MS
from orchestrator.story.plan import plan, scene_seed

STORIES = sorted((Path(__file__).parents[3] / "stories").glob("*.md"))
TALE = """
There was once a red fox named Ember who lived in a forest. She was afraid of the dark.

One night she walked down to the beach. It was snowing. She found a little boat.

The next morning the fox rowed across the sea. A whale sang to her. It was a long song.
"""


def script_of(text: str) -> Script:
    document = ingest.read(text)
    return segment.script(document, language=document.language or detect(text) or "en")


def covers(scenes: tuple[Scene, ...], script: Script) -> bool:
    told = [index for scene in scenes for index in scene.segments]
    return told == list(range(len(script.sentences))) and all(s.segments for s in scenes)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_our_tales_get_pictures_at_a_watchable_pace(path: Path) -> None:
    script = script_of(path.read_text(encoding="utf-8"))
    scenes = plan(script, 7)
    assert covers(scenes, script)
    words = len(script.text.split())
    assert words / 40 <= len(scenes) <= words / 12
    assert all(scene.prompt for scene in scenes)
    assert sum(bool(scene.description.subjects) for scene in scenes) >= len(scenes) - 1
    assert sum(bool(scene.description.setting) for scene in scenes) >= len(scenes) - 1


def test_the_tale_is_cut_where_it_turns_and_told_as_it_goes() -> None:
    script = script_of(TALE)
    scenes = plan(script, 7)
    firsts = {scene.segments[0] for scene in scenes}
    assert {0, 2, 5} <= firsts
    night = next(scene for scene in scenes if 2 in scene.segments).description
    assert (night.setting, night.time_of_day) == ("beach", "night")
    morning = next(scene for scene in scenes if 5 in scene.segments).description
    assert (morning.setting, morning.time_of_day) == ("sea", "day")
    assert morning.season == night.season == "winter"


def test_someone_looks_the_same_in_every_scene() -> None:
    scenes = plan(script_of(TALE), 7)
    foxes = [
        subject
        for scene in scenes
        for subject in scene.description.subjects
        if subject.noun == "fox"
    ]
    assert len(foxes) >= 2
    assert {fox.character for fox in foxes} == {"ember"}
    assert len({fox.colour for fox in foxes}) == 1


def test_a_place_that_is_only_hinted_at_does_not_move_the_story() -> None:
    assert parse("The fox was tired.").scene.setting == "forest"
    assert seen_in("The fox was tired.").setting == ""


def test_a_boat_brings_its_water() -> None:
    scenes = plan(script_of("The fox sat in the forest.\n\n---\n\nThen a little boat came."), 1)
    assert [scene.description.setting for scene in scenes] == ["forest", "lake"]


def test_the_story_does_not_go_where_it_only_looks() -> None:
    told = "The fox sat in the garden.\n\n---\n\nFar out at sea a whale sang.\n\n---\n\nShe slept."
    scenes = plan(script_of(told), 1)
    assert [scene.description.setting for scene in scenes] == ["garden", "sea", "garden"]


def test_what_is_only_talked_about_is_not_there() -> None:
    seen = seen_in("“Carry me to the castle,” said the frog.")
    assert [subject.noun for subject in seen.subjects] == ["frog"]
    assert seen.setting == ""


def test_the_same_text_is_always_planned_the_same_way_and_seeds_differ() -> None:
    script = script_of(TALE)
    assert plan(script, 7) == plan(script, 7)
    seeds = [scene.seed for scene in plan(script, 7)]
    assert len(set(seeds)) == len(seeds)
    assert seeds != [scene.seed for scene in plan(script, 8)]
    assert all(0 <= seed < 1 << 53 for seed in seeds)
    assert scene_seed(7, 0) == seeds[0]


def test_a_break_always_ends_a_scene() -> None:
    scenes = plan(script_of("The fox ran.\n\n---\n\nThe owl flew."), 1)
    assert [scene.segments for scene in scenes] == [(0,), (1,)]


def test_real_times_count_when_they_are_known() -> None:
    script = script_of("The fox ran. The fox hid. The fox slept. The fox woke.")
    segments = tuple(
        Segment(index, "x", start_ms=index * LONGEST_MS, end_ms=(index + 1) * LONGEST_MS)
        for index in range(4)
    )
    slow = Narration(segments, 4 * LONGEST_MS, "", "", "")
    assert len(plan(script, 1, narration=slow)) == 4
    assert len(plan(script, 1)) < 4


def test_the_style_is_in_the_prompt() -> None:
    assert plan(script_of("A fox ran."), 1, style="ink on silk")[0].prompt.endswith("ink on silk")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["He ran.", "“Run!” said Tom the fox.", "Night fell.", "42.", "« Oui »", "A\n\n# B",
             "She, they, it.", "The " + "very " * 60 + "old owl.", "Eh\n\n---\n\nEh"]
        ),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_any_sentences_are_covered(parts: list[str]) -> None:
    script = script_of(" ".join(parts))
    assert covers(plan(script, 3), script)


def test_a_long_story_is_planned_in_time() -> None:
    script = script_of(TALE * 120)
    assert len(script.sentences) > 900
    assert covers(plan(script, 3), script)
