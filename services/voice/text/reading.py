"""Reads a text aloud in the mind: from characters to written words with what is said for each.

A single pass from left to right; at each place the language's rules are tried first (money, times,
addresses …), then numbers, words and marks. Lazy, so a book costs no more memory than a line.
It does not know sounds: `services.voice.phonemes` turns the words into those.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from services.voice.text import english, french
from services.voice.text.rules import LETTER, WORD, Language, plain, spell_out
from services.voice.text.tokens import BREATH, PARAGRAPH, Mark, Token, WrittenWord

MOST_SPOKEN = 24
"""A written word that takes more words to say (a number of a hundred digits) is timed in pieces."""

LONGEST_WORD = 40
"""A longer run of letters is read, and timed, in pieces of this many characters."""

_WORD = re.compile(WORD)
_CODE = re.compile(rf"(?:{LETTER}|\d)+")
_BLANK = re.compile(r"[\s\u200b\ufeff]+")
_HYPHEN = re.compile(r"[-‐‑](?=\w)")
_MARKS = {
    ",": ",", "،": ",", "、": ",", ";": ";", ":": ":", ".": ".", "。": ".", "?": "?", "？": "?",
    "¿": "", "!": "!", "！": "!", "¡": "", "…": "…", "—": "—", "–": "—", "―": "—",
    "“": "“", "”": "”", "„": "“", "«": "“", "»": "”", "(": "(", ")": ")", "[": "(", "]": ")",
    "{": "(", "}": ")", "/": "", "|": ",", "*": "", "_": "", "~": "", "`": "",
}  # fmt: skip
_DOTS = re.compile(r"\.{2,}|(?:\. ){2,}\.|…\.*")
_SHOUT = re.compile(r"[?!]{2,}")


@cache
def language_rules(code: str) -> Language:
    """The reading rules of `en-US`, `en-GB` or `fr-FR`."""
    return french.language() if code.startswith("fr") else english.language(code)


def read(text: str, language: str) -> Iterator[Token]:
    """Yields the words and marks of a text in order.

    Args:
        text: As the caller wrote it; offsets in the tokens count its code points.
        language: `en-US`, `en-GB` or `fr-FR`.

    Yields:
        Tokens with non-decreasing offsets. Emoji, control characters and bare symbols without a
        name yield nothing.
    """
    rules = language_rules(language)
    position, length = 0, len(text)
    quote_open = False
    while position < length:
        blank = _BLANK.match(text, position)
        if blank:
            yield from _pause_of(text, blank)
            position = blank.end()
            continue
        words = _words_at(text, position, rules)
        if words:
            for word in words:
                yield from _breaths(word)
            position = max(words[-1].end, position + 1)
            continue
        char = text[position]
        end = position + 1
        symbol = _MARKS.get(char, "")
        if match := _DOTS.match(text, position):
            symbol, end = "…", match.end()
        elif match := _SHOUT.match(text, position):
            symbol, end = ("?" if "?" in match[0] else "!"), match.end()
        elif char == '"':
            symbol, quote_open = ("”" if quote_open else "“"), not quote_open
        elif char in "-‐‑" and text[end : end + 1] in ("-", " "):
            symbol, end = "—", end + (text[end : end + 1] == "-")
        if symbol:
            yield Mark(symbol, position, end)
        position = end


def _words_at(text: str, position: int, language: Language) -> list[WrittenWord]:
    for rule in language.rules:
        match = rule.pattern.match(text, position)
        if match and match.end() > position:
            words = rule.speak(match)
            if words:
                return list(words)
    word = _WORD.match(text, position)
    code = _CODE.match(text, position)
    if word and (not code or word.end() >= code.end()):
        return list(_hyphenated(text, word, language))
    number = language.number_pattern.match(text, position)
    if number and (not code or number.end() >= code.end()):
        return [_number(number, language)]
    if code:
        return _pieces(text, position, code.end(), language)
    name = language.symbols.get(text[position])
    if name is None and unicodedata.category(text[position]) == "No":
        name = _fraction_name(text[position], language)
    if name:
        return [WrittenWord(text[position], position, position + 1, tuple(name.split()))]
    return []


def _hyphenated(text: str, word: re.Match[str], language: Language) -> Iterator[WrittenWord]:
    """A word, or a chain of words joined by hyphens, which is one written word."""
    end = word.end()
    parts = [word[0]]
    while (hyphen := _HYPHEN.match(text, end)) and (more := _CODE.match(text, hyphen.end())):
        if more.end() - word.start() > LONGEST_WORD:
            break
        whole = _WORD.match(text, hyphen.end())
        stop = whole if whole and whole.end() >= more.end() else more
        parts.append(stop[0])
        end = stop.end()
    if end - word.start() > LONGEST_WORD:
        yield from _pieces(text, word.start(), end, language)
        return
    if not any(char.isdecimal() for part in parts for char in part):
        # Kept whole: some compounds are in the dictionaries, and number words link.
        spoken = plain("-".join(parts)).split()
    else:
        spoken = [word for part in parts for word in spell_out(part, language.numbers).split()]
    if spoken:
        yield WrittenWord(text[word.start() : end], word.start(), end, tuple(spoken))


def _pieces(text: str, start: int, end: int, language: Language) -> list[WrittenWord]:
    words = []
    for left in range(start, end, LONGEST_WORD):
        piece = text[left : min(left + LONGEST_WORD, end)]
        spoken = tuple(spell_out(piece, language.numbers).split())
        if spoken:
            words.append(WrittenWord(piece, left, left + len(piece), spoken))
    return words


def _breaths(word: WrittenWord) -> Iterator[WrittenWord]:
    """Cuts what one written word says, and in proportion the word, to what one breath can say."""
    count = -(-len(word.spoken) // MOST_SPOKEN)
    count = min(count, len(word.text))
    for index in range(count):
        left, right = (len(word.text) * (index + step) // count for step in (0, 1))
        first, last = (len(word.spoken) * (index + step) // count for step in (0, 1))
        yield WrittenWord(
            word.text[left:right],
            word.start + left,
            word.start + right,
            word.spoken[first:last],
        )


def _number(match: re.Match[str], language: Language) -> WrittenWord:
    numbers = language.numbers
    whole = re.sub(r"\D", "", match["whole"] or "")
    fraction = match["fraction"] or match.groupdict().get("only")
    if fraction:
        spoken = numbers.decimal(whole, fraction)
    elif len(whole) == 4 and whole == match["whole"] and 1100 <= int(whole) <= 2099:
        spoken = numbers.year(int(whole))
    else:
        spoken = numbers.integer(whole)
    if match["sign"]:
        minus = language.symbols["−"] if match["sign"] in "-−" else language.symbols["+"]
        spoken = f"{minus} {spoken}"
    return WrittenWord(match[0], match.start(), match.end(), tuple(spoken.split()))


def _fraction_name(char: str, language: Language) -> str | None:
    value = unicodedata.numeric(char, -1.0)
    return language.numbers.cardinal(int(value)) if value >= 0 and value.is_integer() else None


def _pause_of(text: str, blank: re.Match[str]) -> Iterator[Mark]:
    """A blank line ends a paragraph; a line that stops short, as in verse, is a breath."""
    breaks = blank[0].count("\n") or blank[0].count("\r")
    if not breaks or blank.start() == 0 or blank.end() == len(text):
        return
    if breaks > 1:
        yield Mark(PARAGRAPH, blank.start(), blank.end())
        return
    before, after = text[blank.start() - 1], text[blank.end()]
    line_start = text.rfind("\n", 0, blank.start()) + 1
    short = blank.start() - line_start < 60
    if short and before.isalnum() and (after.isupper() or not after.isalnum()):
        yield Mark(BREATH, blank.start(), blank.end())
