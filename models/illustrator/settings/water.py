"""Settings at, on and under water."""
# ruff: noqa: E501 - path data reads better unbroken

import math

from models.illustrator.canvas import Canvas
from models.illustrator.light import mix
from models.illustrator.plants import bush, flowers, grass_colours, grass_tufts, pine, tree
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


def _water(c: Canvas, top: float, bottom: float) -> list[str]:
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
    back = [c.sky(h + 4), *_water(c, h, c.height)]
    return Stage(
        back,
        ground=(h + 120, c.height - 90),
        water=(h + 90, c.height - 110),
        air=(c.height * 0.13, h * 0.75),
        dry=False,
        depths=(h + 130, c.height - 80),
    )


def beach(c: Canvas) -> Stage:
    """Sand, surf and the sea behind."""
    h = c.horizon - 30
    depth = c.height - h
    shore = h + depth * 0.34
    sand = c.tone("#f4dca4")
    back = [c.sky(h + 4), *_water(c, h, shore + 40)]
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
        air=(c.height * 0.13, h * 0.8),
        provides=frozenset({"palm"}),
    )


def island(c: Canvas) -> Stage:
    """A small island with palms in the open sea."""
    h = c.horizon - 20
    depth = c.height - h
    back = [c.sky(h + 4), *_water(c, h, c.height)]
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
        air=(c.height * 0.13, h * 0.8),
        provides=frozenset({"palm", "island-thing"}),
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
        provides=frozenset({"coral"}),
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


def lake(c: Canvas) -> Stage:
    """Still water with trees on the far bank and grass in front."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    top, shore = c.horizon + 6, c.horizon + depth * 0.46
    back = [c.sky(), c.ridge(c.horizon - 44, 24, 1.2, c.tone(far, 0.65), c.horizon + 20)]
    for i in range(max(6, round(7 * c.width / 1024))):
        x = c.width * (i + c.chance.random()) / max(6, round(7 * c.width / 1024))
        back.append(
            c.chance.choice((tree, pine))(c, x, c.horizon + 8, c.chance.uniform(90, 150), 0.4)
        )
    back.append(c.ridge(c.horizon, 4, 1.0, c.tone(middle, 0.3), c.horizon + 40))
    back += _water(c, top + 10, shore + 50)
    back.append(c.ridge(shore, 9, 0.7, c.tone(near, 0.02)))
    back.append(bush(c, c.width * 0.04, shore + 26, 120) + bush(c, c.width * 0.97, shore + 34, 140))
    back.append(
        grass_tufts(c, shore + 30, c.height - 10, 50, "#57993c" if not c.winter else "#d3e2ee")
    )
    back.append(flowers(c, shore + 36, c.height - 16, 14))
    return Stage(
        back,
        ground=(shore + 62, c.height - depth * 0.11),
        water=(top + depth * 0.2, shore - 6),
        air=(c.height * 0.13, c.horizon * 0.8),
        provides=frozenset({"bush"}),
    )


def river(c: Canvas) -> Stage:
    """A river winding towards the viewer between green banks."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    back = [c.sky(), c.ridge(c.horizon - 50, 34, 1.3, c.tone(far, 0.6), c.horizon + 20)]
    back.append(c.ridge(c.horizon, 8, 1.0, c.tone(middle, 0.3)))
    for share in (0.1, 0.24, 0.78, 0.92):
        back.append(
            c.chance.choice((tree, pine))(
                c, c.width * share, c.horizon + 22, c.chance.uniform(120, 190), 0.3
            )
        )
    y0, y1 = c.horizon + depth * 0.16, c.horizon + depth * 0.52
    back += _water(c, y0, y1 + 20)
    back.append(
        c.path(
            f"M0 {y0 - 2:.0f}C{c.width * 0.3:.0f} {y0 + 26:.0f} {c.width * 0.6:.0f} {y0 - 16:.0f} {c.width:.0f} {y0 + 12:.0f}V{y0 - 12:.0f}H0Z",
            c.tone(middle, 0.2),
        )
    )
    back.append(c.ridge(y1, 10, 0.8, c.tone(near, 0.02)))
    stones = "".join(
        c.ellipse(
            c.width * c.chance.random(),
            y1 + c.chance.uniform(-6, 12),
            c.chance.uniform(12, 26),
            c.chance.uniform(8, 13),
            c.tone("#a9a6b4"),
        )
        for _ in range(6)
    )
    back.append(stones)
    back.append(
        grass_tufts(c, y1 + 26, c.height - 10, 50, "#57993c" if not c.winter else "#d3e2ee")
    )
    back.append(flowers(c, y1 + 30, c.height - 16, 16))
    return Stage(
        back,
        ground=(y1 + 48, c.height - depth * 0.11),
        water=(y0 + depth * 0.14, y1 - 4),
        air=(c.height * 0.13, c.horizon * 0.8),
    )


