"""How right the composer's pictures are, measured without eyes or networks.

    python -m models.illustrator.evaluate [--captions 400] [--json FILE]

Each subject of a composed picture is a layer, so what is drawn, how often, where, and how much of
it is seen can be told exactly. Two questions are asked of every scene: is it drawn as it was
described (`scene → picture`), and is it drawn as a caption of it was read (`words → picture`)? The
captions are those of the illustrator's training, in wordings that its training never uses; the
parser's rules were written apart from them. Then come the labelled story sentences of the tests.

It does not know whether a picture is beautiful, nor whether a sheep looks like one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.illustrator.composer import Composition, compose
from models.illustrator.layers import Layer, LayerKind
from models.illustrator.parser import parse
from models.illustrator.scene import Relation, Scene
from models.illustrator.sight import visible_shares
from models.illustrator.training.captions import caption
from models.illustrator.training.config import load_config
from models.illustrator.training.scenes import draw_scene
from models.illustrator.training.vocabulary import Vocabulary

SIZE = (640, 480)  # of the pictures; pixels
_SEEN = 0.35  # share of a subject's own pixels that must be seen
_EDGE = 1.5  # pixels by which a box may pass the picture's edge
_FIGURES = (
    "subject", "all subjects", "nothing else", "setting", "time", "count", "colour", "relation",
    "hidden", "cut",
)  # fmt: skip


@dataclass
class Tally:
    """Right cases of asked ones, by figure."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def add(self, figure: str, right: bool) -> None:
        """Counts one case."""
        self.right[figure] += right
        self.asked[figure] += 1


def measure(tally: Tally, scene: Scene, picture: Composition, read: Scene | None = None) -> None:
    """Adds one picture to a tally.

    Figures are rights of cases: `subject` (it is there, mostly seen and not cut), `all subjects`
    (of scenes with two or more), `nothing else` (nothing unasked that words could have named),
    `setting`, `time`, `count`, `colour`, `relation`; and of what is drawn at all, how much is not
    `hidden` and not `cut`.

    Args:
        tally: Takes the cases.
        scene: What was asked.
        picture: What was drawn.
        read: What the parser made of the words; None when the scene itself was drawn.
    """
    layers = picture.layers()
    subjects = [layer for layer in layers if layer.kind == LayerKind.SUBJECT]
    shares = visible_shares(layers)
    good: Counter[str] = Counter()
    for layer, share in zip(subjects, shares, strict=True):
        whole = _inside(layer, picture)
        tally.add("hidden", share >= _SEEN)
        tally.add("cut", whole)
        good[layer.name] += share >= _SEEN and whole
    there = {s.noun: bool(good[s.noun]) or _in_place(s.noun, picture, subjects)
             for s in scene.subjects}  # fmt: skip
    for subject in scene.subjects:
        tally.add("subject", there[subject.noun])
        if subject.count > 1:
            tally.add("count", good[subject.noun] == subject.count)
        if subject.colour:
            drawn = next((s for s in (read or scene).subjects if s.noun == subject.noun), None)
            right = drawn is not None and drawn.colour == subject.colour
            tally.add("colour", there[subject.noun] and right)
    if len(scene.subjects) > 1:
        tally.add("all subjects", all(there.values()))
    wanted = {subject.noun for subject in scene.subjects}
    tally.add("nothing else", all(one.subject is None or one.name in wanted for one in subjects))
    if scene.setting:
        tally.add("setting", picture.scene.setting == scene.setting)
    if scene.time_of_day:
        tally.add("time", (read or scene).time_of_day == scene.time_of_day)
    _measure_relation(tally, scene, subjects)


def _inside(layer: Layer, picture: Composition) -> bool:
    assert layer.box is not None
    left, top, right, bottom = layer.box
    across = left >= -_EDGE and right <= picture.width + _EDGE
    return across and top >= -_EDGE and bottom <= picture.height + _EDGE


