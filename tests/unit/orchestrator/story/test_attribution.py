"""Who says what, in small texts; the bench measures whole ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.story import ingest, segment
from orchestrator.story.attribution import Dialogue, attribute
from orchestrator.story.quotes import quotes_of


def dialogue(text: str, language: str = "en") -> Dialogue:
    return attribute(segment.script(ingest.read(text), language=language))


def speakers(text: str, language: str = "en") -> list[str]:
    return [line.speaker for line in dialogue(text, language).lines]


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        ("“Go,” he said. “Say ‘no’, and I cry.”", ["“Go,”", "“Say ‘no’, and I cry.”"]),
        ("‘It’s Tom’s dog,’ said Ann. ‘Isn’t it?’", ["‘It’s Tom’s dog,’", "‘Isn’t it?’"]),
        ("'Tis late,' he said. 'Don't go.'", ["'Tis late,'", "'Don't go.'"]),
        ('"Hm," said he.', ['"Hm,"']),
        ("Nothing is said here: it's Tom's.", []),
    ],
)  # fmt: skip
def test_english_marks(paragraph: str, said: list[str]) -> None:
    assert [paragraph[q.start : q.end] for q in quotes_of([paragraph], "en")[0]] == said


@pytest.mark.parametrize(
    ("paragraph", "said"),
    [
        ("« De mûres, dit Paul. C’est bon. »", ["« De mûres,", "C’est bon. »"]),
        ("— Maintenant ? bâilla le garçon.", ["Maintenant ?"]),
        ("— Oui, dit-il. Il prit son chapeau.", ["Oui,"]),
        ("— Oui, dit-il. Il fait froid.", ["Oui,", "Il fait froid."]),
        ("— Viens, s’écria Paul, viens vite !", ["Viens,", "viens vite !"]),
        ("— A-t-il faim ? Vient-elle ? demanda Luc.", ["A-t-il faim ? Vient-elle ?"]),
        ("« Où vas-tu ? — Là-bas, dit-elle. »", ["« Où vas-tu ? ", "— Là-bas,"]),
        ("Il était — enfin — parti.", []),
    ],
)
def test_french_marks_with_the_tags_inside(paragraph: str, said: list[str]) -> None:
    assert [paragraph[q.start : q.end] for q in quotes_of([paragraph], "fr")[0]] == said


def test_tags_before_and_after_and_pronouns_of_the_right_gender() -> None:
    assert speakers(
        "Anna met the wolf in the wood.\n\n“Where are you going?” asked the wolf.\n\n"
        "She said, “To my grandmother.” Then she ran.\n\n“Wait!” he cried."
    ) == ["wolf", "anna", "wolf"]


def test_turns_without_any_tag() -> None:
    assert speakers(
        "“Is it far?” asked Tom.\n\n“Very,” said Anna.\n\n“How far?”\n\n“A mile.”\n\n“Oh.”"
    ) == ["tom", "anna", "tom", "anna", "tom"]


def test_who_is_addressed_answers_and_does_not_ask() -> None:
    found = dialogue("Tom, Anna and Hugo ate.\n\n“Why, Hugo?” asked Anna.\n\n“Because.”")
    assert [line.speaker for line in found.lines] == ["anna", "hugo"]
    assert found.lines[0].confidence > found.lines[1].confidence > 0.5


def test_names_and_nouns_of_one_person_are_one_speaker() -> None:
    assert speakers(
        "A goose sat on the ice. Her name was Hilda.\n\n“Come,” said the goose.\n\n"
        "“No,” said the fox.\n\n“Come!” said Hilda."
    ) == ["hilda", "fox", "hilda"]


def test_a_quotation_goes_on_in_the_next_paragraph() -> None:
    assert speakers("“It was dark.\n\n“Then it was light,” said Tom.") == ["tom", "tom"]


def test_titles_and_signs_are_the_narrators() -> None:
    text = "Tom looked up. A sign read “Keep out” and nothing more.\n\n“Odd,” said Tom."
    assert speakers(text) == ["narrator", "tom"]


def test_a_first_person_narrator_speaks_as_the_narrator() -> None:
    assert speakers("“Stop!” I said.\n\n“Why?” asked Tom.") == ["narrator", "tom"]


def test_nobody_to_say_it() -> None:
    lines = dialogue("“Hello.”\n\n“Hello?”").lines
    assert [line.speaker for line in lines] == ["narrator", "narrator"]
    assert all(line.confidence <= 0.5 for line in lines)


def test_hundreds_of_lines_take_a_second() -> None:
    names = ["Tom", "Anna", "Hugo", "Clara", "Otto", "Rosa", "Felix", "Ida"]
    text = "\n\n".join(
        f"“Line {n}, {names[n % 7]}.”" + (f" said {names[n % 8]}." if n % 3 else "")
        for n in range(500)
    )
    started = time.process_time()
    assert len(dialogue(text).lines) == 500
    assert time.process_time() - started < 8


@given(
    st.text(alphabet="“”\"'‘’«»—-, .?!\nTomAnasaid", max_size=120), st.sampled_from(["en", "fr"])
)
def test_any_marks_give_lines_in_order(text: str, language: str) -> None:
    if not ingest.speakable(text):
        return
    script = segment.script(ingest.read(text), language=language)
    position = 0
    for line in attribute(script).lines:
        assert position <= line.start < line.end <= len(script.text)
        assert 0 <= line.confidence <= 1
        position = line.end
