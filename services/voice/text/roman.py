"""Roman numerals: what number they write. It does not know when letters are a numeral."""

from __future__ import annotations

import re

_CANONICAL = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(numeral: str) -> int | None:
    """`XIV` → 14; None when the letters are no canonical Roman numeral."""
    if not numeral or not _CANONICAL.fullmatch(numeral):
        return None
    values = [_VALUES[letter] for letter in numeral]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
