"""Where everything stands: actors and a stage in, placed actors in painting order out.

Works on boxes only: it draws nothing and knows no art. Heights are in canvas units, y downwards.
"""

import random
from dataclasses import dataclass, field

from models.illustrator.actors import Actor, flies
from models.illustrator.canvas import SIDE, Canvas
from models.illustrator.scene import Framing, Place, Relation
from models.illustrator.settings.stage import Stage

_UNIT = {Framing.CLOSE: 0.60, Framing.MEDIUM: 0.45, Framing.WIDE: 0.30}
_MARGIN = 0.035
# Where things can be stood upon: across and down the box of the art.
_SURFACES = {
    "table": (0.5, 0.04), "bed": (0.62, 0.42), "chair": (0.5, 0.58), "armchair": (0.5, 0.6),
    "sofa": (0.38, 0.62), "throne": (0.5, 0.66), "horse": (0.62, 0.36), "unicorn": (0.62, 0.36),
    "pegasus": (0.62, 0.36), "donkey": (0.5, 0.3), "camel": (0.55, 0.16), "elephant": (0.55, 0.06),
    "dragon": (0.6, 0.45), "cow": (0.55, 0.22), "sheep": (0.55, 0.2), "turtle": (0.6, 0.1),
    "whale": (0.45, 0.4), "sailboat": (0.72, 0.7), "rowboat": (0.5, 0.42), "ship": (0.62, 0.34),
    "pirate-ship": (0.5, 0.68), "motorboat": (0.66, 0.52), "raft": (0.32, 0.66), "carpet": (0.5, 0.24),
    "wagon": (0.36, 0.1), "sleigh": (0.55, 0.32), "bicycle": (0.4, 0.94), "swing": (0.5, 0.78),
    "broomstick": (0.45, 0.4), "tree": (0.5, 0.42), "stairs": (0.8, 0.06), "bathtub": (0.45, 0.4),
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
    tilt: float = 0.0  # degrees
    rider: "Placed | None" = field(default=None, repr=False)

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


def arrange(actors: list[Actor], stage: Stage, canvas: Canvas, framing: str) -> list[Placed]:
    """Places every actor inside the picture. Deterministic: chance comes from the canvas."""
    if not actors:
        return []
    unit = _unit(actors, stage, canvas, framing)
    placed = [_sized(actor, unit, canvas) for actor in actors]
    leaders = _leaders(placed)
    attached = [p for p in placed if _tied(p, leaders)]
    free = [p for p in placed if not _tied(p, leaders)]
    for one in free:
        one.element = _element(one.actor, stage)
    rows = {
        name: [p for p in free if p.element == name]
        for name in ("ground", "water", "depths", "air", "sky")
    }
    tall = [p for p in rows["ground"] if _stands_back(p.actor)]
    near = [p for p in rows["ground"] if not _stands_back(p.actor)]
    chance = canvas.chance
    _row(near, stage.ground, canvas, 0.62, room_for=sum(p.width for p in tall))
    _back_row(tall, near, stage, canvas)
    if stage.water:
        _row(rows["water"], stage.water, canvas, 0.7)
    _scatter(rows["depths"], stage.depths or stage.ground, canvas, placed=near + tall)
    done = near + tall + rows["water"] + rows["depths"]
    _scatter(rows["air"], stage.air, canvas, placed=done)
    done += rows["air"]
    _celestial(rows["sky"], canvas, done)
    _face(free, chance)
    for one in _in_order(attached, leaders):
        crew = [p for p in attached if _same_tie(p, one)]
        _attach(one, leaders, canvas, stage, (crew.index(one), len(crew)))
    _lower_towers(attached, leaders, canvas)
    for one in placed:
        _keep_inside(one, canvas)
    return sorted(placed, key=lambda p: p.depth)


def _leaders(placed: list[Placed]) -> dict[int, Placed]:
    """The first copy of each subject: what relations refer to."""
    first: dict[int, Placed] = {}
    for one in placed:
        first.setdefault(one.actor.subject, one)
    return first


def _stands_back(actor: Actor) -> bool:
    """Buildings, trees and big furniture stand behind the others."""
    low = {"table", "chair", "cradle", "bathtub", "armchair"}
    return actor.has("tall") or (actor.item.kind == "furniture" and actor.item.key not in low)


def _same_tie(one: Placed, other: Placed) -> bool:
    mine, yours = one.actor.words, other.actor.words
    return (mine.relation, mine.relation_target) == (yours.relation, yours.relation_target)


def _in_order(attached: list[Placed], leaders: dict[int, Placed]) -> list[Placed]:
    """Those that others are tied to come first: the horse on the bridge before its rider."""

    def links(one: Placed) -> int:
        count = 0
        seen: set[int] = set()
        while _tied(one, leaders) and one.actor.subject not in seen:
            seen.add(one.actor.subject)
            assert one.actor.words.relation_target is not None
            one = leaders[one.actor.words.relation_target]
            count += 1
        return count

    return sorted(attached, key=links)


def _tied(one: Placed, leaders: dict[int, Placed]) -> bool:
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


def _unit(actors: list[Actor], stage: Stage, canvas: Canvas, framing: str) -> float:
    """Canvas units for the height of a grown person."""
    share = _UNIT.get(Framing(framing) if framing in set(Framing) else Framing.MEDIUM, 0.45)
    unit = share * SIDE * stage.scale
    ground = [a for a in actors if a.item.kind != "sky"]
    if not ground:
        return unit
    largest = max(a.reach for a in ground)
    if largest * unit < 0.34 * SIDE:  # only small things: step nearer
        unit = 0.36 * SIDE / largest
    limit = (0.66 if framing == Framing.CLOSE else 0.58) * canvas.height
    tallest = max(_measure(a, 1.0)[1] for a in ground)
    unit = min(unit, limit / tallest)
    standing = [a for a in ground if not a.has("tall") and not flies(a)]
    widths = sum(_measure(a, unit)[0] for a in standing) * 1.1
    room = canvas.width * 0.9
    if widths > room:
        unit *= max(0.35, room / widths)
    return unit


def _measure(actor: Actor, unit: float) -> tuple[float, float]:
    """Width and height of an actor; its larger side is its reach."""
    side = max(actor.sprite.width, actor.sprite.height)
    scale = actor.reach * unit / side
    return actor.sprite.width * scale, actor.sprite.height * scale


def _sized(actor: Actor, unit: float, canvas: Canvas) -> Placed:
    width, height = _measure(actor, unit)
    least = 0.085 * SIDE / max(width, height)
    most = min(0.92 * canvas.width / width, 0.8 * canvas.height / height)
    grow = min(max(1.0, least), most)
    return Placed(actor, 0, 0, width * grow, height * grow)


def _element(actor: Actor, stage: Stage) -> str:
    if actor.item.kind == "sky":
        return "sky" if stage.celestial or not stage.indoors else "ground"
    if actor.words.pose == "swimming" and (stage.depths or stage.water):
        return "depths" if stage.depths else "water"
    if flies(actor):
        return "air"
    if stage.depths and (
        actor.has("swim") or actor.item.kind == "boat" or actor.item.kind == "person"
    ):
        wet = stage.water is None or actor.has("swim")
        return "depths" if wet else "water"
    if stage.water and (actor.has("swim") or actor.has("float") or not stage.dry):
        return "water"
    if not stage.dry:
        return "depths"
    return "ground"


def _row(
    row: list[Placed],
    band: tuple[float, float],
    canvas: Canvas,
    nearness: float,
    room_for: float = 0.0,
) -> None:
    """Stands actors side by side in a band, copies staggered, farther ones higher and smaller."""
    if not row:
        return
    row = _ordered(row, canvas.chance)
    room = canvas.width * (1 - 2 * _MARGIN)
    total = sum(p.width for p in row)
    if total > room * 0.97:
        shrink = room * 0.97 / total
        for one in row:
            one.width, one.height = one.width * shrink, one.height * shrink
        total *= shrink
    gap = min((room - total) / (len(row) + 1), 0.15 * SIDE)
    if room_for:  # what stands behind wants a side of its own
        gap = min(gap, max(0.03 * SIDE, (room - total - room_for) / (len(row) + 1)))
    slack = room - total - gap * (len(row) - 1)
    lean = _lean(row, canvas.chance)
    if room_for and 0.3 < lean < 0.7:
        lean = 0.06 if canvas.chance.random() < 0.5 else 0.94
    x = canvas.width * _MARGIN + slack * lean
    far, near = band
    for index, one in enumerate(row):
        one.x = x
        x += one.width + gap
        share = (
            nearness
            + (0.16 if index % 2 else -0.1) * (len(row) > 1)
            + canvas.chance.uniform(-0.06, 0.06)
        )
        if one.actor.words.place == Place.FOREGROUND:
            share = 1.0
        elif one.actor.words.place == Place.BACKGROUND:
            share = 0.0
            _resize(one, 0.7)
        foot = far + (near - far) * min(1.0, max(0.0, share))
        one.y = foot - one.height
        one.depth = foot


def _lean(row: list[Placed], chance: random.Random) -> float:
    """Where a row that does not fill the picture lies: 0 left … 1 right."""
    places = {p.actor.words.place for p in row}
    if len(row) == 1:
        if Place.LEFT in places:
            return 0.12
        if Place.RIGHT in places:
            return 0.88
        if Place.CENTRE in places:
            return 0.5
        return chance.choice((0.36, 0.44, 0.56, 0.64))
    return chance.uniform(0.44, 0.56)


def _ordered(row: list[Placed], chance: random.Random) -> list[Placed]:
    """Left to right: as the words say, else with copies together and a chance order."""
    groups: dict[int, list[Placed]] = {}
    for one in row:
        groups.setdefault(one.actor.subject, []).append(one)
    order = list(groups.values())
    if chance.random() < 0.5:
        order.reverse()

    def side(group: list[Placed]) -> int:
        return {Place.LEFT: -1, Place.RIGHT: 1}.get(
            Place(group[0].actor.words.place or Place.CENTRE), 0
        )

    order.sort(key=side)
    beside = [g for g in order if g[0].actor.words.relation == Relation.BESIDE]
    for group in beside:
        target = group[0].actor.words.relation_target
        host = next((g for g in order if g is not group and g[0].actor.subject == target), None)
        if host is not None:
            order.remove(group)
            order.insert(order.index(host) + chance.choice((0, 1)), group)
    return [one for group in order for one in group]


def _resize(one: Placed, factor: float) -> None:
    one.width, one.height = one.width * factor, one.height * factor


def _back_row(tall: list[Placed], near: list[Placed], stage: Stage, canvas: Canvas) -> None:
    """Buildings and trees behind the others, where they are least hidden."""
    done: list[Placed] = list(near)
    far, close = stage.ground
    for index, one in enumerate(sorted(tall, key=lambda p: -p.width)):
        foot = far + (close - far) * (0.02 + 0.1 * (index % 2))
        one.y = foot - one.height
        one.depth = foot
        choices = _spread(one, canvas)
        one.x = min(choices, key=lambda x: _cost(one, x, done, canvas))
        done.append(one)


def _spread(one: Placed, canvas: Canvas) -> list[float]:
    """Left edges to try, within the margins; the words' side only, where they name one."""
    low, high = canvas.width * _MARGIN, canvas.width * (1 - _MARGIN) - one.width
    if high <= low:
        return [(canvas.width - one.width) / 2]
    shares = {Place.LEFT: (0.0, 0.3), Place.RIGHT: (0.7, 1.0), Place.CENTRE: (0.4, 0.6)}
    start, end = shares.get(Place(one.actor.words.place or Place.FOREGROUND), (0.0, 1.0))
    return [low + (high - low) * (start + (end - start) * i / 12) for i in range(13)]


def _cost(one: Placed, x: float, done: list[Placed], canvas: Canvas) -> float:
    one.x = x
    hidden = sum(one.overlap(other) for other in done)
    return hidden + 0.12 * canvas.chance.random() + 0.08 * abs(one.centre / canvas.width - 0.5)


def _scatter(
    row: list[Placed], band: tuple[float, float], canvas: Canvas, placed: list[Placed]
) -> None:
    """Floats actors in a band of air or water, apart from each other and from `placed`."""
    done = list(placed)
    low, high = band
    for one in row:
        most = min((high - low) + 0.2 * canvas.height, 0.52 * canvas.height)
        if one.height > most:
            _resize(one, most / one.height)
        best = (float("inf"), 0.0, 0.0)
        for x in _spread(one, canvas):
            for share in (0.0, 0.25, 0.5, 0.75, 1.0):
                middle = low + (high - low) * share
                one.y = max(canvas.height * 0.03, middle - one.height / 2)
                cost = _cost(one, x, done, canvas)
                if cost < best[0]:
                    best = (cost, x, one.y)
        _, one.x, one.y = best
        one.depth = one.foot if one.element == "depths" else 10_000 + one.foot
        done.append(one)


def _celestial(row: list[Placed], canvas: Canvas, done: list[Placed]) -> None:
    """Sun, moon, stars, rainbow: behind everything, high, in the freest place."""
    for one in row:
        if one.actor.item.key == "rainbow":
            one.width = min(canvas.width * 0.8, one.width)
            one.x, one.y = (
                (canvas.width - one.width) / 2,
                max(8.0, canvas.horizon - one.height * 0.92),
            )
        else:
            limit = (
                0.2 * SIDE
                if one.actor.item.key in {"sun", "moon", "crescent", "planet", "earth"}
                else 0.26 * SIDE
            )
            if max(one.width, one.height) > limit:
                _resize(one, limit / max(one.width, one.height))
            one.y = canvas.height * canvas.chance.uniform(0.05, 0.14)
            one.x = min(
                _spread(one, canvas),
                key=lambda x: _cost(one, x, done, canvas) - 0.16 * abs(x / canvas.width - 0.5),
            )
        one.depth = -1000.0
        done.append(one)


def _face(free: list[Placed], chance: random.Random) -> None:
    """Turns those that have a side towards the others, or, alone, into the picture."""
    turning = [p for p in free if not p.actor.has("front")]
    company = [p for p in free if p.element != "sky"]
    same = chance.random() < 0.5
    for one in turning:
        others = [p.centre for p in company if p.actor.subject != one.actor.subject]
        if others:
            right = one.centre < sum(others) / len(others)
        else:
            right = same
        one.mirrored = right != one.actor.has("right")


def _attach(
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
        away = 0.5 * (host.width + one.width) * (0.66 if behind else 0.5) + one.width * 0.7 * (
            rank // 2
        )
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
            _resize(one, 0.56 * host.height / one.height)
        one.x = host.centre + 0.2 * host.width + shift - one.width / 2
        one.y = host.foot + 16 - one.height
        one.depth, one.element = host.depth + 1, "ground"
    else:
        _mount(one, host, aside)


def _hold(one: Placed, host: Placed, canvas: Canvas) -> None:
    """In the holder's hand; what flies, a little above it."""
    light = one.actor.has("fly")
    most = (0.62 if light else 0.46) * host.height
    if one.height > most:
        _resize(one, most / one.height)
    side = 1 if host.centre < canvas.width / 2 else -1
    one.x = host.centre + side * host.width * (0.62 if light else 0.4) - one.width / 2
    one.y = host.y + (-0.35 if light else 0.66) * host.height - (0 if light else 0.5 * one.height)
    one.depth = host.depth + 0.5


def _lower_towers(attached: list[Placed], leaders: dict[int, Placed], canvas: Canvas) -> None:
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
            _resize(one, factor)


def _root(one: Placed, leaders: dict[int, Placed]) -> Placed:
    seen: set[int] = set()
    while _tied(one, leaders) and one.actor.subject not in seen:
        seen.add(one.actor.subject)
        target = one.actor.words.relation_target
        assert target is not None
        one = leaders[target]
    return one


def _mount(one: Placed, host: Placed, aside: float) -> None:
    """Puts one on or into its host: on the seat, the back, the deck; `aside` spreads several."""
    key = host.actor.item.key
    across, down = _SURFACES.get(key, (0.5, 0.06))
    inside = one.actor.words.relation == Relation.INSIDE and key in _HOLLOW
    if inside:
        down = 0.3
    if key in _ASTRIDE:
        across, down = 0.4, 0.94
    rides = one.actor.item.kind == "person" and key in _MOUNTS
    if host.mirrored:
        across = 1 - across
    share = 0.62 if aside else 0.95
    most = (
        share * host.width
        if host.actor.item.kind in {"boat", "animal", "vehicle"}
        else 1.1 * host.width
    )
    tallest = 0.5 * host.height if host.actor.item.kind == "boat" else 1.6 * host.height
    fit = min(
        1.0, most / one.width, tallest / one.height if key != "rowboat" and key != "raft" else 1.0
    )
    _resize(one, fit)
    if aside:
        across = 0.5 + aside * 0.9
    one.x = host.x + across * host.width - one.width / 2
    one.y = host.y + down * host.height - one.height
    hidden = key in _HULLS or inside or rides or key in _ASTRIDE
    if hidden:
        one.y += (0.24 if rides else 0.0 if key in _ASTRIDE else 0.2) * one.height
    if key == "tree" and aside:
        one.y += (0.16 if aside > 0 else -0.1) * host.height * abs(aside) * 2
    one.depth = host.depth + (-0.5 if hidden else 0.5)


def _keep_inside(one: Placed, canvas: Canvas) -> None:
    """Nothing named is cut by the picture's edge."""
    edge = 0.012 * SIDE
    fit = min(1.0, (canvas.width - 2 * edge) / one.width, (canvas.height - 2 * edge) / one.height)
    if fit < 1:
        foot, centre = one.foot, one.centre
        _resize(one, fit)
        one.x, one.y = centre - one.width / 2, foot - one.height
    one.x = min(max(one.x, edge), canvas.width - edge - one.width)
    one.y = min(max(one.y, edge), canvas.height - edge - one.height)
