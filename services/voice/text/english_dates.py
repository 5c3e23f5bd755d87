"""English dates and times of day. American and British differ in the order of day and month.

It does not know amounts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.voice.text.english_words import MONTHS, SENTENCE_CLOSERS
from services.voice.text.numbers import NumberWords
from services.voice.text.rules import Rule, said, until, word_end
from services.voice.text.tokens import WrittenWord

_MONTH = "|".join([*MONTHS, *(f"{month[:3]}\\.?" for month in MONTHS), "Sept\\.?"])


class Dates:
    """Each method speaks one kind of date or time."""

    def __init__(self, numbers: NumberWords, *, day_first: bool) -> None:
        self._n = numbers
        self._day_first = day_first

    def rules(self) -> tuple[Rule, ...]:
        """In the order in which they are tried."""
        return (
            Rule.of(r"(\d{4})-(\d{2})-(\d{2})(?!\d)", self._iso_date),
            Rule.of(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)", self._slashed_date),
            Rule.of(
                rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?P<of> of)? (?P<month>{_MONTH})"
                r"(?:,? (?P<year>\d{4})(?!\d))?(?!\w)",
                self._day_month,
            ),
            Rule.of(
                rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[:.]\d|,\d)"
                r"(?:,? (?P<year>\d{4})(?!\d))?(?!\w)",
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
        )

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
        has_article = m.string[max(0, m.start() - 6) : m.start()].rstrip().lower().endswith("the")
        article = "" if has_article else "the "
        words = [until(m, end, f"{article}{ordinal}")]
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
            spoken = (
                f"{self._n.cardinal(hour)} {'oh ' if minute < 10 else ''}{self._n.cardinal(minute)}"
            )
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
