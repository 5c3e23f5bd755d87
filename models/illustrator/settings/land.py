"""Settings on open land: woods, fields, hills, snow and sand."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.plants import (
    bush,
    edge_leaves,
    flowers,
    grass_colours,
    grass_tufts,
    pine,
    tree,
)
from models.illustrator.settings.stage import Stage


def _open(
    c: Canvas,
    back: list[str],
    front: list[str] | None = None,
    provides: frozenset[str] = frozenset(),
    **more: float,
) -> Stage:
    """A stage with ground from a little under the horizon to a little above the picture's foot."""
    depth = c.height - c.horizon
    return Stage(
        back=back,
        front=front or [],
        ground=(c.horizon + depth * 0.34, c.height - depth * 0.13),
        air=(c.height * 0.14, c.horizon * 0.82),
        provides=provides,
        scale=more.get("scale", 1.0),
    )


def _tree_row(
    c: Canvas, y: float, height: float, gap: float, distance: float, conifers: float
) -> str:
    """A row of trees standing about height y, `conifers` of them (0 … 1) pines."""
    drawn, x = [], -gap * c.chance.random()
    while x < c.width + gap:
        h = height * c.chance.uniform(0.82, 1.18)
        kind = pine if c.chance.random() < conifers else tree
        drawn.append(kind(c, x, y + c.chance.uniform(-6, 8), h, distance))
        x += gap * c.chance.uniform(0.75, 1.3)
    return "".join(drawn)


def _ground(c: Canvas, *, rolling: float = 10) -> list[str]:
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    return [
        c.ridge(c.horizon, rolling, 1.2, c.tone(far, 0.35), c.horizon + depth * 0.45),
        c.ridge(
            c.horizon + depth * 0.22,
            rolling * 0.8,
            1.0,
            c.tone(middle, 0.12),
            c.horizon + depth * 0.8,
        ),
        c.ridge(c.horizon + depth * 0.55, rolling * 0.6, 0.8, c.tone(near)),
    ]


def forest(c: Canvas) -> Stage:
    """Rows of trees with a clearing in front."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    conifers = c.chance.choice((0.15, 0.5, 0.85))
    back = [
        c.sky(),
        c.ridge(
            c.horizon - 60,
            22,
            1.3,
            c.tone("#5f9e6c" if not c.winter else "#cfdfe8", 0.75),
            c.horizon + 60,
        ),
        _tree_row(c, c.horizon + 12, c.height * 0.3, 78, 0.55, conifers),
        c.ridge(c.horizon + 4, 8, 1.2, c.tone(far, 0.3), c.horizon + depth * 0.45),
        _tree_row(c, c.horizon + depth * 0.16, c.height * 0.44, 150, 0.25, conifers),
        c.ridge(c.horizon + depth * 0.14, 9, 1.0, c.tone(middle, 0.1), c.height),
        c.ridge(c.horizon + depth * 0.5, 7, 0.9, c.tone(near)),
    ]
    for side in (-1, 1):
        x = c.width * 0.03 if side < 0 else c.width * 0.97
        kind = pine if conifers > 0.6 else tree
        back.append(kind(c, x, c.horizon + depth * 0.42, c.height * 0.74))
        back.append(bush(c, x - side * 60, c.horizon + depth * 0.46, 130))
    back.append(
        grass_tufts(c, c.horizon + depth * 0.25, c.height - 20, 40, near if c.winter else "#57993c")
    )
    back.append(flowers(c, c.horizon + depth * 0.35, c.height - 24, 10))
    front = [edge_leaves(c, "#2c6e3a" if not c.winter else "#a9c4d4")]
    return _open(c, back, front, frozenset({"bush"}))


def meadow(c: Canvas) -> Stage:
    """Grass full of flowers under a wide sky."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 30, 26, 1.1, c.tone(grass_colours(c)[0], 0.6), c.horizon + 40),
        *_ground(c),
    ]
    for _ in range(2):
        back.insert(2, tree(c, c.width * c.chance.random(), c.horizon + 10, 120, 0.4))
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.2, c.height - 12, 70, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.3, c.height - 18, 46))
    return _open(c, back)


