"""How French writes what it says otherwise: money, hours, dates, units, abbreviations.

Orthography of France: a comma for decimals, spaces or dots for thousands. It does not know sounds,
or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.voice.text.french_words import (
    ABBREVIATIONS,
    ADDRESS_SYMBOLS,
    CURRENCIES,
    FEMININE_UNITS,
    MAGNITUDES,
    MONTHS,
    NUMBERED_THINGS,
    SYMBOLS,
    UNITS,
)
from services.voice.text.numbers import number_words, value_of
from services.voice.text.roman import roman_value
from services.voice.text.rules import Language, Rule, address_rules, said, until, word_end
from services.voice.text.tokens import WrittenWord

_SPACE = r"[ \u00a0\u202f]"
_NUMBER = r"(?:\d{1,3}(?:[\u00a0\u202f .]\d{3})+(?!\d)|\d+)(?:,\d+)?"
_MONTH = "|".join(
    [*MONTHS, "janv\\.", "févr\\.", "juil\\.", "sept\\.", "oct\\.", "nov\\.", "déc\\."]
)


def language() -> Language:
    """The reading rules of `fr-FR`."""
    return Language(
        code="fr-FR",
        numbers=number_words("fr-FR"),
        rules=(*address_rules(ADDRESS_SYMBOLS, number_words("fr-FR")), *_Rules().all()),
        symbols=SYMBOLS,
        number_pattern=re.compile(
            r"(?P<sign>(?<![\w\d])[-−+](?=\d))?"
            r"(?P<whole>\d{1,3}(?:[\u00a0\u202f .]\d{3})+(?!\d)|\d+)(?:,(?P<fraction>\d+))?"
        ),
    )


class _Rules:
    """Each method speaks one kind of thing."""

    def __init__(self) -> None:
        self._n = number_words("fr-FR")

    def all(self) -> tuple[Rule, ...]:
        currency = "|".join(re.escape(sign) for sign in CURRENCIES)
        magnitude = "|".join(MAGNITUDES)
        unit = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
        return (
            Rule.of(
                rf"(?P<amount>{_NUMBER}){_SPACE}?(?P<magnitude>{magnitude})?{_SPACE}?"
                rf"(?P<currency>{currency})(?P<cents>\d\d)?(?!\w)",
                self._money,
            ),
            Rule.of(rf"(?P<currency>{currency}){_SPACE}?(?P<amount>{_NUMBER})", self._money_before),
            Rule.of(r"(\d{4})-(\d{2})-(\d{2})(?!\d)", self._iso_date),
            Rule.of(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)", self._slashed_date),
            Rule.of(
                rf"(?P<day>\d{{1,2}})(?:er)? (?P<month>{_MONTH})"
                r"(?: (?P<year>\d{4})(?!\d))?(?!\w)",
                self._day_month,
                re.IGNORECASE,
            ),
            Rule.of(
                rf"(?P<hour>[01]?\d|2[0-4]){_SPACE}?[hH](?:{_SPACE}?(?P<minute>[0-5]\d))?(?!\w)",
                self._time,
            ),
            Rule.of(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])", self._time),
            Rule.of(r"\+\d[\d ()-]{6,18}\d(?!\d)", self._telephone),
            Rule.of(r"0\d(?:[ .]\d\d){4}(?!\d)", self._telephone),
            Rule.of(r"(?P<number>\d{1,4})(?P<dash>\s?–\s?|-)(?P<to>\d{1,4})(?![\d-])", self._range),
            Rule.of(
                rf"(?P<number>[-−]?{_NUMBER})(?P<gap>{_SPACE}?)(?P<unit>{unit})(?![\w²³])",
                self._measure,
            ),
            Rule.of(r"(\d+|[IVX]+)(er|re|ère|e|è|ème|eme|nd|nde)s?(?!\w)", self._ordinal),
            Rule.of(r"(\d{1,3})/(\d{1,3})(?![\d/])", self._fraction),
            Rule.of(r"(?P<whole>\d+)?(?P<part>[½⅓⅔¼¾])", self._vulgar),
            Rule.of(rf"[nN][°º]{_SPACE}?(?=\d)", self._number_sign),
            Rule.of(r"(?:[A-ZÀ-Ý]\.){2,}(?!\w)", self._initials),
            Rule.of(r"(?:p\. ex\.|c\.-à-d\.|J\.-C\.|av\. J\.-C\.|apr\. J\.-C\.)", self._phrase),
            Rule.of(r"[^\W\d_]+\.(?=\W|$)", self._abbreviation),
            Rule.of(
                r"(?:Mme|Mmes|Mlle|Mlles|MM|Mgr|Dr|Pr|Me|Ste|St)(?=[ \u00a0\u202f-][A-ZÀ-Ý])",
                self._title,
            ),
            Rule.of(r"[IVXLCDM]+(?![\w'’-])", self._roman),
        )  # fmt: skip

    def _value(self, amount: str) -> str:
        whole, _, fraction = re.sub(r"[\s.\u00a0\u202f]", "", amount).partition(",")
        return self._n.decimal(whole, fraction) if fraction else self._n.integer(whole)

    def _money(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        one, many, cents = CURRENCIES[m["currency"]]
        whole, _, fraction = re.sub(r"[\s.\u00a0\u202f]", "", m["amount"]).partition(",")
        if m["magnitude"]:
            head = self._value(m["amount"])
            unit = f"{MAGNITUDES[m['magnitude']]} {_of(many)}"
            return [said(m, f"{head} {unit}")]
        fraction = fraction or m["cents"] or ""
        name = one if value_of(whole) < 2 else many
        if fraction and (len(fraction) != 2 or not cents):
            return [said(m, f"{self._value(m['amount'])} {name}")]
        tail = f" {self._n.cardinal(int(fraction))}" if fraction.strip("0") else ""
        if tail and value_of(whole) == 0:
            return [said(m, f"{tail} {cents}")]
        if not fraction and m.end("amount") < m.start("currency"):
            return [said(m, self._n.integer(whole), "amount"), said(m, name, "currency")]
        return [said(m, f"{self._n.integer(whole)} {name}{tail}")]

    def _money_before(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        one, many, _ = CURRENCIES[m["currency"]]
        return [said(m, f"{self._value(m['amount'])} {one if m['amount'] == '1' else many}")]

    def _date(self, day: int, month: int, year: int) -> str | None:
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        return f"{self._day(day)} {MONTHS[month - 1]} {self._n.cardinal(year)}"

    def _day(self, day: int) -> str:
        return "premier" if day == 1 else self._n.cardinal(day)

    def _iso_date(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        spoken = self._date(int(m[3]), int(m[2]), int(m[1]))
        return [said(m, spoken)] if spoken else None

    def _slashed_date(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        spoken = self._date(int(m[1]), int(m[3]), int(m[4]))
        return [said(m, spoken)] if spoken else None

    def _day_month(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        day = int(m["day"])
        if not 1 <= day <= 31:
            return None
        end = m.start("month") - 1
        written = m["month"].lower().rstrip(".")
        month = next(name for name in MONTHS if name.startswith(written))
        words = [until(m, end, self._day(day)), said(m, month, "month")]
        if m["year"]:
            words.append(said(m, self._n.cardinal(int(m["year"])), "year"))
        return words

    def _time(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        hour = int(m["hour"])
        minutes = f" {self._n.cardinal(int(m['minute']))}" if int(m["minute"] or 0) else ""
        minutes = re.sub(r"\bun$", "une", minutes)
        if hour == 0:
            return [said(m, f"minuit{minutes}" if minutes else "minuit")]
        hours = re.sub(r"\bun$", "une", self._n.cardinal(hour))
        return [said(m, f"{hours} heure{'s' if hour > 1 else ''}{minutes}")]

    def _telephone(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        if m[0].startswith("+"):
            return [said(m, f"plus {self._n.digits(m[0])}")]
        pairs = re.findall(r"\d\d", m[0])
        return [
            said(
                m,
                " ".join(
                    f"{'zéro ' if p[0] == '0' else ''}{self._n.cardinal(int(p))}" for p in pairs
                ),
            )
        ]

    def _range(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [said(m, f"{self._n.integer(m['number'])} à {self._n.integer(m['to'])}")]

    def _measure(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        name = UNITS[m["unit"]]
        written = m["number"]
        value = ("moins " if written[0] in "-−" else "") + self._value(written.lstrip("-−"))
        if name in FEMININE_UNITS:
            value = re.sub(r"\bun$", "une", value)
        if not m["gap"]:
            return [said(m, f"{value} {name}")]
        return [said(m, value, "number"), said(m, name, "unit")]

    def _ordinal(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        value = value_of(m[1]) if m[1].isdecimal() else roman_value(m[1])
        if not value:
            return None
        if m[2] in ("nd", "nde"):
            return [said(m, f"second{m[2][2:]}")] if value == 2 else None
        if (value == 1) != (m[2] in ("er", "re", "ère")):
            return None
        return [said(m, self._n.ordinal(value) if m[2] not in ("re", "ère") else "première")]

    def _fraction(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        upper, lower = int(m[1]), int(m[2])
        if lower == 0:
            return None
        names = {2: "demi", 3: "tiers", 4: "quart"}
        if lower > 20 or lower == 1:
            return [said(m, f"{self._n.cardinal(upper)} sur {self._n.cardinal(lower)}")]
        part = names.get(lower) or self._n.ordinal(lower)
        plural = "" if upper == 1 or part.endswith("s") else "s"
        return [said(m, f"{self._n.cardinal(upper)} {part}{plural}")]

    def _vulgar(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        names = {
            "½": "demi",
            "⅓": "un tiers",
            "⅔": "deux tiers",
            "¼": "un quart",
            "¾": "trois quarts",
        }
        whole = f"{self._n.integer(m['whole'])} et " if m["whole"] else ""
        return [said(m, whole + names[m["part"]])]

    def _number_sign(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [until(m, m.start() + 2, "numéro")]

    def _initials(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        spoken = " ".join(letter for letter in m[0] if letter != ".")
        return [until(m, word_end(m, closers=frozenset()), spoken)]

    def _phrase(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        phrases = {
            "p. ex.": "par exemple", "c.-à-d.": "c'est à dire", "J.-C.": "jésus christ",
            "av. J.-C.": "avant jésus christ", "apr. J.-C.": "après jésus christ",
        }  # fmt: skip
        return [until(m, word_end(m, closers=frozenset({"J.-C."})), phrases[m[0]])]

    def _abbreviation(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        after = m.string[m.end() : m.end() + 2]
        if m[0] == "M." and not re.match(r"[ \u00a0\u202f][A-ZÀ-Ý]", after):
            return None
        spoken = ABBREVIATIONS.get(m[0])
        if spoken is None:
            return None
        return [until(m, word_end(m, closers=frozenset({"etc.", "bd.", "av."})), spoken)]

    def _title(self, m: re.Match[str]) -> Sequence[WrittenWord]:
        return [said(m, ABBREVIATIONS[f"{m[0]}."])]

    def _roman(self, m: re.Match[str]) -> Sequence[WrittenWord] | None:
        value = roman_value(m[0])
        before = re.search(r"([^\W\d_]+)\s$", m.string[max(0, m.start() - 40) : m.start()])
        if not value or not before:
            return None
        thing = before[1].lower() in NUMBERED_THINGS
        named = before[1][0].isupper() and not before[1].isupper()
        if not thing and (not named or value > 40 or (len(m[0]) == 1 and m[0] not in "VX")):
            return None
        return [said(m, self._n.cardinal(value))]


def _of(noun: str) -> str:
    return f"d'{noun}" if noun[0] in "aeiouyhé" else f"de {noun}"
