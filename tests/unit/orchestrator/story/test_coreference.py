from __future__ import annotations

import pytest

from orchestrator.story.cast import Cast
from orchestrator.story.coreference import Reader


def read(*sentences: str, language: str = "en") -> list[tuple[str, list[str]]]:
    cast = Cast(sentences, language)
    readings = [*map(Reader(cast).read, sentences)]
    cast.settle()
    return [(reading.text, [one.id for one in reading.present]) for reading in readings]


@pytest.mark.parametrize(
    "introduction",
    [
        "There was a small fox named Ember.",
        "Ember the fox was small.",
        "Ember, a small fox, slept.",
        "Ember was a small fox.",
    ],
)
def test_a_name_stands_for_the_noun_beside_it(introduction: str) -> None:
    told = read(introduction, "Then Ember ran.")
    assert told[1] == ("Then the fox ran.", ["ember"])


def test_a_pronoun_means_the_last_who_fits() -> None:
    told = read("A king met a queen.", "She smiled.", "He bowed.", "They danced.")
    assert [text for text, _ in told[1:]] == [
        "the queen smiled.",
        "the king bowed.",
        "the queen and the king danced.",
    ]


def test_a_pronoun_without_anybody_stays() -> None:
    assert read("They say that she sings.") == [("They say that she sings.", [])]


def test_a_name_that_nobody_explains_goes_with_its_pronouns() -> None:
    told = read("Soon Ben woke.", "Ben yawned, and he got up.", "He was hungry.")
    assert told[0] == ("Soon the boy woke.", ["ben"])
    assert told[2] == ("the boy was hungry.", ["ben"])


def test_a_city_is_nobody() -> None:
    assert read("It rained in London.", "Nobody sang in London.")[1][1] == []


def test_the_same_noun_is_the_same_character_and_a_plural_is_none() -> None:
    told = read("An owl sat there.", "The owl slept.", "Two owls came.")
    assert [ids for _, ids in told] == [["owl"], ["owl"], []]


def test_saying_what_someone_is_brings_nobody_new() -> None:
    told = read("The old postman, Mr. Finch, woke.", "Finch was a careful man.", "He rowed.")
    assert told[2][1] == told[1][1] == told[0][1]


def test_french() -> None:
    told = read(
        "Il était une fois une souris nommée Lila.",
        "Il pleuvait.",
        "Elle rencontra un renard.",
        "Il dormait.",
        "Ils partirent.",
        language="fr",
    )
    assert [text for text, _ in told] == [
        "Il était une fois une souris nommée la souris.",
        "Il pleuvait.",
        "la souris rencontra un renard.",
        "le renard dormait.",
        "la souris et le renard partirent.",
    ]
    assert told[4][1] == ["lila", "renard"]


def test_a_noun_that_only_describes_the_next_is_nobody() -> None:
    assert read("Le vieux marin chantait.", language="fr")[0][1] == ["marin"]
