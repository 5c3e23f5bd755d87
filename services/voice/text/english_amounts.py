"""English amounts: money, measures, ranges, fractions, ordinals, decades, telephone numbers.

It does not know dates or times, which are tried before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.voice.text.english_words import CURRENCIES, MAGNITUDES, UNITS
from services.voice.text.numbers import NumberWords, value_of
from services.voice.text.rules import Rule, said
from services.voice.text.tokens import WrittenWord

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_ORDINAL_ENDING = r"(?:st|nd|rd|th)"


class Amounts:
    """Each method speaks one kind of amount."""

    def __init__(self, numbers: NumberWords) -> None:
        self._n = numbers

    def rules(self) -> tuple[Rule, ...]:
        """In the order in which they are tried."""
        currency = "|".join(re.escape(sign) for sign in CURRENCIES)
        magnitude = "|".join(MAGNITUDES)
        unit = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
        return (
            Rule.of(
                rf"(?P<sign>[-−])?(?P<currency>{currency})\s?(?P<amount>{_NUMBER})"
                rf"(?:(?P<gap>[\s-]?)(?P<magnitude>{magnitude})(?!\w))?",
                self._money,
            ),
            Rule.of(rf"(?P<amount>{_NUMBER})\s?(?P<currency>[€£¢])(?!\d)", self._money_after),
            Rule.of(r"\+\d[\d ()-]{6,18}\d(?!\d)", self._telephone),
            Rule.of(
                rf"(?P<number>{_NUMBER})(?P<dash>\s?[–-]\s?)(?P<to>{_NUMBER})(?=\s?%)",
                self._range,
            ),
            Rule.of(r"(?P<number>\d{1,4})(?P<dash>\s?–\s?|-)(?P<to>\d{1,4})(?![\d-])", self._range),
            Rule.of(r"(\d\d)?(\d0)['’]?s\b", self._decade),
            Rule.of(r"['’](\d)0s\b", self._short_decade),
            Rule.of(
                rf"(?P<number>[-−]?{_NUMBER})(?P<gap>\s?)(?P<unit>{unit})(?![\w²³])",
                self._measure,
            ),
            Rule.of(
                rf"(\d{{1,3}}(?:,\d{{3}})*|\d+){_ORDINAL_ENDING}\b", self._ordinal, re.IGNORECASE
            ),
            Rule.of(r"(\d{1,3})/(\d{1,3})(?![\d/])", self._fraction),
            Rule.of(r"(?P<whole>\d+)?(?P<part>[½⅓⅔¼¾⅛])", self._vulgar),
            Rule.of(r"#(\d+)", self._hash),
        )

    def _value(self, amount: str) -> str:
        whole, _, fraction = amount.replace(",", "").partition(".")
        return self._n.decimal(whole, fraction) if fraction else self._n.integer(whole)

    def _money(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        one, many, cent, cents = CURRENCIES[m["currency"]]
        minus = "minus " if m["sign"] else ""
        whole, _, fraction = m["amount"].replace(",", "").partition(".")
        if m["magnitude"]:
            name = MAGNITUDES[m["magnitude"]]
            if m["gap"]:
                end = m.start("gap")
                head = WrittenWord(
                    m.string[m.start() : end],
                    m.start(),
                    end,
                    tuple(f"{minus}{self._value(m['amount'])}".split()),
                )
                return [head, said(m, f"{name} {many}", "magnitude")]
            return [said(m, f"{minus}{self._value(m['amount'])} {name} {many}")]
        if fraction and (len(fraction) != 2 or not cent):
            return [said(m, f"{minus}{self._value(m['amount'])} {many}")]
        parts = []
        if value_of(whole) or not fraction.strip("0"):
            parts.append(f"{self._n.integer(whole)} {one if value_of(whole) == 1 else many}")
        if fraction.strip("0"):
            parts.append(f"{self._n.cardinal(int(fraction))} {cent if fraction == '01' else cents}")
        return [said(m, minus + " and ".join(parts))]

    def _money_after(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        one, many, _, _ = CURRENCIES[m["currency"]]
        name = one if m["amount"] == "1" else many
        if m.end("amount") == m.start("currency"):
            return [said(m, f"{self._value(m['amount'])} {name}")]
        return [said(m, self._value(m["amount"]), "amount"), said(m, name, "currency")]

    def _telephone(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [said(m, f"plus {self._n.digits(m[0])}")]

    def _range(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        years = all(re.fullmatch(r"1[1-9]\d\d|20\d\d", m[side]) for side in ("number", "to"))
        speak = (lambda digits: self._n.year(int(digits))) if years else self._value
        return [said(m, f"{speak(m['number'])} to {speak(m['to'])}")]

    def _measure(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        one, many = UNITS[m["unit"]]
        written = m["number"]
        value = ("minus " if written[0] in "-−" else "") + self._value(written.lstrip("-−"))
        name = one if written == "1" else many
        if not m["gap"]:
            return [said(m, f"{value} {name}")]
        return [said(m, value, "number"), said(m, name, "unit")]

    def _ordinal(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [said(m, self._n.ordinal(value_of(m[1].replace(",", ""))))]

    def _decade(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        tens = self._n.cardinal(int(m[2]))
        if m[2] == "00":
            if not m[1]:
                return None
            century = int(m[1])
            spoken = "two thousands" if century == 20 else f"{self._n.cardinal(century)} hundreds"
            return [said(m, spoken)]
        plural = tens[:-1] + "ies" if tens.endswith("y") else f"{tens}s"
        return [said(m, f"{self._n.cardinal(int(m[1]))} {plural}" if m[1] else plural)]

    def _short_decade(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        tens = self._n.cardinal(int(m[1]) * 10)
        return [said(m, tens[:-1] + "ies" if tens.endswith("y") else f"{tens}s")]

    def _fraction(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        upper, lower = int(m[1]), int(m[2])
        if lower == 0:
            return None
        if lower > 100 or upper > 99 or lower == 1:
            return [said(m, f"{self._n.cardinal(upper)} over {self._n.cardinal(lower)}")]
        names = {2: "half", 4: "quarter"}
        part = names.get(lower) or self._n.ordinal(lower)
        plural = "halves" if part == "half" else f"{part}s"
        return [said(m, f"{self._n.cardinal(upper)} {part if upper == 1 else plural}")]

    def _vulgar(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        names = {
            "½": "a half", "⅓": "a third", "⅔": "two thirds", "¼": "a quarter",
            "¾": "three quarters", "⅛": "an eighth",
        }  # fmt: skip
        whole = f"{self._n.integer(m['whole'])} and " if m["whole"] else ""
        return [said(m, whole + names[m["part"]])]

    def _hash(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [said(m, f"number {self._n.integer(m[1])}")]