def hills(c: Canvas) -> Stage:
    """Rolling hills one behind the other."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 105, 46, 1.4, c.tone(far, 0.85), c.horizon + 20),
        c.ridge(c.horizon - 55, 40, 1.2, c.tone(far, 0.55), c.horizon + 60),
        tree(c, c.width * c.chance.uniform(0.1, 0.35), c.horizon - 8, 110, 0.4),
        tree(c, c.width * c.chance.uniform(0.62, 0.9), c.horizon - 4, 96, 0.4),
        c.ridge(c.horizon + 4, 26, 1.0, c.tone(middle, 0.25), c.horizon + depth * 0.7),
        c.ridge(c.horizon + depth * 0.42, 14, 0.8, c.tone(near)),
    ]
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.4, c.height - 14, 44, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.45, c.height - 18, 14))
    return _open(c, back)


def mountains(c: Canvas) -> Stage:
    """Snow-capped peaks over a green valley."""
    depth = c.height - c.horizon
    back = [c.sky()]
    for distance, height, count in ((0.6, 0.34, 3), (0.25, 0.46, 2)):
        for i in range(max(count, round(count * c.width / 1024))):
            x = (
                c.width
                * (i + c.chance.uniform(0.2, 0.8))
                / max(count, round(count * c.width / 1024))
            )
            back.append(
                _peak(
                    c, x, c.horizon + 40, c.height * height * c.chance.uniform(0.85, 1.15), distance
                )
            )
    back += _ground(c)
    for _ in range(5):
        back.append(
            pine(
                c,
                c.width * c.chance.random(),
                c.horizon + depth * c.chance.uniform(0.08, 0.2),
                c.chance.uniform(70, 110),
                0.25,
            )
        )
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.3, c.height - 14, 40, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    return _open(c, back)


def _peak(c: Canvas, x: float, foot: float, height: float, distance: float) -> str:
    w = height * c.chance.uniform(0.85, 1.1)
    top = foot - height
    rock, shade, snow = (c.tone(colour, distance) for colour in ("#8a86a8", "#746f95", "#f6f9ff"))
    s = height * 0.32
    k = s / height * w
    return (
        c.path(f"M{x - w:.0f} {foot:.0f}L{x:.0f} {top:.0f}L{x + w:.0f} {foot:.0f}Z", rock)
        + c.path(
            f"M{x:.0f} {top:.0f}L{x + w:.0f} {foot:.0f}H{x + w * 0.12:.0f}L{x - w * 0.08:.0f} {top + height * 0.55:.0f}L{x + w * 0.06:.0f} {top + height * 0.3:.0f}Z",
            shade,
        )
        + c.path(
            f"M{x:.0f} {top:.0f}L{x + k:.0f} {top + s:.0f}L{x + k * 0.5:.0f} {top + s * 0.82:.0f}L{x + k * 0.12:.0f} {top + s * 1.2:.0f}L{x - k * 0.3:.0f} {top + s * 0.85:.0f}L{x - k:.0f} {top + s:.0f}Z",
            snow,
        )
    )


def desert(c: Canvas) -> Stage:
    """Dunes of sand."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 42, 34, 1.1, c.tone("#e8bd76", 0.6), c.horizon + 40),
        c.ridge(c.horizon - 4, 24, 0.9, c.tone("#ecc27c", 0.3), c.horizon + depth * 0.5),
        c.ridge(
            c.horizon + depth * 0.2, 18, 0.8, c.tone("#f0ca86", 0.08), c.horizon + depth * 0.85
        ),
        c.ridge(c.horizon + depth * 0.55, 12, 0.7, c.tone("#f5d597")),
    ]
    for x in (c.chance.uniform(0.04, 0.16), c.chance.uniform(0.84, 0.96)):
        back.append(
            c.art(
                "cactus",
                c.width * x,
                c.horizon + depth * c.chance.uniform(0.25, 0.4),
                c.chance.uniform(120, 170),
                0.1,
            )
        )
    ripples = "".join(
        f"M{c.chance.random() * c.width:.0f} {c.horizon + depth * c.chance.uniform(0.6, 0.95):.0f}q30 -7 60 0t60 0"
        for _ in range(9)
    )
    back.append(
        f'<path d="{ripples}" fill="none" stroke="{c.tone("#dfb56c")}" stroke-width="3" stroke-linecap="round"/>'
    )
    return _open(c, back, provides=frozenset({"cactus"}))


