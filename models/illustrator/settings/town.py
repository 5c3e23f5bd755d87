"""Settings that people built, seen from outside."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.plants import bush, flowers, grass_colours, grass_tufts, tree
from models.illustrator.settings.stage import Stage

_WALLS = ("#e9c9a0", "#dba98c", "#b9c6d8", "#cbb7d6", "#e8d7a8", "#a8c4b4")
_LIT = "#ffd977"


def town_stage(c: Canvas, back: list[str], top: float) -> Stage:
    """A stage whose ground begins at `top`."""
    depth = c.height - c.horizon
    return Stage(
        back,
        ground=(top, c.height - depth * 0.12),
        air=(c.height * 0.13, c.horizon * 0.72),
    )


def road(c: Canvas) -> Stage:
    """A country road between fields."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    top = c.horizon + depth * 0.42
    back = [
        c.sky(),
        c.ridge(c.horizon - 44, 34, 1.2, c.tone(far, 0.6), c.horizon + 30),
        c.ridge(c.horizon, 10, 1.0, c.tone(middle, 0.25)),
    ]
    for share in (0.08, 0.3, 0.72, 0.93):
        back.append(
            tree(
                c,
                c.width * (share + c.chance.uniform(-0.04, 0.04)),
                c.horizon + depth * 0.2,
                c.chance.uniform(140, 220),
                0.2,
            )
        )
    back.append(c.ridge(top - 26, 4, 0.8, c.tone(near)))
    back.append(_tarmac(c, top, c.height - depth * 0.05))
    back.append(flowers(c, top - 18, top - 8, 10))
    return town_stage(c, back, top + depth * 0.24)


def _tarmac(c: Canvas, top: float, bottom: float) -> str:
    middle = (top + bottom) / 2
    dashes = "".join(
        f"M{x} {middle - 5:.0f}h70l-6 10h-70z" for x in range(-30, int(c.width) + 60, 140)
    )
    return (
        c.rect(0, top - 8, c.width, bottom - top + 16, c.tone("#b9b4ad"))
        + c.rect(0, top, c.width, bottom - top, c.tone("#6f6f7d"))
        + c.path(dashes, c.tone("#f6ecc4"))
        + c.rect(0, bottom + 8, c.width, c.height - bottom, c.tone(grass_colours(c)[2]))
    )


