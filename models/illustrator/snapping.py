"""Subjects on a grid: pictures that a small network learns from sooner.

A network that looks at patches of 32 pixels has to learn each piece of art anew at every offset
from them. On a grid of that size, a piece of art has a handful of sizes and one offset. Only
training data are drawn so; this module knows boxes, not pictures.
"""

from models.illustrator.canvas import Canvas
from models.illustrator.library import UNIT, Item
from models.illustrator.placed import Placed
from models.illustrator.ties import leaders_of, tied

_LEAST = 2  # cells of a frame's side


def snap(placed: list[Placed], canvas: Canvas, cell: float) -> None:
    """Brings the frames of free subjects to whole cells, in place and size.

    Args:
        placed: Where everything stands. Riders and what they ride stay as they are.
        canvas: Subjects stay inside it.
        cell: Side of a cell, in the canvas's units.
    """
    leaders = leaders_of(placed)
    hosts = {p.actor.words.relation_target for p in placed if tied(p, leaders)}
    for one in placed:
        if tied(one, leaders) or one.actor.subject in hosts:
            continue
        _snap(one, canvas, cell)


def frame_of(item: Item) -> float:
    """Side of the square that an item's sprite is drawn in, in the sprite's units."""
    return UNIT if item.form == "art" else 100.0


def _snap(one: Placed, canvas: Canvas, cell: float) -> None:
    sprite = one.actor.sprite
    frame = frame_of(one.actor.item)
    cells = max(_LEAST, int(one.width / sprite.width * frame / cell + 0.3))
    centre, foot = one.centre, one.foot
    while True:
        scale = cells * cell / frame
        one.width, one.height = sprite.width * scale, sprite.height * scale
        if cells == 1 or (one.width <= canvas.width and one.height <= canvas.height):
            break
        cells -= 1
    left, top, right, _ = sprite.box
    before = (frame - right if one.mirrored else left) * scale
    one.x = _nearest(centre - one.width / 2, before, one.width, canvas.width, cell)
    one.y = _nearest(foot - one.height, top * scale, one.height, canvas.height, cell)


def _nearest(start: float, inset: float, length: float, room: float, cell: float) -> float:
    """The start nearest to the wanted one whose frame lies on the grid, inside if that can be."""
    edge = round((start - inset) / cell) * cell
    while edge + inset < 0:
        edge += cell
    while edge + inset + length > room and edge + inset - cell >= 0:
        edge -= cell
    return edge + inset
