"""English sounds: dictionary first, word forms from their stems, letters when nothing else helps.

Words are said as their neighbours ask: `the` before a vowel, `read` in the past, `US` the country.
It does not know numbers or abbreviations: those are words by now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anyascii import anyascii

from services.voice.phonemes.crf import LettersToSounds, WordClasses
from services.voice.phonemes.english_sounds import (
    VOWELS,
    from_general_american,
    join_letters,
    past,
    plural,
    progressive,
    stressed,
)
from services.voice.phonemes.lexicons import (
    Pronunciation,
    gruut_dictionary,
    gruut_directory,
    misaki_dictionary,
)
from services.voice.text.tokens import Token, WrittenWord

_CLASSES = {"V": "VERB", "N": "NOUN", "J": "ADJ", "R": "ADV"}
_CLITICS = {"'ll": "əl", "'ve": "əv", "'d": "d", "'re": "əɹ", "'m": "m"}
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+")
_LONGEST_INITIALISM = 5
_OWN_WORDS = {"miz": "mˈɪz", "Celsius": "sˈɛlsiəs"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a word stands: its class, and what follows it."""

    tag: str
    next_is_vowel: bool | None
    next_word: str
    spelled: bool

    @property
    def is_last(self) -> bool:
        return self.next_is_vowel is None