def _in_place(noun: str, picture: Composition, subjects: Sequence[Layer]) -> bool:
    """Whether the place itself shows it: the fence of a farm, the castle of a castle's court."""
    return noun in picture.drawn and all(layer.name != noun for layer in subjects)


def _measure_relation(tally: Tally, scene: Scene, subjects: Sequence[Layer]) -> None:
    boxes = {layer.name: layer.box for layer in reversed(subjects)}
    order = {layer.name: index for index, layer in enumerate(subjects)}
    for subject in scene.subjects:
        target = subject.relation_target
        if not subject.relation or target is None or not 0 <= target < len(scene.subjects):
            continue
        host = scene.subjects[target].noun
        one, other = boxes.get(subject.noun), boxes.get(host)
        if one is None or other is None:
            tally.add("relation", False)
            continue
        nearer = order[subject.noun] > order[host]
        tally.add("relation", _holds(subject.relation, one, other, nearer=nearer))


_Box = tuple[float, float, float, float]


def _holds(relation: str, one: _Box, other: _Box, *, nearer: bool) -> bool:
    """Whether two boxes stand in that relation, the first painted later if `nearer`."""
    gap = max(one[0] - other[2], other[0] - one[2])  # below 0: they share columns
    middle, host = ((box[1] + box[3]) / 2 for box in (one, other))
    match relation:
        case Relation.ON | Relation.ABOVE:
            return gap < 0 and middle < host
        case Relation.UNDER:
            return gap < 0 and middle > host
        case Relation.BEHIND | Relation.IN_FRONT:
            return gap < SIZE[0] * 0.1 and nearer == (relation == Relation.IN_FRONT)
        case _:
            return gap < SIZE[0] * 0.25


def measured(captions: int) -> dict[str, Tally]:
    """Draws and measures that many scenes of each held-out set; see the module."""
    vocabulary = Vocabulary.of(load_config("full").data)
    tallies: dict[str, Tally] = {}
    for number in range(captions):
        split, company = ("seen", "unseen")[number % 2], ("single", "several")[number // 2 % 2]
        name = f"evaluation:{number}"
        scene = draw_scene(vocabulary, split, company, name)  # type: ignore[arg-type] # of the literals
        as_described = compose(scene, width=SIZE[0], height=SIZE[1], seed=number)
        measure(tallies.setdefault("scene → picture", Tally()), scene, as_described)
        words = caption(scene, vocabulary, name, held_out=True)
        reading = parse(words)
        as_read = compose(
            reading.scene, width=SIZE[0], height=SIZE[1], seed=number, without=reading.excluded
        )
        measure(tallies.setdefault("words → picture", Tally()), scene, as_read, reading.scene)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """The figures in Markdown: per cent, and cases."""
    head = f"| | {' | '.join(_FIGURES)} |\n|{'---|' * (len(_FIGURES) + 1)}\n"
    return head + "".join(
        f"| {name} | {' | '.join(_cell(tally, figure) for figure in _FIGURES)} |\n"
        for name, tally in tallies.items()
    )


def _cell(tally: Tally, figure: str) -> str:
    asked = tally.asked[figure]
    return f"{100 * tally.right[figure] / asked:.1f} ({asked})" if asked else "–"


def _plain(tallies: dict[str, Tally], figures: Iterable[str]) -> dict[str, dict[str, list[int]]]:
    return {
        name: {f: [tally.right[f], tally.asked[f]] for f in figures if tally.asked[f]}
        for name, tally in tallies.items()
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Measure the composer.")
    parser.add_argument("--captions", type=int, default=400, help="scenes to draw, each twice")
    parser.add_argument("--json", type=Path, help="write right and asked cases to this file")
    options = parser.parse_args()
    tallies = measured(options.captions)
    print(table(tallies))
    if options.json:
        text = json.dumps(_plain(tallies, _FIGURES), indent=2, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
