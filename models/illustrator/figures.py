"""Bodies for people and animals of which the art library has only the head or the upper half.

A figure is drawn about the line x = 50, its feet near y = 97, in SVG. This module knows clothes,
hats and how a head sits on shoulders; it does not know scenes, light or the size of the picture.
"""
# ruff: noqa: E501 - path data reads better unbroken

import random
import re
from dataclasses import dataclass

from models.illustrator.clothes import OUTFITS, Cloth
from models.illustrator.hats import HATS
from models.illustrator.library import Drawing, Item, Library
from models.illustrator.recolour import recoloured

_SKINS = ("#ffd7c2", "#eebfaa", "#c68d7b", "#966661", "#573739")
_HAIR = {0: "#212121", 1: "#fff9ba"}  # the art's own hair of the tones whose hair may vary
_HAIRS = {
    0: ("#212121", "#6d4534", "#b5502d", "#8a5a2b", "#e8b860"),
    1: ("#f2d98a", "#6d4534", "#3a2a25"),
}
_CLOTHS = (
    Cloth("#e8433f", "#b92c3a", "#3b4a7a"),
    Cloth("#2f8fdd", "#1f6cb0", "#5b4636"),
    Cloth("#3fa65a", "#2c7f45", "#6d4c3a"),
    Cloth("#f2a32b", "#cf7f16", "#2f4f8f"),
    Cloth("#8d65c5", "#6a459f", "#3d3a55"),
    Cloth("#e66aa4", "#c24680", "#55408c"),
    Cloth("#25a9a1", "#188079", "#5a3f6e"),
    Cloth("#f4c542", "#d19d1d", "#b54a3a"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What of a person the words do not say: chosen once for a character, or by the seed."""

    tone: int
    variant: int
    cloth: int
    hair: int
    colour: str = ""

    @staticmethod
    def choose(source: random.Random) -> "Look":
        """A look with every tone and every colour equally likely."""
        return Look(
            tone=source.randrange(5),
            variant=source.randrange(60),
            cloth=source.randrange(len(_CLOTHS)),
            hair=source.randrange(60),
        )


@dataclass(frozen=True, slots=True)
class Sprite:
    """SVG elements and the box of their ink: left, top, right, bottom in the elements' units."""

    body: str
    box: tuple[float, float, float, float]

    @property
    def width(self) -> float:
        """Width of the ink."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the ink."""
        return self.box[3] - self.box[1]


def sprite_for(item: Item, look: Look, library: Library) -> Sprite:
    """Draws the item with that look, standing, unlit."""
    name = item.art[look.variant % len(item.art)]
    drawing = library.drawings[name]
    toned = _toned(drawing, look)
    if item.form == "head":
        return _person(item, look, drawing, toned, library)
    if item.form == "bust":
        return _half_person(item, look, drawing, toned)
    if item.form == "face":
        return _creature(item, drawing, look)
    scale = 32 / drawing.view
    if look.colour:
        toned = recoloured(toned, drawing.main, look.colour)
    body = toned if scale == 1 else f'<g transform="scale({scale:g})">{toned}</g>'
    return Sprite(body, tuple(edge * scale for edge in drawing.box))  # type: ignore[arg-type] # four edges


def _toned(drawing: Drawing, look: Look) -> str:
    if not drawing.tones:
        return drawing.body
    body = drawing.tones[look.tone]
    own = _HAIR.get(look.tone)
    if own is None:
        return body
    hair = _HAIRS[look.tone][look.hair % len(_HAIRS[look.tone])]
    return re.sub(own, hair, body)


def _cloth(look: Look) -> Cloth:
    base = _CLOTHS[look.cloth % len(_CLOTHS)]
    if not look.colour:
        return base
    return Cloth(look.colour, shade(look.colour, 0.78), base.trousers)


def shade(colour: str, factor: float) -> str:
    """The colour #rrggbb darkened (factor below 1) or lightened towards white (above 1)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    if factor <= 1:
        mixed = [channel * factor for channel in (red, green, blue)]
    else:
        mixed = [channel + (255 - channel) * (factor - 1) for channel in (red, green, blue)]
    return "#" + "".join(f"{min(255, round(channel)):02x}" for channel in mixed)


def _option(item: Item, name: str) -> str:
    for option in item.options:
        key, _, value = option.partition("=")
        if key == name:
            return value
    return ""


def _person(item: Item, look: Look, drawing: Drawing, head: str, library: Library) -> Sprite:
    skin = _SKINS[look.tone] if drawing.tones else "#ffc83d"
    outfit = next((option for option in item.options if "=" not in option), "trousers")
    behind, before, bottom = OUTFITS[outfit](_cloth(look), skin)
    parts = [behind, before]
    scale = 42 / 32
    left, top = 50 - 16 * scale, 42.5 - drawing.box[3] * scale
    hat = _option(item, "hat")
    back, front, hat_top = HATS[hat](_cloth(look)) if hat else ("", "", 99.0)
    crown = top + drawing.box[1] * scale
    lift = f'<g transform="translate(0 {crown - 2:.1f})">'
    if back:
        parts.append(f"{lift}{back}</g>")
    parts.append(f'<g transform="translate({left:.1f} {top:.1f}) scale({scale:g})">{head}</g>')
    if front:
        parts.append(f"{lift}{front}</g>")
    held = _option(item, "hold")
    reach = 73.0
    if held:
        parts.append(_held(held, skin, library))
        reach = 82.0
    wide = outfit in {"royal", "gown", "longdress", "robe", "witch", "giant", "angel"}
    side = 24.0 if wide else 26.0
    left_edge = 4.0 if outfit == "angel" else side
    right_edge = 96.0 if outfit == "angel" else max(reach, 100 - side)
    if hat in {"witch", "straw", "cowboy", "pirate"}:
        left_edge, right_edge = min(left_edge, 21.0), max(right_edge, 79.0)
    return Sprite("".join(parts), (left_edge, min(crown, crown - 2 + hat_top), right_edge, bottom))


def _held(thing: str, skin: str, library: Library) -> str:
    hand = f'<circle cx="70" cy="68" r="4.3" fill="{skin}"/>'
    if thing == "crook":
        staff = (
            '<path d="M70 94V38a6 6 0 0 1 10 2" fill="none" stroke="#8c5543" stroke-width="3" '
            'stroke-linecap="round"/>'
        )
        return staff + hand
    if thing == "sword":
        sword = library.drawings["o:sword"].body
        return f'<g transform="translate(52.4 34) rotate(8 17 28) scale(1.1)">{sword}</g>{hand}'
    if thing == "broom":
        broom = library.drawings["f:broom"].body
        return f'<g transform="translate(96 45) scale(-1.35 1.35)">{broom}</g>{hand}'
    drawing = library.drawings[f"f:{thing}"].body
    return f'<g transform="translate(56 44)">{drawing}</g>{hand}'


def _half_person(item: Item, look: Look, drawing: Drawing, bust: str) -> Sprite:
    left, right, side, middle, _ = drawing.hem
    hem_colour = _option(item, "hem")
    middle = f"#{hem_colour}" if hem_colour else middle
    scale = 1.5
    x0, x1 = 26 + left * scale, 26 + right * scale
    if x1 - x0 > 36:
        x1 = min(x1, 50 + (50 - x0))
    long = next((o for o in item.options if o in {"robe", "gown", "coat"}), "")
    bottom = 97.0
    parts: list[str] = []
    dark = shade(middle, 0.62) if middle != "#000000" else "#2b2233"
    legs = dark if shade(middle, 0.62) != middle else "#3b3355"
    if long in {"robe", "gown"}:
        spread = 7 if long == "gown" else 3
        parts.append(
            f'<path fill="{middle}" d="M{x0 + 4:.1f} 58H{x1 - 4:.1f}L{x1 + spread:.1f} 94'
            f'Q50 99 {x0 - spread:.1f} 94Z"/>'
            f'<path fill="{shade(middle, 0.85)}" d="M{x0 + 4:.1f} 58h5l-4 38q-6-.6-10-2z"/>'
        )
    else:
        shoe = "#3a2a25" if "boots" not in item.options else "#5b3a2a"
        top = 84 if "boots" in item.options else 92
        parts.append(
            f'<path fill="{legs}" d="M38 70h11v23h-11zM51 70h11v23h-11z"/>'
            f'<path fill="{shoe}" d="M34.500 97a4 4 0 0 1 3.500-4.500V{top}h11v5zM65.500 97a4 4 0 0 0-3.500-4.500V{top}H51v5z"/>'
        )
        hem = 84 if long == "coat" else 73
        parts.append(
            f'<path fill="{middle}" d="M{x0 + 5:.1f} 58H{x1 - 5:.1f}L{min(x1 - 5, 64):.1f} {hem}'
            f'H{max(x0 + 5, 36):.1f}Z"/>'
        )
    skin = _SKINS[look.tone] if drawing.tones else "#3a2a45"
    for x in (x0 + 4.5, x1 - 4.5):
        parts.append(
            f'<circle cx="{x:.1f}" cy="70" r="4.2" fill="{skin}"/>'
            f'<rect x="{x - 4.5:.1f}" y="57" width="9" height="12" rx="3" fill="{side}"/>'
        )
    parts.append(f'<g transform="translate(26 15) scale({scale})">{bust}</g>')
    top_edge = 15 + drawing.box[1] * scale
    sides = (26 + drawing.box[0] * scale, 26 + drawing.box[2] * scale)
    return Sprite("".join(parts), (min(sides[0], x0 - 3), top_edge, max(sides[1], x1 + 3), bottom))


def _creature(item: Item, drawing: Drawing, look: Look) -> Sprite:
    coat, belly, *marks = item.options
    coat, belly = f"#{coat}", f"#{belly}"
    head = drawing.body
    if look.colour:
        coat, belly = look.colour, shade(look.colour, 1.6)
        head = recoloured(head, drawing.main, look.colour)
    dark = shade(coat, 0.82)
    parts: list[str] = []
    right = 78.0
    if "bushy" in marks:
        right = 95
        parts.append(
            f'<path fill="{dark}" d="M58 92c14 4 26-4 28-18c1-8-2-14 3-21c6 7 9 20 4 30c-6 11-20 15-34 12z"/>'
            f'<path fill="{belly}" d="M89 53c6 7 9 18 5 27c-5-2-8-5-8-9c1-7-1-12 3-18"/>'
        )
    elif "ringtail" in marks:
        right = 95
        parts.append(
            f'<path fill="none" stroke="{dark}" stroke-width="11" stroke-linecap="round" d="M60 90c14 3 26-4 28-22"/>'
            f'<path fill="none" stroke="{belly}" stroke-width="11" stroke-dasharray="4 8" d="M66 91c12 1 20-6 22-23"/>'
        )
    elif "tuft" in marks:
        right = 93
        parts.append(
            f'<path fill="none" stroke="{dark}" stroke-width="4" stroke-linecap="round" d="M62 91c16 2 22-8 22-22"/>'
            '<ellipse cx="84.500" cy="66" rx="5.500" ry="8" fill="#8a5a2b"/>'
        )
    parts.append(
        f'<ellipse cx="50" cy="71" rx="24.500" ry="26" fill="{coat}"/>'
        f'<ellipse cx="50" cy="77" rx="14" ry="18.500" fill="{belly}"/>'
        f'<ellipse cx="37" cy="93.500" rx="11" ry="5.500" fill="{dark}"/>'
        f'<ellipse cx="63" cy="93.500" rx="11" ry="5.500" fill="{dark}"/>'
        f'<ellipse cx="31" cy="71" rx="6" ry="13" transform="rotate(16 31 71)" fill="{dark}"/>'
        f'<ellipse cx="69" cy="71" rx="6" ry="13" transform="rotate(-16 69 71)" fill="{dark}"/>'
    )
    scale = 62 / 32
    x, y = 19.0, 60 - drawing.box[3] * scale
    parts.append(f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:g})">{head}</g>')
    box = (19 + drawing.box[0] * scale, y + drawing.box[1] * scale, 19 + drawing.box[2] * scale, 99)
    return Sprite("".join(parts), (min(22, box[0]), box[1], max(right, box[2]), 99.0))
