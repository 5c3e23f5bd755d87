"""Clauses: short first, never beyond the limit, every word once and in order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.voice.clauses import NOBODY, Clause, ClauseLimits, clauses
from services.voice.text.reading import read
from services.voice.text.sentences import sentences
from services.voice.text.tokens import Token, WrittenWord

LIMITS = ClauseLimits(first=30, usual=80, most=120)


def letters(sentence: Sequence[Token]) -> list[str]:
    return [
        " ".join(token.spoken) if isinstance(token, WrittenWord) else token.symbol
        for token in sentence
    ]


def cut(text: str, limits: ClauseLimits = LIMITS) -> list[Clause]:
    return list(clauses(sentences(read(text, "en-US")), letters, limits))


def test_the_first_clause_is_short_and_ends_at_a_mark() -> None:
    text = (
        "When the rain came, the children ran inside, shut the windows, lit the lamp, "
        "and told each other stories."
    )
    found = cut(text)
    assert text[found[0].start : found[0].end] == "When the rain came,"
    assert found[0].pause == ","
    assert found[-1].pause == "."
    assert all(len(clause.phonemes) <= LIMITS.most for clause in found)


def test_short_sentences_are_said_together_but_paragraphs_apart() -> None:
    found = cut("It was late at night, you know. No. Yes. Well then.\n\nNo. Yes.")
    assert [clause.phonemes for clause in found] == [
        "It was late at night, you know.",
        "No. Yes. Well then.",
        "No. Yes.",
    ]
    assert [clause.pause for clause in found] == [".", "¶", "."]


def test_phonemes_belong_to_their_words() -> None:
    (clause,) = cut("Pay $3, “please”.", ClauseLimits(99, 99, 99))
    assert clause.phonemes == "Pay three dollars, “please”."
    owned = [
        "".join(sound for sound, owner in zip(clause.phonemes, clause.owners, strict=True)
                if owner == index)
        for index in range(len(clause.words))
    ]  # fmt: skip
    assert owned == ["Pay", "three dollars", "please"]
    assert [word.text for word in clause.words] == ["Pay", "$3", "please"]
    assert clause.owners[3] == NOBODY


@pytest.mark.parametrize("text", ["word " * 2000, "a" * 5000, "no, " * 1500, "“" * 300 + "x"])
def test_no_clause_is_longer_than_the_model_takes(text: str) -> None:
    found = cut(text)
    assert found
    assert all(0 < len(clause.phonemes) <= LIMITS.most for clause in found)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab c,.;:!?—“”()\n¶'3"), max_size=300))
def test_every_word_is_said_once_and_in_order(text: str) -> None:
    written = [token for token in read(text, "en-US") if isinstance(token, WrittenWord)]
    found = cut(text)
    assert [word for clause in found for word in clause.words] == written
    for clause in found:
        assert clause.words
        assert len(clause.owners) == len(clause.phonemes)
        assert clause.start <= clause.words[0].start
        assert clause.words[-1].end <= clause.end
        assert {owner for owner in clause.owners if owner != NOBODY} == set(
            range(len(clause.words))
        )


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5000, "$" + "9" * 5000, "1," + "234," * 2000 + "567",
        "9" * 5000 + "th", "0." + "1" * 5000,
        "https://example.com/" + "a1" * 3000, "x" * 64 + "@" + ("y" * 63 + ".") * 40 + "com",
        "a." * 3000, "a-" * 3000, "+" + "1 " * 3000, "(" * 9000, "١٢٣" * 500, "½" * 900, "I" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en-US", "fr-FR"])
def test_hostile_texts_are_cut_to_size_too(text: str, language: str) -> None:
    for clause in clauses(sentences(read(text, language)), letters, LIMITS):
        assert 0 < len(clause.phonemes) <= LIMITS.most
        assert all(0 <= word.start < word.end <= len(text) for word in clause.words)
