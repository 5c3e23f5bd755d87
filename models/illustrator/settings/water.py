"""Water and its settings: the open sea, a beach, an island, the bottom of the sea."""
# ruff: noqa: E501 - path data reads better unbroken

import math

from models.illustrator.canvas import Canvas
from models.illustrator.light import mix
from models.illustrator.plants import grass_colours, grass_tufts
from models.illustrator.settings.stage import Stage

_SEA = ("#3fa9dd", "#2b8fce", "#1f77b8")


def waves(c: Canvas, y0: float, y1: float, colour: str, count: int) -> str:
    """Crest lines scattered on water, longer when nearer."""
    d = []
    for _ in range(int(count * max(0.6, c.width / 1024))):
        near = c.chance.random()
        y = y0 + (y1 - y0) * near
        length = 18 + 46 * near
        x = c.chance.random() * c.width
        d.append(
            f"M{x:.0f} {y:.0f}q{length / 4:.0f} {-4 - 5 * near:.0f} {length / 2:.0f} 0t{length / 2:.0f} 0"
        )
    return f'<path d="{"".join(d)}" fill="none" stroke="{colour}" stroke-width="3.500" stroke-linecap="round"/>'


def _glitter(c: Canvas, y0: float, y1: float) -> str:
    """The light of a low sun or the moon on water."""
    if c.light.time == "day" or c.light.weather not in {"clear", "wind"}:
        return ""
    x = c.width * c.chance.uniform(0.35, 0.65)
    colour = "#dfe7ff" if c.light.is_night else "#ffe9b8"
    d = "".join(
        f"M{x - w:.0f} {y:.0f}q{w:.0f} -5 {2 * w:.0f} 0q{-w:.0f} 5 {-2 * w:.0f} 0z"
        for i in range(7)
        for y, w in ((y0 + (y1 - y0) * (i + 0.6) / 8, c.chance.uniform(16, 40 + 9 * i)),)
    )
    return c.path(d, colour, ' fill-opacity=".45"')


def _tones(c: Canvas) -> tuple[str, ...]:
    """The water's colours from far to near."""
    shares = zip(_SEA, (0.3, 0.12, 0.0), strict=True)
    return tuple(mix(c.tone(colour), c.light.sky[2], share) for colour, share in shares)


def water(c: Canvas, top: float, bottom: float) -> list[str]:
    """Water from `top` down to `bottom` with its waves and the light on it."""
    tones = _tones(c)
    return [
        c.bands(top, bottom, tones),
        waves(
            c,
            top + 14,
            bottom - 20,
            mix(tones[0], "#ffffff", 0.35 if not c.light.is_night else 0.15),
            26,
        ),
        _glitter(c, top, bottom),
    ]


def sea(c: Canvas) -> Stage:
    """Open water to the horizon."""
    h = c.horizon - 10
    back = [c.sky(h + 4), *water(c, h, c.height)]
    return Stage(
        back,
        ground=(h + 120, c.height - 90),
        water=(h + 90, c.height - 110),
        span=(h, c.height),
        air=(c.height * 0.13, h * 0.75),
        dry=False,
        depths=(h + 130, c.height - 80),
    )


def coast(c: Canvas) -> Stage:
    """A rocky headland above the open sea: land for a lighthouse and those who keep it."""
    far, _, near = grass_colours(c)
    h = c.horizon - 34
    depth = c.height - h
    edge = h + depth * 0.42
    back = [c.sky(h + 4), *water(c, h, edge + 70)]
    side = c.chance.choice((0.14, 0.86))
    for share, size in ((side, 1.0), (side + 0.09, 0.6)):
        back.append(_skerry(c, c.width * share, h + depth * 0.16, 74 * size))
    back.append(_crags(c, edge - 6, 34, c.tone("#8d8794", 0.1)))
    back.append(_crags(c, edge + 12, 24, c.tone("#736d7c")))
    back.append(c.ridge(edge + 34, 7, 1.1, c.tone(far, 0.02)))
    back.append(c.ridge(edge + 62, 8, 0.8, c.tone(near)))
    back.append(
        grass_tufts(c, edge + 74, c.height - 10, 44, "#57993c" if not c.winter else "#d3e2ee")
    )
    return Stage(
        back,
        ground=(edge + 66, c.height - depth * 0.1),
        water=(h + depth * 0.2, edge - 16),
        span=(h, edge + 70),
        air=(c.height * 0.13, h * 0.8),
    )


