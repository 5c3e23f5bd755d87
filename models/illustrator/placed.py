"""`Placed`: an actor with its box in the picture, and how a box may change."""

from dataclasses import dataclass

from models.illustrator.actors import Actor
from models.illustrator.canvas import SIDE, Canvas


@dataclass(slots=True)
class Placed:
    """An actor in the picture: its box, whether mirrored, what it stands in."""

    actor: Actor
    x: float  # left edge
    y: float  # top edge
    width: float
    height: float
    mirrored: bool = False
    element: str = "ground"  # ground, water, depths, air, sky, carried
    depth: float = 0.0  # painting order: larger is nearer
    lift: float = 0.0  # height above the ground that its shadow stays on

    @property
    def centre(self) -> float:
        """The middle, across."""
        return self.x + self.width / 2

    @property
    def foot(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def overlap(self, other: "Placed") -> float:
        """The share of the smaller box that both boxes cover."""
        w = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        h = min(self.foot, other.foot) - max(self.y, other.y)
        if w <= 0 or h <= 0:
            return 0.0
        return w * h / max(1.0, min(self.width * self.height, other.width * other.height))


def resize(one: Placed, factor: float) -> None:
    """Scales the box about its upper left corner."""
    one.width, one.height = one.width * factor, one.height * factor


def keep_inside(one: Placed, canvas: Canvas) -> None:
    """Nothing named is cut by the picture's edge."""
    edge = 0.012 * SIDE
    fit = min(1.0, (canvas.width - 2 * edge) / one.width, (canvas.height - 2 * edge) / one.height)
    if fit < 1:
        foot, centre = one.foot, one.centre
        resize(one, fit)
        one.x, one.y = centre - one.width / 2, foot - one.height
    one.x = min(max(one.x, edge), canvas.width - edge - one.width)
    one.y = min(max(one.y, edge), canvas.height - edge - one.height)