class EnglishPhonemizer:
    """Sounds of American or British English."""

    def __init__(self, *, british: bool) -> None:
        self._british = british
        variety = "gb" if british else "us"
        self._gold = misaki_dictionary(f"{variety}_gold")
        self._silver = misaki_dictionary(f"{variety}_silver")
        directory = gruut_directory("en")
        self._names = gruut_dictionary(directory / "lexicon.db")
        self._guess = LettersToSounds(directory / "g2p" / "model.crf")
        self._classes = WordClasses(directory / "pos" / "model.crf")

    def __call__(self, sentence: Sequence[Token]) -> list[str]:
        """See `Phonemizer`."""
        words: list[tuple[int, str]] = []
        for at, token in enumerate(sentence):
            if isinstance(token, WrittenWord):
                words.extend((at, part) for word in token.spoken for part in self._parts(word))
            else:
                words.append((at, token.symbol))
        tags = self._classes([word for _, word in words])
        shouted = self._shouted(sentence)
        sounds: list[list[str]] = [[] for _ in sentence]
        next_is_vowel: bool | None = None
        next_word = ""
        for (at, word), tag in zip(reversed(words), reversed(tags), strict=True):
            token = sentence[at]
            if not isinstance(token, WrittenWord):
                sounds[at].append(word)
                if word in ",;:.?!…—¶":
                    next_is_vowel, next_word = None, ""
                continue
            spelled = len(token.spoken) > 1 or "." in token.text
            place = _Place(tag, next_is_vowel, next_word, spelled)
            said = self._word(word.lower() if shouted and len(word) > 1 else word, place)
            said = said.replace("ɾ", "T").replace("ʔ", "t")
            if said:
                sounds[at].append(said)
                first = next((char for char in said if char not in "ˈˌ"), "")
                next_is_vowel = first in VOWELS
            next_word = word.lower()
        return [" ".join(reversed(parts)) for parts in sounds]

    def _parts(self, word: str) -> list[str]:
        """A compound that no dictionary has is said as its parts."""
        known = "-" not in word or word in self._gold or word.lower() in self._gold
        return [word] if known else [part for part in word.split("-") if part]

    @staticmethod
    def _shouted(sentence: Sequence[Token]) -> bool:
        """A sentence all in capitals is loud, not full of initials."""
        letters = [t.text for t in sentence if isinstance(t, WrittenWord) and t.text.isalpha()]
        return len(letters) > 2 and all(word.isupper() for word in letters)

    def _word(self, word: str, place: _Place) -> str:
        special = self._function_word(word, place)
        if special:
            return special
        found = self._letters(word) if len(word) == 1 else self._form(word, place)
        if found:
            return found
        folded = anyascii(word)
        if folded != word:
            found = self._letters(folded) if len(folded) == 1 else self._form(folded, place)
        return found or self._unknown(folded, place)

    def _function_word(  # noqa: PLR0911 - one return a word is the clearest table there is
        self, word: str, place: _Place
    ) -> str | None:
        lower = word.lower()
        vowel = place.next_is_vowel
        match lower:
            case "a" if not place.spelled and (word == "a" or place.tag == "DT"):
                return "ɐ"
            case "an":
                return "ɐn"
            case "the":
                return "ði" if vowel else "ðə"
            case "to" if vowel is not None:
                return "tʊ" if vowel else "tə"
            case "in" if not place.is_last and place.tag == "IN":
                return "ɪn"
            case "i" if not place.spelled:
                return "ˌI"
            case "used" if place.next_word == "to" and place.tag in ("VBD", "JJ"):
                return self._pick(self._gold["used"], "VBD", place)
            case "o":
                return "Q" if self._british else "O"
        return None

    def _form(self, word: str, place: _Place) -> str | None:
        """A word of the dictionaries, or a regular form of one; None when there is none."""
        if word in _OWN_WORDS:
            return _OWN_WORDS[word]
        capitals = word.isupper() and word.isalpha()
        if capitals and self._is_initialism(word, place):
            return self._letters(word)
        if re.fullmatch(r"[A-Z]{2,5}'?s", word):
            return plural(self._letters(word.rstrip("s'")), british=self._british)
        for spelling in dict.fromkeys((word, word.lower(), word.capitalize())):
            entry = self._gold.get(spelling) or self._silver.get(spelling)
            if entry is not None:
                sounds = self._pick(entry, place.tag, place)
                if sounds:
                    return stressed(sounds) if capitals else sounds
        return self._inflected(word.lower(), place)

    def _is_initialism(self, word: str, place: _Place) -> bool:
        entry = self._gold.get(word)
        if entry is not None:
            is_noun = place.tag.startswith("NN")
            return is_noun and not isinstance(entry, str) and entry.get("NOUN", "") is None
        known = word.lower() in self._gold or word.lower() in self._silver
        if known and len(word) > 3:
            return False
        return not known and len(word) <= _LONGEST_INITIALISM

    def _pick(self, entry: Pronunciation, tag: str, place: _Place) -> str:
        if isinstance(entry, str):
            return entry
        if place.is_last and "None" in entry:
            tag = "None"
        elif tag not in entry:
            tag = _CLASSES.get(tag[:1], tag)
        return entry.get(tag) or entry["DEFAULT"] or ""

    def _inflected(self, word: str, place: _Place) -> str | None:
        for clitic, sounds in _CLITICS.items():
            bare = self._stem(word[: -len(clitic)], place) if word.endswith(clitic) else None
            if bare:
                return bare + sounds
        if word.endswith("s'"):
            word = word[:-1]
        for ending, replacements, inflect in (
            ("'s", ("",), plural),
            ("ies", ("y",), plural),
            ("es", ("e", ""), plural),
            ("s", ("",), plural),
            ("ied", ("y",), past),
            ("ed", ("e", ""), past),
            ("ing", ("", "e"), progressive),
            ("in'", ("", "e"), progressive),
        ):
            if not word.endswith(ending) or len(word) - len(ending) < 2:
                continue
            base = word[: -len(ending)]
            doubled = [base[:-1]] if len(base) > 3 and base[-1] == base[-2] else []
            for stem in [*(base + letters for letters in replacements), *doubled]:
                if not stem.endswith("ss") or ending != "s":
                    found = self._stem(stem, place)
                    if found:
                        return inflect(found, british=self._british)
        return None

    def _stem(self, word: str, place: _Place) -> str | None:
        entry = (
            self._gold.get(word)
            or self._gold.get(word.capitalize())
            or self._silver.get(word)
            or self._silver.get(word.capitalize())
        )
        return self._pick(entry, place.tag, place) if entry is not None else None

    def _letters(self, word: str) -> str:
        names = (self._gold.get(char.upper()) for char in word)
        return join_letters([name for name in names if isinstance(name, str)])

    def _unknown(self, word: str, place: _Place) -> str:
        """Parts of a compound, else CMU's names, else a guess from the letters."""
        parts = _CAMEL.findall(word)
        if len(parts) > 1 and not word.isupper():
            return "".join(self._word(part, place) for part in parts if part)
        letters = re.sub(r"[^a-z']", "", word.lower())
        bare = letters.replace("'", "")
        if not bare:
            return ""
        if not re.search(r"[aeiouy]", bare) and len(bare) <= _LONGEST_INITIALISM:
            return self._letters(bare)
        if letters.endswith("'s"):
            stem = self._american(bare[:-1])
            return plural(stem, british=self._british) if stem else ""
        return self._american(letters if letters in self._names else bare)

    def _american(self, word: str) -> str:
        sounds = self._names.get(word) or self._guess(word)
        return from_general_american(sounds, british=self._british)