def savanna(c: Canvas) -> Stage:
    """Dry grass with flat-topped acacias."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 26, 16, 0.9, c.tone("#b9b26a", 0.6), c.horizon + 40),
        c.ridge(c.horizon, 8, 1.0, c.tone("#d9c067", 0.3), c.horizon + depth * 0.5),
        c.ridge(c.horizon + depth * 0.25, 8, 0.8, c.tone("#e2c666", 0.05)),
    ]
    for x, h in ((c.chance.uniform(0.08, 0.25), 210), (c.chance.uniform(0.72, 0.92), 260)):
        back.append(_acacia(c, c.width * x, c.horizon + depth * 0.2, h))
    back.append(grass_tufts(c, c.horizon + depth * 0.2, c.height - 12, 80, "#b99a45"))
    return _open(c, back)


def _acacia(c: Canvas, x: float, foot: float, h: float) -> str:
    trunk, leaf, light = c.tone("#7a5236", 0.1), c.tone("#5f8f3a", 0.1), c.tone("#7aa84a", 0.1)
    return (
        f'<path d="M{x:.0f} {foot:.0f}l{-h * 0.02:.0f} {-h * 0.55:.0f}l{-h * 0.2:.0f} {-h * 0.3:.0f}M{x - h * 0.02:.0f} {foot - h * 0.5:.0f}l{h * 0.22:.0f} {-h * 0.34:.0f}" fill="none" stroke="{trunk}" stroke-width="{h * 0.06:.0f}" stroke-linecap="round"/>'
        + c.ellipse(x, foot - h * 0.86, h * 0.5, h * 0.13, leaf)
        + c.ellipse(x + h * 0.1, foot - h * 0.96, h * 0.32, h * 0.1, leaf)
        + c.ellipse(x - h * 0.04, foot - h * 0.9, h * 0.38, h * 0.07, light)
    )


def jungle(c: Canvas) -> Stage:
    """Palms, broad leaves and hanging vines."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 70, 34, 1.8, c.tone("#4f9a63", 0.7), c.horizon + 40),
        c.ridge(c.horizon - 30, 26, 2.2, c.tone("#3f8f55", 0.45), c.horizon + 60),
    ]
    for i in range(max(5, round(5 * c.width / 1024))):
        x = c.width * (i + c.chance.random()) / max(5, round(5 * c.width / 1024))
        back.append(
            c.art("palm", x, c.horizon + depth * 0.1, c.height * c.chance.uniform(0.3, 0.42), 0.35)
        )
    back += [
        c.ridge(c.horizon + depth * 0.04, 10, 1.4, c.tone("#5aa64d", 0.15)),
        c.ridge(c.horizon + depth * 0.4, 8, 1.0, c.tone("#4c9844")),
        c.art("palm", c.width * 0.06, c.horizon + depth * 0.36, c.height * 0.68),
        c.art("palm", c.width * 0.95, c.horizon + depth * 0.32, c.height * 0.6),
        bush(c, c.width * 0.14, c.horizon + depth * 0.42, 150),
        bush(c, c.width * 0.87, c.horizon + depth * 0.4, 130),
    ]
    vines = "".join(
        f"M{x:.0f} -5q{c.chance.uniform(-20, 20):.0f} {length * 0.6:.0f} {c.chance.uniform(-8, 8):.0f} {length:.0f}"
        for x, length in (
            (c.width * c.chance.random(), c.height * c.chance.uniform(0.12, 0.3)) for _ in range(5)
        )
    )
    back.append(
        f'<path d="{vines}" fill="none" stroke="{c.tone("#3a7d3f", 0.1)}" stroke-width="6" stroke-linecap="round"/>'
    )
    back.append(grass_tufts(c, c.horizon + depth * 0.3, c.height - 12, 60, "#39803a"))
    back.append(flowers(c, c.horizon + depth * 0.5, c.height - 18, 10))
    return _open(c, back, [edge_leaves(c, "#1f6b35")], frozenset({"palm"}))


