"""Captions drawn into the frames of a film, in a bundled font.

It knows Latin, Greek and Cyrillic letters; `unknown_letters` says what it cannot draw, so that the
maker is told and no boxes are shown. Other scripts stay in the caption track, which the player
draws.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from orchestrator.story.export.captions import Cue
from orchestrator.story.export.screen import Mask, planes_of

_FONT = files("orchestrator.story.export") / "fonts" / "DejaVuSansCondensed.ttf"
_INK, _PAPER, _PAPER_OPACITY = "white", (13, 9, 6), 205
_SMALLEST_PIXELS = 12
# Of the shorter side: size of the letters, and what television calls the safe title area.
_LETTERS, _MARGIN = 1 / 19, 0.06
_SLIM_LETTERS = 1 / 23
_UNKNOWN = "\U0010fffd"


class Lettering:
    """Draws the captions of a story.

    Args:
        cues: In order.
        size: Width and height of the film in pixels.
    """

    def __init__(self, cues: Sequence[Cue], size: tuple[int, int]) -> None:
        self._cues = [cue for cue in cues if drawable(cue.text).strip()]
        self._starts = [cue.start_ms for cue in self._cues]
        self._size = size
        self._last: tuple[int, Mask] | None = None

    def at(self, time: float) -> Mask | None:
        """What is drawn over the frame at a millisecond."""
        index = bisect.bisect_right(self._starts, time) - 1
        if index < 0 or time >= self._cues[index].end_ms:
            return None
        last = self._last  # threads may draw the same cue twice; that is all
        if last is None or last[0] != index:
            last = self._last = (index, _mask(drawable(self._cues[index].text), self._size))
        return last[1]


def unknown_letters(texts: Iterable[str]) -> str:
    """The letters of some texts that the font does not have, each once."""
    letters = dict.fromkeys(letter for text in texts for letter in _composed(text))
    return "".join(letter for letter in letters if not _known(letter))


def drawable(text: str) -> str:
    """A text without the letters that the font does not have."""
    return "".join(letter for letter in _composed(text) if letter == "\n" or _known(letter))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(_FONT.read_bytes()), pixels)


@cache
def _known(letter: str) -> bool:
    if letter.isspace() or not letter.isprintable():
        return True
    font = _font(20)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_UNKNOWN))


def caption_layer(text: str, size: tuple[int, int]) -> Image.Image:
    """A text where a caption stands, on a transparent picture of that size: RGBA."""
    box, place = _lettered(text, size)
    layer = Image.new("RGBA", size)
    layer.paste(box, place)
    return layer


def _mask(text: str, size: tuple[int, int]) -> Mask:
    """A caption as something to lay over the frames."""
    box, place = _lettered(text, size)
    opacity = box.getchannel("A")
    small = opacity.resize((box.width // 2, box.height // 2), Image.Resampling.BOX)
    return Mask(place, planes_of(box.convert("RGB")), (opacity, small))


def _lettered(text: str, size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """A text in white on a dark, rounded box (RGBA, even sides), and where it lies in a frame."""
    width, height = size
    share = _SLIM_LETTERS if width < height else _LETTERS
    pixels = max(_SMALLEST_PIXELS, round(min(size) * share))
    room = width * (1 - 2 * _MARGIN)
    font = _font(pixels)
    lines = [part for line in text.split("\n") for part in _fitting(line.strip(), font, room)]
    text = "\n".join(lines)
    ruler = ImageDraw.Draw(Image.new("L", (1, 1)))
    leading = round(pixels * 0.25)
    left, top, right, bottom = ruler.multiline_textbbox(
        (0, 0), text, font=font, spacing=leading, align="center"
    )
    pad_x, pad_y = round(pixels * 0.55), round(pixels * 0.32)
    box = (_even(right - left + 2 * pad_x, width), _even(bottom - top + 2 * pad_y, height))
    paper = Image.new("RGBA", box, (*_PAPER, 0))
    draw = ImageDraw.Draw(paper)
    draw.rounded_rectangle(
        (0, 0, box[0] - 1, box[1] - 1), pixels * 0.35, fill=(*_PAPER, _PAPER_OPACITY)
    )
    draw.multiline_text(
        (pad_x - left, pad_y - top), text, fill=_INK, font=font, spacing=leading, align="center"
    )
    place_x = (width - box[0]) // 4 * 2
    place_y = max(0, round(height - min(size) * _MARGIN) - box[1]) // 2 * 2
    return paper, (place_x, place_y)


def _fitting(line: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """A line, broken between words, or within a word that is too long, where the frame ends."""
    lines, current = [], ""
    for word in line.split(" "):
        candidate = f"{current} {word}".strip()
        if font.getlength(candidate) <= room:
            current = candidate
            continue
        if current:
            lines.append(current)
        *whole, current = _pieces(word, font, room)
        lines += whole
    return [*lines, current] if current or not lines else lines


def _pieces(word: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """A word, cut where the frame ends; mostly in one piece."""
    pieces = []
    while len(word) > 1 and font.getlength(word) > room:
        fits = len(word) - 1
        while fits > 1 and font.getlength(word[:fits]) > room:
            fits -= 1
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]


def _even(side: float, most: int) -> int:
    return min(int(side + 1) // 2 * 2, most)
