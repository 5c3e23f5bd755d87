"""Settings at home: bedroom, living room, kitchen, workshop."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.settings.rooms import curtains, indoor_stage, lamplight, room, sides, window
from models.illustrator.settings.stage import Stage


def _moonbeam(c: Canvas, x: float, top: float) -> str:
    """Moonlight falling through a window on to the floor."""
    if not c.light.is_night:
        return ""
    lean = 120 if x < c.width / 2 else -120
    d = f"M{x - 80:.0f} {top * 0.45:.0f}h160L{x + 170 + lean:.0f} {c.height:.0f}h-300z"
    return c.path(d, "#dfe6ff", ' fill-opacity=".12"')


def bedroom(c: Canvas) -> Stage:
    """A bed, a window with curtains, a rug."""
    back, top = room(
        c,
        c.chance.choice(("#bcd0ef", "#d8c9ec", "#f3cfc6")),
        "#fff7ea",
        "#c99b6b",
        "#b88857",
        paper="",
    )
    one, two = sides(c)
    w, h = 190.0, 200.0
    back.append(
        window(c, c.width * two - w / 2, top * 0.2, w, h)
        + curtains(c, c.width * two - w / 2, top * 0.2, w, h, "#8d7fd0")
    )
    dots = "".join(
        c.ellipse(x + 30 * (row % 2), 30 + row * 52, 4, 4, c.tone("#ffffff"), ' fill-opacity=".5"')
        for row in range(int(top // 52))
        for x in range(10, int(c.width), 60)
        if abs(x - c.width * two) > 160
    )
    back.insert(1, dots)
    back.append(c.art("bed", c.width * one, top + 74, 240))
    back.append(c.art("picture", c.width * one + 10, top * 0.42, 96))
    back.append(_moonbeam(c, c.width * two, top))
    back.append(
        c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.3, 52, c.tone("#e88fa3"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.25, 41, c.tone("#f5b3c0"))
    )
    return indoor_stage(c, back, top)


def living_room(c: Canvas) -> Stage:
    """A fireplace, a sofa, pictures."""
    back, top = room(
        c,
        c.chance.choice(("#f2dcb0", "#cfe0c9", "#f0cdb4")),
        "#fff7ea",
        "#b9824f",
        "#a5703f",
        paper="",
    )
    stripes = "".join(f"M{x} 0h22v{top:.0f}h-22z" for x in range(0, int(c.width), 66))
    back.insert(1, c.path(stripes, c.tone("#ffffff"), ' fill-opacity=".22"'))
    one, two = sides(c)
    back.append(c.art("fireplace", c.width * one, top + 10, 250))
    back.append(lamplight(c, c.width * one, top - 70))
    w, h = 170.0, 180.0
    back.append(
        window(c, c.width * two - w / 2, top * 0.2, w, h)
        + curtains(c, c.width * two - w / 2, top * 0.2, w, h, "#c2483f")
    )
    back.append(c.art("armchair", c.width * (0.93 if two > 0.5 else 0.07), top + 56, 170))
    back.append(c.art("picture", c.width * 0.5, top * 0.5, 110))
    back.append(
        c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.34, 54, c.tone("#a8434b"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.29, 43, c.tone("#cf6a5e"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.22, 31, c.tone("#dd8a72"))
    )
    return indoor_stage(c, back, top)


def kitchen(c: Canvas) -> Stage:
    """A stove, a dresser with plates, a window."""
    back, top = room(
        c, c.chance.choice(("#cfe6d8", "#fbe6b8", "#cfe2ee")), "#fff7ea", "#d9c6a8", "#c3ae8e"
    )
    one, two = sides(c)
    counter = c.width * (0.36 if two > 0.5 else 0.0)
    width = c.width * 0.64
    tiles = "".join(
        f"M{counter + i * 46:.0f} {top - 190:.0f}h42v42h-42zM{counter + i * 46:.0f} {top - 144:.0f}h42v42h-42z"
        for i in range(int(width // 46) + 1)
    )
    back.append(c.path(tiles, c.tone("#ffffff"), ' fill-opacity=".5"'))
    w, h = 180.0, 150.0
    back.append(window(c, c.width * two - w / 2, top * 0.16, w, h))
    back.append(
        c.rect(counter, top - 96, width, 110, c.tone("#c9694f"))
        + c.rect(counter - 8, top - 108, width + 16, 16, c.tone("#8c5a38"), 4)
    )
    back.append(
        "".join(
            c.rect(counter + 14 + i * 108, top - 80, 92, 78, c.tone("#dd8465"), 5)
            + c.ellipse(counter + 96 + i * 108, top - 42, 4, 4, c.tone("#fcd53f"))
            for i in range(int(width // 108))
        )
    )
    for i, key in enumerate(("teapot", "jam", "bread", "bowl", "potted-plant")):
        back.append(c.art(key, counter + width * (0.12 + 0.19 * i), top - 106, 58))
    back.append(c.art("stove", c.width * one, top + 30, 250))
    shelf = c.width * one
    back.append(c.rect(shelf - 120, top * 0.34, 240, 11, c.tone("#8c5a38")))
    back += [
        c.ellipse(shelf - 88 + 58 * i, top * 0.34 - 24, 23, 23, c.tone(colour))
        + c.ellipse(shelf - 88 + 58 * i, top * 0.34 - 24, 14, 14, c.tone("#ffffff"))
        for i, colour in enumerate(("#5aa9dd", "#f2a32b", "#5aa9dd", "#e8433f"))
    ]
    return indoor_stage(c, back, top)


def workshop(c: Canvas) -> Stage:
    """A bench, tools on the wall, wood."""
    back, top = room(c, "#c9a57c", "#8c6239", "#a87e52", "#946c43")
    planks = "".join(f"M0 {y}H{c.width:.0f}" for y in range(70, int(top), 70))
    back.insert(1, f'<path d="{planks}" stroke="{c.tone("#b58f66")}" stroke-width="4"/>')
    one, two = sides(c)
    back.append(window(c, c.width * one - 80, top * 0.18, 160, 150))
    back.append(c.rect(c.width * two - 190, top * 0.2, 380, 13, c.tone("#7a5236")))
    back += [
        c.art(key, c.width * two - 150 + 76 * i, top * 0.2 + 96, 84)
        for i, key in enumerate(("hammer", "saw", "axe", "scissors", "paintbrush"))
    ]
    back.append(
        c.rect(c.width * two - 220, top - 64, 440, 22, c.tone("#d39a63"), 4)
        + c.rect(c.width * two - 200, top - 42, 24, 66, c.tone("#8c5a38"))
        + c.rect(c.width * two + 176, top - 42, 24, 66, c.tone("#8c5a38"))
    )
    back += [
        c.art("toolbox", c.width * two - 120, top - 62, 62),
        c.art("doll", c.width * two + 20, top - 62, 70),
        c.art("clock", c.width * two + 120, top - 62, 66),
    ]
    back.append(c.art("log", c.width * one, top + 30, 80))
    return indoor_stage(c, back, top)
