"""Settings beside water and on board: lake, river, harbour, a ship's deck."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.plants import bush, flowers, grass_colours, grass_tufts, pine, tree
from models.illustrator.settings.stage import Stage
from models.illustrator.settings.water import water


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
    back += water(c, top + 10, shore + 50)
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
        span=(top + 10, shore + 50),
        air=(c.height * 0.13, c.horizon * 0.8),
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
    back += water(c, y0, y1 + 20)
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
        span=(y0, y1 + 20),
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
        x = c.width * (0.2 + 0.18 * i) + c.chance.uniform(-20, 20)
        back.append(
            c.art(
                c.chance.choice(("house", "hut", "house")),
                x,
                h + 6,
                c.chance.uniform(90, 120),
                0.35,
            )
        )
    back += water(c, h, quay + 10)
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
        span=(h, quay + 10),
        air=(c.height * 0.13, h * 0.75),
    )


def ship_deck(c: Canvas) -> Stage:
    """On board: planks, a rail, a mast, the sea beyond."""
    h = c.horizon - 30
    depth = c.height - h
    deck = h + depth * 0.36
    back = [c.sky(h + 4), *water(c, h, deck + 10)]
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
    )
