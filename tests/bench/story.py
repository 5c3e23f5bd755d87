"""Story Mode: making a story against its voice alone and its pictures alone.

One installation, real models, an empty store. In each round, on a text that was not told before:
the whole story through `CreateStory`; then its passages, cut, paced and voiced as the story has
them, one call of the voice after another, the sound thrown away; then its pictures one after
another. The bound of a story is the longer of the two; the makespan is what the caller waits. The
first round is also reported alone: nothing has been loaded by use then. A player begins with the
first sentence and the first picture; it stalls when it reaches a sentence that is not there, and
shows a picture late when the voice reaches its scene first. At the end one sentence in the middle
is changed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import grpc

from lanternist.v1 import (
    image_pb2,
    image_pb2_grpc,
    story_pb2,
    story_pb2_grpc,
    voice_pb2,
    voice_pb2_grpc,
)
from orchestrator.story.breath import passages
from orchestrator.story.request import script_of
from orchestrator.story.wire import story_from
from tests.bench.__main__ import table
from tests.e2e.stack import Stack, running_stack

T = TypeVar("T")

TALE = Path(__file__).parents[1] / "stories" / "the-lantern-and-the-fox.md"
ROUNDS = 3
# About half a minute of speech.
_PARAGRAPHS = 4
_TARGET = 1.1


class _Bench:
    """The three measurements on one stack."""

    def __init__(self, stack: Stack, image_model: str) -> None:
        channel = grpc.insecure_channel(stack.address)
        self._stories = story_pb2_grpc.StoryServiceStub(channel)
        self._voice = voice_pb2_grpc.VoiceServiceStub(channel)
        self._image = image_pb2_grpc.ImageServiceStub(channel)
        self._model = image_model
        self.first_scene = 0.0
        self.first_voice = 0.0
        self.stalls = 0
        self.late_pictures = 0

    def story(self, text: str) -> story_pb2.Story:
        """Makes the story; notes when the first picture and the first sentence were there."""
        started = time.perf_counter()
        self.first_scene = self.first_voice = 0.0
        heard: dict[int, float] = {}
        seen: dict[int, float] = {}
        request = story_pb2.CreateStoryRequest(text=text, image_model=self._model)
        metadata = story_pb2.CreateStoryMetadata()
        self._stories.CreateStory(request).metadata.Unpack(metadata)
        watch = story_pb2.WatchStoryRequest(name=metadata.story)
        for event in self._stories.WatchStory(watch):
            passed = time.perf_counter() - started
            if event.HasField("illustrated"):
                self.first_scene = self.first_scene or passed
                seen.setdefault(event.illustrated.scene.index, passed)
            elif event.HasField("narrated"):
                self.first_voice = self.first_voice or passed
                heard[event.narrated.segment.index] = passed
        if not event.HasField("finished"):
            raise RuntimeError(f"the story failed: {event}")
        self._play(event.finished.story, heard, seen)
        return event.finished.story

    def _play(
        self, story: story_pb2.Story, heard: Mapping[int, float], seen: Mapping[int, float]
    ) -> None:
        """Plays the story as it came; counts where the player would have waited."""
        self.stalls = self.late_pictures = 0
        began = max(self.first_scene, self.first_voice)
        for segment in story.segments:
            late = heard[segment.index] - (began + segment.start_ms / 1000)
            if late > 0:
                self.stalls += 1
                began += late
        for scene in story.scenes:
            self.late_pictures += seen[scene.index] > began + scene.start_ms / 1000

    def change(self, story: story_pb2.Story) -> story_pb2.Story:
        """Changes a sentence in the middle."""
        index = len(story.segments) // 2
        edit = story_pb2.StoryEdit(
            segment=story_pb2.EditSegment(index=index, text="Then a bird began to sing.")
        )
        self._stories.ReviseStory(story_pb2.ReviseStoryRequest(name=story.name, edits=[edit]))
        watch = story_pb2.WatchStoryRequest(name=story.name)
        return list(self._stories.WatchStory(watch))[-1].finished.story

    def voice_alone(self, text: str, story: story_pb2.Story) -> None:
        """Speaks the story's passages as the story does, one after another."""
        script = script_of(story_pb2.CreateStoryRequest(text=text, language=story.language))
        for passage in passages(script, story_from(story).segments):
            request = voice_pb2.SynthesizeRequest(
                text=script.text[passage.start : passage.sentences[-1].end],
                voice=passage.voice,
                language=story.language,
                speed=passage.speed,
            )
            for _ in self._voice.Synthesize(request):
                pass

    def images_alone(self, story: story_pb2.Story) -> None:
        """Draws the story's pictures, one after another."""
        for scene in story.scenes:
            request = image_pb2.GenerateImagesRequest(
                model=self._model,
                prompt=scene.prompt,
                scene=scene.description,
                seed=scene.seed,
                width=scene.width,
                height=scene.height,
            )
            for _ in self._image.GenerateImages(request):
                pass


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what was made in them."""
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def _text(number: int) -> str:
    """The beginning of the tale; each number's ends in words of its own."""
    parts = TALE.read_text(encoding="utf-8").split("\n\n")[: 1 + _PARAGRAPHS]
    said = [f"Night {number} was like that: {part}" for part in parts[1:]]
    return "\n\n".join([parts[0], *said])