def harbour(c: Canvas) -> Stage:
    """A stone quay, masts and a lighthouse."""
    h = c.horizon - 24
    depth = c.height - h
    quay = h + depth * 0.5
    side = c.chance.choice((0.1, 0.9))
    back = [c.sky(h + 4), c.ridge(h - 34, 20, 1.4, c.tone("#6f9a7d", 0.6), h + 10)]
    back.append(c.art("lighthouse", c.width * side, h + 14, c.height * 0.36, 0.15))
    for i in range(4):
        x = c.width * (0.2 + 0.18 * i) * (1 if side > 0.5 else 1) + c.chance.uniform(-20, 20)
        back.append(
            c.art(
                c.chance.choice(("house", "hut", "house")),
                x,
                h + 6,
                c.chance.uniform(90, 120),
                0.35,
            )
        )
    back += _water(c, h, quay + 10)
    back.append(c.path(f"M0 {quay:.0f}H{c.width:.0f}V{c.height:.0f}H0Z", c.tone("#b7a58c")))
    back.append(c.path(f"M0 {quay:.0f}H{c.width:.0f}v16H0z", c.tone("#8f7d68")))
    joints = "".join(f"M0 {quay + 16 + 46 * i:.0f}H{c.width:.0f}" for i in range(1, 6)) + "".join(
        f"M{x + 40 * (i % 2):.0f} {quay + 16 + 46 * i:.0f}v46"
        for i in range(6)
        for x in range(0, int(c.width), 120)
    )
    back.append(
        f'<path d="{joints}" stroke="{c.tone("#a39079")}" stroke-width="2.500" fill="none"/>'
    )
    for share in (0.05, 0.95):
        back.append(c.art("barrel", c.width * share, quay + 70, 92))
    return Stage(
        back,
        ground=(quay + 84, c.height - 40),
        water=(h + depth * 0.18, quay - 12),
        air=(c.height * 0.13, h * 0.75),
        provides=frozenset({"lighthouse", "barrel"}),
    )


def ship_deck(c: Canvas) -> Stage:
    """On board: planks, a rail, a mast, the sea beyond."""
    h = c.horizon - 30
    depth = c.height - h
    deck = h + depth * 0.36
    back = [c.sky(h + 4), *_water(c, h, deck + 10)]
    mast = c.width * c.chance.choice((0.2, 0.8))
    back.append(
        c.path(
            f"M{mast + 12:.0f} 40Q{mast + c.width * 0.26:.0f} {h * 0.5:.0f} {mast + 12:.0f} {h * 0.92:.0f}Z"
            if mast < c.width / 2
            else f"M{mast - 12:.0f} 40Q{mast - c.width * 0.26:.0f} {h * 0.5:.0f} {mast - 12:.0f} {h * 0.92:.0f}Z",
            c.tone("#f6ecd6"),
        )
    )
    back.append(c.rect(mast - 11, -10, 22, deck + 60, c.tone("#8c5a38")))
    back.append(c.path(f"M0 {deck:.0f}H{c.width:.0f}V{c.height:.0f}H0Z", c.tone("#b8804f")))
    vanishing = c.width / 2
    planks = "".join(
        f"M{vanishing + (i - 12) * 60:.0f} {deck:.0f}L{vanishing + (i - 12) * 150:.0f} {c.height:.0f}"
        for i in range(25)
    )
    back.append(f'<path d="{planks}" stroke="{c.tone("#99683d")}" stroke-width="3" fill="none"/>')
    rail = c.tone("#8c5a38")
    posts = "".join(f"M{x} {deck - 66:.0f}h12v70h-12z" for x in range(14, int(c.width), 74))
    back.append(
        c.path(posts, rail)
        + c.rect(0, deck - 76, c.width, 15, rail)
        + c.rect(0, deck - 6, c.width, 14, c.tone("#7a4d2f"))
    )
    back.append(c.art("barrel", c.width * (0.94 if mast < c.width / 2 else 0.06), deck + 70, 110))
    back.append(c.shadow(mast, deck + 60, 40))
    return Stage(
        back,
        ground=(deck + 84, c.height - 36),
        air=(c.height * 0.13, h * 0.75),
        provides=frozenset({"ship", "pirate-ship", "sailboat", "barrel"}),
    )


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
    return f'<path d="{d}V{y + depth:.1f}H{-width / 2:.1f}Z" fill="{colour}"/>'
