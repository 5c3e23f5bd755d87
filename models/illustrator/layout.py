"""Where everything stands: actors and a stage in, placed actors in painting order out.

Works on boxes only: it draws nothing and knows no art. Heights are in canvas units, y downwards.
"""

import random

from models.illustrator.actors import Actor, flies
from models.illustrator.canvas import SIDE, Canvas
from models.illustrator.placed import Placed, keep_inside, resize
from models.illustrator.scene import Framing, Place, Pose, Relation
from models.illustrator.settings.stage import Stage
from models.illustrator.ties import attach, in_order, leaders_of, lower_towers, same_tie, tied

_UNIT = {Framing.CLOSE: 0.60, Framing.MEDIUM: 0.45, Framing.WIDE: 0.30}
_MARGIN = 0.035


def arrange(actors: list[Actor], stage: Stage, canvas: Canvas, framing: str) -> list[Placed]:
    """Places every actor inside the picture. Deterministic: chance comes from the canvas."""
    if not actors:
        return []
    unit = _unit(actors, stage, canvas, framing)
    placed = [_sized(actor, unit, canvas) for actor in actors]
    leaders = leaders_of(placed)
    attached = [p for p in placed if tied(p, leaders)]
    free = [p for p in placed if not tied(p, leaders)]
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
    for one in near:
        if one.actor.words.pose == Pose.JUMPING:
            one.lift = max(0.0, min(0.3 * one.height, one.y - 0.03 * SIDE))
            one.y -= one.lift
    _back_row(tall, near, stage, canvas)
    if stage.water:
        _row(rows["water"], stage.water, canvas, 0.7)
    _scatter(rows["depths"], stage.depths or stage.ground, canvas, near + tall + rows["water"])
    done = near + tall + rows["water"] + rows["depths"]
    _scatter(rows["air"], stage.air, canvas, placed=done)
    done += rows["air"]
    _celestial(rows["sky"], canvas, done)
    _face(free, chance)
    for one in in_order(attached, leaders):
        crew = [p for p in attached if same_tie(p, one)]
        attach(one, leaders, canvas, stage, (crew.index(one), len(crew)))
    lower_towers(attached, leaders, canvas)
    for one in placed:
        keep_inside(one, canvas)
    return sorted(placed, key=lambda p: p.depth)


def _stands_back(actor: Actor) -> bool:
    """Buildings, trees and big furniture stand behind the others."""
    low = {"table", "chair", "cradle", "bathtub", "armchair"}
    return actor.has("tall") or (actor.item.kind == "furniture" and actor.item.key not in low)


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
    alive = actor.item.kind in {"person", "animal"}
    least = (0.12 if alive and not flies(actor) else 0.085) * SIDE / max(width, height)
    most = min(0.92 * canvas.width / width, 0.8 * canvas.height / height)
    grow = min(max(1.0, least), most)
    return Placed(actor, 0, 0, width * grow, height * grow)


def _element(actor: Actor, stage: Stage) -> str:
    """Where it belongs: ground, water, depths, air or sky."""
    if actor.item.kind == "sky":
        return "sky" if stage.celestial or not stage.indoors else "ground"
    if actor.words.pose == "swimming" and (stage.depths or stage.water):
        return "depths" if stage.depths else "water"
    if flies(actor):
        return "air"
    swims = actor.has("swim")
    if stage.depths and (swims or actor.item.kind in {"boat", "person"}):
        return "depths" if swims or stage.water is None else "water"
    if stage.water and (swims or actor.has("float") or not stage.dry):
        return "water"
    return "ground" if stage.dry else "depths"


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
            resize(one, 0.7)
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
        return {"left": -1, "right": 1}.get(group[0].actor.words.place, 0)

    order.sort(key=side)
    beside = [g for g in order if g[0].actor.words.relation == Relation.BESIDE]
    for group in beside:
        target = group[0].actor.words.relation_target
        host = next((g for g in order if g is not group and g[0].actor.subject == target), None)
        if host is not None:
            order.remove(group)
            order.insert(order.index(host) + chance.choice((0, 1)), group)
    return [one for group in order for one in group]


def _back_row(tall: list[Placed], near: list[Placed], stage: Stage, canvas: Canvas) -> None:
    """Buildings and trees behind the others, where they are least hidden."""
    done: list[Placed] = list(near)
    far, close = stage.ground
    room, total = canvas.width * (1 - 2 * _MARGIN), sum(one.width for one in tall)
    if total > room:
        for one in tall:
            resize(one, max(0.55, room / total))
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
    shares = {"left": (0.0, 0.3), "right": (0.7, 1.0), "centre": (0.4, 0.6)}
    start, end = shares.get(one.actor.words.place, (0.0, 1.0))
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
    room = 0.45 * canvas.width * (high - low + 0.2 * canvas.height)
    filled = sum(one.width * one.height for one in row)
    if filled > room:  # a flock: smaller, so that each is seen
        for one in row:
            resize(one, max(0.5, (room / filled) ** 0.5))
    for one in row:
        most = min((high - low) + 0.2 * canvas.height, 0.52 * canvas.height)
        if one.height > most:
            resize(one, most / one.height)
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
                resize(one, limit / max(one.width, one.height))
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
        right = one.centre < sum(others) / len(others) if others else same
        one.mirrored = right != one.actor.has("right")
