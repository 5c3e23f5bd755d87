"""Reading rules: a pattern over the written text, and what is said for it.

`english` and `french` hold their languages' rules in this form, and `reading` tries them. This
module has the form itself and the rules that both languages share: addresses and codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from anyascii import anyascii

from services.voice.text.numbers import NumberWords
from services.voice.text.tokens import WrittenWord

Speak = Callable[[re.Match[str]], Sequence[WrittenWord] | None]
"""Turns a match into its words; None when the rule does not apply here after all."""

APOSTROPHES = "'’ʼ＇"
# Superscripts, fractions and circled numbers count as word characters, but are no letters.
LETTER = (
    r"(?:[^\W\d_\u00b2\u00b3\u00b9\u00bc-\u00be\u2070\u2074-\u2079\u2080-\u2089\u2150-\u215f"
    r"\u2460-\u249b\u24ea-\u24ff][\u0300-\u036f]*)"
)
WORD = rf"{LETTER}+(?:[{APOSTROPHES}]{LETTER}+)*"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, tried where a word may begin, and how a match is spoken."""

    pattern: re.Pattern[str]
    speak: Speak

    @classmethod
    def of(cls, pattern: str, speak: Speak, flags: re.RegexFlag = re.NOFLAG) -> Rule:
        """Compiles a verbose-free pattern that must start at a word's beginning."""
        return cls(re.compile(rf"(?<!\w){pattern}", flags), speak)


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that reading needs to know of a language variety."""

    code: str
    numbers: NumberWords
    rules: tuple[Rule, ...]
    symbols: Mapping[str, str]
    number_pattern: re.Pattern[str]


def said(match: re.Match[str], spoken: str, group: int | str = 0) -> WrittenWord:
    """The words for one group of a match."""
    start, end = match.span(group)
    return WrittenWord(match.string[start:end], start, end, tuple(spoken.split()))


def until(match: re.Match[str], end: int, spoken: str) -> WrittenWord:
    """The words for a match whose written word ends before the match does."""
    start = match.start()
    return WrittenWord(match.string[start:end], start, end, tuple(spoken.split()))


def word_end(match: re.Match[str], closers: frozenset[str]) -> int:
    """Where an abbreviation ends: before its dot, when that dot also ends the sentence.

    Args:
        match: A match that may end with a dot.
        closers: Abbreviations that often stand last in a sentence (`etc.`); the others are
            followed by a name (`Dr.`), so a capital after them means nothing.
    """
    text, end = match.string, match.end()
    if text[end - 1] != ".":
        return end
    last = match[0].split()[-1]
    after = text[end : end + 3]
    if not after.strip() or "\n" in after:
        return end - 1
    can_close = last in closers or last.lower() in closers
    return end - 1 if can_close and re.match(r"\s[^\W\d_a-zà-ÿ]|\s[“\"«]", after) else end


def plain(letters: str) -> str:
    """Folds a written word to composed letters with straight apostrophes.

    Letters of other scripts are transliterated (Привет → Privet), so that nothing is silent.
    """
    text = unicodedata.normalize("NFKC", letters)
    for apostrophe in APOSTROPHES:
        text = text.replace(apostrophe, "'")
    if all(ord(char) < 0x250 for char in text):
        return text
    return anyascii(text)


def spell_out(code: str, numbers: NumberWords) -> str:
    """`B2B` → `B two B`, `MP3` → `MP three`, `747` → a number: codes of letters and digits."""
    parts = []
    for letters, digits in re.findall(r"([^\W\d_]+)|(\d+)", unicodedata.normalize("NFKC", code)):
        if letters:
            parts.append(plain(letters))
        else:
            parts.append(numbers.integer(digits) if len(digits) <= 3 else numbers.digits(digits))
    return " ".join(parts)


def address_rules(symbols: Mapping[str, str], numbers: NumberWords) -> tuple[Rule, ...]:
    """Rules for web and e-mail addresses, with the language's names for `.`, `/`, `@`, `-`."""

    def speak(match: re.Match[str]) -> Sequence[WrittenWord]:
        written = re.sub(r"^(?:https?|ftp)://", "", match[0])
        parts = []
        for piece in re.findall(r"[^\W_]+|[^\w\s]|_", written):
            if piece[0].isalnum():
                word = "W W W" if piece.lower() == "www" else spell_out(piece, numbers)
                parts.append(word)
            else:
                parts.append(symbols.get(piece, ""))
        return [said(match, " ".join(parts))]

    def version(match: re.Match[str]) -> Sequence[WrittenWord]:
        parts = (numbers.integer(digits) for digits in re.findall(r"\d+", match[0]))
        return [said(match, f" {symbols['.']} ".join(parts))]

    label = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})"
    host = rf"(?:{label}\.)+[A-Za-z]{{2,12}}"
    common = r"(?:com|org|net|edu|gov|io|dev|fr|uk|eu|de|ca|info|app|ai)"
    path = r"(?:[/?#][^\s<>\"'“”«»]{0,200}?(?=[.,;:!?)\]]*(?:\s|$)))?"
    return (
        Rule.of(r"v?\d{1,6}(?:\.\d{1,6}){2,}(?![\w/])", version),
        Rule.of(rf"[\w.+-]{{1,64}}@{host}", speak),
        Rule.of(rf"(?:https?|ftp)://{host}(?::\d{{1,5}})?{path}", speak),
        Rule.of(rf"www\.{host}{path}", speak),
        Rule.of(rf"(?:{label}\.){{1,4}}{common}\b{path}", speak),
    )
