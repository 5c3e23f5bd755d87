"""Places that follow from another's: the rider on the horse, the mouse under the table.

A tie is a relation of one subject to another. What may stand freely is the business of `layout`.
"""

from models.illustrator.canvas import SIDE, Canvas
from models.illustrator.placed import Placed, resize
from models.illustrator.scene import Relation
from models.illustrator.settings.stage import Stage

# Where things can be stood upon: across and down the box of the art.
_SURFACES = {
    "table": (0.5, 0.04), "bed": (0.62, 0.42), "chair": (0.5, 0.58), "armchair": (0.5, 0.6),
    "sofa": (0.38, 0.62), "throne": (0.5, 0.66), "horse": (0.62, 0.36), "unicorn": (0.62, 0.36),
    "pegasus": (0.62, 0.36), "donkey": (0.5, 0.3), "camel": (0.55, 0.16), "elephant": (0.55, 0.06),
    "dragon": (0.6, 0.45), "cow": (0.55, 0.22), "sheep": (0.55, 0.2), "turtle": (0.6, 0.1),
    "whale": (0.45, 0.4), "sailboat": (0.72, 0.7), "rowboat": (0.5, 0.42), "ship": (0.62, 0.34),
    "pirate-ship": (0.5, 0.68), "motorboat": (0.66, 0.52), "raft": (0.32, 0.66),
    "carpet": (0.5, 0.24), "wagon": (0.36, 0.1), "sleigh": (0.55, 0.32), "bicycle": (0.4, 0.94),
    "swing": (0.5, 0.78), "broomstick": (0.45, 0.4),
    "tree": (0.5, 0.42), "stairs": (0.8, 0.06), "bathtub": (0.45, 0.4),
    "tractor": (0.62, 0.3), "lotus": (0.5, 0.3), "fireplace": (0.5, 0.02),
}  # fmt: skip
_HULLS = frozenset({"rowboat", "bathtub", "wagon", "sleigh"})
_ASTRIDE = frozenset({"bicycle", "motorcycle", "scooter", "kick-scooter", "skateboard"})
_HOLLOW = frozenset(
    {
        "box",
        "basket",
        "nest",
        "barrel",
        "bag",
        "cradle",
        "cauldron",
        "gift",
        "hat",
        "tea",
        "teapot",
        "bucket",
        "boot",
        "suitcase",
        "bowl",
        "jam",
        "treasure",
        "sack",
    }
)

_MOUNTS = frozenset(
    {
        "horse",
        "unicorn",
        "pegasus",
        "donkey",
        "camel",
        "elephant",
        "dragon",
        "cow",
        "tractor",
        "wagon",
        "dinosaur",
        "ox",
    }
)


def leaders_of(placed: list[Placed]) -> dict[int, Placed]:
    """The first copy of each subject: what relations refer to."""
    first: dict[int, Placed] = {}
    for one in placed:
        first.setdefault(one.actor.subject, one)
    return first


def same_tie(one: Placed, other: Placed) -> bool:
    """Whether both are tied to the same thing in the same way."""
    mine, yours = one.actor.words, other.actor.words
    return (mine.relation, mine.relation_target) == (yours.relation, yours.relation_target)


def in_order(attached: list[Placed], leaders: dict[int, Placed]) -> list[Placed]:
    """Those that others are tied to come first: the horse on the bridge before its rider."""

    def links(one: Placed) -> int:
        count = 0
        seen: set[int] = set()
        while tied(one, leaders) and one.actor.subject not in seen:
            seen.add(one.actor.subject)
            assert one.actor.words.relation_target is not None
            one = leaders[one.actor.words.relation_target]
            count += 1
        return count

    return sorted(attached, key=links)


def tied(one: Placed, leaders: dict[int, Placed]) -> bool:
    """Whether its place follows from another actor's, which itself must be free."""
    words = one.actor.words
    target = words.relation_target
    if target is None or target == one.actor.subject or target not in leaders:
        return False
    if words.relation not in {
        Relation.ON,
        Relation.INSIDE,
        Relation.ABOVE,
        Relation.BEHIND,
        Relation.IN_FRONT,
        Relation.UNDER,
        Relation.HOLDING,
    }:
        return False
    other = leaders[target].actor.words
    circular = other.relation_target == one.actor.subject and target > one.actor.subject
    return not circular and leaders[target].actor.item.kind != "sky"


