"""What a setting hands to the layout: its drawing, and where things may stand in it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Stage:
    """A backdrop and its places, in canvas units, y downwards.

    `ground` is where feet may be, far to near; `water` where hulls and swimming birds may be, or
    None; `depths` the band of swimmers under water, or None; `air` the band of the middles of flying
    things. `behind` is where the middle of the sky's own things (sun, moon) lies. `provides` names
    library items that the backdrop shows already. `dry` says whether walkers may stand on `ground`;
    where they may not, the layout gives them a boat or lets them float.
    """

    back: list[str]
    ground: tuple[float, float]
    air: tuple[float, float]
    front: list[str] = field(default_factory=list)
    water: tuple[float, float] | None = None
    depths: tuple[float, float] | None = None
    dry: bool = True
    indoors: bool = False
    celestial: bool = True
    provides: frozenset[str] = frozenset()
    scale: float = 1.0
    shadows: bool = True
