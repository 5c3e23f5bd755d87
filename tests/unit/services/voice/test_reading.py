"""Reading: what is said for what is written, and where it stands in the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.voice.text.numbers import french_cardinal, french_ordinal, number_words
from services.voice.text.reading import LONGEST_WORD, read
from services.voice.text.roman import roman_value
from services.voice.text.sentences import LONGEST_SENTENCE, sentences
from services.voice.text.tokens import Mark, WrittenWord

LANGUAGES = ("en-US", "en-GB", "fr-FR")


def said(text: str, language: str = "en-US") -> str:
    parts = []
    for token in read(text, language):
        parts.append(" ".join(token.spoken) if isinstance(token, WrittenWord) else token.symbol)
    return " ".join(parts)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$3.50", "three dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$0.05", "five cents"),
        ("-$5", "minus five dollars"),
        ("£1m", "one million pounds"),
        ("$2.5 million", "two point five million dollars"),
        ("US$5", "five dollars"),
        ("12 €", "twelve euros"),
        ("7:45 pm", "seven forty-five P M"),
        ("7:05 a.m. sharp", "seven oh five A M sharp"),
        ("10:00", "ten o'clock"),
        ("00:00", "midnight"),
        ("at 7pm", "at seven P M"),
        ("3 March 2026", "the third of March twenty twenty-six"),
        ("March 3, 2026", "March third twenty twenty-six"),
        ("the 21st of June", "the twenty-first of June"),
        ("2026-03-14", "March fourteenth twenty twenty-six"),
        ("3/14/2026", "March fourteenth twenty twenty-six"),
        ("in 1984", "in nineteen eighty-four"),
        ("in 1905", "in nineteen oh five"),
        ("in 2007", "in two thousand seven"),
        ("in 1900", "in nineteen hundred"),
        ("the 1990s", "the nineteen nineties"),
        ("1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven"),
        ("0.05", "zero point zero five"),
        (".5", "zero point five"),
        ("007", "zero zero seven"),
        ("-5 °C", "minus five degrees Celsius"),
        ("5 km", "five kilometres"),
        ("1 km", "one kilometre"),
        ("10kg", "ten kilograms"),
        ("60 mph", "sixty miles per hour"),
        ("50%", "fifty percent"),
        ("10–20%", "ten to twenty percent"),
        ("1990–1995", "nineteen ninety to nineteen ninety-five"),
        ("1/2", "one half"),
        ("3/4", "three quarters"),
        ("2½", "two and a half"),
        ("#5", "number five"),
        ("No. 10", "number ten"),
        ("Henry VIII", "Henry the eighth"),
        ("World War II", "World War two"),
        ("Chapter IV", "Chapter four"),
        ("I am V", "I am V"),
        ("Dr. Smith", "doctor Smith"),
        ("Baker St.", "Baker street ."),
        ("St. Paul", "saint Paul"),
        ("Mr. and Mrs. Fox", "mister and missus Fox"),
        ("e.g. tea", "for example tea"),
        ("J. R. R. Tolkien", "J R R Tolkien"),
        ("the U.S.A. and", "the U S A and"),
        ("B2B", "B two B"),
        ("https://example.com/a-b", "example dot com slash a dash b"),
        ("me@foo.co.uk", "me at foo dot co dot uk"),
        ("192.168.1.1", "one hundred ninety-two dot one hundred sixty-eight dot one dot one"),
        ("C & A", "C and A"),
        ("Wait... what?!", "Wait … what ?"),
        ("don’t", "don't"),
        ("Привет", "Privet"),
        ("+44 20 7946 0958", "plus four four two zero seven nine four six zero nine five eight"),
    ],
)
def test_english_is_read_as_english_readers_do(written: str, spoken: str) -> None:
    assert said(written) == spoken


def test_british_and_american_differ_in_dates_and_in_and() -> None:
    assert said("3/4/2026", "en-GB") == "the third of April twenty twenty-six"
    assert said("3/4/2026", "en-US") == "March fourth twenty twenty-six"
    assert said("342", "en-GB") == "three hundred and forty-two"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("12 €", "douze euros"),
        ("3,50 €", "trois euros cinquante"),
        ("0,20 €", "vingt centimes"),
        ("1 234 567", "un million deux cent trente-quatre mille cinq cent soixante-sept"),
        ("19h30", "dix-neuf heures trente"),
        ("21 h", "vingt et une heures"),
        ("le 1er mai 1968", "le premier mai mille neuf cent soixante-huit"),
        ("14/07/1789", "quatorze juillet mille sept cent quatre-vingt-neuf"),
        ("Louis XIV", "Louis quatorze"),
        ("François Ier", "François premier"),
        ("le XXe siècle", "le vingtième siècle"),
        ("la 1re fois", "la première fois"),
        ("M. Dupont", "monsieur Dupont"),
        ("Mme Durand", "madame Durand"),
        ("n° 5", "numéro cinq"),
        ("50 %", "cinquante pour cent"),
        ("-5 °C", "moins cinq degrés Celsius"),
        ("1,5 km", "un virgule cinq kilomètres"),
        ("06 12 34 56 78", "zéro six douze trente-quatre cinquante-six soixante-dix-huit"),
        ("Les enfants", "Les enfants"),
        ("« Oui »", "“ Oui ”"),
        ("p. ex. ici", "par exemple ici"),
    ],
)
def test_french_is_read_as_french_readers_do(written: str, spoken: str) -> None:
    assert said(written, "fr-FR") == spoken


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zéro"), (16, "seize"), (21, "vingt et un"), (70, "soixante-dix"),
        (71, "soixante et onze"), (80, "quatre-vingts"), (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"), (99, "quatre-vingt-dix-neuf"), (100, "cent"),
        (200, "deux cents"), (201, "deux cent un"), (1000, "mille"), (2000, "deux mille"),
        (80_000, "quatre-vingt mille"), (200_000, "deux cent mille"),
        (1_000_000, "un million"), (2_000_001, "deux millions un"), (-3, "moins trois"),
    ],
)  # fmt: skip
def test_french_numbers(number: int, words: str) -> None:
    assert french_cardinal(number) == words


def test_french_ordinals() -> None:
    assert [french_ordinal(n) for n in (1, 2, 4, 5, 9, 21, 80, 100)] == [
        "premier", "deuxième", "quatrième", "cinquième", "neuvième", "vingt et unième",
        "quatre-vingtième", "centième",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_has_words_of_its_own(language: str) -> None:
    words = number_words(language)
    numbers = [*range(1100), *range(1100, 10**6, 997), 10**6, 10**9, 10**12, 10**15 - 1]
    spoken = [words.cardinal(number) for number in numbers]
    assert len(set(spoken)) == len(spoken)
    assert not any(char.isdigit() for text in spoken for char in text)
    assert len({words.ordinal(number) for number in range(1, 1100)}) == 1099


def test_roman_numerals() -> None:
    assert [roman_value(n) for n in ("I", "IV", "IX", "XIV", "XL", "MCMLXXXIV")] == [
        1, 4, 9, 14, 40, 1984,
    ]  # fmt: skip
    assert [roman_value(n) for n in ("", "IIII", "VX", "IC", "ABC")] == [None] * 5


@pytest.mark.parametrize("text", ["", " \n\t ", "😀🎉", "...", "?!—“”", "\u200b", "\x00\x07\x1b"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_to_say_says_nothing(text: str, language: str) -> None:
    assert not any(isinstance(token, WrittenWord) for token in read(text, language))


def test_an_enormous_word_is_read_in_pieces() -> None:
    words = [token for token in read("a" * 5000, "en-US") if isinstance(token, WrittenWord)]
    assert "".join(word.text for word in words) == "a" * 5000
    assert max(len(word.text) for word in words) <= LONGEST_WORD


def test_a_dot_that_ends_the_sentence_is_not_swallowed() -> None:
    assert said("He left at 9 a.m. She stayed.") == "He left at nine A M . She stayed ."
    assert said("Tea, etc. Then sleep.") == "Tea , et cetera . Then sleep ."
    assert said("Dr. Who") == "doctor Who"


def test_blank_lines_end_paragraphs_and_verse_lines_breathe() -> None:
    assert said("One\nTwo\n\nThree") == "One , Two ¶ Three"
    assert said("a hard-wrapped\nline") == "a hard-wrapped line"


def test_sentences_keep_their_quotes_and_stop_at_stops() -> None:
    text = "He said: “Go!” Then (quietly) he left. Why? No reason"
    grouped = [
        " ".join(token.text for token in sentence if isinstance(token, WrittenWord))
        for sentence in sentences(read(text, "en-US"))
    ]
    assert grouped == ["He said Go", "Then quietly he left", "Why", "No reason"]


def test_a_text_without_stops_is_cut_all_the_same() -> None:
    grouped = list(sentences(read("la " * 1000, "en-US")))
    assert max(len(sentence) for sentence in grouped) <= LONGEST_SENTENCE


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(
        alphabet=st.one_of(
            st.sampled_from("aZ e’'-.,:;?!$£€%°0123456789 \n/@&#“”()XVI½–—_*" + "épm"),
            st.characters(codec="utf-8"),
        ),
        max_size=60,
    ),
    language=st.sampled_from(LANGUAGES),
)
def test_whatever_is_written_tokens_stand_where_they_say(text: str, language: str) -> None:
    position = 0
    for token in read(text, language):
        assert position <= token.start <= token.end <= len(text)
        if isinstance(token, WrittenWord):
            assert token.text == text[token.start : token.end]
            assert token.spoken
            assert all(word and not word.isspace() for word in token.spoken)
            assert token.end > token.start
        else:
            assert isinstance(token, Mark)
            assert token.symbol in ",;:.?!…—“”()¶"
        position = token.end
