"""Settings under other roofs: throne room, school, library, shop, train."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.settings.rooms import indoor_stage, lamplight, room, window
from models.illustrator.settings.stage import Stage


def throne_room(c: Canvas) -> Stage:
    """Pillars, banners, a red carpet and the throne."""
    back, top = room(c, "#a294b8", "#7d6f96", "#cbb9a4", "#b8a58f")
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
    stage = indoor_stage(c, back, top)
    stage.ground = (top + (c.height - top) * 0.5, stage.ground[1])
    return stage


def school(c: Canvas) -> Stage:
    """A classroom with a blackboard."""
    back, top = room(c, "#f6e6bd", "#e0c48f", "#cda674", "#b98f5c")
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
        back.append(window(c, c.width * share - 62, top * 0.18, 124, 170))
    back.append(c.art("clock", c.width * 0.5, y - 18, 60) if y > 90 else "")
    back.append(
        c.art("bookcase", c.width * 0.95, top + 20, 180)
        + c.art("earth", c.width * 0.06, top - 4, 84)
    )
    return indoor_stage(c, back, top)


def library(c: Canvas) -> Stage:
    """Walls of books."""
    back, top = room(c, "#7a5236", "#5b3a26", "#b9824f", "#a5703f")
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
    back.append(lamplight(c, c.width * 0.93, top - 160))
    back.append(
        c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.32, 50, c.tone("#7a3b5c"))
        + c.ellipse(c.width * 0.5, c.height - 62, c.width * 0.27, 39, c.tone("#96507a"))
    )
    return indoor_stage(c, back, top)


def shop(c: Canvas) -> Stage:
    """Shelves of goods behind a counter."""
    back, top = room(c, "#f4dcb8", "#c99b6b", "#c9a27a", "#b58d64")
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
    return indoor_stage(c, back, top + 26)


def train(c: Canvas) -> Stage:
    """Inside a carriage, the land passing by."""
    back, top = room(c, "#b8523f", "#7a3a2c", "#8f7a6a", "#7d6858")
    count = max(3, round(3 * c.width / 1024))
    w, h = c.width / count * 0.66, top * 0.5
    for i in range(count):
        back.append(window(c, c.width * (i + 0.5) / count - w / 2, top * 0.16, w, h))
    back.append(c.rect(0, top * 0.06, c.width, 10, c.tone("#fcc21b")))
    for i in range(count):
        x = c.width * (i + 0.5) / count
        if i % 2 == 0:
            back.append(
                c.rect(x - w * 0.46, top - 110, w * 0.92, 96, c.tone("#2f6f6a"), 16)
                + c.rect(x - w * 0.5, top - 34, w, 50, c.tone("#3f8a84"), 12)
            )
    return indoor_stage(c, back, top)
