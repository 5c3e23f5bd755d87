from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story import ingest, segment


def sentences(text: str, language: str = "en") -> list[str]:
    return [piece.strip() for piece in segment.split(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Fox paid $3.50. He left.", ["Dr. Fox paid $3.50.", "He left."]),
        ("“Who is it?” asked Mr. Owl. “Me.”", ["“Who is it?” asked Mr. Owl.", "“Me.”"]),
        ("She left... and came back.", ["She left... and came back."]),
        ("A. A. Milne wrote it. We read.", ["A. A. Milne wrote it.", "We read."]),
        ("It was 5 p.m. and dark. She ran.", ["It was 5 p.m. and dark.", "She ran."]),
        ("They waited… Nobody came.", ["They waited…", "Nobody came."]),
        ("“I thought… Oh no,” she said.", ["“I thought… Oh no,” she said."]),
        ("Run! 🙂 Now.", ["Run!", "🙂 Now."]),
    ],
)
def test_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M. Dupont arriva. Il rit.", ["M. Dupont arriva.", "Il rit."]),
        ("« Qui est là ? » dit-il. « Moi ! »", ["« Qui est là ? » dit-il.", "« Moi ! »"]),
        ("Mme. Hibou sourit… Puis elle partit.", ["Mme. Hibou sourit…", "Puis elle partit."]),
        ("Il était 5 h. du matin. Tout dormait.", ["Il était 5 h. du matin.", "Tout dormait."]),
        ("— Bonjour ! dit-elle. — Salut.", ["— Bonjour ! dit-elle.", "— Salut."]),
    ],
)
def test_french(text: str, expected: list[str]) -> None:
    assert sentences(text, "fr") == expected


def test_a_very_long_sentence_is_cut_at_its_commas() -> None:
    text = "and then the fox ran on and on, " * 40
    parts = sentences(text.strip())
    assert all(len(part) <= 400 for part in parts)
    assert all(part.endswith(",") for part in parts)


def test_offsets_point_at_the_sentences() -> None:
    document = ingest.read("# T\n\nOne fox.  Two foxes.\n\n“Three!”  said the owl. Four…")
    script = segment.script(document, language="en")
    assert [script.text[s.start : s.end] for s in script.sentences] == [
        s.text for s in script.sentences
    ]
    assert [s.paragraph for s in script.sentences] == [0, 0, 1, 1]
    assert script.title == "T"


def test_a_text_without_a_heading_is_called_by_its_first_words() -> None:
    document = ingest.read("The small grey mouse sat on the very big clock. It ticked.")
    assert segment.script(document, language="en").title == "The small grey mouse sat on the very …"
    assert segment.script(document, title="Mine", language="en").title == "Mine"


def test_too_many_sentences_name_the_text() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        segment.script(ingest.read("Yes. " * 12_000), language="en")
    assert caught.value.violations[0].field == "text"


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("ab CD.,!?…“”«»\"' \u00a0\n—3é漢🙂-"), min_size=1, max_size=200
    ),
    st.sampled_from(["en", "fr", "de", "zh"]),
)
def test_nothing_is_lost_between_sentences(text: str, language: str) -> None:
    pieces = segment.split(text, language)
    assert "".join(pieces) == text
    if ingest.speakable(text):
        assert all(ingest.speakable(piece) for piece in pieces)