def attach(
    one: Placed, leaders: dict[int, Placed], canvas: Canvas, stage: Stage, among: tuple[int, int]
) -> None:
    """Places what is tied to another: the `among[0]`-th of `among[1]` with the same tie."""
    words = one.actor.words
    assert words.relation_target is not None
    host = leaders[words.relation_target]
    one.element = "carried"
    one.mirrored = host.mirrored if not one.actor.has("front") else False
    rank, size = among
    # -0.5 … 0.5 across the host, one place each
    aside = (rank + 0.5) / size - 0.5 if size > 1 else 0.0
    if words.relation in {Relation.ABOVE, Relation.UNDER} and size > 1:
        step = one.width * 1.15
        shift = (rank - (size - 1) / 2) * step
    else:
        shift = aside * host.width * 0.8
    if words.relation == Relation.HOLDING:
        _hold(one, host, canvas)
    elif words.relation == Relation.ABOVE and host.actor.item.key not in {"bridge", "fence"}:
        one.x = host.centre + shift - one.width / 2
        one.y = host.y - one.height * (1.15 + 0.25 * (rank % 2))
        one.depth, one.element = host.depth + 5000, "air"
    elif words.relation in {Relation.BEHIND, Relation.IN_FRONT}:
        behind = words.relation == Relation.BEHIND
        side = -1 if rank % 2 else 1
        side = side if host.centre < canvas.width / 2 else -side
        both = host.width + one.width
        # Nobody hides more than two fifths of the other.
        hidden = min(0.17 * both, 0.4 * one.width) if behind else min(0.25 * both, 0.4 * host.width)
        away = 0.5 * both - hidden + one.width * 0.7 * (rank // 2)
        one.x = host.centre + side * away - one.width / 2
        one.y = host.foot - one.height + (-14 if behind else 24)
        one.depth, one.element = host.depth + (-1 if behind else 30), host.element
    elif words.relation == Relation.UNDER:
        nudge = 0.2 * host.width if size == 1 and one.width < host.width * 0.6 else 0.0
        one.x = host.centre + nudge + shift - one.width / 2
        one.y = min(host.foot + 20, canvas.height * 0.97) - one.height
        if host.element in {"air", "sky"}:
            one.y = stage.ground[1] - one.height
        one.depth, one.element = host.depth + 1, "ground"
    elif (
        host.actor.item.kind == "building"
        and host.actor.item.key != "bridge"
        and words.relation == Relation.INSIDE
    ):
        if one.height > 0.56 * host.height:
            resize(one, 0.56 * host.height / one.height)
        one.x = host.centre + 0.2 * host.width + shift - one.width / 2
        one.y = host.foot + 16 - one.height
        one.depth, one.element = host.depth + 1, "ground"
    else:
        _mount(one, host, aside, rank)


def _hold(one: Placed, host: Placed, canvas: Canvas) -> None:
    """In the holder's hand; what flies, a little above it."""
    light = one.actor.has("fly")
    most = (0.62 if light else 0.46) * host.height
    if one.height > most:
        resize(one, most / one.height)
    side = 1 if host.centre < canvas.width / 2 else -1
    one.x = host.centre + side * host.width * (0.62 if light else 0.4) - one.width / 2
    one.y = host.y + (-0.35 if light else 0.66) * host.height - (0 if light else 0.5 * one.height)
    one.depth = host.depth + 0.5


def lower_towers(attached: list[Placed], leaders: dict[int, Placed], canvas: Canvas) -> None:
    """Shrinks a host with all it carries when the pile would reach out of the picture's top."""
    edge = 0.02 * SIDE
    for root in {id(r): r for r in (_root(one, leaders) for one in attached)}.values():
        pile = [root, *(one for one in attached if _root(one, leaders) is root)]
        top = min(one.y for one in pile)
        if top >= edge or root.foot <= edge:
            continue
        factor = (root.foot - edge) / (root.foot - top)
        foot, centre = root.foot, root.centre
        for one in pile:
            one.x = centre + (one.x - centre) * factor
            one.y = foot + (one.y - foot) * factor
            resize(one, factor)


def _root(one: Placed, leaders: dict[int, Placed]) -> Placed:
    seen: set[int] = set()
    while tied(one, leaders) and one.actor.subject not in seen:
        seen.add(one.actor.subject)
        target = one.actor.words.relation_target
        assert target is not None
        one = leaders[target]
    return one


def _mount(one: Placed, host: Placed, aside: float, rank: int) -> None:
    """Puts one on or into its host: on the seat, the back, the deck; `aside` spreads several."""
    key = host.actor.item.key
    across, down = _SURFACES.get(key, (0.5, 0.06))
    inside = one.actor.words.relation == Relation.INSIDE and key in _HOLLOW
    if inside:
        down = 0.3
        resize(one, min(1.0, 0.6 * host.width / one.width, 0.75 * host.height / one.height))
    if key in _ASTRIDE:
        across, down = 0.4, 0.94
    rides = one.actor.item.kind == "person" and key in _MOUNTS
    if host.mirrored:
        across = 1 - across
    share = 0.62 if aside else 0.95
    if host.actor.has("hang"):
        one.x, one.y = host.centre - one.width / 2, host.foot - 0.08 * host.height
        one.depth, one.element = host.depth - 0.5, "air"
        return
    most = (
        share * host.width
        if host.actor.item.kind in {"boat", "animal", "vehicle"}
        else 1.1 * host.width
    )
    tallest = 0.5 * host.height if host.actor.item.kind == "boat" else 1.6 * host.height
    fit = min(
        1.0, most / one.width, tallest / one.height if key not in {"rowboat", "raft"} else 1.0
    )
    resize(one, fit)
    if aside:
        across = 0.5 + aside * 0.9
    one.x = host.x + across * host.width - one.width / 2
    one.y = host.y + down * host.height - one.height
    hidden = key in _HULLS or inside or rides or key in _ASTRIDE
    if hidden:
        one.y += (0.24 if rides else 0.0 if key in _ASTRIDE else 0.2) * one.height
    if key == "tree" and aside:
        one.y += (0.09 if rank % 2 else -0.13) * host.height
    one.depth = host.depth + (-0.5 if hidden else 0.5)
