from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.story.spans import locate


def test_words_are_found_in_order_whole_words_first() -> None:
    text = "The other he saw the hen."
    assert [text[a:b] for a, b in filter(None, locate(text, ["The", "he", "the", "hen"]))] == [
        "The",
        "he",
        "the",
        "hen",
    ]
    assert locate(text, ["he"]) == [(10, 12)]


def test_case_typography_and_spaces_do_not_matter() -> None:
    text = "L’ours\u00a0: « Ça va »"
    assert locate(text, ["l'ours", "ça", "va"]) == [(0, 6), (11, 13), (14, 16)]


def test_a_word_that_is_not_there_is_passed_over() -> None:
    assert locate("One fox.", ["One", "thousand", "fox"]) == [(0, 3), None, (4, 7)]


def test_a_word_far_away_is_another_one() -> None:
    text = "a " + "x " * 200 + "moon"
    assert locate(text, ["moon"]) == [None]


@given(st.lists(st.text(alphabet="abcé'İß", min_size=1, max_size=6), max_size=20))
def test_words_of_a_text_are_found_where_they_are(words: list[str]) -> None:
    text = " ".join(words)
    position = 0
    for word, span in zip(words, locate(text, words), strict=True):
        assert span == (position, position + len(word))
        position += len(word) + 1
