"""Number words, in English and French.

Written here because the libraries that do this for both languages are LGPL, and we import only
permissive code. Follows the spell-out rules of CLDR (https://cldr.unicode.org): English with the
British "and" on request, French in the traditional orthography of France. It does not know where
numbers stand in a text, or what they count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _list(words: str) -> list[str]:
    return words.split(" ")


_EN_ONES = _list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS = _list(" ten twenty thirty forty fifty sixty seventy eighty ninety")
_EN_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_EN_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip

_FR_ONES = _list(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
)
_FR_TENS = _list(" dix vingt trente quarante cinquante soixante")
_FR_SCALES = ((10**12, "billion"), (10**9, "milliard"), (10**6, "million"))

LARGEST = 10**15 - 1
"""Above this, digits are read one by one: nobody follows quadrillions by ear."""


def value_of(digits: str) -> int:
    """The number that digits write; anything too long to matter is `LARGEST` + 1."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= 15 else LARGEST + 1


def english_cardinal(number: int, *, british: bool = False) -> str:
    """`342` → `three hundred (and) forty-two`. Accepts 0 … `LARGEST`, and negatives of these."""
    if number < 0:
        return f"minus {english_cardinal(-number, british=british)}"
    if number < 20:
        return _EN_ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _EN_TENS[tens] + (f"-{_EN_ONES[ones]}" if ones else "")
    joint = " and " if british else " "
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        tail = f"{joint}{english_cardinal(rest)}" if rest else ""
        return f"{_EN_ONES[hundreds]} hundred{tail}"
    for scale, name in _EN_SCALES:
        if number >= scale:
            count, rest = divmod(number, scale)
            head = f"{english_cardinal(count, british=british)} {name}"
            if not rest:
                return head
            link = joint if rest < 100 else " "
            return f"{head}{link}{english_cardinal(rest, british=british)}"
    raise AssertionError("unreachable: every number from 1000 has a scale")


def english_ordinal(number: int, *, british: bool = False) -> str:
    """`42` → `forty-second`."""
    words = english_cardinal(number, british=british)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    if last in _EN_ORDINALS:
        return words[:cut] + _EN_ORDINALS[last]
    return words[:cut] + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def english_year(year: int, *, british: bool = False) -> str:
    """`1984` → `nineteen eighty-four`, `1905` → `nineteen oh five`, `2007` → `two thousand …`."""
    century, rest = divmod(year, 100)
    if not 1000 <= year <= 2999 or (century % 10 == 0 and rest < 10):
        return english_cardinal(year, british=british)
    if rest == 0:
        return f"{english_cardinal(century)} hundred"
    tail = f"oh {_EN_ONES[rest]}" if rest < 10 else english_cardinal(rest)
    return f"{english_cardinal(century)} {tail}"


def french_cardinal(number: int) -> str:
    """`84` → `quatre-vingt-quatre`. Accepts 0 … `LARGEST`, and negatives of these."""
    if number < 0:
        return f"moins {french_cardinal(-number)}"
    if number < 100:
        return _french_below_hundred(number)
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{_FR_ONES[hundreds]} cent"
        if rest:
            return f"{head} {_french_below_hundred(rest)}"
        return head if hundreds == 1 else f"{head}s"
    for scale, name in _FR_SCALES:
        if number >= scale:
            count, rest = divmod(number, scale)
            head = f"{french_cardinal(count)} {name}{'s' if count > 1 else ''}"
            return f"{head} {french_cardinal(rest)}" if rest else head
    thousands, rest = divmod(number, 1000)
    # `cents` and `vingts` lose their s before mille: deux cent mille, quatre-vingt mille.
    counted = french_cardinal(thousands)
    counted = counted.removesuffix("s") if thousands % 10 == 0 else counted
    head = "mille" if thousands == 1 else f"{counted} mille"
    return f"{head} {french_cardinal(rest)}" if rest else head


def _french_below_hundred(number: int) -> str:
    if number < 20:
        return _FR_ONES[number]
    tens, ones = divmod(number, 10)
    if tens in (7, 9):
        base, ones = ("soixante" if tens == 7 else "quatre-vingt"), ones + 10
        link = " et " if number == 71 else "-"
        return f"{base}{link}{_FR_ONES[ones]}"
    if tens == 8:
        return f"quatre-vingt-{_FR_ONES[ones]}" if ones else "quatre-vingts"
    if not ones:
        return _FR_TENS[tens]
    return f"{_FR_TENS[tens]}{' et ' if ones == 1 else '-'}{_FR_ONES[ones]}"


def french_ordinal(number: int, *, feminine: bool = False) -> str:
    """`21` → `vingt et unième`; `1` → `premier`, or `première`."""
    if number == 1:
        return "première" if feminine else "premier"
    words = french_cardinal(number)
    if words.endswith("cinq"):
        return f"{words}uième"
    if words.endswith("neuf"):
        return f"{words[:-1]}vième"
    if words.endswith("quatre-vingts") or words.endswith("cents"):
        words = words[:-1]
    return f"{words.removesuffix('e')}ième"


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of one language variety, behind one shape."""

    cardinal: Callable[[int], str]
    ordinal: Callable[[int], str]
    year: Callable[[int], str]
    point: str

    def digits(self, digits: str) -> str:
        """`007` → `zero zero seven`; anything that is not a decimal digit is skipped."""
        return " ".join(self.cardinal(int(digit)) for digit in digits if digit.isdecimal())

    def integer(self, digits: str) -> str:
        """A run of digits as a number, or digit by digit if it is long or starts with zero."""
        value = value_of(digits)
        if value > LARGEST or (len(digits) > 1 and int(digits[0]) == 0):
            return self.digits(digits)
        return self.cardinal(value)

    def decimal(self, whole: str, fraction: str) -> str:
        """`3`, `05` → `three point zero five`."""
        head = self.integer(whole or "0")
        return f"{head} {self.point} {self._fraction(fraction)}"

    def _fraction(self, fraction: str) -> str:
        # French reads a short fraction as a number (virgule vingt-cinq), English digit by digit.
        if self.point == "virgule" and len(fraction) <= 3:
            zeros = len(fraction) - len(fraction.lstrip("0"))
            rest = fraction[zeros:]
            return " ".join(["zéro"] * zeros + ([self.cardinal(int(rest))] if rest else []))
        return self.digits(fraction)


def number_words(language: str) -> NumberWords:
    """The number words of a supported language: `en-US`, `en-GB` or `fr-FR`."""
    if language.startswith("fr"):
        return NumberWords(french_cardinal, french_ordinal, french_cardinal, "virgule")
    british = language == "en-GB"
    return NumberWords(
        cardinal=lambda number: english_cardinal(number, british=british),
        ordinal=lambda number: english_ordinal(number, british=british),
        year=lambda year: english_year(year, british=british),
        point="point",
    )
