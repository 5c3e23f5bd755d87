"""Training pictures stand free subjects on a grid: their frames begin and end with its cells."""

import pytest

from models.illustrator import composer, snapping
from models.illustrator.canvas import Canvas
from models.illustrator.placed import Placed
from models.illustrator.scene import Scene, Subject

CELL = 32.0


@pytest.mark.parametrize("noun", ["fox", "house", "apple", "king", "girl", "wolf"])
def test_frames_lie_on_whole_cells(noun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stood: list[tuple[Placed, Canvas, float]] = []

    def snap(placed: list[Placed], canvas: Canvas, cell: float) -> None:
        snapping.snap(placed, canvas, cell)
        stood.extend((one, canvas, cell) for one in placed)

    monkeypatch.setattr(composer, "snap", snap)
    scene = Scene((Subject(noun),), setting="meadow")
    composer.compose(scene, width=256, height=256, seed=3, snap_px=int(CELL))
    ((one, _, cell),) = stood
    sprite, frame = one.actor.sprite, snapping.frame_of(one.actor.item)
    scale = one.width / sprite.width
    assert frame * scale / cell == pytest.approx(round(frame * scale / cell), abs=1e-6)
    left, top, right, bottom = sprite.box
    assert max(right, bottom) <= frame + 1e-6  # it is the frame: no art is larger
    inset = frame - right if one.mirrored else left
    for edge in (one.x - inset * scale, one.y - top * scale):
        assert edge / cell == pytest.approx(round(edge / cell), abs=1e-6)
