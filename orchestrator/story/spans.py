"""Where timed words stand in the text that they were spoken from, or heard as.

A voice reports words as written but without their place; this module finds the places again, in
order. It does not know sentences, scenes or sound.
"""

from __future__ import annotations

from collections.abc import Iterable

# How far ahead a word is looked for: further, and a word that the voice made up (a number read
# out, say) would swallow text by matching much later.
_WINDOW = 160
_PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'", "“": '"', "”": '"'})


class Cursor:
    """Walks through a text, word by word.

    Args:
        text: What is spoken.

    Attributes:
        position: Offset after the last word found.
    """

    def __init__(self, text: str) -> None:
        # Lower case changes the length of a few letters; then case is left alone.
        plain = text.translate(_PLAIN)
        self._fold = len(plain.lower()) == len(plain)
        self._text = plain.lower() if self._fold else plain
        self.position = 0

    def take(self, word: str) -> tuple[int, int] | None:
        """The offsets of the next occurrence of a word; None when it is not near."""
        wanted = word.translate(_PLAIN)
        wanted = (wanted.lower() if self._fold else wanted).strip()
        if not wanted:
            return None
        end = self.position + _WINDOW + len(wanted)
        start = self._text.find(wanted, self.position, end)
        while start >= 0 and self._inside_a_word(start, len(wanted)):
            start = self._text.find(wanted, start + 1, end)
        if start < 0:
            start = self._text.find(wanted, self.position, end)
        if start < 0:
            return None
        self.position = start + len(wanted)
        return start, self.position

    def _inside_a_word(self, start: int, length: int) -> bool:
        """Whether a match is only part of a longer word: `he` in `the`."""
        before = self._text[start - 1 : start] if start > self.position else ""
        after = self._text[start + length : start + length + 1]
        first, last = self._text[start], self._text[start + length - 1]
        return (before.isalnum() and first.isalnum()) or (after.isalnum() and last.isalnum())


def locate(text: str, words: Iterable[str]) -> list[tuple[int, int] | None]:
    """The offsets of each word in a text, None for a word that it does not hold."""
    cursor = Cursor(text)
    return [cursor.take(word) for word in words]
