"""A whole installation as users run it: `lanternist up` in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lanternist.runtime.settings import MODALITIES, ModalityName

ROOT = Path(__file__).parents[2]
CARDS = [str(ROOT / "tests" / "cards"), str(Path(__file__).parent / "cards")]
START_SECONDS = 240.0

FAKES = {
    "LANTERNIST_CARD_DIRECTORIES": json.dumps(CARDS),
    "LANTERNIST_SERVICES__IMAGE__MODELS": '["fake-image", "slow-image"]',
    "LANTERNIST_SERVICES__VOICE__MODELS": '["fake-voice"]',
    "LANTERNIST_SERVICES__TEXT__MODELS": '["fake-text", "slow-text"]',
    "LANTERNIST_SERVICES__TRANSCRIPTION__MODELS": '["fake-transcription"]',
}


def fakes(*modalities: ModalityName) -> dict[str, str]:
    """Settings of a stack with these services alone: every process that starts costs seconds."""
    others = [name for name in MODALITIES if name not in modalities]
    return {
        **FAKES,
        **{f"LANTERNIST_SERVICES__{name.upper()}__ENABLED": "false" for name in others},
    }


@dataclass
class Stack:
    """A running `lanternist up`.

    Attributes:
        address: Where it listens.
        http: Where it serves HTTP, `HOST:PORT`.
        process: The orchestrator's process.
        data_directory: Its data.
        log_path: What it and its services write to standard error.
        announcement: The line that it wrote when everything was SERVING.
    """

    address: str
    http: str
    process: subprocess.Popen[str]
    data_directory: Path
    log_path: Path
    announcement: str

    def services(self) -> dict[str, int]:
        """Process ids of the running services by modality."""
        return services_of(self.process.pid)

    def log(self) -> list[dict[str, object]]:
        """The log so far; lines that are no JSON under the key `line`."""
        entries = []
        for line in self.log_path.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                entries.append({"line": line})
        return entries

    def stop(self, seconds: float = 60) -> int:
        """Ends it with SIGTERM; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def services_of(parent: int) -> dict[str, int]:
    """Model service processes below a process, by modality."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The command's name in field 2 may hold spaces; after it come state and parent.
            parent_pid = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            words = (directory / "cmdline").read_text().split("\0")
            module = next((word for word in words if word.startswith("services.")), "")
            if parent_pid == parent and module:
                found[module.removeprefix("services.")] = int(directory.name)
    return found


def environment(data_directory: Path, changes: dict[str, str]) -> dict[str, str]:
    """An environment in which nothing is set but what the test sets."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LANTERNIST_")}
    if "LANTERNIST_CACHE" in os.environ:
        kept["LANTERNIST_CACHE"] = os.environ["LANTERNIST_CACHE"]  # weights fetched already
    return {
        **kept,
        "LANTERNIST_DATA_DIRECTORY": str(data_directory),
        "LANTERNIST_DRAIN_SECONDS": "5",
        "LANTERNIST_HTTP_ADDRESS": "127.0.0.1:0",
        **changes,
    }


def command(*arguments: str) -> list[str]:
    """The `lanternist` command of this environment."""
    return [sys.executable, "-P", "-m", "orchestrator.cli", *arguments]


@contextlib.contextmanager
def running_stack(
    directory: Path, *, address: str = "127.0.0.1:0", **changes: str
) -> Iterator[Stack]:
    """Starts `lanternist up`, by default on a free port, and ends it at the end of the block.

    Args:
        directory: An empty directory; working directory, data and log lie in it.
        address: Where it listens.
        changes: Environment variables beyond the defaults.
    """
    data, log_path = directory / "data", directory / "log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command("up", "--address", address, "--json"),
            cwd=directory,
            env=environment(data, changes),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        announcement = _announcement(process, log_path)
        said = json.loads(announcement)
        yield Stack(said["address"], said["http"], process, data, log_path, announcement)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _announcement(process: subprocess.Popen[str], log_path: Path) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else ""
    if not line:
        tail = "\n".join(log_path.read_text(encoding="utf-8").splitlines()[-30:])
        raise AssertionError(f"`lanternist up` did not come up; its last words:\n{tail}")
    return line


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits until something is so.

    Raises:
        AssertionError: It was not so in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so within {seconds} seconds"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