def village(c: Canvas) -> Stage:
    """Cottages round a green."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 50, 34, 1.2, c.tone(far, 0.6), c.horizon + 30),
        c.ridge(c.horizon, 6, 1.0, c.tone(middle, 0.2)),
    ]
    back.append(
        c.art("church", c.width * c.chance.uniform(0.4, 0.6), c.horizon + 16, c.height * 0.27, 0.35)
    )
    count = max(5, round(5 * c.width / 1024))
    for i in range(count):
        x = c.width * (i + 0.5) / count + c.chance.uniform(-20, 20)
        away = abs(x / c.width - 0.5)
        back.append(_cottage(c, x, c.horizon + depth * (0.1 + 0.3 * away), 120 + 170 * away))
    back.append(c.ridge(c.horizon + depth * 0.4, 6, 0.8, c.tone(near)))
    back.append(
        c.path(
            f"M{c.width * 0.3:.0f} {c.height:.0f}Q{c.width * 0.52:.0f} {c.horizon + depth * 0.7:.0f} {c.width * 0.49:.0f} {c.horizon + depth * 0.3:.0f}H{c.width * 0.53:.0f}Q{c.width * 0.62:.0f} {c.horizon + depth * 0.7:.0f} {c.width * 0.66:.0f} {c.height:.0f}Z",
            c.tone("#e4cfa4"),
        )
    )
    back.append(
        bush(c, c.width * 0.05, c.horizon + depth * 0.46, 110)
        + bush(c, c.width * 0.95, c.horizon + depth * 0.46, 120)
    )
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.5, c.height - 12, 34, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.5, c.height - 18, 12))
    return town_stage(c, back, c.horizon + depth * 0.5)


def _cottage(c: Canvas, x: float, foot: float, w: float) -> str:
    wall = c.tone(c.chance.choice(_WALLS), 0.12)
    roof = c.tone(
        "#f4f8fc" if c.winter else c.chance.choice(("#c4553f", "#a8563c", "#b8763f", "#7a5a8c")),
        0.1,
    )
    h = w * 0.6
    pane = _LIT if c.light.is_night else c.tone("#bfe3f5")
    return (
        c.rect(x + w * 0.2, foot - h * 1.75, w * 0.12, h * 0.5, c.tone("#a8766a", 0.1))
        + c.rect(x - w * 0.42, foot - h, w * 0.84, h, wall)
        + c.path(
            f"M{x - w * 0.52:.0f} {foot - h * 0.94:.0f}L{x - w * 0.24:.0f} {foot - h * 1.62:.0f}H{x + w * 0.24:.0f}L{x + w * 0.52:.0f} {foot - h * 0.94:.0f}Z",
            roof,
        )
        + c.rect(x - w * 0.09, foot - h * 0.56, w * 0.18, h * 0.56, c.tone("#7a4f36"), 3)
        + "".join(
            c.rect(x + dx * w, foot - h * 0.7, w * 0.17, w * 0.17, pane, 2) for dx in (-0.33, 0.17)
        )
    )


def city(c: Canvas) -> Stage:
    """Tall houses along a street."""
    depth = c.height - c.horizon
    back = [c.sky(bare=c.chance.random() < 0.4)]
    back.append(_blocks(c, c.horizon + 20, 0.62, 0.5, (0.18, 0.4)))
    back.append(_blocks(c, c.horizon + depth * 0.2, 0.1, 1.0, (0.26, 0.56)))
    top = c.horizon + depth * 0.2
    back.append(c.rect(0, top, c.width, depth, c.tone("#cdc8c2")))
    curb = c.horizon + depth * 0.46
    back.append(c.rect(0, curb - 10, c.width, 10, c.tone("#a9a49e")))
    middle = (curb + c.height) / 2
    back.append(c.rect(0, curb, c.width, c.height - curb, c.tone("#6a6b7a")))
    back.append(
        c.path(
            "".join(
                f"M{x} {middle + 22:.0f}h80l-8 12h-80z" for x in range(-30, int(c.width) + 60, 160)
            ),
            c.tone("#f3e9c2"),
        )
    )
    for share in (0.06, 0.94):
        back.append(c.art("lamp", c.width * share, curb - 14, 250))
    return town_stage(c, back, curb + 30)


def _blocks(
    c: Canvas, foot: float, distance: float, scale: float, heights: tuple[float, float]
) -> str:
    drawn, x = [], -40.0
    lit: list[str] = []
    dark: list[str] = []
    while x < c.width:
        w = c.chance.uniform(95, 165) * (0.6 + 0.4 * scale)
        h = c.height * c.chance.uniform(*heights)
        wall = c.chance.choice(("#c58f7d", "#8fa3bf", "#d6b98c", "#a98fb8", "#9fb5a5", "#d1a08f"))
        drawn.append(c.rect(x, foot - h, w - 4, h, c.tone(wall, distance)))
        drawn.append(
            c.rect(
                x - 3,
                foot - h - 8,
                w + 2,
                12,
                c.tone("#f4f8fc" if c.winter else "#7d6a78", distance),
            )
        )
        columns = max(2, int(w // 38))
        step = (w - 4) / columns
        rows = int((h - 50) // 52) if scale > 0.8 else 0
        for row in range(rows):
            for column in range(columns):
                target = lit if c.light.is_night and c.chance.random() < 0.55 else dark
                target.append(
                    f"M{x + column * step + step * 0.25:.0f} {foot - h + 20 + row * 52:.0f}h{step * 0.5:.0f}v28h{-step * 0.5:.0f}z"
                )
        if scale > 0.8:
            drawn.append(c.rect(x + w / 2 - 14, foot - 46, 28, 46, c.tone("#5b4458"), 3))
        x += w
    return (
        "".join(drawn)
        + c.path("".join(dark), c.tone("#dcecf5", distance))
        + c.path("".join(lit), _LIT)
    )


def market(c: Canvas) -> Stage:
    """Stalls with striped awnings on a square."""
    depth = c.height - c.horizon
    back = [c.sky(), _blocks(c, c.horizon + 26, 0.45, 0.6, (0.2, 0.36))]
    back.append(
        c.path(
            f"M0 {c.horizon + 26:.0f}H{c.width:.0f}V{c.height:.0f}H0Z",
            c.tone("#f3f7fb" if c.winter else "#e2cfae"),
        )
    )
    stones = "".join(
        f"M{c.chance.random() * c.width:.0f} {c.chance.uniform(c.horizon + depth * 0.4, c.height):.0f}q10 -5 20 0"
        for _ in range(40)
    )
    back.append(
        f'<path d="{stones}" stroke="{c.tone("#d9e5ef" if c.winter else "#cbb48d")}" stroke-width="3" fill="none"/>'
    )
    goods = (
        "apple",
        "orange",
        "cabbage",
        "carrot",
        "pumpkin",
        "bread",
        "cheese",
        "melon",
        "tomato",
        "pear",
    )
    count = max(3, round(3 * c.width / 1024))
    w = c.width / count * 0.8
    for i in range(count):
        x = c.width * (i + 0.5) / count
        foot = c.horizon + depth * 0.4
        stripe = c.chance.choice(("#e8433f", "#2f8fdd", "#3fa65a", "#f2a32b"))
        back.append(
            c.rect(x - w * 0.46, foot - 200, 9, 200, c.tone("#8c5a38"))
            + c.rect(x + w * 0.46 - 9, foot - 200, 9, 200, c.tone("#8c5a38"))
        )
        back.append(
            c.rect(x - w * 0.48, foot - 72, w * 0.96, 72, c.tone("#b8804f"))
            + c.rect(x - w * 0.5, foot - 80, w, 12, c.tone("#d39a63"))
        )
        back += [
            c.art(c.chance.choice(goods), x - w * 0.38 + w * 0.19 * k, foot - 78, 42)
            for k in range(5)
        ]
        n = 8
        for k in range(n):
            fill = stripe if k % 2 == 0 else "#fff8ec"
            a = x - w * 0.52 + w * 1.04 * k / n
            b = w * 1.04 / n
            back.append(
                c.path(
                    f"M{a:.0f} {foot - 188:.0f}h{b:.0f}v18a{b / 2:.1f} 13 0 0 1 {-b:.0f} 0zM{x - w * 0.46 + w * 0.92 * k / n:.0f} {foot - 226:.0f}h{w * 0.92 / n:.0f}L{a + b:.0f} {foot - 188:.0f}h{-b:.0f}z",
                    c.tone(fill),
                )
            )
        if c.winter:
            bumps = "".join(f"q{w * 0.0575:.1f} 16 {w * 0.115:.1f} 0" for _ in range(8))
            back.append(
                c.path(
                    f"M{x + w * 0.46:.0f} {foot - 232:.0f}h{-w * 0.92:.0f}v8{bumps}z",
                    c.tone("#f6fafd"),
                )
            )
    return town_stage(c, back, c.horizon + depth * 0.58)
