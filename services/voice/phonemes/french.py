"""French sounds: dictionary, then letters; with elision, liaison, and numbers that shorten.

Liaison is made where it is compulsory, from closed lists of words, never where it is a choice.
It does not know numerals or abbreviations: those are words by now.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from anyascii import anyascii

from services.voice.phonemes.crf import LettersToSounds
from services.voice.phonemes.french_words import (
    ASPIRATED,
    ASPIRATED_STEMS,
    BEFORE_CONSONANT,
    LETTER_NAMES,
    LIAISONS,
    OWN_WORDS,
    UNSTRESSED,
)
from services.voice.phonemes.lexicons import gruut_dictionary, gruut_directory
from services.voice.text.tokens import Token, WrittenWord

VOWELS = frozenset("aeiouyøœɔəɛɑ")
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'", re.IGNORECASE)


class FrenchPhonemizer:
    """Sounds of the French of France."""

    def __init__(self) -> None:
        directory = gruut_directory("fr")
        self._dictionary = gruut_dictionary(directory / "lexicon.db")
        self._guess = LettersToSounds(directory / "g2p" / "model.crf")

    def __call__(self, sentence: Sequence[Token]) -> list[str]:
        """See `Phonemizer`."""
        words: list[tuple[int, str]] = []
        for at, token in enumerate(sentence):
            if isinstance(token, WrittenWord):
                for word in token.spoken:
                    words.extend((at, part) for part in self._parts(word))
            else:
                words.append((at, token.symbol))
        sounds: list[list[str]] = [[] for _ in sentence]
        following, following_word = "", ""
        for at, word in reversed(words):
            token = sentence[at]
            if not isinstance(token, WrittenWord):
                sounds[at].append(word)
                if word in ",;:.?!…—¶":
                    following, following_word = "", ""
                continue
            said = self._in_context(word, following, following_word)
            if said:
                sounds[at].append(said)
                following, following_word = said, word.lower()
        return [" ".join(reversed(parts)) for parts in sounds]

    def _parts(self, word: str) -> list[str]:
        """Number words are compounds in writing only; a word the dictionary has stays whole."""
        if word.lower() in self._dictionary or word.lower() in OWN_WORDS:
            return [word]
        # The t of vingt is heard from 22 to 29; dix links to sept, huit and neuf.
        whole = re.sub(r"^vingt-(?=\w)", "vingt=-", word)
        return [part for part in re.split(r"-(?!(?<=dix-)(?:sept|huit|neuf)$)", whole) if part]

    def _in_context(self, word: str, following: str, following_word: str) -> str:
        lower = word.lower()
        first = next((sound for sound in following if sound not in "ˈˌ "), "")
        glide = first in ("w", "ɥ", "j") and following_word[:1] in tuple("oôhuyi")
        aspirated = following_word in ASPIRATED or following_word.startswith(ASPIRATED_STEMS)
        opens = (first in VOWELS or glide) and not aspirated
        if first and not opens and lower in BEFORE_CONSONANT:
            return BEFORE_CONSONANT[lower]
        said = self._word(word)
        if opens and lower in LIAISONS and said:
            return self._linked(said, LIAISONS[lower])
        return said

    @staticmethod
    def _linked(said: str, liaison: str) -> str:
        if liaison.startswith("="):
            return liaison[1:]
        return said + liaison

    def _word(self, word: str) -> str:
        if len(word) == 1 and (word.isupper() or word.lower() not in ("a", "à", "y", "ô")):
            return self._letters(word)
        elided = _ELIDED.match(word)
        if elided and len(word) > elided.end() and word.lower() not in self._dictionary:
            head = elided[0][:-1].lower()
            onset = {"c": "s", "j": "ʒ"}.get(head) or self._sounds(head + "e").rstrip("ə")
            return (onset or head) + self._word(word[elided.end() :])
        if word.isupper() and 1 < len(word) <= 5 and word.lower() not in self._dictionary:
            return self._stress(self._letters(word))
        sounds = self._sounds(word)
        return sounds if word.lower() in UNSTRESSED else self._stress(sounds)

    def _sounds(self, word: str) -> str:
        lower = unicodedata.normalize("NFC", word.lower()).replace("œ", "œ")
        if lower in OWN_WORDS:
            return OWN_WORDS[lower]
        for spelling in (lower, lower.replace("œ", "oe"), lower.replace("oe", "œ")):
            if spelling in self._dictionary:
                return self._dictionary[spelling]
        letters = re.sub(r"[^a-zà-ÿœ]", "", lower) or re.sub(r"[^a-z]", "", anyascii(lower).lower())
        if letters.endswith("s") and letters[:-1] in self._dictionary:
            return self._dictionary[letters[:-1]]
        return self._guess(letters) if letters else ""

    @staticmethod
    def _letters(word: str) -> str:
        names = (LETTER_NAMES.get(c) or LETTER_NAMES.get(anyascii(c), "") for c in word.upper())
        return "".join(names)

    @staticmethod
    def _stress(sounds: str) -> str:
        """French stresses the last full vowel of a word."""
        places = [at for at, sound in enumerate(sounds) if sound in VOWELS - {"ə"}]
        if not places:
            return sounds
        return sounds[: places[-1]] + "ˈ" + sounds[places[-1] :]