def _crags(c: Canvas, y: float, jut: float, fill: str) -> str:
    """A broken edge of rock across the picture, filled down to its foot."""
    count = max(8, round(c.width / 74))
    step = c.width / count
    line = "".join(
        f"L{i * step:.0f} {y - c.chance.uniform(0.1, 1) * jut:.0f}"
        f"L{(i + 0.55) * step:.0f} {y - c.chance.uniform(0.0, 0.6) * jut:.0f}"
        for i in range(count + 1)
    )
    return c.path(f"M0 {y:.0f}{line}V{c.height:.0f}H0Z", fill)


def _skerry(c: Canvas, x: float, foot: float, width: float) -> str:
    """A rock in the sea."""
    w, tall = width / 2, width * 0.5
    rock = f"M{x - w:.0f} {foot:.0f}l{w * 0.3:.0f} {-tall * 0.6:.0f}l{w * 0.5:.0f} {-tall * 0.4:.0f}l{w * 0.5:.0f} {tall * 0.3:.0f}l{w * 0.7:.0f} {tall * 0.7:.0f}z"
    foam = mix(c.tone("#3fa9dd"), "#ffffff", 0.5)
    return c.ellipse(x, foot, w * 1.25, 5, foam) + c.path(rock, c.tone("#7f7988", 0.25))


def beach(c: Canvas) -> Stage:
    """Sand, surf and the sea behind."""
    h = c.horizon - 30
    depth = c.height - h
    shore = h + depth * 0.34
    sand = c.tone("#f4dca4")
    back = [c.sky(h + 4), *water(c, h, shore + 40)]
    back.append(c.ridge(shore - 4, 7, 2.2, "#ffffff" if not c.light.is_night else "#9fb0d8"))
    back.append(c.ridge(shore + 6, 7, 2.2, c.tone("#e3c68a")))
    back.append(c.ridge(shore + 20, 6, 1.6, sand))
    palm = c.chance.choice((0.05, 0.95))
    back.append(c.art("palm", c.width * palm, shore + depth * 0.16, c.height * 0.56))
    for key, size in (("shell", 26), ("starfish", 30), ("shell", 22)):
        back.append(
            c.art(
                key,
                c.width * c.chance.uniform(0.06, 0.94),
                c.height - c.chance.uniform(14, 30),
                size,
            )
        )
    specks = "".join(
        f"M{c.chance.random() * c.width:.0f} {c.chance.uniform(shore + 40, c.height):.0f}h4v3h-4z"
        for _ in range(50)
    )
    back.append(c.path(specks, c.tone("#dcbf82")))
    return Stage(
        back,
        ground=(shore + depth * 0.2, c.height - depth * 0.12),
        water=(h + depth * 0.14, shore - 6),
        span=(h, shore + 40),
        air=(c.height * 0.13, h * 0.8),
    )


def island(c: Canvas) -> Stage:
    """A small island with palms in the open sea."""
    h = c.horizon - 20
    depth = c.height - h
    back = [c.sky(h + 4), *water(c, h, c.height)]
    cx, cy = c.width / 2, h + depth * 0.66
    back.append(
        c.ellipse(cx, cy + 14, c.width * 0.45, depth * 0.3, mix(c.tone("#3fa9dd"), "#ffffff", 0.4))
    )
    back.append(c.ellipse(cx, cy, c.width * 0.42, depth * 0.27, c.tone("#f4dca4")))
    back.append(c.ellipse(cx, cy - depth * 0.1, c.width * 0.3, depth * 0.12, c.tone("#8fc65f")))
    back.append(c.art("palm", c.width * 0.2, cy - depth * 0.04, c.height * 0.5))
    back.append(c.art("palm", c.width * 0.83, cy - depth * 0.06, c.height * 0.42))
    return Stage(
        back,
        ground=(cy - depth * 0.08, cy + depth * 0.18),
        water=(h + 30, h + depth * 0.3),
        span=(h, c.height),
        air=(c.height * 0.13, h * 0.8),
    )


