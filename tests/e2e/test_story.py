"""Stories through the whole installation: the command, the folder, and what goes wrong."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from lanternist.v1 import story_pb2, story_pb2_grpc
from orchestrator.cli import app
from tests.e2e.stack import (
    Stack,
    command,
    environment,
    fakes,
    running_stack,
    services_of,
    until,
)

TALE = """# Ember

A small fox named Ember lived in the forest. She was afraid of the dark, and of $3.50 coins.

One night she walked down to the sea. A whale sang to her, “Come with me!”

---

In the morning Ember went home to the forest. She was not afraid any more.
"""
SEGMENT = ["index", "text", "speaker", "start_ms", "end_ms", "words"]
SCENE = ["index", "start_ms", "end_ms", "segments", "prompt", "seed", "model", "image"]


def told(directory: Path) -> dict[str, Any]:
    """A folder's `story.json`, after everything that it promises has been checked."""
    story: dict[str, Any] = json.loads((directory / "story.json").read_text(encoding="utf-8"))
    scenes, segments = story["scenes"], story["segments"]
    assert [list(segment) for segment in segments] == [SEGMENT] * len(segments)
    assert [list(scene) for scene in scenes] == [SCENE] * len(scenes)
    assert scenes[0]["start_ms"] == 0
    assert scenes[-1]["end_ms"] == story["duration_ms"]
    for before, after in itertools.pairwise(scenes):
        assert before["end_ms"] == after["start_ms"]
        # The cut falls on the first word of the first sentence.
        assert after["start_ms"] == segments[after["segments"][0]]["words"][0]["start_ms"]
    assert [i for scene in scenes for i in scene["segments"]] == list(range(len(segments)))
    clock = 0
    for segment in segments:
        assert segment["words"], segment["text"]
        for word in segment["words"]:
            assert clock <= word["start_ms"] <= word["end_ms"] <= story["duration_ms"]
            clock = word["start_ms"]
    for scene in scenes:
        assert (directory / scene["image"]).read_bytes().startswith(b"\x89PNG")
    captions = (directory / "captions.vtt").read_text(encoding="utf-8")
    assert captions.startswith("WEBVTT\n\n1\n00:00:0")
    return story


def tell(stack: Stack, *arguments: str, stdin: str | None = None) -> Any:
    environment_ = {"LANTERNIST_ADDRESS": stack.address}
    return CliRunner().invoke(app, ["story", *arguments], input=stdin, env=environment_)


def service(stack: Stack) -> story_pb2_grpc.StoryServiceStub:
    return story_pb2_grpc.StoryServiceStub(grpc.insecure_channel(stack.address))


def state_of(stack: Stack) -> int:
    """The state of the story asked for last; 0 while there is none."""
    stories = service(stack).ListStories(story_pb2.ListStoriesRequest()).stories
    return stories[0].state if stories else 0


def create(stack: Stack, **fields: Any) -> str:
    request = story_pb2.CreateStoryRequest(**{"text": TALE, "image_model": "slow-image", **fields})
    operation = service(stack).CreateStory(request)
    metadata = story_pb2.CreateStoryMetadata()
    assert operation.metadata.Unpack(metadata)
    return metadata.story


def watch(stack: Stack, name: str) -> list[story_pb2.WatchStoryResponse]:
    request = story_pb2.WatchStoryRequest(name=name)
    return list(service(stack).WatchStory(request, timeout=300))


