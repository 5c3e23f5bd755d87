"""How English writes what it says otherwise: money, times, dates, units, abbreviations.

American and British differ in the order of dates and in the "and" of numbers, nothing else here.
It does not know sounds, or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.voice.text.numbers import NumberWords, number_words
from services.voice.text.roman import roman_value
from services.voice.text.rules import Language, Rule, address_rules, said, until, word_end
from services.voice.text.tokens import WrittenWord
from services.voice.text.english_words import (
    ABBREVIATIONS,
    ADDRESS_SYMBOLS,
    BESIDE_NUMBERS,
    CURRENCIES,
    MAGNITUDES,
    MONTHS,
    NUMBERED_THINGS,
    SENTENCE_CLOSERS,
    SYMBOLS,
    UNITS,
)

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MONTH = "|".join([*MONTHS, *(f"{month[:3]}\\.?" for month in MONTHS), "Sept\\.?"])
_WEEKDAY = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip


def language(code: str) -> Language:
    """The reading rules of `en-US` or `en-GB`."""
    numbers = number_words(code)
    rules = _Rules(numbers, day_first=code == "en-GB")
    return Language(
        code=code,
        numbers=numbers,
        rules=(*address_rules(ADDRESS_SYMBOLS, numbers), *rules.all()),
        symbols=SYMBOLS,
        number_pattern=re.compile(
            r"(?P<sign>(?<![\w\d])[-−+](?=\.?\d))?"
            r"(?:(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?|\.(?P<only>\d+))"
        ),
    )


class _Rules:
    """The rules of one variety; each method speaks one kind of thing."""

    def __init__(self, numbers: NumberWords, *, day_first: bool) -> None:
        self._n = numbers
        self._day_first = day_first

    def all(self) -> tuple[Rule, ...]:
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
            Rule.of(r"(\d{4})-(\d{2})-(\d{2})(?!\d)", self._iso_date),
            Rule.of(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)", self._slashed_date),
            Rule.of(
                rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?P<of> of)? (?P<month>{_MONTH})"
                r"(?:,? (?P<year>\d{4})(?!\d))?(?!\w)",
                self._day_month,
            ),
            Rule.of(
                rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[:.]\d|,\d)"
                r"(?P<rest>,? (?P<year>\d{4})(?!\d))?(?!\w)",
                self._month_day,
            ),
            Rule.of(
                r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
                r"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?![\d:])",
                self._time,
                re.IGNORECASE,
            ),
            Rule.of(
                r"(?P<hour>1[0-2]|[1-9])\s?(?P<half>[ap])(?:\.m\.|m\b)", self._time, re.IGNORECASE
            ),
            Rule.of(r"\+\d[\d ()-]{6,18}\d(?!\d)", self._telephone),
            Rule.of(rf"(?P<number>{_NUMBER})(?P<dash>\s?[–-]\s?)(?P<to>{_NUMBER})(?=\s?%)", self._range),
            Rule.of(r"(?P<number>\d{1,4})(?P<dash>\s?–\s?|-)(?P<to>\d{1,4})(?![\d-])", self._range),
            Rule.of(r"(\d\d)?(\d0)['’]?s\b", self._decade),
            Rule.of(r"['’](\d)0s\b", self._short_decade),
            Rule.of(rf"(?P<number>[-−]?{_NUMBER})(?P<gap>\s?)(?P<unit>{unit})(?![\w²³])", self._measure),
            Rule.of(r"(\d{1,3}(?:,\d{3})*|\d+)(?:st|nd|rd|th)\b", self._ordinal, re.IGNORECASE),
            Rule.of(r"(\d{1,3})/(\d{1,3})(?![\d/])", self._fraction),
            Rule.of(r"(?P<whole>\d+)?(?P<part>[½⅓⅔¼¾⅛])", self._vulgar),
            Rule.of(r"#(\d+)", self._hash),
            Rule.of(r"(?:No|no|Nos)\.\s?(?=\d)", self._number_sign),
            Rule.of(r"(?:[A-Za-z]\.){2,}(?!\w)", self._initials),
            Rule.of(r"[A-Z]\.(?=\s?[A-Z])", self._initials),
            Rule.of(r"[A-Za-z]+\.(?:[a-z]\.)*", self._abbreviation),
            Rule.of(r"[IVXLCDM]+(?![\w'’-])", self._roman),
        )  # fmt: skip

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
        if int(whole) or not fraction.strip("0"):
            parts.append(f"{self._n.integer(whole)} {one if int(whole) == 1 else many}")
        if fraction.strip("0"):
            parts.append(f"{self._n.cardinal(int(fraction))} {cent if fraction == '01' else cents}")
        return [said(m, minus + " and ".join(parts))]

    def _money_after(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        one, many, _, _ = CURRENCIES[m["currency"]]
        name = one if m["amount"] == "1" else many
        if m.end("amount") == m.start("currency"):
            return [said(m, f"{self._value(m['amount'])} {name}")]
        return [said(m, self._value(m["amount"]), "amount"), said(m, name, "currency")]

    def _date(self, day: int, month: int, year: int) -> str | None:
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        name, ordinal, when = MONTHS[month - 1], self._n.ordinal(day), self._n.year(year)
        return f"the {ordinal} of {name} {when}" if self._day_first else f"{name} {ordinal} {when}"

    def _iso_date(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        spoken = self._date(int(m[3]), int(m[2]), int(m[1]))
        return [said(m, spoken)] if spoken else None

    def _slashed_date(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        first, second, year = int(m[1]), int(m[3]), int(m[4])
        day, month = (first, second) if self._day_first else (second, first)
        spoken = self._date(day, month, year) or self._date(month, day, year)
        return [said(m, spoken)] if spoken else None

    def _month_name(self, written: str) -> str:
        return next(month for month in MONTHS if month.startswith(written[:3]))

    def _day_month(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        day = int(m["day"])
        if not 1 <= day <= 31:
            return None
        end = m.start("of") if m["of"] else m.start("month") - 1
        ordinal = self._n.ordinal(day)
        words = [
            WrittenWord(m.string[m.start() : end], m.start(), end, (*"the".split(), *ordinal.split()))
        ]
        if m["of"]:
            start = m.start("of") + 1
            words.append(WrittenWord("of", start, start + 2, ("of",)))
            words.append(said(m, self._month_name(m["month"]), "month"))
        else:
            words.append(said(m, f"of {self._month_name(m['month'])}", "month"))
        if m["year"]:
            words.append(said(m, self._n.year(int(m["year"])), "year"))
        return words

    def _month_day(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        if not 1 <= int(m["day"]) <= 31:
            return None
        words = [
            said(m, self._month_name(m["month"]), "month"),
            said(m, self._n.ordinal(int(m["day"])), "day"),
        ]
        if m["year"]:
            words.append(said(m, self._n.year(int(m["year"])), "year"))
        return words

    def _time(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        groups = m.groupdict()
        hour, minute = int(m["hour"]), int(groups.get("minute") or 0)
        half = f"{m['half'].upper()} M" if m["half"] else ""
        if minute:
            spoken = f"{self._n.cardinal(hour)} {'oh ' if minute < 10 else ''}{self._n.cardinal(minute)}"
        elif half or not groups.get("minute"):
            spoken = self._n.cardinal(hour)
        elif hour in (0, 24):
            spoken = "midnight"
        else:
            spoken = f"{self._n.cardinal(hour)} {'o’clock' if hour <= 12 else 'hundred hours'}"
        if groups.get("second"):
            spoken += f" and {self._n.cardinal(int(m['second']))} seconds"
        if not half:
            return [said(m, spoken.replace("’", "'"))]
        gap = re.search(r"\s", m[0])
        if not gap:
            return [until(m, word_end(m, SENTENCE_CLOSERS), f"{spoken} {half}")]
        middle = m.start() + gap.start()
        return [
            WrittenWord(m.string[m.start() : middle], m.start(), middle, tuple(spoken.split())),
            WrittenWord(
                m.string[middle + 1 : word_end(m, SENTENCE_CLOSERS)],
                middle + 1,
                word_end(m, SENTENCE_CLOSERS),
                tuple(half.split()),
            ),
        ]

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
        return [said(m, self._n.ordinal(int(m[1].replace(",", ""))))]

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
        if written.rstrip(".") in _WEEKDAY and re.match(r",? ?[\dA-Z]", after):
            return [said(m, _WEEKDAY[written.rstrip(".")])]
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
        closers = frozenset() if spoken == "saint" else SENTENCE_CLOSERS
        return [until(m, word_end(m, closers), spoken)]

    def _roman(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        value = roman_value(m[0])
        before = re.search(r"([\w'’]+)\s$", m.string[max(0, m.start() - 40) : m.start()])
        if not value or not before or not before[1][0].isupper():
            return None
        if before[1].lower() in NUMBERED_THINGS:
            return [said(m, self._n.cardinal(value))]
        if len(m[0]) == 1 and m[0] != "V" or before[1].isupper() or value > 40:
            return None
        return [said(m, f"the {self._n.ordinal(value)}")]
