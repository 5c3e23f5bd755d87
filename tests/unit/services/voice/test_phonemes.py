"""Sounds: dictionaries, forms, context; and what becomes of words that are in none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import models
from lanternist.runtime.errors import FailedPreconditionError
from services.voice.phonemes.english_sounds import (
    from_general_american,
    join_letters,
    past,
    plural,
    progressive,
    stressed,
)
from services.voice.phonemes.espeak_symbols import to_espeak
from services.voice.phonemes.lexicons import misaki_dictionary
from services.voice.phonemes.phonemizer import Phonemizer, phonemizer_for
from services.voice.text.reading import read
from services.voice.text.sentences import sentences

SYMBOLS = json.loads((Path(models.__file__).parent / "voices" / "voices.json").read_text())[
    "symbols"
]


@pytest.fixture(scope="module")
def american() -> Phonemizer:
    return phonemizer_for("en-US")


@pytest.fixture(scope="module")
def british() -> Phonemizer:
    return phonemizer_for("en-GB")


@pytest.fixture(scope="module")
def french() -> Phonemizer:
    return phonemizer_for("fr-FR")


def sounds(phonemizer: Phonemizer, text: str, language: str) -> str:
    spoken = []
    for sentence in sentences(read(text, language)):
        spoken.extend(phonemizer(sentence))
    return " ".join(spoken)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the apple", "ði ˈæpᵊl"),
        ("the pear", "ðə pˈɛɹ"),
        ("I read it yesterday", "ˌI ɹˈɛd ɪt jˈɛstəɹdˌA"),
        ("I will read it", "ˌI wɪl ɹˈid ɪt"),
        ("a live show", "ɐ lˈIv ʃˈO"),
        ("they live here", "ðA lˈɪv hˈɪɹ"),
        ("NASA", "nˈæsə"),
        ("the FBI", "ði ˌɛfbˌiˈI"),
        ("told us the US wants it", "tˈOld ˌʌs ðə jˌuˈɛs wˈɑnts ɪt"),
        ("Dr. Smith's", "dˈɑktəɹ smˈɪθs"),
        ("jogging", "ʤˈɑɡɪŋ"),
        ("CEOs", "sˌiˌiˈOz"),
        ("Michelle", "mɪʃˈɛl"),
        ("naïve café", "nɑˈiv kæfˈA"),
        ("HELP ME NOW", "hˈɛlp mˌi nˈW"),
    ],
)
def test_american_words_in_their_context(american: Phonemizer, text: str, expected: str) -> None:
    assert sounds(american, text, "en-US") == expected


def test_british_sounds_differ(british: Phonemizer) -> None:
    assert sounds(british, "the old car park", "en-GB") == "ði ˈQld kˈɑː pˈɑːk"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("les enfants", "lez ɑ̃fˈɑ̃"),
        ("les héros", "le eʁˈo"),
        ("il est hanté", "il ɛ ɑ̃tˈe"),
        ("c'est un homme", "sˈɛt œ̃n ˈɔm"),
        ("vingt-deux", "vɛ̃tdˈø"),
        ("dix hommes", "diz ˈɔm"),
        ("dix jours", "di ʒˈuʁ"),
        ("il y en a dix", "il i ɑ̃n a dˈis"),
        ("l'oiseau", "lwazˈo"),
        ("Qu'est-ce que", "kˈɛs kə"),
    ],
)
def test_french_liaison_and_elision(french: Phonemizer, text: str, expected: str) -> None:
    assert sounds(french, text, "fr-FR") == expected


@pytest.mark.parametrize(
    "text",
    ["Zelenskyy xylophoned quizzically", "Kubernetes iPhone McDonald qwrtzx", "Привет 中文 ñandú",
     "rock 'n' roll o'clock y'all'd've", "x" * 40, "éàüøß"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en-US", "en-GB", "fr-FR"])
def test_every_word_has_sounds_that_the_model_knows(
    request: pytest.FixtureRequest, text: str, language: str
) -> None:
    fixture = {"en-US": "american", "en-GB": "british", "fr-FR": "french"}[language]
    phonemizer: Phonemizer = request.getfixturevalue(fixture)
    for sentence in sentences(read(text, language)):
        spoken = phonemizer(sentence)
        assert len(spoken) == len(sentence)
        assert all(spoken)
        assert set("".join(spoken)) <= set(SYMBOLS)


def test_endings_follow_the_sound_before_them() -> None:
    assert [plural(stem, british=False) for stem in ("kˈæt", "dˈɔɡ", "hˈɔɹs")] == [
        "kˈæts", "dˈɔɡz", "hˈɔɹsᵻz",
    ]  # fmt: skip
    assert [past(stem, british=False) for stem in ("wˈɔk", "plˈA", "wˈɑnt", "wˈAt", "nˈid")] == [
        "wˈɔkt", "plˈAd", "wˈɑntᵻd", "wˈAɾᵻd", "nˈidᵻd",
    ]  # fmt: skip
    assert progressive("ɹˈIt", british=False) == "ɹˈIɾɪŋ"
    assert progressive("stˈɪə", british=True) == "stˈɪəɹɪŋ"


def test_stress_and_letters() -> None:
    assert stressed("ɪt") == "ˈɪt"
    assert stressed("hˌu") == "hˈu"
    assert stressed("hm") == "hm"
    assert join_letters(["ˈɛf", "bˈi", "ˈI"]) == "ˌɛfbˌiˈI"
    assert join_letters([]) == ""


def test_cmu_style_ipa_becomes_kokoro_symbols() -> None:
    assert from_general_american("t͡ʃˈeɪnd͡ʒ", british=False) == "ʧˈAnʤ"
    assert from_general_american("hˈɚmioʊn", british=True) == "hˈɜːmiQn"


def test_kokoro_symbols_become_espeak_notation() -> None:
    assert to_espeak("ʧˈAnʤ", "en-US") == "tʃˈeɪndʒ"
    assert to_espeak("bˈɜɹd", "en-US") == "bˈɜːd"
    assert to_espeak("wˈɔTəɹ", "en-US") == "wˈɔːɾɚ"
    assert to_espeak("“", "en-US") == ""
    assert to_espeak("ɑ̃fˈɑ̃", "fr-FR") == "ɑ̃fˈɑ̃"


def test_a_missing_dictionary_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.voice.phonemes.lexicons.find_spec", lambda name: None)
    with pytest.raises(FailedPreconditionError, match="'misaki' is not installed"):
        misaki_dictionary("us_gold")
