"""What an aligner is told to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transcription.spelling import elided, guessed, parts


@pytest.mark.parametrize(
    ("word", "language", "said"),
    [
        ("“Hello,”", "en", ["hello"]),
        ("o’clock.", "en", ["o'clock"]),
        ("forty-two", "en", ["forty", "two"]),
        ("$3.50", "en", ["three", "five", "zero"]),
        ("B2", "en", ["b", "two"]),
        ("grand-mère", "fr", ["grand", "mère"]),
        ("L’homme", "fr", ["l'homme"]),
        ("12", "fr", ["un", "deux"]),
        ("٣", "en", ["three"]),
        ("²", "en", []),
        ("—", "en", []),
        ("<s>", "en", ["s"]),
        ("", "fr", []),
    ],
)
def test_words_fall_into_what_a_dictionary_may_have(
    word: str, language: str, said: list[str]
) -> None:
    assert parts(word, language) == said


def test_elisions_are_cut_behind_the_apostrophe() -> None:
    assert elided("l'homme") == ["l'", "homme"]
    assert elided("qu'aujourd'hui") == ["qu'", "aujourd'", "hui"]
    assert elided("homme") == ["homme"]


@pytest.mark.parametrize(
    ("part", "language", "phones"),
    [
        ("wickerby", "en", "W IH K ER B IY"),
        ("zoë", "en", "Z AA EH"),
        ("châteauneuf", "fr", "ch aa tt au nn eu ff"),
        ("日本", "en", ""),
    ],
)
def test_unknown_words_are_guessed_letter_by_letter(part: str, language: str, phones: str) -> None:
    assert guessed(part, language) == phones


@given(st.text(max_size=60), st.sampled_from(["en", "fr"]))
def test_any_word_is_only_letters_and_apostrophes(word: str, language: str) -> None:
    for part in parts(word, language):
        assert part
        assert all(letter.isalpha() or letter == "'" for letter in part)
        assert all(phone.isalpha() for phone in guessed(part, language).split())
