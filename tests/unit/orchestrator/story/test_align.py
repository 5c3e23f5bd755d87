"""Transcripts laid over what was heard, and proof that a text was read."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story import ingest, segment
from orchestrator.story.align import align
from orchestrator.story.domain import Script, Segment, Word
from orchestrator.story.verbatim import certify
from orchestrator.story.wording import compare


def script_of(text: str, language: str = "en") -> Script:
    return segment.script(ingest.read(text), language=language)


def spoken(text: str, pace: int = 300) -> list[Word]:
    """Heard words, each `pace` ms long, a gap of 100 between them."""
    return [
        Word(word, n * (pace + 100), n * (pace + 100) + pace, 0.9)
        for n, word in enumerate(text.split())
    ]


def wrong(written: str, heard: str, language: str = "en") -> list[tuple[str, str]]:
    a, b = written.split(), heard.split()
    return [
        (" ".join(a[slice(*s.written)]), " ".join(b[slice(*s.heard)]))
        for s in compare(a, b, language)
        if not s.same
    ]


@pytest.mark.parametrize(
    ("written", "heard", "language"),
    [
        ("Twenty-three cats, and one hundred and five dogs!", "23 cats and 105 dogs", "en"),
        ("The well-known lighthouse was grey.", "the well known light house was gray", "en"),
        ("It’s half past six.", "it's half past 6", "en"),
        ("1,500 colours", "1500 colors", "en"),
        ("quatre-vingt-dix-sept marches", "97 marches", "fr"),
        ("L’été, jusqu’à midi", "l'été jusqu'à midi", "fr"),
    ],
)
def test_one_word_in_two_spellings_is_no_difference(
    written: str, heard: str, language: str
) -> None:
    assert wrong(written, heard, language) == []


def test_other_words_are() -> None:
    assert wrong("The fox ran home", "the box ran") == [("fox", "box"), ("home", "")]
    assert wrong("He ran", "he slowly ran") == [("", "slowly")]


def test_the_transcripts_words_get_the_times_of_the_sound() -> None:
    script = script_of("The small fox ran. It was grey and quite afraid!")
    heard = spoken("the small box um ran it was gray and afraid")
    aligned = align(script, heard, 5_000)
    first, second = aligned.words
    assert [word.text for word in first] == ["The", "small", "fox", "ran"]
    assert (first[0].start_ms, first[3].start_ms) == (0, 1_600)
    assert (first[2].start_ms, first[2].end_ms) == (800, 1_500)  # what was heard in its place
    assert second[0].start_ms == 2_000
    assert second[3].end_ms <= second[4].start_ms <= second[4].end_ms <= second[5].start_ms
    report = aligned.report
    assert (report.transcript_words, report.matched_words) == (10, 8)
    assert [(d.written, d.heard, d.segment) for d in report.differences] == [
        ("fox", "box um", 0), ("quite", "", 1),
    ]  # fmt: skip


def test_words_heard_otherwise_begin_with_their_letters() -> None:
    script = script_of("Hier la pluie frappait fort.", "fr")
    heard = [Word("Hier", 0, 300), Word("l'appui", 400, 1_000), Word("frappé", 1_000, 1_600)]
    (words,) = align(script, [*heard, Word("fort", 1_700, 2_000)], 2_500).words
    assert [word.text for word in words] == ["Hier", "la", "pluie", "frappait", "fort"]
    assert words[1].start_ms == 400
    assert 500 <= words[2].start_ms <= 700
    assert 1_000 <= words[3].start_ms <= 1_100
    assert words[3].end_ms == 1_600


def test_a_number_in_digits_has_all_the_time_of_its_words() -> None:
    heard = [Word("at", 0, 200), Word("three", 200, 700), Word("it", 800, 900)]
    (words,) = align(script_of("At 3 it rang."), [*heard, Word("rang", 900, 1_300)], 1_500).words
    assert (words[1].start_ms, words[1].end_ms) == (200, 700)


def test_unheard_words_stand_close_before_the_next_not_in_the_pause() -> None:
    heard = [Word("He", 0, 300), Word("ran", 300, 600), Word("fox", 3_000, 3_300)]
    script = script_of("He ran. The fox hid.")
    _, (the, fox, hid) = align(script, heard, 9_000).words
    assert (the.start_ms, the.end_ms) == (2_820, 3_000)
    assert (fox.start_ms, hid.start_ms) == (3_000, 3_300)
    assert hid.end_ms == 3_480


def test_another_recordings_transcript_is_refused() -> None:
    script = script_of("Nothing of this is ever said by anybody here.")
    with pytest.raises(InvalidArgumentError, match=r"transcript: .* 0 of its 9 words"):
        align(script, spoken("one two three four five"), 3_000)


WRITTEN = ["the", "fox", "ran", "home", "and", "twenty", "three", "23", "one"]
HEARD = ["the", "fox", "run", "home", "and", "23", "three", "one", "um"]


@given(
    st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=12),
    st.lists(st.sampled_from(HEARD), max_size=12),
)
def test_every_word_has_its_place_in_order(written: list[str], heard: list[str]) -> None:
    stretches = compare(written, heard, "en")
    for side, count in (("written", len(written)), ("heard", len(heard))):
        spans = [getattr(stretch, side) for stretch in stretches]
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
        assert (spans[0][0], spans[-1][1]) == (0, count)
    try:
        aligned = align(script_of(" ".join(written)), spoken(" ".join(heard)), 9_000)
    except InvalidArgumentError:
        return
    words = [word for sentence in aligned.words for word in sentence]
    assert [word.text for word in words] == written
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))


def test_a_certificate_says_what_was_heard_otherwise() -> None:
    script = script_of("The fox ran. It was grey.")
    words = spoken("The fox ran It was grey")
    segments = [
        Segment(0, "The fox ran.", words=tuple(words[:3])),
        Segment(1, "It was grey.", words=tuple(words[3:])),
    ]
    proof = certify(
        script, segments, spoken("the fox ran it is gray"), model="ear", sent=script.text
    )
    assert (proof.script_words, proof.heard_words, proof.text_unchanged) == (6, 6, True)
    assert proof.word_error_rate == round(1 / 6, 4)
    (difference,) = proof.differences
    assert (difference.written, difference.heard, difference.segment) == ("was", "is", 1)
    assert not certify(script, segments, [], model="ear", sent="The fox ran.").text_unchanged
