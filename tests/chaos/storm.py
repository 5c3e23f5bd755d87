"""Kills parts of a running installation at random points, and counts what that cost.

    python -m tests.chaos.storm --kills 30 --seed 1

The installation runs on fakes that write down every clause that they speak and every picture that
they draw, so what was made twice or never is counted where it was made. A kill may cost what was
in flight: for the voice a passage a story, for the pictures those behind the gate of their model.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from lanternist.v1 import story_pb2, story_pb2_grpc
from orchestrator.story import timeline
from orchestrator.story.wire import story_from
from tests.chaos.tales import tale
from tests.e2e.stack import FAKES, Stack, running_stack, services_of

_CARD = """---
license: apache-2.0
language: [en]
tags: [test]
lanternist:
  id: chaos-{modality}
  modality: {modality}
  engine: fake
  display_name: Chaos
  digital_source_type: algorithmicMedia
  options: {options}
---
"""
_AT_ONCE = 3
# Behind the gate of a model: `orchestrator.story.schedule`.
_PICTURES_IN_FLIGHT = 2
_ENDED = (story_pb2.STORY_STATE_SUCCEEDED, story_pb2.STORY_STATE_FAILED)


@dataclass
class Toll:
    """What a storm cost.

    Attributes:
        kills: By victim.
        stories: How many were told, and how many of them finished.
        pictures: Drawn, needed, and drawn again.
        clauses: Spoken, needed, and spoken again.
        lost: What a finished story lacks; should be empty.
        beyond: What was made again beyond what may have been in flight; should be empty.
        seconds: How long it all took.
    """

    kills: Counter[str] = field(default_factory=Counter)
    stories: Counter[str] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    clauses: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def row(self) -> Mapping[str, object]:
        """As a row of a table."""
        return {
            "kills": sum(self.kills.values()),
            "of them the orchestrator": self.kills["orchestrator"],
            "stories finished": f"{self.stories['finished']} of {self.stories['told']}",
            "pictures needed": self.pictures["needed"],
            "drawn again": self.pictures["again"],
            "clauses needed": self.clauses["needed"],
            "spoken again": self.clauses["again"],
            "lost": len(self.lost),
            "again beyond what was in flight": len(self.beyond),
        }


class Storm:
    """One storm over one installation.

    Args:
        directory: Empty; data, cards and journals lie in it.
        seed: Of everything that is left to chance.
    """

    def __init__(self, directory: Path, seed: int) -> None:
        self._directory = directory
        self._chance = random.Random(seed)
        self._seed = seed
        self._names: list[str] = []
        self._told = 0
        self.toll = Toll()
        cards = directory / "cards"
        cards.mkdir()
        for modality, options in (
            ("image", {"step_seconds": 0.02}),
            ("voice", {"clause_delay_seconds": 0.15}),
        ):
            whole = {**options, "journal": str(directory / f"{modality}.jsonl")}
            text = _CARD.format(modality=modality, options=json.dumps(whole))
            (cards / f"chaos-{modality}.md").write_text(text, encoding="utf-8")
        known = json.loads(FAKES["LANTERNIST_CARD_DIRECTORIES"])
        self._settings = {
            **FAKES,
            "LANTERNIST_CARD_DIRECTORIES": json.dumps([*known, str(cards)]),
            "LANTERNIST_SERVICES__IMAGE__MODELS": '["chaos-image"]',
            "LANTERNIST_SERVICES__VOICE__MODELS": '["chaos-voice"]',
            "LANTERNIST_SERVICES__TEXT__ENABLED": "false",
            "LANTERNIST_SERVICES__TRANSCRIPTION__ENABLED": "false",
            "LANTERNIST_HTTP_ADDRESS": "",
        }

    def rage(self, kills: int) -> Toll:
        """Kills so many times, lets everything finish, and counts."""
        began = time.monotonic()
        with contextlib.ExitStack() as house:
            stack = house.enter_context(self._stack())
            for _ in range(kills):
                self._keep_busy(stack)
                time.sleep(self._chance.uniform(0.1, 2.0))
                victim = self._chance.choice(("orchestrator", "image", "voice"))
                self.toll.kills[victim] += 1
                if victim == "orchestrator":
                    stack.process.kill()
                    stack.process.wait()
                    house.close()
                    stack = house.enter_context(self._stack())
                elif pid := services_of(stack.process.pid).get(victim):
                    os.kill(pid, signal.SIGKILL)
            for name in self._names:
                self._count(self._finished(stack, name))
        self._count_again(kills)
        self.toll.seconds = time.monotonic() - began
        return self.toll

    def _stack(self) -> contextlib.AbstractContextManager[Stack]:
        return running_stack(self._directory, **self._settings)

    def _keep_busy(self, stack: Stack) -> None:
        """Has as many stories made as fit."""
        with _service(stack) as stories:
            listed = stories.ListStories(story_pb2.ListStoriesRequest(), timeout=20).stories
            running = sum(story.state not in _ENDED for story in listed)
            for _ in range(_AT_ONCE - running):
                self._told += 1
                request = story_pb2.CreateStoryRequest(
                    text=tale(self._seed * 1000 + self._told), image_width=64, image_height=64
                )
                metadata = story_pb2.CreateStoryMetadata()
                try:
                    stories.CreateStory(request, timeout=20).metadata.Unpack(metadata)
                except grpc.RpcError as error:
                    if error.code() != grpc.StatusCode.UNAVAILABLE:
                        raise
                    return  # the voices cannot be listed just now
                self._names.append(metadata.story)
                self.toll.stories["told"] += 1

    def _finished(self, stack: Stack, name: str) -> story_pb2.Story:
        """A story at its end, its events checked on the way."""
        with _service(stack) as stories:
            watch = stories.WatchStory(story_pb2.WatchStoryRequest(name=name), timeout=180)
            events = list(watch)
            if [event.sequence for event in events] != list(range(1, len(events) + 1)):
                self.toll.lost.append(f"{name}: an event")
            told = [e.narrated.segment.index for e in events if e.HasField("narrated")]
            if len(set(told)) != len(told):
                self.toll.beyond.append(f"{name}: a sentence was told of twice")
            return stories.GetStory(story_pb2.GetStoryRequest(name=name), timeout=20)

    def _count(self, story: story_pb2.Story) -> None:
        """Checks that a story has everything that it should."""
        if story.state != story_pb2.STORY_STATE_SUCCEEDED:
            self.toll.lost.append(f"{story.name}: {story.error.message}")
            return
        self.toll.stories["finished"] += 1
        made = story_from(story)
        timeline.prove(made.scenes, made.segments, made.duration_ms)
        if not all(scene.image for scene in made.scenes):
            self.toll.lost.append(f"{story.name}: a picture")
        if not made.narration or not all(segment.words for segment in made.segments):
            self.toll.lost.append(f"{story.name}: a sentence")
        drawn = {line["seed"] for line in self._journal("image")}
        for scene in made.scenes:
            self.toll.pictures["needed"] += 1
            if scene.seed not in drawn:
                self.toll.lost.append(f"{story.name}: picture {scene.index} was never drawn")

    def _count_again(self, kills: int) -> None:
        """Counts what was made more than once, against what may have been in flight."""
        pictures = Counter((line["seed"], line["steps"]) for line in self._journal("image"))
        clauses = Counter(line["text"] for line in self._journal("voice"))
        self.toll.pictures.update(drawn=pictures.total(), again=pictures.total() - len(pictures))
        self.toll.clauses.update(
            spoken=clauses.total(), needed=len(clauses), again=clauses.total() - len(clauses)
        )
        # A kill of the voice costs no picture, and the other way round.
        orchestrator = self.toll.kills["orchestrator"]
        most = _PICTURES_IN_FLIGHT * (orchestrator + self.toll.kills["image"])
        if self.toll.pictures["again"] > most:
            self.toll.beyond.append(f"{self.toll.pictures['again']} pictures, at most {most}")
        most = _AT_ONCE * self._clauses_a_passage() * (orchestrator + self.toll.kills["voice"])
        if self.toll.clauses["again"] > most:
            self.toll.beyond.append(f"{self.toll.clauses['again']} clauses, at most {most}")

    def _clauses_a_passage(self) -> int:
        """Clauses that a tale's paragraph has at most."""
        return 8

    def _journal(self, modality: str) -> list[dict[str, object]]:
        path = self._directory / f"{modality}.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def _service(stack: Stack) -> Iterator[story_pb2_grpc.StoryServiceStub]:
    with grpc.insecure_channel(stack.address) as channel:
        yield story_pb2_grpc.StoryServiceStub(channel)


def storm(kills: int, seed: int) -> Toll:
    """One storm in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="lanternist-chaos-") as directory:
        return Storm(Path(directory), seed).rage(kills)


def main() -> int:
    """Parses the command line; the exit status says whether every promise was kept."""
    parser = argparse.ArgumentParser(description="Kills at random, and counts.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    toll = storm(options.kills, options.seed)
    for name, value in toll.row().items():
        print(f"{name}: {value}")
    print(f"seconds: {toll.seconds:.0f}")
    for line in [*toll.lost, *toll.beyond]:
        print(line)
    return 1 if toll.lost or toll.beyond else 0


if __name__ == "__main__":
    raise SystemExit(main())
