"""Settings inside: rooms, halls, a cave, a train."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.light import Light
from models.illustrator.settings.stage import Stage


def _room(
    c: Canvas, wall: str, skirting: str, floor: str, board: str, *, paper: str = ""
) -> tuple[list[str], float]:
    """Wall, wallpaper, skirting and floor boards; returns the drawing and the floor's top."""
    top = c.height - (c.height - c.horizon) * 0.92
    back = [c.rect(0, 0, c.width, top, c.tone(wall))]
    if paper:
        stripes = "".join(f"M{x} 0h26v{top:.0f}h-26z" for x in range(0, int(c.width), 78))
        back.append(c.path(stripes, c.tone(paper)))
    back.append(c.rect(0, top, c.width, c.height - top, c.tone(floor)))
    boards = "".join(
        f"M{c.width / 2 + (i - 12) * 74:.0f} {top:.0f}L{c.width / 2 + (i - 12) * 150:.0f} {c.height:.0f}"
        for i in range(25)
    )
    back.append(f'<path d="{boards}" stroke="{c.tone(board)}" stroke-width="3" fill="none"/>')
    back.append(c.rect(0, top - 20, c.width, 24, c.tone(skirting)))
    return back, top


def _window(c: Canvas, x: float, y: float, w: float, h: float) -> str:
    """A window that shows the hour and the weather outside."""
    outside = Light(c.light.time, c.light.weather)
    strips = "".join(
        c.rect(x, y + h * i / 8, w, h / 8 + 1, colour)
        for i, colour in enumerate(outside.sky[min(2, i // 3)] for i in range(8))
    )
    if outside.is_night:
        strips += c.ellipse(x + w * 0.7, y + h * 0.25, 17, 17, "#fff1b8") + "".join(
            c.ellipse(x + w * a, y + h * b, 2.5, 2.5, "#fff")
            for a, b in ((0.15, 0.2), (0.35, 0.45), (0.25, 0.7), (0.85, 0.6))
        )
    else:
        strips += c.path(
            f"M{x:.0f} {y + h:.0f}V{y + h * 0.72:.0f}Q{x + w / 2:.0f} {y + h * 0.55:.0f} {x + w:.0f} {y + h * 0.76:.0f}V{y + h:.0f}Z",
            outside.scenery("#8fcf5f" if not c.winter else "#f1f7fc"),
        )
    frame = c.tone("#fff7ea")
    return (
        c.rect(x - 12, y - 12, w + 24, h + 24, frame, 5)
        + strips
        + c.rect(x + w / 2 - 4, y, 8, h, frame)
        + c.rect(x, y + h / 2 - 4, w, 8, frame)
        + c.rect(x - 22, y + h + 8, w + 44, 13, c.tone("#e9dcc4"), 4)
    )


def _curtains(c: Canvas, x: float, y: float, w: float, h: float, fill: str) -> str:
    colour = c.tone(fill)
    left = f"M{x - 40:.0f} {y - 24:.0f}h64q-4 {h * 0.5:.0f} -34 {h * 0.78:.0f}q12 {h * 0.2:.0f} 4 {h * 0.36:.0f}h-34z"
    return (
        c.path(left, colour)
        + f'<g transform="translate({2 * x + w:.0f} 0) scale(-1 1)">{c.path(left, colour)}</g>'
        + c.rect(x - 52, y - 32, w + 104, 11, c.tone("#8c5a38"), 5)
    )


def _stage(
    c: Canvas, back: list[str], top: float, provides: set[str], front: list[str] | None = None
) -> Stage:
    depth = c.height - top
    return Stage(
        back,
        ground=(top + depth * 0.36, c.height - depth * 0.12),
        air=(c.height * 0.16, top * 0.6),
        indoors=True,
        celestial=False,
        front=front or [],
        provides=frozenset(provides),
        scale=1.12,
    )


def _sides(c: Canvas) -> tuple[float, float]:
    return (0.2, 0.8) if c.chance.random() < 0.5 else (0.8, 0.2)


def _lamplight(c: Canvas, x: float, y: float) -> str:
    """A warm glow at night."""
    if not c.light.is_night:
        return ""
    return "".join(
        c.ellipse(x, y, r, r, "#ffdf8f", f' fill-opacity="{share}"')
        for r, share in ((230, 0.05), (190, 0.05), (150, 0.06), (115, 0.07), (80, 0.08))
    )


def _moonbeam(c: Canvas, x: float, top: float) -> str:
    """Moonlight falling through a window on to the floor."""
    if not c.light.is_night:
        return ""
    lean = 120 if x < c.width / 2 else -120
    d = f"M{x - 80:.0f} {top * 0.45:.0f}h160L{x + 170 + lean:.0f} {c.height:.0f}h-300z"
    return c.path(d, "#dfe6ff", ' fill-opacity=".12"')


def bedroom(c: Canvas) -> Stage:
    """A bed, a window with curtains, a rug."""
    back, top = _room(
        c,
        c.chance.choice(("#bcd0ef", "#d8c9ec", "#f3cfc6")),
        "#fff7ea",
        "#c99b6b",
        "#b88857",
        paper="",
    )
    one, two = _sides(c)
    w, h = 190.0, 200.0
    back.append(
        _window(c, c.width * two - w / 2, top * 0.2, w, h)
        + _curtains(c, c.width * two - w / 2, top * 0.2, w, h, "#8d7fd0")
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
    return _stage(c, back, top, {"bed", "window", "picture"})


def living_room(c: Canvas) -> Stage:
    """A fireplace, a sofa, pictures."""
    back, top = _room(
        c,
        c.chance.choice(("#f2dcb0", "#cfe0c9", "#f0cdb4")),
        "#fff7ea",
        "#b9824f",
        "#a5703f",
        paper="",
    )
    stripes = "".join(f"M{x} 0h22v{top:.0f}h-22z" for x in range(0, int(c.width), 66))
    back.insert(1, c.path(stripes, c.tone("#ffffff"), ' fill-opacity=".22"'))
    one, two = _sides(c)
    back.append(c.art("fireplace", c.width * one, top + 10, 250))
    back.append(_lamplight(c, c.width * one, top - 70))
    w, h = 170.0, 180.0
    back.append(
        _window(c, c.width * two - w / 2, top * 0.2, w, h)
        + _curtains(c, c.width * two - w / 2, top * 0.2, w, h, "#c2483f")
    )
    back.append(c.art("armchair", c.width * (0.93 if two > 0.5 else 0.07), top + 56, 170))
    back.append(c.art("picture", c.width * 0.5, top * 0.5, 110))
    back.append(
        c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.34, 54, c.tone("#a8434b"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.29, 43, c.tone("#cf6a5e"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.22, 31, c.tone("#dd8a72"))
    )
    return _stage(c, back, top, {"fireplace", "armchair", "window", "picture", "chair"})


def kitchen(c: Canvas) -> Stage:
    """A stove, a dresser with plates, a window."""
    back, top = _room(
        c, c.chance.choice(("#cfe6d8", "#fbe6b8", "#cfe2ee")), "#fff7ea", "#d9c6a8", "#c3ae8e"
    )
    one, two = _sides(c)
    counter = c.width * (0.36 if two > 0.5 else 0.0)
    width = c.width * 0.64
    tiles = "".join(
        f"M{counter + i * 46:.0f} {top - 190:.0f}h42v42h-42zM{counter + i * 46:.0f} {top - 144:.0f}h42v42h-42z"
        for i in range(int(width // 46) + 1)
    )
    back.append(c.path(tiles, c.tone("#ffffff"), ' fill-opacity=".5"'))
    w, h = 180.0, 150.0
    back.append(_window(c, c.width * two - w / 2, top * 0.16, w, h))
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
    return _stage(c, back, top, {"stove", "window"})


def throne_room(c: Canvas) -> Stage:
    """Pillars, banners, a red carpet and the throne."""
    back, top = _room(c, "#a294b8", "#7d6f96", "#cbb9a4", "#b8a58f")
    rows = "".join(
        f"M{(row % 2) * 60 - 60 + i * 120} {row * 60}h116v56h-116z"
        for row in range(int(top // 60) + 1)
        for i in range(int(c.width // 120) + 2)
    )
    back.insert(1, c.path(rows, c.tone("#ab9dc0")))
    back[-1:] = [c.rect(0, top - 20, c.width, 24, c.tone("#7d6f96"))]
    for i, share in enumerate((0.08, 0.3, 0.7, 0.92)):
        x = c.width * share
        if i in {1, 2}:
            back.append(
                c.path(f"M{x - 38:.0f} 30h76v{top * 0.52:.0f}l-38 34l-38 -34z", c.tone("#b3203f"))
                + c.path(f"M{x - 30:.0f} 30h60v{top * 0.5:.0f}l-30 27l-30 -27z", c.tone("#d2344f"))
                + c.art("crown", x, 30 + top * 0.36, 46)
            )
        else:
            back.append(
                c.rect(x - 34, 0, 68, top, c.tone("#d9d0e6"))
                + c.rect(x - 34, 0, 16, top, c.tone("#ebe4f5"))
                + c.rect(x - 46, top - 34, 92, 36, c.tone("#c6badb"), 4)
                + c.rect(x - 46, 0, 92, 26, c.tone("#c6badb"), 4)
            )
    back.append(
        c.path(
            f"M{c.width * 0.42:.0f} {top:.0f}H{c.width * 0.58:.0f}L{c.width * 0.72:.0f} {c.height:.0f}H{c.width * 0.28:.0f}Z",
            c.tone("#c2183c"),
        )
    )
    back.append(
        c.path(
            f"M{c.width * 0.435:.0f} {top:.0f}h8L{c.width * 0.315:.0f} {c.height:.0f}h-16zM{c.width * 0.565:.0f} {top:.0f}h-8L{c.width * 0.685:.0f} {c.height:.0f}h16z",
            c.tone("#fcc21b"),
        )
    )
    back.append(c.art("throne", c.width * 0.5, top + 26, 270))
    stage = _stage(c, back, top, {"throne", "crown"})
    stage.ground = (top + (c.height - top) * 0.5, stage.ground[1])
    return stage


def school(c: Canvas) -> Stage:
    """A classroom with a blackboard."""
    back, top = _room(c, "#f6e6bd", "#e0c48f", "#cda674", "#b98f5c")
    w, h = min(c.width * 0.46, 470), top * 0.52
    x, y = c.width * 0.5 - w / 2, top * 0.14
    back.append(
        c.rect(x - 14, y - 14, w + 28, h + 28, c.tone("#9c6a3f"), 6)
        + c.rect(x, y, w, h, c.tone("#2f6b52"))
    )
    chalk = f"M{x + 40:.0f} {y + h * 0.34:.0f}l26 -46l26 46zm120 0a23 23 0 1 0 .1 0m90 0v-46h46v46z"
    back.append(
        f'<path d="{chalk}" fill="none" stroke="#e9f4ee" stroke-width="4"/><path d="M{x + 40:.0f} {y + h * 0.6:.0f}h{w * 0.7:.0f}M{x + 40:.0f} {y + h * 0.76:.0f}h{w * 0.5:.0f}" stroke="#cfe5da" stroke-width="4" stroke-dasharray="34 12"/>'
    )
    for share in (0.13, 0.87):
        back.append(_window(c, c.width * share - 62, top * 0.18, 124, 170))
    back.append(c.art("clock", c.width * 0.5, y - 18, 60) if y > 90 else "")
    back.append(
        c.art("bookcase", c.width * 0.95, top + 20, 180)
        + c.art("earth", c.width * 0.06, top - 4, 84)
    )
    return _stage(c, back, top, {"bookcase", "window", "earth"})


def library(c: Canvas) -> Stage:
    """Walls of books."""
    back, top = _room(c, "#7a5236", "#5b3a26", "#b9824f", "#a5703f")
    spines = ("#c2483f", "#3f7fb5", "#5a9a57", "#e0a52e", "#8d65c5", "#d98a5a", "#e9dcc4")
    by_colour: dict[str, list[str]] = {}
    shelves = []
    row_height = 88
    for row in range(int(top // row_height) + 1):
        y = row * row_height + 10
        shelves.append(f"M0 {y + 72}H{c.width:.0f}v12H0z")
        x = 6.0
        while x < c.width:
            w, h = c.chance.choice((12, 15, 19, 24)), c.chance.choice((48, 56, 62))
            by_colour.setdefault(c.chance.choice(spines), []).append(
                f"M{x:.0f} {y + 72 - h}h{w}v{h}h-{w}z"
            )
            x += w + c.chance.choice((1, 1, 1, 2, 26))
    back[1:1] = (
        [c.rect(0, 0, c.width, top, c.tone("#4a2f22"))]
        + [c.path("".join(d), c.tone(colour)) for colour, d in by_colour.items()]
        + [c.path("".join(shelves), c.tone("#8c5a38"))]
    )
    back.append(
        c.path(
            "".join(
                f"M{c.width * share - 12:.0f} 0h24v{top:.0f}h-24z"
                for share in (0.02, 0.34, 0.66, 0.98)
            ),
            c.tone("#8c5a38"),
        )
    )
    back.append(
        c.art("lamp", c.width * 0.93, top + 40, 250) + c.art("books", c.width * 0.08, top + 50, 80)
    )
    back.append(_lamplight(c, c.width * 0.93, top - 160))
    back.append(
        c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.32, 50, c.tone("#7a3b5c"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.27, 39, c.tone("#96507a"))
    )
    return _stage(c, back, top, {"bookcase", "books", "lamp"})


def shop(c: Canvas) -> Stage:
    """Shelves of goods behind a counter."""
    back, top = _room(c, "#f4dcb8", "#c99b6b", "#c9a27a", "#b58d64")
    goods = (
        "jam",
        "bread",
        "cake",
        "cheese",
        "honey",
        "teapot",
        "cookie",
        "pretzel",
        "pie",
        "cupcake",
        "doughnut",
        "croissant",
        "candy",
        "doll",
        "ball",
        "teddy",
        "drum",
    )
    for row in range(3):
        y = top * (0.26 + 0.24 * row)
        back.append(c.rect(c.width * 0.08, y, c.width * 0.84, 13, c.tone("#a06a3f")))
        count = max(5, int(c.width * 0.84 // 100))
        back += [
            c.art(
                c.chance.choice(goods),
                c.width * 0.08 + c.width * 0.84 * (i + 0.5) / count,
                y + 2,
                62,
            )
            for i in range(count)
        ]
    back.append(
        c.rect(0, top - 70, c.width, 96, c.tone("#b8763f"))
        + c.rect(0, top - 82, c.width, 18, c.tone("#d39a63"))
    )
    panels = "".join(f"M{x} {top - 50:.0f}h96v60h-96z" for x in range(16, int(c.width), 122))
    back.append(c.path(panels, c.tone("#c98a52")))
    n = 14
    for k in range(n):
        w = c.width / n
        back.append(
            c.path(
                f"M{k * w:.0f} 0h{w:.1f}v44a{w / 2:.1f} 20 0 0 1 {-w:.1f} 0z",
                c.tone("#e8433f" if k % 2 else "#fff8ec"),
            )
        )
    return _stage(c, back, top + 26, {"bread", "cake"})


def workshop(c: Canvas) -> Stage:
    """A bench, tools on the wall, wood."""
    back, top = _room(c, "#c9a57c", "#8c6239", "#a87e52", "#946c43")
    planks = "".join(f"M0 {y}H{c.width:.0f}" for y in range(70, int(top), 70))
    back.insert(1, f'<path d="{planks}" stroke="{c.tone("#b58f66")}" stroke-width="4"/>')
    one, two = _sides(c)
    back.append(_window(c, c.width * one - 80, top * 0.18, 160, 150))
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
    return _stage(c, back, top, {"hammer", "saw", "toolbox", "window"})


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


def train(c: Canvas) -> Stage:
    """Inside a carriage, the land passing by."""
    back, top = _room(c, "#b8523f", "#7a3a2c", "#8f7a6a", "#7d6858")
    count = max(3, round(3 * c.width / 1024))
    w, h = c.width / count * 0.66, top * 0.5
    for i in range(count):
        back.append(_window(c, c.width * (i + 0.5) / count - w / 2, top * 0.16, w, h))
    back.append(c.rect(0, top * 0.06, c.width, 10, c.tone("#fcc21b")))
    for i in range(count):
        x = c.width * (i + 0.5) / count
        if i % 2 == 0:
            back.append(
                c.rect(x - w * 0.46, top - 110, w * 0.92, 96, c.tone("#2f6f6a"), 16)
                + c.rect(x - w * 0.5, top - 34, w, 50, c.tone("#3f8a84"), 12)
            )
    return _stage(c, back, top, {"train", "window", "chair"})
