import os
from pathlib import Path

import pytest

from models import checksum
from models.checksum import Ledger, sha256_of

from .conftest import pinned

CONTENT = b"weights" * 1000


def _file(tmp_path: Path, content: bytes = CONTENT) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    return path


def test_hashes_in_chunks_and_counts_bytes(tmp_path: Path) -> None:
    seen: list[int] = []
    assert sha256_of(_file(tmp_path), seen.append) == pinned("a.bin", CONTENT).sha256
    assert seen[-1] == len(CONTENT)


def test_names_each_problem(tmp_path: Path) -> None:
    expected = pinned("a.bin", CONTENT)
    ledger = Ledger(tmp_path / "ledger.json")

    assert ledger.problem(tmp_path, expected) == "missing"
    _file(tmp_path, CONTENT[:-1])
    assert ledger.problem(tmp_path, expected) == "wrong size"
    _file(tmp_path, b"W" + CONTENT[1:])
    assert ledger.problem(tmp_path, expected) == "wrong SHA-256"
    _file(tmp_path)
    assert ledger.problem(tmp_path, expected) is None
    (tmp_path / "a.bin").unlink()
    (tmp_path / "a.bin").mkdir()
    assert ledger.problem(tmp_path, expected) == "missing"


def test_hashes_once_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = pinned("a.bin", CONTENT)
    path = _file(tmp_path)
    hashed: list[Path] = []

    def counting(path: Path, on_bytes: object = None) -> str:
        hashed.append(path)
        return sha256_of(path)

    monkeypatch.setattr(checksum, "sha256_of", counting)
    remembered = tmp_path / "ledger.json"
    assert Ledger(remembered).problems(tmp_path, [expected]) == {}
    assert Ledger(remembered).problems(tmp_path, [expected]) == {}
    assert len(hashed) == 1  # a new ledger object, as in another process

    os.utime(path, ns=(1, 1))
    assert Ledger(remembered).problems(tmp_path, [expected]) == {}
    assert len(hashed) == 2

    assert Ledger(remembered).problems(tmp_path, [expected], rehash=True) == {}
    assert len(hashed) == 3

    path.write_bytes(b"W" + CONTENT[1:])
    assert Ledger(remembered).problems(tmp_path, [expected]) == {"a.bin": "wrong SHA-256"}


def test_a_rename_keeps_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pinned("a.bin", CONTENT)
    (tmp_path / "new").mkdir()
    path = _file(tmp_path)
    ledger = Ledger(tmp_path / "ledger.json")
    assert ledger.problem(tmp_path, expected) is None
    path.rename(tmp_path / "new" / "a.bin")
    monkeypatch.setattr(checksum, "sha256_of", None)  # calling it would raise
    assert ledger.problem(tmp_path / "new", expected) is None


def test_only_rehashing_sees_a_change_that_hides_its_time(tmp_path: Path) -> None:
    """The limit that the module's docstring states: this guards against damage, not malice."""
    expected = pinned("a.bin", CONTENT)
    path = _file(tmp_path)
    ledger = Ledger(tmp_path / "ledger.json")
    before = path.stat()
    assert ledger.problem(tmp_path, expected) is None
    with path.open("r+b") as stream:
        stream.write(b"W")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ledger.problem(tmp_path, expected) is None
    assert ledger.problem(tmp_path, expected, rehash=True) == "wrong SHA-256"


def test_a_broken_or_unwritable_ledger_costs_only_time(tmp_path: Path) -> None:
    expected = pinned("a.bin", CONTENT)
    _file(tmp_path)
    for text in ("", "[]", "{", '{"a.bin": 7}'):
        (tmp_path / "ledger.json").write_text(text, encoding="utf-8")
        assert Ledger(tmp_path / "ledger.json").problems(tmp_path, [expected]) == {}
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert Ledger(tmp_path / "file" / "ledger.json").problems(tmp_path, [expected]) == {}
