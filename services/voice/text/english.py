"""How English writes what it says otherwise: its rules put together, and its abbreviations.

American and British differ in the order of dates and in the "and" of numbers, nothing else here.
It does not know sounds, or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.voice.text.english_amounts import Amounts
from services.voice.text.english_dates import Dates
from services.voice.text.english_words import (
    ABBREVIATIONS,
    ADDRESS_SYMBOLS,
    BESIDE_NUMBERS,
    NUMBERED_THINGS,
    SENTENCE_CLOSERS,
    SYMBOLS,
    WEEKDAYS,
)
from services.voice.text.numbers import NumberWords, number_words
from services.voice.text.roman import roman_value
from services.voice.text.rules import Language, Rule, address_rules, said, until, word_end
from services.voice.text.tokens import WrittenWord


def language(code: str) -> Language:
    """The reading rules of `en-US` or `en-GB`."""
    numbers = number_words(code)
    return Language(
        code=code,
        numbers=numbers,
        rules=(
            *address_rules(ADDRESS_SYMBOLS, numbers),
            *Dates(numbers, day_first=code == "en-GB").rules(),
            *Amounts(numbers).rules(),
            *_Abbreviations(numbers).rules(),
        ),
        symbols=SYMBOLS,
        number_pattern=re.compile(
            r"(?P<sign>(?<![\w\d])[-−+](?=\.?\d))?"
            r"(?:(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
            r"|\.(?P<only>\d+))"
        ),
    )


class _Abbreviations:
    """Each method speaks one kind of shortened word."""

    def __init__(self, numbers: NumberWords) -> None:
        self._n = numbers

    def rules(self) -> tuple[Rule, ...]:
        return (
            Rule.of(r"(?:No|no|Nos)\.\s?(?=\d)", self._number_sign),
            Rule.of(r"(?:[A-Za-z]\.){2,}(?!\w)", self._initials),
            Rule.of(r"[A-Z]\.(?=\s?[A-Z])", self._initials),
            Rule.of(r"[A-Za-z]+\.(?:[a-z]\.)*", self._abbreviation),
            Rule.of(r"[IVXLCDM]+(?![\w'’-])", self._roman),
        )

    def _number_sign(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [WrittenWord(m[0].rstrip(), m.start(), m.start() + len(m[0].rstrip()), ("number",))]

    def _initials(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        known = ABBREVIATIONS.get(m[0].lower())
        spoken = known or " ".join(letter.upper() for letter in m[0] if letter != ".")
        return [until(m, word_end(m, SENTENCE_CLOSERS), spoken)]

    def _abbreviation(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        written = m[0]
        after = m.string[m.end() : m.end() + 2]
        before = re.search(r"(\w+)\s$", m.string[max(0, m.start() - 30) : m.start()])
        if written.rstrip(".") in WEEKDAYS and re.match(r",? ?[\dA-Z]", after):
            return [said(m, WEEKDAYS[written.rstrip(".")])]
        key = written if written in ABBREVIATIONS else written.lower()
        spoken = ABBREVIATIONS.get(key)
        if spoken is None or (key != written and len(key) < 4 and not written.islower()):
            return None
        if key in BESIDE_NUMBERS and not (
            re.match(r"\s\d", after) or (before and before[1].isdecimal())
        ):
            return None
        if written == "St.":
            # Saint before a name; Street after one, or at the end.
            street = before and before[1][0].isupper() and not re.match(r"\s[A-Z]", after)
            spoken = "street" if street else "saint"
        closers: frozenset[str] = frozenset() if spoken == "saint" else SENTENCE_CLOSERS
        return [until(m, word_end(m, closers), spoken)]

    def _roman(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        value = roman_value(m[0])
        before = re.search(r"([\w'’]+)\s$", m.string[max(0, m.start() - 40) : m.start()])
        if not value or not before or not before[1][0].isupper():
            return None
        if before[1].lower() in NUMBERED_THINGS:
            return [said(m, self._n.cardinal(value))]
        if (len(m[0]) == 1 and m[0] != "V") or before[1].isupper() or value > 40:
            return None
        return [said(m, f"the {self._n.ordinal(value)}")]