def underwater(c: Canvas) -> Stage:
    """The bottom of the sea."""
    night = c.light.is_night
    top, bottom = ("#4fc3e8", "#14539c") if not night else ("#1d4f8f", "#0a1f4f")
    back = [c.bands(0, c.height, (top, mix(top, bottom, 0.5), bottom))]
    rays = "".join(
        f"M{x:.0f} 0h{w:.0f}l{w * 1.4:.0f} {c.height * 0.8:.0f}h{-w * 1.6:.0f}z"
        for x, w in ((c.width * c.chance.random(), c.chance.uniform(30, 80)) for _ in range(5))
    )
    back.append(c.path(rays, "#ffffff", ' fill-opacity=".10"'))
    floor = c.height * 0.84
    back.append(c.ridge(floor - 70, 26, 1.6, mix(bottom, "#0a2c5c", 0.35)))
    back.append(_weed(c, floor - 20, 11, mix("#2d8f6a", bottom, 0.55), 0.8))
    sand = "#e8d09a" if not night else "#8f8fa8"
    back.append(c.ridge(floor, 10, 1.2, mix(sand, bottom, 0.25)))
    back.append(c.ridge(floor + 40, 8, 1.0, mix(sand, bottom, 0.08)))
    for x, key in (
        (c.chance.uniform(0.03, 0.12), "coral"),
        (c.chance.uniform(0.88, 0.97), "coral"),
    ):
        back.append(c.art(key, c.width * x, floor + 46, c.chance.uniform(90, 130)))
    bubbles = "".join(
        c.ellipse(
            c.chance.random() * c.width,
            c.chance.random() * floor,
            r,
            r,
            "none",
            ' stroke="#d8f3ff" stroke-width="2" stroke-opacity=".7"',
        )
        for r in (c.chance.choice((5, 8, 11)) for _ in range(12))
    )
    back.append(bubbles)
    front = [_weed(c, c.height + 10, 5, "#1f7d57" if not night else "#174a5c", 1.0, edges=True)]
    return Stage(
        back,
        ground=(floor + 30, c.height - 26),
        depths=(c.height * 0.2, floor - 60),
        air=(c.height * 0.2, floor - 90),
        water=None,
        celestial=False,
        front=front,
        shadows=False,
    )


def _weed(
    c: Canvas, foot: float, count: int, colour: str, scale: float, *, edges: bool = False
) -> str:
    d = []
    for i in range(count):
        x = c.width * (
            c.chance.choice((c.chance.uniform(0.0, 0.07), c.chance.uniform(0.93, 1.0)))
            if edges
            else (i + c.chance.random()) / count
        )
        h = c.chance.uniform(60, 150) * scale
        d.append(f"M{x:.0f} {foot:.0f}q-16 {-h * 0.25:.0f} 0 {-h * 0.5:.0f}t0 {-h * 0.5:.0f}")
    return f'<path d="{"".join(d)}" fill="none" stroke="{colour}" stroke-width="{11 * scale:.0f}" stroke-linecap="round"/>'


def surface(c: Canvas, top: float, bottom: float, y: float) -> str:
    """The colour of the water at height y."""
    tones = _tones(c)
    place = min(1.0, max(0.0, (y - top) / max(1.0, bottom - top))) * 2
    low = min(int(place), 1)
    return mix(tones[low], tones[low + 1], place - low)


def wave_line(width: float, y: float, depth: float, colour: str) -> str:
    """A small crest that hides the foot of a hull in the water, `depth` units of it."""
    steps = max(3, math.ceil(width / 34))
    step = width / steps
    d = f"M{-width / 2:.1f} {y:.1f}"
    d += f"q{step / 4:.1f} -7 {step / 2:.1f} 0t{step / 2:.1f} 0" * steps
    low = y + depth * 1.6
    bowl = f"C{width * 0.46:.1f} {low:.1f} {-width * 0.46:.1f} {low:.1f} {-width / 2:.1f} {y:.1f}Z"
    return f'<path d="{d}{bowl}" fill="{colour}"/>'
