"""Edits of plans: what they change, what they leave, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2, voice_pb2
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.story.domain import Character, Narration, Scene, Segment
from orchestrator.story.edits import edited
from orchestrator.story.request import script_of
from orchestrator.story.storyboard import Storyboard

TEXT = (
    "# Ember\n\nA fox lived in the forest. She was afraid of the dark.\n\n---\n\n"
    "One night she walked to the sea. A whale sang to her.\n\nIn the morning she went home."
)
VOICES = {
    "bea": voice_pb2.Voice(id="bea", language="en-US", model="other"),
    "luc": voice_pb2.Voice(id="luc", language="fr-FR", model="sine"),
}


def board_of(
    text: str = TEXT, groups: tuple[tuple[int, ...], ...] = ((0, 1), (2, 3), (4,))
) -> Storyboard:
    request = story_pb2.CreateStoryRequest(text=text, language="en", voice="anna", seed=7)
    script = script_of(request)
    segments = tuple(Segment(s.index, s.text, voice="anna") for s in script.sentences)
    fox = Description(subjects=(Subject("fox", character="ember"),))
    scenes = tuple(
        Scene(index, group, f"scene {index}", fox, seed=100 + index)
        for index, group in enumerate(groups)
    )
    cast = (Character("narrator", "Narrator", voice="anna"), Character("ember", "Ember"))
    return Storyboard(request, script, segments, scenes, cast)


def edit(board: Storyboard, *edits: dict[str, Any], earlier: Any = None) -> Storyboard:
    messages = [story_pb2.StoryEdit(**fields) for fields in edits]
    return edited(board, messages, voices=VOICES, earlier=earlier or {})[0]


def check(board: Storyboard) -> None:
    """Everything that holds of every plan."""
    script = board.script
    assert [s.text for s in script.sentences] == [s.text for s in board.segments]
    assert [s.index for s in board.segments] == list(range(len(board.segments)))
    for sentence in script.sentences:
        assert script.text[sentence.start : sentence.end] == sentence.text
    paragraphs = [s.paragraph for s in script.sentences]
    assert sorted({*paragraphs}) == list(range(len(script.paragraphs)))
    assert paragraphs == sorted(paragraphs)
    assert all(0 <= b < len(script.paragraphs) for b in script.breaks)
    assert [s.index for s in board.scenes] == list(range(len(board.scenes)))
    assert [i for s in board.scenes for i in s.segments] == list(range(len(board.segments)))
    assert Storyboard.from_json(board.to_json()) == board


def test_a_sentence_is_put_otherwise() -> None:
    before = board_of()
    after = edit(before, {"segment": {"index": 3, "text": "An owl laughed at her."}})
    check(after)
    assert after.script.paragraphs[1] == "One night she walked to the sea. An owl laughed at her."
    assert after.script.paragraphs[0] == before.script.paragraphs[0]
    assert after.script.breaks == before.script.breaks == {1}
    assert after.scenes[0] == before.scenes[0]
    assert "owl" in after.scenes[1].prompt
    assert after.scenes[1].seed == before.scenes[1].seed


def test_a_sentence_becomes_three_of_the_same_speaker() -> None:
    board = board_of()
    segments = list(board.segments)
    segments[1] = replace(segments[1], speaker="ember", mood="tense")
    after = edit(
        replace(board, segments=tuple(segments)),
        {"segment": {"index": 1, "text": "Oh!  It was dark.\nVery dark."}},
    )
    check(after)
    assert [s.text for s in after.segments[1:4]] == ["Oh!", "It was dark.", "Very dark."]
    assert {(s.speaker, s.mood) for s in after.segments[1:4]} == {("ember", "tense")}
    assert [s.segments for s in after.scenes] == [(0, 1, 2, 3), (4, 5), (6,)]


def test_a_sentence_goes_and_its_scene_and_paragraph_with_it() -> None:
    after = edit(board_of(), {"segment": {"index": 4}})
    check(after)
    assert (len(after.scenes), len(after.script.paragraphs)) == (2, 2)


def test_a_pause_stays_before_what_follows_a_paragraph_that_went() -> None:
    after = edit(board_of(), {"segment": {"index": 2}}, {"segment": {"index": 2}})
    check(after)
    assert after.script.breaks == {1}
    assert after.script.paragraphs[1] == "In the morning she went home."


def test_a_picture_in_its_owners_words_stays_when_words_change() -> None:
    after = edit(
        board_of(),
        {"scene": {"index": 1, "prompt": "a red boat on the sea", "seed": 5, "model": "m"}},
        {"segment": {"index": 3, "text": "A gull laughed."}},
        {"style": "ink"},
    )
    check(after)
    scene = after.scenes[1]
    assert (scene.prompt, scene.seed, scene.own_model) == ("a red boat on the sea", 5, "m")
    assert "boat" in scene.description.subjects[0].noun
    assert after.request.style == "ink"
    assert "ink" in after.scenes[0].prompt


def test_merging_keeps_the_first_picture_and_splitting_gives_the_second_a_seed() -> None:
    before = board_of()
    merged = edit(before, {"merge": {"index": 0}})
    check(merged)
    assert merged.scenes[0] == replace(before.scenes[0], segments=(0, 1, 2, 3))
    halved = edit(merged, {"split": {"index": 0, "segment": 2}})
    check(halved)
    assert [s.segments for s in halved.scenes] == [s.segments for s in before.scenes]
    assert len({s.seed for s in halved.scenes}) == 3


def test_voice_title_model_and_look() -> None:
    after = edit(
        board_of(),
        {"scene": {"index": 0, "model": "one"}},
        {"voice": "bea"},
        {"title": "Ash"},
        {"image_model": "all"},
        {"character": {"id": "EMBER", "description": "a blue owl"}},
    )
    check(after)
    assert (after.request.voice, after.request.voice_model) == ("bea", "other")
    assert {segment.voice for segment in after.segments} == {"bea"}
    assert after.cast[0].voice == "bea"
    assert after.script.title == "Ash"
    assert {scene.own_model for scene in after.scenes} == {""}
    assert after.cast[1].description == "a blue owl"
    assert all(s.description.subjects[0].noun == "owl" for s in after.scenes)


def test_the_cast_is_recast_only_where_there_is_one() -> None:
    board = board_of().asking(telling=story_pb2.TELLING_STORY)
    segments = list(board.segments)
    segments[1] = replace(segments[1], speaker="ember")
    after = edit(
        replace(board, segments=tuple(segments)),
        {"cast": {"character": "Ember", "voice": "bea"}},
    )
    check(after)
    assert [segment.voice for segment in after.segments][:3] == ["anna", "bea", "anna"]
    assert [(c.character, c.voice) for c in after.request.cast] == [("ember", "bea")]
    assert board.request.cast == []


def test_an_earlier_revision_comes_back_whole() -> None:
    first = board_of()
    second = edit(first, {"voice": "bea"}, {"merge": {"index": 1}})
    assert edit(second, {"restore_revision": 1}, earlier={1: first}) == first


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"segment": {"index": 9, "text": "x"}}, "segment.index"),
        ({"segment": {"index": 0, "text": "…"}}, "segment.text"),
        ({"scene": {"index": 3, "seed": 1}}, "scene.index"),
        ({"merge": {"index": 2}}, "merge.index"),
        ({"split": {"index": 0, "segment": 2}}, "split.segment"),
        ({"split": {"index": 2, "segment": 4}}, "split.index"),
        ({"voice": "luc"}, "voice"),
        ({"cast": {"character": "ember", "voice": "bea"}}, "cast"),
        ({"character": {"id": "nobody", "description": "a dog"}}, "character.id"),
        ({"character": {"id": "ember", "description": "xyzzy"}}, "character.description"),
    ],
)
def test_what_does_not_fit_names_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        edit(board_of(), {"title": "T"}, fields)
    assert caught.value.violations[0].field == f"edits[1].{field}"


@pytest.mark.parametrize("fields", [{"segment": {"index": 0}}, {"voice": "bea"}, {"telling": 1}])
def test_a_recording_keeps_its_words_and_its_voice(fields: dict[str, Any]) -> None:
    recording = Narration((), 0, "assets/x", "audio/mpeg", "ear")
    with pytest.raises(InvalidArgumentError, match="recorded"):
        edit(replace(board_of(), recording=recording), fields)


def test_the_last_sentence_cannot_go() -> None:
    with pytest.raises(InvalidArgumentError, match="only sentence"):
        edit(board_of("A fox.", ((0,),)), {"segment": {"index": 0}})


_words = st.lists(
    st.sampled_from(["a fox", "the sea", "night", "Mr. Grey", "“Stop!”", "why?", "2.5 km"]),
    min_size=1,
    max_size=6,
)
_edits = st.one_of(
    st.builds(
        lambda i, words: {"segment": {"index": i, "text": ". ".join(words) + "."}},
        st.integers(0, 6),
        _words,
    ),
    st.builds(lambda i: {"segment": {"index": i}}, st.integers(0, 6)),
    st.builds(lambda i: {"merge": {"index": i}}, st.integers(0, 3)),
    st.builds(
        lambda i, s: {"split": {"index": i, "segment": s}}, st.integers(0, 3), st.integers(1, 6)
    ),
    st.builds(
        lambda i, seed: {"scene": {"index": i, "seed": seed}}, st.integers(0, 3), st.integers(0, 9)
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_edits, min_size=1, max_size=8))
def test_whatever_is_edited_the_plan_holds_together(edits: list[dict[str, Any]]) -> None:
    board = board_of()
    for fields in edits:
        try:
            board = edit(board, fields)
        except InvalidArgumentError:
            continue
        check(board)