def _measure(directory: Path, image_model: str) -> Mapping[str, object]:
    taken: dict[str, list[float]] = defaultdict(list)
    with running_stack(directory) as stack:
        bench = _Bench(stack, image_model)
        for number in range(ROUNDS):
            text = _text(number)
            makespan, story = _timed(partial(bench.story, text))
            taken["first picture"].append(bench.first_scene)
            taken["first sentence"].append(bench.first_voice)
            taken["stalls"].append(bench.stalls)
            taken["late"].append(bench.late_pictures)
            taken["share"].append(max(bench.first_scene, bench.first_voice) / makespan)
            voice, _ = _timed(partial(bench.voice_alone, text, story))
            images, _ = _timed(partial(bench.images_alone, story))
            taken["voice alone"].append(voice)
            taken["pictures alone"].append(images)
            taken["makespan"].append(makespan)
            taken["ratio"].append(makespan / max(voice, images))
            taken["made again"].append(_timed(partial(bench.story, text))[0])
        seconds, changed = _timed(partial(bench.change, story))
        taken["changed"].append(seconds)
    median = {name: statistics.median(values) for name, values in taken.items()}
    return {
        "pictures by": image_model,
        "story": f"{story.duration_ms / 1000:.0f} s, {len(story.scenes)} pictures",
        "voice alone": f"{median['voice alone']:.1f} s",
        "pictures alone": f"{median['pictures alone']:.1f} s",
        "makespan": f"{median['makespan']:.1f} s",
        "makespan / max(voice, pictures)": f"{median['ratio']:.2f} (target ≤ {_TARGET})",
        "of the first story": f"{taken['ratio'][0]:.2f}",
        "first picture": f"{median['first picture']:.1f} s",
        "first sentence": f"{median['first sentence']:.1f} s",
        "playing begins after": f"{median['share']:.0%} of the makespan (target ≤ 20 %)",
        "stalls": f"{max(taken['stalls']):.0f}",
        "pictures late": f"{max(taken['late']):.0f}",
        "made again": f"{median['made again']:.1f} s",
        "a sentence changed": f"{median['changed']:.1f} s",
        "of it made": _made(changed.reuse),
    }


def _made(reuse: story_pb2.Reuse) -> str:
    """What a change cost, in words."""
    segments = reuse.segments_made + reuse.segments_reused
    scenes = reuse.scenes_made + reuse.scenes_reused
    return (
        f"{reuse.segments_made} of {segments} sentences, {reuse.scenes_made} of {scenes} pictures"
    )


def rows(image_models: Sequence[str] = ("storybook",)) -> list[Mapping[str, object]]:
    """One row an image model."""
    measured = []
    for model in image_models:
        with tempfile.TemporaryDirectory(prefix="lanternist-bench-") as directory:
            measured.append(_measure(Path(directory), model))
    return measured


if __name__ == "__main__":
    print(table(rows(sys.argv[1:] or ("storybook",))))
