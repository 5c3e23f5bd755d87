"""`lanternist prune` on a data directory: what it says, and what it does."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.assets.store import AssetStore
from orchestrator.cli import app


def prune(*options: str) -> str:
    told = CliRunner().invoke(app, ["prune", *options])
    assert told.exit_code == 0, told.output
    return told.output


def test_prune_says_what_would_go_and_then_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERNIST_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.delenv("LANTERNIST_DATABASE_URL", raising=False)
    store = AssetStore(tmp_path / "data" / "assets")
    old, new = (asyncio.run(store.put(data, "x/y")) for data in (b"1" * 2000, b"2"))
    long_ago = time.time() - 31 * 86_400
    for path in (tmp_path / "data" / "assets").rglob(f"{old.sha256}*"):
        os.utime(path, (long_ago, long_ago))

    told = json.loads(prune("--dry-run", "--json"))
    assert (told["assets"], told["kept_assets"], told["operations"]) == (1, 1, 0)
    assert "Would remove: 1 files (2.1 kB)" in prune("--dry-run")
    assert asyncio.run(store.get(old.name)) == old
    assert "Removed: 1 files (2.1 kB)" in prune()
    assert "Removed: 0 files (0 bytes)" in prune()
    assert asyncio.run(store.get(new.name)) == new
