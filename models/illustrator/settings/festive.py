"""Settings to marvel at: the circus, a castle."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.plants import flowers, grass_colours, grass_tufts, tree
from models.illustrator.settings.stage import Stage
from models.illustrator.settings.town import town_stage


def circus(c: Canvas) -> Stage:
    """Inside the ring of the big top."""
    depth = c.height - c.horizon
    back = []
    n = 12
    for k in range(n):
        fill = "#e8433f" if k % 2 == 0 else "#fbeed3"
        x0, x1 = c.width * (k / n * 1.4 - 0.2), c.width * ((k + 1) / n * 1.4 - 0.2)
        back.append(
            c.path(
                f"M{c.width / 2:.0f} -60L{x0:.0f} {c.horizon + 30:.0f}H{x1:.0f}Z",
                c.light.subject(fill),
            )
        )
    back.append(c.rect(0, c.horizon * 0.62, c.width, c.horizon * 0.5, "#5b3c88"))
    heads = "".join(
        c.ellipse(x + (20 if row % 2 else 0), c.horizon * (0.7 + 0.11 * row), 15, 17, colour)
        for row in range(4)
        for x in range(10, int(c.width) + 30, 42)
        for colour in (("#7d5fae", "#8d6fbe", "#9b7fcb")[(x // 42 + row) % 3],)
    )
    back.append(heads)
    back.append(c.path(f"M0 {c.horizon + 10:.0f}H{c.width:.0f}V{c.height:.0f}H0Z", "#d9a45c"))
    back.append(
        c.ellipse(c.width / 2, c.height - depth * 0.3, c.width * 0.56, depth * 0.52, "#c2303c")
        + c.ellipse(c.width / 2, c.height - depth * 0.28, c.width * 0.53, depth * 0.48, "#f1cf8e")
    )
    flags = "".join(
        c.path(
            f"M{x} {40 + 14 * (i % 2)}h44l-22 40z",
            ("#fcd53f", "#2f8fdd", "#3fa65a", "#f70a8d")[i % 4],
        )
        for i, x in enumerate(range(0, int(c.width), 52))
    )
    back.append(flags)
    stage = town_stage(c, back, c.horizon + depth * 0.4)
    stage.indoors, stage.celestial = True, False
    return stage


def castle(c: Canvas) -> Stage:
    """A castle on a rise, banners flying."""
    far, middle, near = grass_colours(c)
    depth = c.height - c.horizon
    x = c.width * c.chance.choice((0.3, 0.5, 0.7))
    back = [c.sky(), c.ridge(c.horizon - 40, 30, 1.2, c.tone(far, 0.6), c.horizon + 40)]
    back.append(
        c.ellipse(x, c.horizon + depth * 0.24, c.width * 0.5, depth * 0.34, c.tone(middle, 0.15))
    )
    back.append(c.art("castle", x, c.horizon + 6, min(c.height * 0.5, c.width * 0.6), 0.06))
    back.append(c.ridge(c.horizon + depth * 0.2, 10, 0.9, c.tone(middle, 0.08)))
    back.append(
        c.path(
            f"M{x - 26:.0f} {c.horizon + 4:.0f}Q{x + 60:.0f} {c.horizon + depth * 0.4:.0f} {x - 60:.0f} {c.height:.0f}H{x + 130:.0f}Q{x + 120:.0f} {c.horizon + depth * 0.4:.0f} {x + 26:.0f} {c.horizon + 4:.0f}Z",
            c.tone("#e4cfa4"),
        )
    )
    for share in (0.06, 0.18, 0.83, 0.95):
        if abs(share - x / c.width) > 0.2:
            back.append(
                tree(c, c.width * share, c.horizon + depth * 0.3, c.chance.uniform(150, 210), 0.1)
            )
    back.append(
        grass_tufts(
            c, c.horizon + depth * 0.35, c.height - 12, 40, "#57993c" if not c.winter else "#d3e2ee"
        )
    )
    back.append(flowers(c, c.horizon + depth * 0.4, c.height - 18, 16))
    del near
    return town_stage(c, back, c.horizon + depth * 0.46)
