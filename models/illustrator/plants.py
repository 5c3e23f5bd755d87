"""Trees, bushes, grass and flowers for the scenery, in the colours of their season."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.scene import Season

_LEAVES = {
    Season.SPRING: (("#7cc04a", "#9bd465"), ("#f3a6c4", "#fbc7da"), ("#8ccf5b", "#aee07c")),
    Season.SUMMER: (("#3f9440", "#57ab4c"), ("#4f9f3a", "#6bb84c"), ("#2f8445", "#469a57")),
    Season.AUTUMN: (("#d9772b", "#ee9440"), ("#c9502c", "#e06b3c"), ("#e0a52e", "#f2bf4c")),
}
_GRASS = {
    Season.SPRING: ("#a4d86c", "#8ccb5a", "#75ba4c"),
    Season.SUMMER: ("#8fcf5f", "#78bf50", "#62ab43"),
    Season.AUTUMN: ("#c9c063", "#b3ad52", "#9a9a48"),
    Season.WINTER: ("#e6f0f8", "#f1f7fc", "#ffffff"),
}
_FLOWERS = ("#ff6f91", "#ffd23f", "#ffffff", "#b28dff", "#ff9a5a", "#ff5d5d")


def grass_colours(c: Canvas) -> tuple[str, str, str]:
    """Ground colours from far to near, unlit."""
    season = Season.WINTER if c.winter else (c.season or Season.SUMMER)
    return _GRASS[Season(season)]


def tree(c: Canvas, x: float, foot: float, height: float, distance: float = 0.0) -> str:
    """A leafy tree of the season; bare and snowy in winter."""
    trunk = c.tone("#7a5236", distance)
    w = height * 0.05
    base = c.path(
        f"M{x - w:.0f} {foot:.0f}q{w * 0.5:.1f} {-height * 0.3:.0f} {w * 0.3:.1f} {-height * 0.5:.0f}"
        f"h{w * 1.4:.1f}q0 {height * 0.2:.0f} {w * 0.5:.1f} {height * 0.5:.0f}z",
        trunk,
    )
    if c.season == Season.WINTER:
        return base + _bare_crown(c, x, foot, height, trunk)
    season = Season(c.season) if c.season else Season.SUMMER
    dark, light = c.chance.choice(_LEAVES[season])
    if c.winter:
        dark, light = "#7f9f8c", "#eef5fa"
    r = height * 0.22
    y = foot - height * 0.66
    blobs = (
        (0, -r * 0.62, 1.05),
        (-r * 0.85, 0.05 * r, 0.92),
        (r * 0.85, 0.0, 0.95),
        (0, r * 0.35, 1.0),
    )
    shape = "".join(_disc(x + dx, y + dy, r * k) for dx, dy, k in blobs)
    shine = "".join(
        _disc(x + dx - r * 0.16, y + dy - r * 0.2, r * k * 0.7) for dx, dy, k in blobs[:3]
    )
    return base + c.path(shape, c.tone(dark, distance)) + c.path(shine, c.tone(light, distance))


def _disc(x: float, y: float, r: float) -> str:
    return f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0"


def _bare_crown(c: Canvas, x: float, foot: float, height: float, trunk: str) -> str:
    top = foot - height * 0.45
    h = height
    arms = (
        f"M{x:.0f} {top:.0f}l{-h * 0.18:.0f} {-h * 0.28:.0f}M{x:.0f} {top:.0f}l{h * 0.16:.0f} {-h * 0.3:.0f}"
        f"M{x:.0f} {top:.0f}l{-h * 0.02:.0f} {-h * 0.5:.0f}"
        f"M{x - h * 0.09:.0f} {top - h * 0.14:.0f}l{-h * 0.14:.0f} {-h * 0.05:.0f}"
        f"M{x + h * 0.08:.0f} {top - h * 0.15:.0f}l{h * 0.15:.0f} {-h * 0.07:.0f}"
        f"M{x - h * 0.01:.0f} {top - h * 0.25:.0f}l{h * 0.08:.0f} {-h * 0.16:.0f}"
        f"M{x - h * 0.01:.0f} {top - h * 0.22:.0f}l{-h * 0.08:.0f} {-h * 0.18:.0f}"
    )
    return (
        f'<path d="{arms}" fill="none" stroke="{trunk}" stroke-width="{h * 0.03:.1f}" '
        'stroke-linecap="round"/>'
    )


def pine(c: Canvas, x: float, foot: float, height: float, distance: float = 0.0) -> str:
    """A conifer, with snow on it in winter."""
    h, w = height, height * 0.24
    parts = [c.rect(x - h * 0.03, foot - h * 0.14, h * 0.06, h * 0.14, c.tone("#6d4a33", distance))]
    greens = ("#1f6b3a", "#27794a", "#318a55")
    for i, green in enumerate(greens):
        y0, y1 = foot - h * (0.1 + 0.24 * i), foot - h * (0.56 + 0.22 * i)
        half = w * (1 - 0.22 * i)
        parts.append(
            c.path(
                f"M{x:.1f} {y1:.1f}L{x + half:.1f} {y0:.1f}Q{x:.1f} {y0 + h * 0.035:.1f} {x - half:.1f} {y0:.1f}Z",
                c.tone(green, distance),
            )
        )
        if c.winter:
            k = 0.42
            ym = y1 + (y0 - y1) * k
            parts.append(
                c.path(
                    f"M{x:.1f} {y1:.1f}L{x + half * k:.1f} {ym:.1f}L{x + half * k * 0.4:.1f} {ym - h * 0.02:.1f}"
                    f"L{x:.1f} {ym + h * 0.02:.1f}L{x - half * k * 0.4:.1f} {ym - h * 0.02:.1f}L{x - half * k:.1f} {ym:.1f}Z",
                    c.tone("#f4f9fd", distance),
                )
            )
    return "".join(parts)


def bush(c: Canvas, x: float, foot: float, width: float, distance: float = 0.0) -> str:
    """A low round bush."""
    if c.winter:
        dark, light = "#b9cbd6", "#eef5fa"
    else:
        dark, light = _LEAVES[Season(c.season) if c.season else Season.SUMMER][0]
    r = width * 0.28
    discs = "".join(
        _disc(x + dx * width, foot - r * k, r * k)
        for dx, k in ((-0.27, 0.8), (0, 1.1), (0.27, 0.85))
    )
    shine = "".join(
        _disc(x + dx * width - 3, foot - r * k - 4, r * k * 0.68)
        for dx, k in ((-0.25, 0.8), (0.02, 1.1))
    )
    flat = (
        f"M{x - width * 0.48:.0f} {foot:.0f}h{width * 0.96:.0f}v{-r * 0.7:.0f}h{-width * 0.96:.0f}z"
    )
    return c.path(discs + flat, c.tone(dark, distance)) + c.path(shine, c.tone(light, distance))


def grass_tufts(c: Canvas, y0: float, y1: float, count: int, colour: str) -> str:
    """Small tufts scattered between two heights, as one path."""
    d = []
    for _ in range(int(count * c.width / 1024)):
        y = c.chance.uniform(y0, y1)
        x = c.chance.random() * c.width
        s = 5 + 9 * (y - y0) / max(1.0, y1 - y0)
        d.append(
            f"M{x:.0f} {y:.0f}l{-s * 0.5:.1f} {-s:.1f}l{s * 0.5:.1f} {s * 0.45:.1f}l{s * 0.2:.1f} {-s * 0.9:.1f}l{s * 0.25:.1f} {s * 0.8:.1f}l{s * 0.5:.1f} {-s * 0.6:.1f}l{-s * 0.3:.1f} {s * 1.2:.1f}z"
        )
    return c.path("".join(d), c.tone(colour))


def flowers(c: Canvas, y0: float, y1: float, count: int) -> str:
    """Small flowers scattered between two heights; none when snow lies."""
    if c.winter:
        return ""
    by_colour: dict[str, list[str]] = {}
    stems: list[str] = []
    hearts: list[str] = []
    for _ in range(int(count * c.width / 1024)):
        y = c.chance.uniform(y0, y1)
        x = c.chance.random() * c.width
        r = 2.2 + 3.2 * (y - y0) / max(1.0, y1 - y0)
        colour = c.chance.choice(_FLOWERS)
        petals = by_colour.setdefault(colour, [])
        petals += [
            _disc(x + dx * r, y + dy * r, r * 0.85)
            for dx, dy in ((0, -1), (0.95, -0.3), (0.6, 0.8), (-0.6, 0.8), (-0.95, -0.3))
        ]
        hearts.append(_disc(x, y, r * 0.6))
        stems.append(f"M{x - r * 0.2:.1f} {y:.1f}h{r * 0.4:.1f}v{r * 4:.1f}h{-r * 0.4:.1f}z")
    drawn = [c.path("".join(stems), c.tone("#4f9f3a"))]
    drawn += [c.path("".join(d), c.tone(colour)) for colour, d in by_colour.items()]
    drawn.append(c.path("".join(hearts), c.tone("#f7b52c")))
    return "".join(drawn)


def edge_leaves(c: Canvas, colour: str) -> str:
    """Big dark leaves in the two lower corners: a frame that gives depth and hides nothing."""
    d = []
    for side in (-1, 1):
        x = 0 if side < 0 else c.width
        for i in range(4):
            tip_x = x - side * (40 + 34 * i)
            tip_y = c.height - 92 + 25 * i + c.chance.uniform(-8, 8)
            d.append(
                f"M{x:.0f} {c.height + 10:.0f}Q{x - side * 6:.0f} {tip_y + 20:.0f} {tip_x:.0f} {tip_y:.0f}Q{tip_x + side * 6:.0f} {c.height - 14:.0f} {x - side * 26:.0f} {c.height + 10:.0f}Z"
            )
    return c.path("".join(d), c.tone(colour))
