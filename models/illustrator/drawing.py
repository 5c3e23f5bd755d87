"""One placed actor as SVG: its shadow or halo, itself in the light, the wave at its foot."""
# ruff: noqa: E501 - path data reads better unbroken

from collections.abc import Collection

from models.illustrator.canvas import SIDE, Canvas
from models.illustrator.light import mix
from models.illustrator.placed import Placed
from models.illustrator.scene import Weather
from models.illustrator.settings.stage import Stage
from models.illustrator.settings.water import surface, wave_line
from models.illustrator.styles import Style


def draw(one: Placed, canvas: Canvas, stage: Stage, look: Style) -> str:
    """One subject: its shadow or halo, itself, and the wave at its foot."""
    sprite = one.actor.sprite
    scale = one.width / sprite.width
    lit = one.actor.has("glow") and canvas.light.is_night
    halo = lit and one.actor.item.key != "star"
    body = sprite.body if lit or one.element == "sky" else canvas.light.on_subject(sprite.body)
    left, top, right, _ = sprite.box
    if one.mirrored:
        move = f"translate({one.x + right * scale:.1f} {one.y - top * scale:.1f}) scale({-scale:.3f} {scale:.3f})"
    else:
        move = f"translate({one.x - left * scale:.1f} {one.y - top * scale:.1f}) scale({scale:.3f})"
    before = ""
    if one.element == "ground" and stage.shadows and not one.actor.has("wall"):
        before = canvas.shadow(one.centre, one.foot + one.lift - 2, one.width * 0.46)
    if halo:
        r = max(one.width, one.height)
        before += "".join(
            canvas.ellipse(
                one.centre,
                one.y + one.height / 2,
                r * size,
                r * size,
                "#ffe9a0",
                f' fill-opacity="{share}"',
            )
            for size, share in ((1.15, 0.04), (0.98, 0.05), (0.82, 0.06), (0.68, 0.07), (0.56, 0.1))
        )
    after = ""
    if one.element == "water":
        after = _waves_at(one, canvas, stage)
    if one.actor.words.pose == "sleeping":
        after += _sleep_marks(one)
    if one.actor.item.key == "witch" and one.element == "air":
        body = _broom(sprite.box, canvas) + body
    drawn = look.subject(f'<g transform="{move}">{body}</g>', canvas)
    return before + drawn + after


def _broom(box: tuple[float, float, float, float], canvas: Canvas) -> str:
    """A broom to stand on, for a witch in the air; in the units of her sprite."""
    drawing = canvas.library.drawings["f:broom"]
    middle = (box[0] + box[2]) / 2
    body = canvas.light.on_subject(drawing.body)
    return (
        f'<g transform="translate({middle:.1f} {box[3] - 2:.1f}) scale(2.7) rotate(45)">'
        f'<g transform="translate(-16 -16)">{body}</g></g>'
    )


def _waves_at(one: Placed, canvas: Canvas, stage: Stage) -> str:
    """A crest across the foot of what floats, in the water's own colour."""
    assert stage.water is not None
    share = 0.12 if one.actor.item.kind == "boat" else 0.17
    line = one.foot - one.height * share
    fill = surface(canvas, *stage.span, line + 10)
    crest = mix(fill, "#ffffff", 0.4)
    width = one.width * 1.3
    depth = one.foot - line + 4
    return (
        f'<g transform="translate({one.centre:.1f} 0)">{wave_line(width, line - 4, depth, crest)}'
        f"{wave_line(width, line + 1, depth, fill)}</g>"
    )


def _sleep_marks(one: Placed) -> str:
    size = max(10.0, one.width * 0.1)
    x, y = one.x + one.width * 0.86, one.y + one.height * 0.08
    d = "".join(
        f"M{x + i * size * 1.1:.1f} {y - i * size * 1.3:.1f}h{size * k:.1f}l{-size * k:.1f} {size * k:.1f}h{size * k:.1f}"
        for i, k in enumerate((0.7, 0.9, 1.15))
    )
    return f'<path d="{d}" fill="none" stroke="#ffffff" stroke-width="{size * 0.22:.1f}" stroke-linecap="round" stroke-linejoin="round" stroke-opacity=".9"/>'


def heavens(canvas: Canvas, placed: list[Placed], without: Collection[str]) -> list[str]:
    """A moon by night, at times a sun by day, where no subject is; none when the words name one."""
    named = {one.actor.item.key for one in placed}
    if canvas.light.weather not in {Weather.CLEAR, Weather.WIND} or named & {
        "sun",
        "moon",
        "crescent",
    }:
        return []
    night = canvas.light.is_night
    key = canvas.chance.choice(("moon", "crescent", "moon")) if night else "sun"
    if key in without or (night and "moon" in without) or canvas.light.time in {"sunset", "dawn"}:
        return []
    if not night and canvas.chance.random() < 0.4:
        return []
    radius = 0.07 * SIDE
    y = canvas.height * 0.16
    spots = [canvas.width * share for share in (0.12, 0.88, 0.3, 0.7)]

    def crowd(x: float) -> float:
        return (
            sum(
                1.0
                for one in placed
                if one.x - radius < x < one.x + one.width + radius and one.y < y + radius * 1.5
            )
            + 0.4 * canvas.chance.random()
        )

    crowds = {spot: crowd(spot) for spot in spots}
    x = min(crowds, key=lambda spot: crowds[spot])
    if crowds[x] >= 1:  # no free sky: better none than half a moon
        return []
    halo = "#f4eec0" if night else "#fff3b0"
    glow = "".join(
        canvas.ellipse(x, y, radius * size, radius * size, halo, f' fill-opacity="{share}"')
        for size, share in ((2.7, 0.04), (2.3, 0.05), (1.95, 0.06), (1.65, 0.07), (1.35, 0.1))
    )
    drawing = canvas.library.drawings[canvas.library.items[key].art[0]]
    scale = 2 * radius / 28
    disc = f'<g transform="translate({x - 16 * scale:.1f} {y - 16 * scale:.1f}) scale({scale:.2f})">{drawing.body}</g>'
    return [glow + disc]
