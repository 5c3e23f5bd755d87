"""What rooms share: walls, floors, windows, lamplight."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.light import Light, mix
from models.illustrator.settings.stage import Stage


def room(
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


def window(c: Canvas, x: float, y: float, w: float, h: float) -> str:
    """A window that shows the hour and the weather outside."""
    outside = Light(c.light.time, c.light.weather)
    top, middle, low = outside.sky
    shades = [mix(top, middle, i / 6) for i in range(6)] + [
        mix(middle, low, i / 6) for i in range(6)
    ]
    strips = "".join(
        c.rect(x, y + h * i / 12, w, h / 12 + 1, shade) for i, shade in enumerate(shades)
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


def curtains(  # noqa: PLR0917 - a box and a colour
    c: Canvas, x: float, y: float, w: float, h: float, fill: str
) -> str:
    """A pair of curtains with their rail for the window in that box."""
    colour = c.tone(fill)
    left = f"M{x - 40:.0f} {y - 24:.0f}h64q-4 {h * 0.5:.0f} -34 {h * 0.78:.0f}q12 {h * 0.2:.0f} 4 {h * 0.36:.0f}h-34z"
    return (
        c.path(left, colour)
        + f'<g transform="translate({2 * x + w:.0f} 0) scale(-1 1)">{c.path(left, colour)}</g>'
        + c.rect(x - 52, y - 32, w + 104, 11, c.tone("#8c5a38"), 5)
    )


def indoor_stage(c: Canvas, back: list[str], top: float, front: list[str] | None = None) -> Stage:
    """A stage whose floor begins at `top`."""
    depth = c.height - top
    return Stage(
        back,
        ground=(top + depth * 0.36, c.height - depth * 0.12),
        air=(c.height * 0.16, top * 0.6),
        indoors=True,
        celestial=False,
        front=front or [],
        scale=1.12,
    )


def sides(c: Canvas) -> tuple[float, float]:
    """Two places along the wall, left and right or the other way round."""
    return (0.2, 0.8) if c.chance.random() < 0.5 else (0.8, 0.2)


def lamplight(c: Canvas, x: float, y: float) -> str:
    """A warm glow at night."""
    if not c.light.is_night:
        return ""
    return "".join(
        c.ellipse(x, y, r, r, "#ffdf8f", f' fill-opacity="{share}"')
        for r, share in ((230, 0.05), (190, 0.05), (150, 0.06), (115, 0.07), (80, 0.08))
    )
