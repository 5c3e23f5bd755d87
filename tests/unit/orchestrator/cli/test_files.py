"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import typer

from orchestrator.cli.files import check_target, numbered, whole_file


def test_a_whole_file_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "fox.png"
    target.write_bytes(b"old")
    with whole_file(target) as temporary:
        temporary.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["fox.png"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask


def test_a_half_file_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "fox.png"
    target.write_bytes(b"old")

    def fail() -> None:
        with whole_file(target) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["fox.png"]


@pytest.mark.parametrize(
    ("index", "count", "name"),
    [(0, 1, "fox.png"), (0, 3, "fox-1.png"), (2, 3, "fox-3.png"), (0, 12, "fox-01.png")],
)
def test_several_files_are_numbered(index: int, count: int, name: str) -> None:
    assert numbered(Path("out/fox.png"), index, count) == Path("out") / name


def test_targets_are_checked_before_work(tmp_path: Path) -> None:
    assert check_target(tmp_path / "a.PNG", (".png",)) == ".png"
    (tmp_path / "folder.png").mkdir()
    for wrong in ("a.gif", "a", "folder.png", "none/a.png"):
        with pytest.raises(typer.BadParameter):
            check_target(tmp_path / wrong, (".png",))
