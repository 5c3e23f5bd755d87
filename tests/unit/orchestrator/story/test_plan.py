from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.illustrator.parser import parse
from models.illustrator.scene import Scene as Description
from orchestrator.story import ingest, segment
from orchestrator.story.depict import seen_in
from orchestrator.story.domain import Narration, Scene, Script, Segment
from orchestrator.story.language import detect
from orchestrator.story.pacing import LONGEST_MS, Pacing, lengths
from orchestrator.story.plan import plan_scenes, scene_seed

STORIES = sorted((Path(__file__).parents[3] / "stories").glob("*.md"))
TALE = """
There was once a red fox named Ember who lived in a forest. She was afraid of the dark.

One night she walked down to the beach. It was snowing. She found a little boat.

The next morning the fox rowed across the sea. A whale sang to her. It was a long song.
"""


def plan(script: Script, seed: int, **fields: Any) -> tuple[Scene, ...]:
    return plan_scenes(script, seed, **fields).scenes


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


def test_a_place_that_is_spoken_of_does_not_move_the_story() -> None:
    told = "She sat in the kitchen.\n\n---\n\nShe telephoned the bakery and the school."
    scenes = plan(script_of(f"A girl slept. {told}"), 1)
    assert [scene.description.setting for scene in scenes] == ["kitchen", "kitchen"]


def test_a_bus_does_not_come_into_the_kitchen() -> None:
    scenes = plan(script_of("A girl sat in the kitchen.\n\n---\n\nThen a red bus came."), 1)
    assert [scene.description.setting for scene in scenes] == ["kitchen", "city"]


def test_somebody_is_described_once_and_the_same_everywhere() -> None:
    told = (
        "A small fox named Ember ran.\n\n---\n\nThe fox slept.\n\n---\n\nShe woke, and Ember sang."
    )
    found = plan_scenes(script_of(told), 1, style="ink")
    assert [(one.id, one.name, one.aliases) for one in found.cast] == [("ember", "Ember", ("fox",))]
    assert found.cast[0].description == "a small fox"
    assert all("small fox" in scene.prompt for scene in found.scenes)
    seeds = {one.seed for one in plan_scenes(script_of(told), 2).cast}
    assert seeds != {found.cast[0].seed}


def test_what_the_caller_wants_shown_begins_a_scene() -> None:
    script = script_of("A fox ran. A fox hid. A fox slept.")
    hinted = replace(
        script,
        sentences=tuple(
            replace(one, illustration="a red boat on the sea" if one.index == 1 else "")
            for one in script.sentences
        ),
    )
    scenes = plan_scenes(hinted, 1).scenes
    assert scenes[1].segments[0] == 1
    assert [one.noun for one in scenes[1].description.subjects] == ["sailboat"]
    assert scenes[1].description.setting == "sea"


def test_the_pacing_that_was_asked_for_is_kept_where_sentences_allow_it() -> None:
    script = script_of(TALE * 4)
    quick = plan_scenes(script, 1, pacing=Pacing(1_000, 5_000)).scenes
    slow = plan_scenes(script, 1, pacing=Pacing(20_000, 90_000)).scenes
    assert len(quick) > 2 * len(slow)
    each = lengths(script, 1.0, None)
    for scene in slow[:-1]:
        assert 18_000 <= sum(each[index] for index in scene.segments) <= 95_000


def test_scenes_that_stay_otherwise_than_asked_are_told_of() -> None:
    (scene,) = plan_scenes(script_of("A fox ran."), 1).scenes
    timed = [replace(scene, index=i, start_ms=0, end_ms=end) for i, end in enumerate((900, 30_000))]
    short, long = Pacing().departures(timed)
    assert short == "Scene is shorter than 3 s, as the sentences are: 1."
    assert long == "Scene is longer than 20 s, as the sentences are: 2."
    assert Pacing().departures([]) == ()


def test_other_languages_are_not_misread() -> None:
    script = segment.script(ingest.read("Der Fuchs lief in den Wald."), language="de")
    found = plan_scenes(script, 1, style="ink")
    assert found.scenes[0].description == Description()
    assert found.scenes[0].prompt == "Der Fuchs lief in den Wald: ink"
    assert not found.cast


def test_vectors_decide_where_words_do_not() -> None:
    script = script_of(" ".join(f"Somebody did thing number {n} there." for n in range(12)))
    vectors = np.zeros((12, 4), np.float32)
    vectors[:7, 0] = 1
    vectors[7:, 1] = 1
    scenes = plan_scenes(script, 1, vectors=vectors, pacing=Pacing(1_000, 30_000)).scenes
    assert 7 in {scene.segments[0] for scene in scenes}