def snow(c: Canvas) -> Stage:
    """White fields and snowy firs."""
    c.season = "winter"
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 60, 30, 1.2, c.tone("#cfdff0", 0.5), c.horizon + 20),
        _tree_row(c, c.horizon + 4, 120, 105, 0.5, 1.0),
        c.ridge(c.horizon - 4, 14, 1.1, c.tone("#dbe8f5", 0.2), c.horizon + depth * 0.5),
        pine(c, c.width * 0.05, c.horizon + depth * 0.26, c.height * 0.5, 0.1),
        pine(c, c.width * 0.94, c.horizon + depth * 0.3, c.height * 0.58, 0.05),
        c.ridge(
            c.horizon + depth * 0.24, 12, 0.9, c.tone("#eaf2fa", 0.05), c.horizon + depth * 0.85
        ),
        c.ridge(c.horizon + depth * 0.55, 9, 0.8, c.tone("#fbfdff")),
    ]
    return _open(c, back)


def swamp(c: Canvas) -> Stage:
    """Murky pools, reeds and old trees."""
    depth = c.height - c.horizon
    back = [c.sky(), _tree_row(c, c.horizon + 10, c.height * 0.34, 120, 0.5, 0.2)]
    back += [
        c.ridge(c.horizon, 6, 1.0, c.tone("#6f8a4b", 0.2)),
        c.ellipse(
            c.width * 0.3,
            c.horizon + depth * 0.3,
            c.width * 0.3,
            depth * 0.14,
            c.tone("#4d6b52", 0.05),
        ),
        c.ellipse(
            c.width * 0.78,
            c.horizon + depth * 0.62,
            c.width * 0.32,
            depth * 0.17,
            c.tone("#45634d"),
        ),
        c.art("bare-tree", c.width * 0.08, c.horizon + depth * 0.3, c.height * 0.5, 0.1),
    ]
    reeds = "".join(
        f"M{x:.0f} {c.height:.0f}l{c.chance.uniform(-12, 12):.0f} {-c.chance.uniform(50, 110):.0f}"
        for x in (c.width * share for share in (0.01, 0.03, 0.055, 0.93, 0.95, 0.975, 0.99))
    )
    front = [
        f'<path d="{reeds}" stroke="{c.tone("#557a3a")}" stroke-width="7" stroke-linecap="round" fill="none"/>'
    ]
    back.append(grass_tufts(c, c.horizon + depth * 0.2, c.height - 10, 60, "#56733a"))
    return _open(c, back, front)


def farm(c: Canvas) -> Stage:
    """A red barn, a white fence and ploughed fields."""
    far, _, near = grass_colours(c)
    depth = c.height - c.horizon
    side = c.chance.choice((0.16, 0.84))
    back = [
        c.sky(),
        c.ridge(c.horizon - 36, 26, 1.2, c.tone(far, 0.55), c.horizon + 40),
        *_ground(c)[:2],
    ]
    rows = "".join(
        f"M{c.width * (0.5 + (i - 4) * 0.03):.0f} {c.horizon + depth * 0.16:.0f}L{c.width * (0.5 + (i - 4) * 0.11):.0f} {c.horizon + depth * 0.42:.0f}"
        for i in range(9)
    )
    back.append(
        f'<path d="{rows}" stroke="{c.tone("#9c7a4a", 0.2)}" stroke-width="5" fill="none"/>'
    )
    back.append(c.art("barn", c.width * side, c.horizon + depth * 0.3, c.height * 0.34, 0.08))
    back.append(tree(c, c.width * (1 - side), c.horizon + depth * 0.16, c.height * 0.3, 0.2))
    y = c.horizon + depth * 0.46
    back.append(c.ridge(y + 14, 5, 0.8, c.tone(near)))
    boards = f"M0 {y - 22:.0f}H{c.width:.0f}v8H0zM0 {y:.0f}H{c.width:.0f}v8H0z"
    posts = "".join(f"M{x} {y - 34:.0f}h11v58h-11z" for x in range(10, int(c.width), 82))
    back.append(c.path(boards, c.tone("#e9e0cd")) + c.path(posts, c.tone("#f8f2e4")))
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.55, c.height - 12, 40, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    stage = _open(c, back, provides=frozenset({"barn", "fence"}))
    stage.ground = (c.horizon + depth * 0.6, stage.ground[1])
    return stage


