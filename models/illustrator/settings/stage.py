"""What a setting hands to the layout: its drawing, and where things may stand in it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Stage:
    """A backdrop and its places, in canvas units, y downwards.

    `ground` is where feet may be, far to near; `water` where hulls and swimming birds may be, or
    None; `span` the top and bottom of the water's surface; `depths` the band of swimmers under
    water, or None; `air` the band of the middles of flying things. `dry` says whether walkers may
    stand on `ground`: where they may not, they get a boat or float. `celestial` says whether sun
    and moon can be seen, `scale` how much larger people are drawn than in the open, and `shadows`
    whether things throw a shadow on the ground.
    """

    back: list[str]
    ground: tuple[float, float]
    air: tuple[float, float]
    front: list[str] = field(default_factory=list)
    water: tuple[float, float] | None = None
    span: tuple[float, float] = (0.0, 0.0)
    depths: tuple[float, float] | None = None
    dry: bool = True
    indoors: bool = False
    celestial: bool = True
    scale: float = 1.0
    shadows: bool = True
