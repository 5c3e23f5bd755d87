"""Soak: mixed stories for a long time, and the memory of every process meanwhile.

    python -m tests.bench.soak --minutes 30

Stories are told, detached, paused and resumed, revised, cancelled and deleted, some at once, on
fakes that take no time, so a minute holds many. The slope is a line of least squares through each
process's resident memory, sampled every two seconds, without the first fifth: that is warming up.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np

from lanternist.v1 import story_pb2, story_pb2_grpc
from tests.bench.__main__ import table
from tests.chaos.tales import tale
from tests.e2e.stack import FAKES, Stack, running_stack

_SAMPLE_SECONDS = 2.0
_AT_ONCE = 3
_WARMING_UP = 0.2
_PAUSED = story_pb2.STORY_STATE_PAUSED


class Soak:
    """Stories without end on one installation.

    Args:
        stack: The installation.
        seed: Of what is left to chance.
    """

    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack = stack
        self._stories = story_pb2_grpc.StoryServiceStub(grpc.insecure_channel(stack.address))
        self._seed = seed
        self._number = 0
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self.memory: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)

    def run(self, minutes: float) -> None:
        """Tells stories for so long; some at once."""
        self._until = time.monotonic() + minutes * 60
        with ThreadPoolExecutor(_AT_ONCE + 1) as threads:
            works = [threads.submit(self._tell) for _ in range(_AT_ONCE)]
            works.append(threads.submit(self._sample))
            for work in works:
                work.result()

    def _sample(self) -> None:
        while time.monotonic() < self._until:
            now = time.monotonic()
            processes = {"orchestrator": self._stack.process.pid, **self._stack.services()}
            for name, pid in processes.items():
                self.memory[name].append((now, _resident_bytes(pid)))
            time.sleep(_SAMPLE_SECONDS)

    def _tell(self) -> None:
        with self._lock:
            self._number += 1
            chance = random.Random(self._seed * 1000 + self._number)
        kinds: Sequence[Callable[[str], None]] = (
            self._only_watch,
            self._pause,
            self._revise,
            self._cancel,
        )
        while time.monotonic() < self._until:
            with self._lock:
                self._number += 1
                number = self._number
            request = story_pb2.CreateStoryRequest(
                text=tale(self._seed * 100_000 + number, chance.randint(1, 12)),
                image_width=128,
                image_height=96,
            )
            metadata = story_pb2.CreateStoryMetadata()
            self._stories.CreateStory(request, timeout=60).metadata.Unpack(metadata)
            kind = chance.choice(kinds)
            kind(metadata.story)
            self.done[kind.__name__.strip("_").replace("_", " ")] += 1
            named = story_pb2.DeleteStoryRequest(name=metadata.story)
            self._stories.DeleteStory(named, timeout=60)

    def _watch(self, name: str) -> story_pb2.WatchStoryResponse:
        watch = self._stories.WatchStory(story_pb2.WatchStoryRequest(name=name), timeout=300)
        return list(watch)[-1]

    def _only_watch(self, name: str) -> None:
        self._finish(name)

    def _pause(self, name: str) -> None:
        try:
            self._stories.PauseStory(story_pb2.PauseStoryRequest(name=name), timeout=60)
            self._stories.ResumeStory(story_pb2.ResumeStoryRequest(name=name), timeout=60)
        except grpc.RpcError as error:  # it was over already
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise
        self._finish(name)

    def _revise(self, name: str) -> None:
        self._finish(name)
        edit = story_pb2.StoryEdit(
            segment=story_pb2.EditSegment(index=0, text="It began otherwise.")
        )
        request = story_pb2.ReviseStoryRequest(name=name, edits=[edit])
        self._stories.ReviseStory(request, timeout=60)
        self._finish(name)

    def _cancel(self, name: str) -> None:
        """Leaves it running: deleting ends it."""

    def _finish(self, name: str) -> None:
        last = self._watch(name)
        if not last.HasField("finished"):
            raise AssertionError(f"{name} ended with {last}")

    def row(self, process: str) -> Mapping[str, object]:
        """What is to be said of one process."""
        samples = self.memory[process]
        began, ended = samples[0][0], samples[-1][0]
        steady = [s for s in samples if s[0] >= began + _WARMING_UP * (ended - began)]
        times = np.array([at for at, _ in steady]) / 60
        sizes = np.array([size for _, size in steady]) / (1 << 20)
        return {
            "process": process,
            "minutes": f"{(ended - began) / 60:.0f}",
            "stories": self.done.total(),
            "MiB at first": f"{samples[0][1] / (1 << 20):.0f}",
            "MiB at last": f"{sizes[-1]:.0f}",
            "slope, MiB a minute": f"{np.polyfit(times, sizes, 1)[0]:+.3f}",
        }


def _resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * 4096


def rows(minutes: float = 10.0, seed: int = 1) -> list[Mapping[str, object]]:
    """One row a process."""
    settings = {
        **FAKES,
        "LANTERNIST_HTTP_ADDRESS": "",
        "LANTERNIST_SERVICES__TEXT__ENABLED": "false",
    }
    with (
        tempfile.TemporaryDirectory(prefix="lanternist-soak-") as directory,
        running_stack(Path(directory), **settings) as stack,
    ):
        soak = Soak(stack, seed)
        soak.run(minutes)
        print(dict(soak.done))
        return [soak.row(process) for process in soak.memory]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tells stories for a long time.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(table(rows(options.minutes, options.seed)))
