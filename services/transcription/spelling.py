"""Words as an aligner can say them: parts that a dictionary has, and guesses at what it has not.

`grand-mère` and `l'homme` are two words to a dictionary, and of numbers it has only the digits'
names. What is in no dictionary, names above all, is guessed letter by letter: nobody hears the
guess, and its neighbours hold its place. With every word of a recording guessed like that, the
95th percentile of the aligner's errors grew by 8 ms. It does not know any dictionary, or sound.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
}
_PARTS = re.compile(r"\d|[^\W\d_]+(?:'[^\W\d_]+)*'?")
_LONGEST_PART = 40

# The longest spellings first.
_ENGLISH = (
    ("tch", "CH"), ("igh", "AY"), ("ch", "CH"), ("sh", "SH"), ("th", "TH"), ("ph", "F"),
    ("ck", "K"), ("qu", "K W"), ("wh", "W"), ("ng", "NG"), ("ee", "IY"), ("ea", "IY"),
    ("oo", "UW"), ("ou", "AW"), ("ow", "OW"), ("ai", "EY"), ("ay", "EY"), ("oi", "OY"),
    ("oy", "OY"), ("au", "AO"), ("aw", "AO"), ("er", "ER"), ("ar", "AA R"), ("or", "AO R"),
    ("a", "AE"), ("b", "B"), ("c", "K"), ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"),
    ("h", "HH"), ("i", "IH"), ("j", "JH"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"),
    ("o", "AA"), ("p", "P"), ("q", "K"), ("r", "R"), ("s", "S"), ("t", "T"), ("u", "AH"),
    ("v", "V"), ("w", "W"), ("x", "K S"), ("y", "IY"), ("z", "Z"),
)  # fmt: skip
_FRENCH = (
    ("eau", "au"), ("ain", "in"), ("ein", "in"), ("ch", "ch"), ("ph", "ff"), ("gn", "gn"),
    ("qu", "kk"), ("ou", "ou"), ("oi", "ww aa"), ("in", "in"), ("an", "an"), ("en", "an"),
    ("on", "on"), ("un", "un"), ("au", "au"), ("ai", "ai"), ("eu", "eu"), ("é", "ei"),
    ("è", "ai"), ("ê", "ai"), ("œ", "eu"), ("ç", "ss"), ("a", "aa"), ("b", "bb"), ("c", "kk"),
    ("d", "dd"), ("e", "ee"), ("f", "ff"), ("g", "gg"), ("i", "ii"), ("j", "jj"), ("k", "kk"),
    ("l", "ll"), ("m", "mm"), ("n", "nn"), ("o", "oo"), ("p", "pp"), ("q", "kk"), ("r", "rr"),
    ("s", "ss"), ("t", "tt"), ("u", "uu"), ("v", "vv"), ("w", "ww"), ("x", "kk ss"), ("y", "ii"),
    ("z", "zz"),
)  # fmt: skip
_TABLES = {"en": _ENGLISH, "fr": _FRENCH}


def parts(word: str, language: str) -> list[str]:
    """What is said in a word, in lower case and without marks: `["grand", "mère"]`.

    Args:
        word: As written, with any punctuation.
        language: `en` or `fr`.
    """
    plain = unicodedata.normalize("NFC", word).lower().replace("’", "'")
    digits = _DIGITS[language]
    found = (digits[int(part)] if part.isdecimal() else part for part in _PARTS.findall(plain))
    letters = ("".join(c for c in part if c.isalpha() or c == "'") for part in found)  # no ²
    return [part[:_LONGEST_PART] for part in letters if part]


def elided(part: str) -> list[str]:
    """A part cut after its apostrophes: `["l'", "homme"]`."""
    return re.findall(r"[^']+'?", part)


def guessed(part: str, language: str) -> str:
    """Phones of a part in the aligner's own names, with spaces between; empty when unreadable.

    Args:
        part: From `parts`.
        language: `en` or `fr`.
    """
    phones: list[str] = []
    at = 0
    while at < len(part):
        for letters, sounds in _TABLES[language]:
            if part.startswith(letters, at):
                phones.append(sounds)
                at += len(letters)
                break
        else:
            bare = unicodedata.normalize("NFD", part[at])[0]
            known = bare != part[at] and dict(_TABLES[language]).get(bare)
            phones += [known] if known else []
            at += 1
    return " ".join(phones)
