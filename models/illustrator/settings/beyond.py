"""Settings above the ground: the sky, space, the moon."""

from models.illustrator.canvas import Canvas
from models.illustrator.light import mix
from models.illustrator.settings.stage import Stage


def sky(c: Canvas) -> Stage:
    """High among the clouds."""
    back = [c.sky(c.height)]
    fill = mix(c.light.sky[2], "#ffffff", 0.7 if not c.light.is_night else 0.16)
    under = mix(c.light.sky[1], fill, 0.55)
    for row, scale in ((0.86, 1.5), (0.97, 2.1)):
        x = -60.0
        while x < c.width + 100:
            back.append(
                c.cloud(
                    x,
                    c.height * row + c.chance.uniform(-14, 14),
                    scale * c.chance.uniform(0.85, 1.15),
                    fill if row > 0.9 else mix(fill, c.light.sky[1], 0.25),
                    under,
                )
            )
            x += 150 * scale * 0.8
    return Stage(
        back,
        ground=(c.height * 0.84, c.height * 0.93),
        air=(c.height * 0.2, c.height * 0.66),
        shadows=False,
    )


def space(c: Canvas) -> Stage:
    """Stars, planets and the dark."""
    back = [c.bands(0, c.height, ("#120b38", "#27145c", "#3c1d78")), c.stars(c.height)]
    for _ in range(2):
        x, y = c.width * c.chance.random(), c.height * c.chance.random()
        back += [c.ellipse(x, y, r, r * 0.5, "#8a4fd0", ' fill-opacity=".10"') for r in (240, 150)]
    spots = [(0.12, 0.2), (0.88, 0.18), (0.1, 0.82), (0.9, 0.84)]
    c.chance.shuffle(spots)
    back.append(c.art("planet", c.width * spots[0][0], c.height * spots[0][1] + 60, 120))
    x, y = c.width * spots[1][0], c.height * spots[1][1]
    back.append(
        c.ellipse(x, y, 46, 46, "#e8734f")
        + c.ellipse(x - 14, y - 12, 10, 8, "#c9573a")
        + c.ellipse(x + 14, y + 12, 13, 9, "#c9573a")
    )
    x, y = c.width * spots[2][0], c.height * spots[2][1]
    back.append(c.ellipse(x, y, 32, 32, "#5ac8d8") + c.ellipse(x - 8, y - 9, 14, 9, "#8fe3ea"))
    return Stage(
        back,
        ground=(c.height * 0.55, c.height * 0.8),
        air=(c.height * 0.22, c.height * 0.78),
        dry=False,
        depths=(c.height * 0.3, c.height * 0.75),
        celestial=False,
        shadows=False,
    )


def moon(c: Canvas) -> Stage:
    """On the moon, the Earth in the sky."""
    top = c.horizon + 10
    back = [c.bands(0, top + 40, ("#0c0a2c", "#1a1450", "#2d2170")), c.stars(top)]
    back.append(c.art("earth", c.width * c.chance.choice((0.16, 0.84)), c.height * 0.34, 130))
    back.append(c.ridge(top - 26, 26, 1.4, "#8f8aa6", top + 60))
    back.append(c.ridge(top + 10, 14, 1.0, "#b5b0c6"))
    back.append(c.ridge(top + (c.height - top) * 0.45, 9, 0.8, "#c9c5d6"))
    for _ in range(8):
        x, y = c.width * c.chance.random(), c.chance.uniform(top + 50, c.height - 20)
        r = 20 + 46 * (y - top) / (c.height - top)
        back.append(
            c.ellipse(x, y, r, r * 0.3, "#a29db6")
            + c.ellipse(x, y + 3, r * 0.86, r * 0.22, "#8f8aa6")
        )
    depth = c.height - top
    return Stage(
        back,
        ground=(top + depth * 0.34, c.height - depth * 0.13),
        air=(c.height * 0.16, top * 0.8),
        celestial=False,
    )
