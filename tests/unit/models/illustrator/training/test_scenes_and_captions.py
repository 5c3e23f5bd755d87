"""What is drawn and how it is worded: plausible, varied, and kept apart from the evaluation."""

from __future__ import annotations

from collections import Counter

import pytest

from models.illustrator.library import Library, fold
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, Setting, Subject, plural, to_prompt
from models.illustrator.training.captions import caption, wording
from models.illustrator.training.scenes import draw_scene
from models.illustrator.training.vocabulary import UNJUDGED, Vocabulary, concept_list


def scenes(vocabulary: Vocabulary, split: str, count: int = 200) -> list[Scene]:
    return [
        draw_scene(vocabulary, split, "single" if n % 2 else "several", str(n))  # type: ignore[arg-type]
        for n in range(count)
    ]


def test_every_concept_is_in_the_library_under_its_first_word() -> None:
    library = Library.load()
    keys = [key for key, _ in concept_list()]
    assert len(set(keys)) == len(keys) >= 260
    for key in keys:
        found = library.find(library.items[key].english[0])
        assert found is not None
        assert found.key == key


def test_labels_leave_out_what_is_not_judged(full_vocabulary: Vocabulary) -> None:
    assert full_vocabulary.label("fox") == 0
    assert full_vocabulary.label("tree") == UNJUDGED
    assert full_vocabulary.label("zeppelin") == UNJUDGED
    assert full_vocabulary.place("forest") == 0
    assert full_vocabulary.place("atlantis") == UNJUDGED


def test_a_scene_depends_on_its_name_alone(full_vocabulary: Vocabulary) -> None:
    once, again = scenes(full_vocabulary, "train"), scenes(full_vocabulary, "train")
    assert once == again
    assert len(set(once)) > 195


def test_training_never_shows_a_held_out_pair_and_unseen_scenes_always_do(
    full_vocabulary: Vocabulary,
) -> None:
    for split, held_out in (("train", False), ("seen", False), ("unseen", True)):
        for scene in scenes(full_vocabulary, split):
            assert full_vocabulary.is_held_out(scene) is held_out


def test_scenes_cover_the_places_and_most_attributes(full_vocabulary: Vocabulary) -> None:
    drawn = scenes(full_vocabulary, "train", 600)
    assert {scene.setting for scene in drawn} == {str(setting) for setting in Setting}
    subjects = [subject for scene in drawn for subject in scene.subjects]
    for attribute in ("colour", "size", "place", "pose", "relation"):
        share = sum(bool(getattr(s, attribute)) for s in subjects) / len(subjects)
        assert 0.02 < share < 0.5, attribute
    assert {subject.count for subject in subjects} == {1, 2, 3, 4, 5}
    assert Counter(len(scene.subjects) for scene in drawn)[1] == 300


def test_the_same_scene_is_worded_in_many_ways(full_vocabulary: Vocabulary) -> None:
    scene = Scene((Subject("fox"), Subject("owl", count=2)), setting="forest", time_of_day="night")
    told = {caption(scene, full_vocabulary, str(n)) for n in range(600)}
    assert len(told) > 200


def test_captions_name_every_subject_with_its_number_and_colour(
    full_vocabulary: Vocabulary,
) -> None:
    library = Library.load()
    for n, scene in enumerate(scenes(full_vocabulary, "train", 300)):
        told = f" {fold(caption(scene, full_vocabulary, str(n)))} "
        for subject in scene.subjects:
            item = library.find(subject.noun)
            assert item is not None
            forms = [fold(f) for word in item.english for f in (word, plural(word))]
            assert any(form in told for form in forms), (told, subject)
            assert subject.colour in told
            assert not any(mark in told for mark in "{}|")


def test_a_reader_of_rules_finds_what_captions_say(full_vocabulary: Vocabulary) -> None:
    """The storybook parser was not written for these words: it is a second opinion."""
    library = Library.load()
    asked = found = places = right = 0
    for n, scene in enumerate(scenes(full_vocabulary, "train", 300)):
        read = parse(caption(scene, full_vocabulary, str(n))).scene
        keys = {library.find(s.noun).key for s in read.subjects}  # type: ignore[union-attr]
        for subject in scene.subjects:
            asked += 1
            found += library.find(subject.noun).key in keys  # type: ignore[union-attr]
        places += 1
        right += read.setting == scene.setting
    assert found / asked > 0.85
    assert right / places > 0.8


def test_held_out_wordings_are_used_for_evaluation_and_never_in_training(
    full_vocabulary: Vocabulary,
) -> None:
    kept = full_vocabulary.is_held_out_wording
    phrases = dict(wording()["settings"])
    apart = {p for options in phrases.values() for p in options if kept(p)}
    assert 0.04 < len(apart) / sum(map(len, phrases.values())) < 0.25
    drawn = scenes(full_vocabulary, "train", 400)
    longer = {p: {q for o in phrases.values() for q in o if p in q and p != q} for p in apart}
    requests = {to_prompt(scene, look) for scene in drawn for look in (None, "", "flat")}
    trained = [caption(scene, full_vocabulary, str(n)) for n, scene in enumerate(drawn)]
    stories = [text.lower() for text in trained if text not in requests]
    for phrase in apart:
        for text in stories:
            if f" {phrase}" in text or text.startswith(phrase):
                assert any(other in text for other in longer[phrase]), (phrase, text)
    evaluated = [
        caption(scene, full_vocabulary, str(n), held_out=True).lower()
        for n, scene in enumerate(drawn)
    ]
    assert sum(any(phrase in text for phrase in apart) for text in evaluated) > 100


@pytest.mark.parametrize("kind", ["one", "two", "many"])
def test_evaluation_has_sentence_patterns_of_its_own(
    full_vocabulary: Vocabulary, kind: str
) -> None:
    patterns = wording()["patterns"][kind]
    kept = [p for p in patterns if full_vocabulary.is_held_out_wording(p)]
    assert 0 < len(kept) < len(patterns) / 2


def test_every_value_of_the_vocabularies_has_words() -> None:
    from models.illustrator.scene import Framing, Mood, Place, Relation, Season, TimeOfDay, Weather

    tables = wording()
    for name, values in {
        "settings": Setting, "times": TimeOfDay, "weathers": Weather, "seasons": Season,
        "moods": Mood, "places": Place,
    }.items():  # fmt: skip
        assert set(tables[name]) == {str(value) for value in values}
    assert set(tables["framings"]) == set(Framing) - {"medium"}
    assert set(tables["relations"]) == set(Relation) - {"inside", "holding"}
