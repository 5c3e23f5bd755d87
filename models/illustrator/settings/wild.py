"""Settings in the wild: woods, jungle, swamp, sand, snow, a cave."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.light import Light
from models.illustrator.plants import (
    bush,
    edge_leaves,
    flowers,
    grass_colours,
    grass_tufts,
    pine,
    tree,
)
from models.illustrator.settings.land import open_land, tree_row
from models.illustrator.settings.stage import Stage


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
        tree_row(c, c.horizon + 12, c.height * 0.3, 78, 0.55, conifers),
        c.ridge(c.horizon + 4, 8, 1.2, c.tone(far, 0.3), c.horizon + depth * 0.45),
        tree_row(c, c.horizon + depth * 0.16, c.height * 0.44, 150, 0.25, conifers),
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
    return open_land(c, back, front)


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
    return open_land(c, back)


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
    return open_land(c, back)


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
    return open_land(c, back, [edge_leaves(c, "#1f6b35")])


def snow(c: Canvas) -> Stage:
    """White fields and snowy firs."""
    c.season = "winter"
    depth = c.height - c.horizon
    back = [
        c.sky(),
        c.ridge(c.horizon - 60, 30, 1.2, c.tone("#cfdff0", 0.5), c.horizon + 20),
        tree_row(c, c.horizon + 4, 120, 105, 0.5, 1.0),
        c.ridge(c.horizon - 4, 14, 1.1, c.tone("#dbe8f5", 0.2), c.horizon + depth * 0.5),
        pine(c, c.width * 0.05, c.horizon + depth * 0.26, c.height * 0.5, 0.1),
        pine(c, c.width * 0.94, c.horizon + depth * 0.3, c.height * 0.58, 0.05),
        c.ridge(
            c.horizon + depth * 0.24, 12, 0.9, c.tone("#eaf2fa", 0.05), c.horizon + depth * 0.85
        ),
        c.ridge(c.horizon + depth * 0.55, 9, 0.8, c.tone("#fbfdff")),
    ]
    return open_land(c, back)


def swamp(c: Canvas) -> Stage:
    """Murky pools, reeds and old trees."""
    depth = c.height - c.horizon
    back = [c.sky(), tree_row(c, c.horizon + 10, c.height * 0.34, 120, 0.5, 0.2)]
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
    return open_land(c, back, front)


def cave(c: Canvas) -> Stage:
    """Rock walls, an opening far behind, crystals."""
    wall, far, ground = c.tone("#5d5468"), c.tone("#433c52"), c.tone("#75697a")
    back = [c.rect(0, 0, c.width, c.height, far)]
    x = c.width * c.chance.choice((0.3, 0.5, 0.7))
    sky = Light(c.light.time, c.light.weather).sky
    back.append(
        c.ellipse(x, c.horizon - 30, c.width * 0.16, c.height * 0.27, sky[1])
        + c.ellipse(x, c.horizon + 20, c.width * 0.13, c.height * 0.18, sky[2])
    )
    if c.light.is_night:
        back += [
            c.ellipse(x + c.width * dx, c.horizon - c.height * dy, 2.5, 2.5, "#fff")
            for dx, dy in ((-0.06, 0.12), (0.05, 0.18), (0.02, 0.06), (-0.03, 0.22))
        ]
    back.append(c.ridge(c.horizon + 14, 14, 2.0, mixed(c)))
    d = f"M0 0H{c.width:.0f}V{c.height * 0.2:.0f}"
    steps = max(9, int(c.width // 90))
    for i in range(steps, 0, -1):
        xm = c.width * (i - 0.5) / steps
        drop = (
            c.height * c.chance.uniform(0.16, 0.36)
            if abs(xm - x) > c.width * 0.14
            else c.height * c.chance.uniform(0.08, 0.14)
        )
        d += f"L{xm + 16:.0f} {c.height * 0.1:.0f}L{xm:.0f} {drop:.0f}L{xm - 18:.0f} {c.height * 0.1:.0f}"
    back.append(c.path(d + "L0 0Z", wall))
    back.append(
        c.path(
            f"M0 0V{c.height:.0f}H{c.width * 0.12:.0f}Q{c.width * 0.02:.0f} {c.height * 0.6:.0f} {c.width * 0.1:.0f} 0ZM{c.width:.0f} 0V{c.height:.0f}H{c.width * 0.88:.0f}Q{c.width * 0.98:.0f} {c.height * 0.6:.0f} {c.width * 0.9:.0f} 0Z",
            wall,
        )
    )
    back.append(c.ridge(c.horizon + (c.height - c.horizon) * 0.3, 10, 1.2, ground))
    for share, colour in ((0.07, "#7fe0e8"), (0.93, "#c79bf0"), (0.15, "#c79bf0")):
        cx, cy = c.width * share, c.height - 120 + c.chance.uniform(-14, 14)
        back.append(
            c.path(
                f"M{cx - 26:.0f} {cy + 40:.0f}l8 -60l14 -30l14 34l6 56zM{cx + 14:.0f} {cy + 42:.0f}l8 -36l14 -14l8 22l-4 30z",
                colour,
            )
        )
    return Stage(
        back,
        ground=(c.horizon + (c.height - c.horizon) * 0.42, c.height - 50),
        air=(c.height * 0.3, c.horizon * 0.8),
        indoors=True,
        celestial=False,
    )


def mixed(c: Canvas) -> str:
    """The colour of the cave's far floor."""
    return c.tone("#655a6c")
