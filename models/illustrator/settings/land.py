"""Settings on open, kept land: fields, hills, mountains, farm, garden, park."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.plants import (
    bush,
    flowers,
    grass_colours,
    grass_tufts,
    pine,
    tree,
)
from models.illustrator.settings.stage import Stage


def open_land(
    c: Canvas,
    back: list[str],
    front: list[str] | None = None,
    **more: float,
) -> Stage:
    """A stage with ground from a little under the horizon to a little above the picture's foot."""
    depth = c.height - c.horizon
    return Stage(
        back=back,
        front=front or [],
        ground=(c.horizon + depth * 0.34, c.height - depth * 0.13),
        air=(c.height * 0.14, c.horizon * 0.82),
        scale=more.get("scale", 1.0),
    )


def rolling_ground(c: Canvas, *, rolling: float = 10) -> list[str]:
    """Three bands of grass, far to near."""
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


def tree_row(  # noqa: PLR0917 - measures of one row
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


def meadow(c: Canvas) -> Stage:
    """Grass full of flowers under a wide sky."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 30, 26, 1.1, c.tone(grass_colours(c)[0], 0.6), c.horizon + 40),
        *rolling_ground(c),
    ]
    for _ in range(2):
        back.insert(2, tree(c, c.width * c.chance.random(), c.horizon + 10, 120, 0.4))
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.2, c.height - 12, 70, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.3, c.height - 18, 46))
    return open_land(c, back)


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
    return open_land(c, back)


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
    back += rolling_ground(c)
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
    return open_land(c, back)


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


def farm(c: Canvas) -> Stage:
    """A red barn, a white fence and ploughed fields."""
    far, _, near = grass_colours(c)
    depth = c.height - c.horizon
    side = c.chance.choice((0.16, 0.84))
    back = [
        c.sky(),
        c.ridge(c.horizon - 36, 26, 1.2, c.tone(far, 0.55), c.horizon + 40),
        *rolling_ground(c)[:2],
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
    stage = open_land(c, back)
    stage.ground = (c.horizon + depth * 0.6, stage.ground[1])
    return stage


def garden(c: Canvas) -> Stage:
    """Flower beds, a hedge and a path."""
    depth = c.height - c.horizon
    back = [c.sky(), tree_row(c, c.horizon + 6, 150, 190, 0.35, 0.0)]
    hedge = "".join(
        bush(c, x, c.horizon + depth * 0.12, 130, 0.1) for x in range(0, int(c.width) + 90, 84)
    )
    back += [hedge, *rolling_ground(c, rolling=5)[1:]]
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
    return open_land(c, back)


def park(c: Canvas) -> Stage:
    """Lawns, a path, a bench and lamps."""
    depth = c.height - c.horizon
    back = [
        c.sky(),
        tree_row(c, c.horizon + 8, c.height * 0.3, 150, 0.35, 0.1),
        *rolling_ground(c, rolling=6),
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
    return open_land(c, back)
