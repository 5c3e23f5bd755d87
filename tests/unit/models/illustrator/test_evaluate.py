"""The composer's own measures: right of what is drawn right, wrong of what is not."""

import json
import re
from pathlib import Path

import pytest

from models.illustrator import evaluate
from models.illustrator.composer import compose
from models.illustrator.evaluate import Tally, measure, measured, table
from models.illustrator.layers import Layer, LayerKind
from models.illustrator.scene import Scene, Subject
from models.illustrator.sight import subject_visibility, visible_shares

FOX = Subject("fox", relation="on", relation_target=1)
SCENE = Scene((FOX, Subject("table", 1, "blue"), Subject("owl", 2)), "kitchen", "night")


def tally_of(scene: Scene, drawn: Scene) -> Tally:
    tally = Tally()
    measure(tally, scene, compose(drawn, width=640, height=480, seed=1), drawn)
    return tally


def test_what_is_drawn_as_asked_is_right() -> None:
    tally = tally_of(SCENE, SCENE)
    assert tally.right == tally.asked
    asked = {"subject": 3, "all subjects": 1, "nothing else": 1, "setting": 1, "time": 1,
             "count": 1, "colour": 1, "relation": 1, "hidden": 4, "cut": 4}  # fmt: skip
    assert dict(tally.asked) == asked


def test_what_is_drawn_otherwise_is_wrong() -> None:
    other = Scene(
        (Subject("fox"), Subject("table"), Subject("owl"), Subject("bear")), "cave", "day"
    )
    tally = tally_of(SCENE, other)
    wrong = {"nothing else", "setting", "time", "count", "colour"}
    assert {name for name in tally.asked if tally.right[name] < tally.asked[name]} >= wrong
    assert tally.right["subject"] == 3
    alone = tally_of(SCENE, Scene((Subject("owl", 2),), "kitchen"))
    assert (alone.right["subject"], alone.right["all subjects"], alone.right["relation"]) == (
        1,
        0,
        0,
    )


def layer(kind: LayerKind, x: int, width: int) -> Layer:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120">'
        f'<rect x="{x}" width="{width}" height="120"/></svg>'
    )
    return Layer(kind, svg, kind, 160, 120)


def test_a_share_is_what_later_layers_leave() -> None:
    shares = visible_shares([
        layer(LayerKind.BACKGROUND, 0, 160),
        layer(LayerKind.SUBJECT, 0, 80),
        layer(LayerKind.SUBJECT, 40, 40),
        layer(LayerKind.FOREGROUND, 70, 90),
    ])  # fmt: skip
    assert shares == pytest.approx([0.5, 0.75], abs=0.02)


def test_the_composer_keeps_its_promises() -> None:
    """The targets, on a fifth of the cases that the command draws."""
    tallies = measured(80)

    def share(name: str, figure: str) -> float:
        return tallies[name].right[figure] / tallies[name].asked[figure]

    for name in ("scene → picture", "words → picture"):
        assert share(name, "subject") >= 0.93
        assert share(name, "setting") >= 0.93
        assert share(name, "all subjects") >= 0.9
        assert share(name, "cut") == 1
    assert re.search(r"\| words → picture \| \d+\.\d \(\d+\)", table(tallies))


def test_the_command_writes_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    monkeypatch.setattr("sys.argv", ["evaluate", "--captions", "4", "--json", str(target)])
    evaluate.main()
    assert "words → picture" in capsys.readouterr().out
    right, asked = json.loads(target.read_text(encoding="utf-8"))["scene → picture"]["setting"]
    assert 0 < right <= asked == 4


def test_what_is_seen_of_each_subject_is_counted() -> None:
    asked = Scene((Subject("fox"), Subject("flibber"), Subject("sheep", 3)), "meadow")
    picture = compose(asked, width=320, height=240, seed=3)
    fox, unknown, sheep = subject_visibility(asked, picture)
    assert fox > 0.5
    assert unknown == 0
    assert sheep > 0.5
    # The same picture, of which more sheep were asked for than it shows.
    more = Scene((Subject("fox"), Subject("flibber"), Subject("sheep", 6)), "meadow")
    assert subject_visibility(more, picture)[2] < 0.6
