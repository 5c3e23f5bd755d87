"""Palettes: all colours of a picture brought together, so that the pages of a book belong together.

A palette is named in the words of a style: "paper-cut in sepia", "pastel", "in teal and gold". It
knows colours only, neither scenes nor shapes. Subjects keep more of their own than scenery does,
so that a red boat stays red and a face a face.
"""

from __future__ import annotations

import re
from functools import lru_cache

from models.illustrator.light import Shade, from_hls, hexed, hls, luma, mix, parse, repainted
from models.illustrator.recolour import COLOURS

_MOST_COLOURS = 5
# How far a colour goes towards a palette of named colours.
_SCENERY_SHARE, _SUBJECT_SHARE = 0.8, 0.3

_TINTS = COLOURS | {
    "teal": "#2a9d8f", "gold": "#f2b632", "navy": "#2b3a67", "mint": "#9bd8b4", "ivory": "#f4efe0",
    "lavender": "#b39ddb", "peach": "#f9b99a", "ochre": "#cc8b2c", "indigo": "#4b4ba8",
    "coral": "#ff7f61", "rose": "#e78aa1", "olive": "#8a8f3c",
}  # fmt: skip
_FRENCH_TINTS = {
    "rouge": "red", "bleu": "blue", "vert": "green", "jaune": "yellow", "violet": "violet",
    "noir": "black", "blanc": "white", "gris": "grey", "doré": "golden", "or": "gold",
    "argent": "silver", "marron": "brown", "crème": "cream", "ocre": "ochre", "lavande": "lavender",
    "sarcelle": "teal", "corail": "coral", "ivoire": "ivory",
}  # fmt: skip
# A list of colours is a palette only when the words say so: "in blue and gold", "palette: teal".
_LISTED = re.compile(
    r"\b(?:in|en|palettes?(?:\s+(?:of|de|d['’]))?|colou?rs?|couleurs?)\b[\s:]*"
    r"((?:(?:shades|tones|tons|nuances)\s+(?:of|de)\s+)?[^\W\d_]+"
    r"(?:\s*(?:,|&|\band\b|\bet\b|\s)\s*[^\W\d_]+)*)",
)
_WORD = re.compile(r"[^\W\d_]+")


class Palette:
    """What a palette makes of the colours of a picture.

    Args:
        scenery: For the backdrop and the foreground.
        subject: For the subjects; as the scenery by default.
    """

    def __init__(self, scenery: Shade, subject: Shade | None = None) -> None:
        self._scenery = lru_cache(maxsize=4096)(scenery)
        self._subject = lru_cache(maxsize=4096)(subject or scenery)

    def on_scenery(self, body: str) -> str:
        """SVG elements of the scenery in these colours."""
        return repainted(body, self._scenery)

    def on_subject(self, body: str) -> str:
        """SVG elements of a subject in these colours."""
        return repainted(body, self._subject)


def palette_named(words: str) -> Palette | None:
    """The palette that the words of a style name, in English or French; None: they name none."""
    lowered = words.casefold()
    for names, palette in _NAMED:
        if names.search(lowered):
            return palette
    colours = _listed(lowered)
    return _of(colours) if colours else None


def _listed(words: str) -> tuple[str, ...]:
    """The colours of a list that says that it is one, as "#rrggbb"."""
    found: list[str] = []
    for listed in _LISTED.finditer(words):
        for word in _WORD.findall(listed.group(1)):
            colour = _TINTS.get(_FRENCH_TINTS.get(word, word), "")
            if colour and colour not in found:
                found.append(colour)
    return tuple(found[:_MOST_COLOURS])


@lru_cache(maxsize=64)
def _of(colours: tuple[str, ...]) -> Palette:
    return Palette(
        lambda colour: _towards(colours, colour, _SCENERY_SHARE),
        lambda colour: _towards(colours, colour, _SUBJECT_SHARE),
    )


def _towards(palette: tuple[str, ...], colour: str, share: float) -> str:
    """A colour moved to those of a palette that are near; how light it is stays."""
    # Shared out, not the nearest alone: along a sky, that would change at a line.
    nearness = [1 / (_distance(one, colour) + 1) ** 2 for one in palette]
    whole = sum(nearness)
    channels = zip(*(parse(one) for one in palette), strict=True)
    target = [sum(w * c for w, c in zip(nearness, row, strict=True)) / whole for row in channels]
    near = hexed((target[0], target[1], target[2]))
    return mix(colour, _at_level(near, _level(colour)), share)


def _distance(first: str, second: str) -> float:
    """Squared, in channels, with the eye's weights."""
    weights = (0.3, 0.59, 0.11)
    pairs = zip(weights, parse(first), parse(second), strict=True)
    return sum(weight * (a - b) ** 2 for weight, a, b in pairs)


def _level(colour: str) -> float:
    """How light a colour is, 0 … 1."""
    return luma(parse(colour)) / 255


def _at_level(colour: str, level: float) -> str:
    """The colour, mixed with white or black until it is that light."""
    own = _level(colour)
    if level >= own:
        return mix(colour, "#ffffff", (level - own) / max(1 - own, 1e-6))
    return mix(colour, "#000000", (own - level) / max(own, 1e-6))


def _monochrome(colour: str) -> str:
    level = _level(colour) * 255
    return hexed((level, level, level))


def _sepia(colour: str) -> str:
    level = _level(colour)
    return mix("#2b1a0f", "#b98b55", level / 0.55) if level < 0.55 else (
        mix("#b98b55", "#fbf1dc", (level - 0.55) / 0.45)
    )  # fmt: skip


def _pastel(colour: str) -> str:
    return mix(_saturated(colour, 0.8), "#fffaf3", 0.38)


def _saturated(colour: str, factor: float) -> str:
    hue, lightness, saturation = hls(colour)
    return from_hls(hue, lightness, min(1.0, saturation * factor))


def _shifted(colour: str, towards: str, share: float) -> str:
    return mix(colour, _at_level(towards, _level(colour)), share)


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b")


_COLOURS_WORD = r"(?:colou?rs?|tones|palette)"
_NAMED: tuple[tuple[re.Pattern[str], Palette], ...] = (
    (
        _words("black[- ]and[- ]white", "monochrome", "gr[ae]yscale", "noir et blanc"),
        Palette(_monochrome),
    ),
    (_words("sepia", "sépia"), Palette(_sepia)),
    (_words("pastels?"), Palette(_pastel)),
    (
        _words("vivid", f"bright {_COLOURS_WORD}", "couleurs vives"),
        Palette(lambda colour: _saturated(colour, 1.35)),
    ),
    (
        _words(f"warm {_COLOURS_WORD}", "couleurs chaudes", "tons chauds"),
        Palette(
            lambda colour: _shifted(colour, "#e08a4a", 0.34),
            lambda colour: _shifted(colour, "#e08a4a", 0.12),
        ),
    ),
    (
        _words(f"cool {_COLOURS_WORD}", f"cold {_COLOURS_WORD}", "couleurs froides", "tons froids"),
        Palette(
            lambda colour: _shifted(colour, "#4a86c8", 0.34),
            lambda colour: _shifted(colour, "#4a86c8", 0.12),
        ),
    ),
)