def test_a_text_becomes_a_folder(fake_stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "tale.md").write_text(TALE, encoding="utf-8")
    out = tmp_path / "out"
    done = tell(fake_stack, str(tmp_path / "tale.md"), "-o", str(out), "--style", "ink", "--json")
    assert done.exit_code == 0, done.stderr
    facts = json.loads(done.stdout)
    story = told(out)
    assert {*facts["files"]} == {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert (story["title"], story["language"], story["style"]) == ("Ember", "en", "ink")
    assert story["models"] == {"image": "fake-image", "voice": "fake-voice"}
    assert len(story["segments"]) == 6
    assert facts["duration_ms"] == story["duration_ms"]
    words = [word["text"] for segment in story["segments"] for word in segment["words"]]
    assert "$3.50" in words
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count('<section class="scene">') == len(story["scenes"])


def test_the_same_story_is_made_of_the_same_bytes(fake_stack: Stack, tmp_path: Path) -> None:
    for name in ("one", "two"):
        done = tell(fake_stack, "-", "-o", str(tmp_path / name), "--title", "T", stdin=TALE)
        assert (done.exit_code, done.stdout) == (0, f"{tmp_path / name / 'index.html'}\n")
    assert (tmp_path / "one/index.html").read_bytes() == (tmp_path / "two/index.html").read_bytes()


def test_a_recording_keeps_its_bytes(fake_stack: Stack, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    said = CliRunner().invoke(
        app,
        ["say", "Hello there, dear fox. How are you today?", "-o", str(spoken)],
        env={"LANTERNIST_ADDRESS": fake_stack.address},
    )
    assert said.exit_code == 0, said.stderr
    done = tell(fake_stack, str(spoken), "-o", str(tmp_path / "out"), "--json")
    assert done.exit_code == 0, done.stderr
    story = told(tmp_path / "out")
    assert (tmp_path / "out/narration.wav").read_bytes() == spoken.read_bytes()
    assert story["models"] == {"image": "fake-image", "transcription": "fake-transcription"}


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        ("🙂 …", (), 1),
        ("", (), 1),
        ("A fox.", ("--voice", "nobody"), 1),
        ("A fox.", ("--model", "nothing"), 1),
        ("A fox.", ("--language", "tlh"), 1),
        ("A fox.", ("--speed", "9"), 2),
        ("A fox.", ("--size", "big"), 2),
    ],
)
def test_what_cannot_be_told_is_said_in_a_line(
    fake_stack: Stack, tmp_path: Path, text: str, arguments: tuple[str, ...], status: int
) -> None:
    done = tell(fake_stack, "-", "-o", str(tmp_path / "out"), *arguments, stdin=text)
    assert done.exit_code == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_wrong_usage(fake_stack: Stack, tmp_path: Path) -> None:
    assert tell(fake_stack, str(tmp_path / "no.md"), "-o", str(tmp_path)).exit_code == 2


def test_ctrl_c_cancels_the_story_on_the_server(fake_stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "tale.md").write_text(TALE * 5, encoding="utf-8")
    arguments = ("story", "tale.md", "-o", "out", "--model", "slow-image")
    before = state_of(fake_stack)
    process = subprocess.Popen(
        command(*arguments, "--address", fake_stack.address),
        cwd=tmp_path,
        env=environment(tmp_path / "data", {}),
        stderr=subprocess.PIPE,
    )
    until(lambda: state_of(fake_stack) == story_pb2.STORY_STATE_RUNNING, 60)
    assert before != story_pb2.STORY_STATE_RUNNING
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    until(lambda: state_of(fake_stack) == story_pb2.STORY_STATE_CANCELLED)
    assert not (tmp_path / "out").exists()


def test_a_story_completes_though_its_services_are_killed(tmp_path: Path) -> None:
    with running_stack(tmp_path, **fakes("image", "voice")) as stack:
        name = create(stack, text=TALE * 2)
        for modality in ("image", "voice"):
            os.kill(services_of(stack.process.pid)[modality], signal.SIGKILL)
        events = watch(stack, name)
        assert events[-1].HasField("finished"), events[-1]
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        story = events[-1].finished.story
        kinds = [event.WhichOneof("event") for event in events]
        assert kinds.count("illustrated") == len(story.scenes)
        assert kinds.count("narrated") == len(story.segments)


def test_a_story_is_finished_by_the_next_orchestrator(tmp_path: Path) -> None:
    with running_stack(tmp_path, **fakes("image", "voice")) as stack:
        name = create(stack, text=TALE * 2)
        started = service(stack).WatchStory(story_pb2.WatchStoryRequest(name=name), timeout=300)
        seen = 0
        for event in started:
            seen += event.HasField("illustrated")
            if seen == 2:
                break
        stack.process.kill()
        stack.process.wait()
    with running_stack(tmp_path, **fakes("image", "voice")) as stack:
        events = watch(stack, name)
        assert events[-1].HasField("finished"), events[-1]
        drawn = [e.illustrated.scene.index for e in events if e.HasField("illustrated")]
        assert sorted(drawn) == sorted({*drawn})
        assert len(drawn) == len(events[-1].finished.story.scenes)