def garden(c: Canvas) -> Stage:
    """Flower beds, a hedge and a path."""
    depth = c.height - c.horizon
    back = [c.sky(), _tree_row(c, c.horizon + 6, 150, 190, 0.35, 0.0)]
    hedge = "".join(
        bush(c, x, c.horizon + depth * 0.12, 130, 0.1) for x in range(0, int(c.width) + 90, 84)
    )
    back += [hedge, *_ground(c, rolling=5)[1:]]
    keys = ("tulip", "sunflower", "rose", "hyacinth", "flower")
    if not c.winter:
        count = max(9, round(11 * c.width / 1024))
        for i in range(count):
            x = c.width * (i + 0.5) / count + c.chance.uniform(-14, 14)
            back.append(
                c.art(
                    c.chance.choice(keys),
                    x,
                    c.horizon + depth * 0.36 + c.chance.uniform(-10, 8),
                    c.chance.uniform(72, 118),
                    0.06,
                )
            )
    back.append(c.ridge(c.horizon + depth * 0.38, 4, 1.0, c.tone(grass_colours(c)[2])))
    back.append(
        c.path(
            f"M{c.width * 0.42:.0f} {c.height:.0f}Q{c.width * 0.46:.0f} {c.horizon + depth * 0.7:.0f} {c.width * 0.49:.0f} {c.horizon + depth * 0.38:.0f}H{c.width * 0.54:.0f}Q{c.width * 0.6:.0f} {c.horizon + depth * 0.7:.0f} {c.width * 0.66:.0f} {c.height:.0f}Z",
            c.tone("#e9d3a4"),
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.5, c.height - 18, 24))
    return _open(c, back, provides=frozenset({"flower"}))


def park(c: Canvas) -> Stage:
    """Lawns, a path, a bench and lamps."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        _tree_row(c, c.horizon + 8, c.height * 0.3, 150, 0.35, 0.1),
        *_ground(c, rolling=6),
    ]
    back.append(
        c.path(
            f"M0 {c.height * 0.985:.0f}Q{c.width * 0.3:.0f} {c.horizon + depth * 0.55:.0f} {c.width:.0f} {c.horizon + depth * 0.4:.0f}V{c.horizon + depth * 0.54:.0f}Q{c.width * 0.5:.0f} {c.horizon + depth * 0.7:.0f} {c.width * 0.3:.0f} {c.height:.0f}H0Z",
            c.tone("#ecd9b0"),
        )
    )
    x, y = c.width * c.chance.choice((0.14, 0.86)), c.horizon + depth * 0.4
    seat, leg = c.tone("#a9683c"), c.tone("#4a4a58")
    back.append(
        c.rect(x - 62, y - 40, 124, 9, seat, 3)
        + c.rect(x - 62, y - 58, 124, 9, seat, 3)
        + c.rect(x - 66, y - 20, 132, 10, seat, 3)
        + c.rect(x - 54, y - 58, 7, 62, leg)
        + c.rect(x + 47, y - 58, 7, 62, leg)
    )
    back.append(tree(c, c.width - x, c.horizon + depth * 0.3, c.height * 0.5))
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.3, c.height - 12, 40, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.4, c.height - 18, 16))
    return _open(c, back)
