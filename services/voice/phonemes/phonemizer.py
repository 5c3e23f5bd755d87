"""What turns a sentence into sounds, and which one speaks a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.voice.phonemes.english import EnglishPhonemizer
from services.voice.phonemes.french import FrenchPhonemizer
from services.voice.text.tokens import Token

SUPPORTED_LANGUAGES = ("en-US", "en-GB", "fr-FR")


class Phonemizer(Protocol):
    """Says the words of a sentence in the symbols Kokoro uses: IPA, with `A I O W Y Q` and
    `ʤ ʧ` for diphthongs and affricates, stress marks before vowels."""

    def __call__(self, sentence: Sequence[Token]) -> list[str]:
        """Returns one string a token: sounds for a word (spaces between the words that it is
        spoken with), the symbol for a mark."""


def phonemizer_for(language: str) -> Phonemizer:
    """Loads the dictionaries of a supported language (0.2 to 0.5 s, some 60 MB).

    Raises:
        FailedPreconditionError: A dictionary package is not installed.
    """
    if language.startswith("fr"):
        return FrenchPhonemizer()
    return EnglishPhonemizer(british=language == "en-GB")
