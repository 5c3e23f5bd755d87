"""`Respond` and `lanternist ask` against a running stack: real processes over real gRPC."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import grpc
import numpy as np
import pytest
from google.longrunning import operations_pb2, operations_pb2_grpc
from PIL import Image
from typer.testing import CliRunner, Result

from lanternist.v1 import (
    asset_pb2,
    asset_pb2_grpc,
    assistant_pb2,
    assistant_pb2_grpc,
    image_pb2,
    image_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    story_pb2,
    text_pb2,
    voice_pb2,
)
from orchestrator.cli import app
from tests.e2e.client import drain, pixels, refusal
from tests.e2e.stack import Stack, until

Lanternist = Callable[..., Result]
TALE = (
    "Tell this with pictures: The old house stood on the hill. Nobody had lived there for many "
    "years, and the wind sang in it. One night a lamp was lit."
)


@pytest.fixture
def assistant(channel: grpc.Channel) -> assistant_pb2_grpc.AssistantServiceStub:
    return assistant_pb2_grpc.AssistantServiceStub(channel)


def asking(words: str, **fields: object) -> assistant_pb2.RespondRequest:
    message = assistant_pb2.AssistantMessage(role=text_pb2.CHAT_ROLE_USER)
    message.parts.add(text=words)
    return assistant_pb2.RespondRequest(messages=[message], **fields)  # type: ignore[arg-type]


def test_a_picture_is_the_same_as_from_its_own_service(
    channel: grpc.Channel, assistant: assistant_pb2_grpc.AssistantServiceStub
) -> None:
    settings = assistant_pb2.AssistantParameters(seed=7, width=96, height=64)
    events = drain(assistant.Respond(asking("Draw a fox", parameters=settings)))
    got = b"".join(event.image.chunk.data for event in events)
    images = image_pb2_grpc.ImageServiceStub(channel)
    request = image_pb2.GenerateImagesRequest(prompt="a fox", seed=7, width=96, height=64)
    direct = b"".join(event.chunk.data for event in images.GenerateImages(request))
    np.testing.assert_array_equal(pixels(got), pixels(direct))
    (asset,) = events[-1].summary.answers[0].assets
    assert asset.name == f"assets/{hashlib.sha256(got).hexdigest()}"
    assets = asset_pb2_grpc.AssetServiceStub(channel)
    stored = assets.VerifyAsset(asset_pb2.VerifyAssetRequest(name=asset.name))
    assert (stored.state, stored.model) == (asset_pb2.PROVENANCE_STATE_TRUSTED, "fake-image")


@pytest.mark.parametrize("encoding", [0, voice_pb2.AUDIO_ENCODING_FLAC])
def test_stored_speech_is_marked(
    channel: grpc.Channel, assistant: assistant_pb2_grpc.AssistantServiceStub, encoding: int
) -> None:
    settings = assistant_pb2.AssistantParameters(audio_encoding=encoding)  # type: ignore[arg-type]
    asked = asking("A lamp was lit.", intent=assistant_pb2.INTENT_SPEECH, parameters=settings)
    (asset,) = drain(assistant.Respond(asked))[-1].summary.answers[0].assets
    assets = asset_pb2_grpc.AssetServiceStub(channel)
    stored = assets.VerifyAsset(asset_pb2.VerifyAssetRequest(name=asset.name))
    assert (stored.state, stored.model) == (asset_pb2.PROVENANCE_STATE_TRUSTED, "fake-voice")


def test_a_story_is_made_and_its_events_come_through(
    assistant: assistant_pb2_grpc.AssistantServiceStub,
) -> None:
    events = drain(assistant.Respond(asking(TALE)))
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[:2] == ["routing", "story_operation"]
    assert kinds[-2:] == ["finished", "summary"]
    told = [event.story.WhichOneof("event") for event in events if event.HasField("story")]
    assert told[0] == "planned"
    assert told[-1] == "finished"
    answer = events[-1].summary.answers[0]
    assert answer.story.startswith("stories/")
    assert len(answer.assets) >= 2  # the narration and a picture


@pytest.mark.parametrize("detached", [False, True])
def test_a_caller_who_leaves_ends_the_story_unless_it_is_detached(
    channel: grpc.Channel, assistant: assistant_pb2_grpc.AssistantServiceStub, detached: bool
) -> None:
    many = TALE + " Then the moon rose over the water and a boat came in." * 6
    call = assistant.Respond(asking(many, model="slow-image", detach_story=detached,
                                    intent=assistant_pb2.INTENT_STORY))  # fmt: skip
    name = ""
    for event in call:
        if event.HasField("story_operation"):
            name = event.story_operation.name
        if event.story.HasField("planned"):
            break
    call.cancel()
    operations = operations_pb2_grpc.OperationsStub(channel)
    wait = operations_pb2.WaitOperationRequest(name=name)
    wait.timeout.FromSeconds(60)
    ended = operations.WaitOperation(wait)
    assert ended.done
    if detached:
        story = story_pb2.Story()
        assert ended.response.Unpack(story)
    else:
        assert ended.error.code == grpc.StatusCode.CANCELLED.value[0]


def test_a_caller_who_leaves_frees_the_engine(
    assistant: assistant_pb2_grpc.AssistantServiceStub,
) -> None:
    settings = assistant_pb2.AssistantParameters(step_count=200, width=64, height=64)
    slow = asking("Draw a fox", model="slow-image", parameters=settings)
    call = assistant.Respond(slow)
    for event in call:
        if event.image.HasField("progress"):
            break
    call.cancel()

    def free() -> bool:
        quick = asking("Draw a fox", model="slow-image", parameters=settings)
        quick.parameters.step_count = 1
        events = drain(assistant.Respond(quick))
        waits = [e.image.queued.position for e in events if e.image.HasField("queued")]
        return not any(waits)

    until(free)


def test_bad_requests_are_refused_by_name(
    assistant: assistant_pb2_grpc.AssistantServiceStub,
) -> None:
    for request, code, word in (
        (assistant_pb2.RespondRequest(), grpc.StatusCode.INVALID_ARGUMENT, "messages"),
        (asking("a", model="nobody"), grpc.StatusCode.NOT_FOUND, "nobody"),
        (asking("a", compare=["fake-text"]), grpc.StatusCode.INVALID_ARGUMENT, "compare"),
        (asking("  "), grpc.StatusCode.INVALID_ARGUMENT, "says nothing"),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            drain(assistant.Respond(request))
        assert refusal(raised.value)[0] is code
        assert word in raised.value.details()


def test_the_picker_has_the_facts_of_the_cards(channel: grpc.Channel) -> None:
    models = model_pb2_grpc.ModelServiceStub(channel).ListModels(model_pb2.ListModelsRequest())
    facts = {model.id: model for model in models.models}
    assert facts["fake-image"].speed_class == "fast"
    assert facts["slow-image"].speed_class == "slow"
    assert facts["fake-text"].local
    assert facts["fake-text"].cost_class == "free"
    assert list(facts["fake-transcription"].inputs) == ["audio"]
    assert facts["fake-voice"].license == "apache-2.0"


@pytest.fixture
def lanternist(fake_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lanternist:
    """Runs a command in this process, against the fake stack, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERNIST_ADDRESS", fake_stack.address)
    return lambda *words, stdin=None: CliRunner().invoke(app, words, input=stdin)


class TestAsk:
    """The command."""

    def test_text_goes_to_standard_output(self, lanternist: Lanternist) -> None:
        done = lanternist("ask", "Hello, who are you?")
        assert done.exit_code == 0, done.stderr
        assert done.stdout == "Hello, who are you?\n"

    def test_pictures_go_into_files_named_after_them(self, lanternist: Lanternist) -> None:
        for file in ("fox-in-the-snow", "fox-in-the-snow-2"):
            done = lanternist("ask", "Draw a fox in the snow", "-o", "out", "--seed", "3")
            assert done.exit_code == 0, done.stderr
            assert done.stdout == f"out/a-{file}.png\n"
        with Image.open("out/a-fox-in-the-snow.png") as picture:
            assert picture.size == (512, 512)

    def test_models_are_compared(self, lanternist: Lanternist) -> None:
        done = lanternist("ask", "Hi", "--compare", "fake-text,slow-text", "--json")
        answers = json.loads(done.stdout)["answers"]
        assert [(one["model"], one["text"]) for one in answers] == [
            ("fake-text", "Hi"),
            ("slow-text", "Hi"),
        ]

    def test_speech_is_spoken_and_written_down_again(self, lanternist: Lanternist) -> None:
        done = lanternist("ask", 'Say "good evening"', "-o", "out", "--json")
        (file,) = json.loads(done.stdout)["answers"][0]["files"]
        assert file == "out/good-evening.wav"
        done = lanternist("ask", "Write down what is said", "--attach", file)
        assert done.exit_code == 0, done.stderr
        assert done.stdout.strip()

    def test_what_fails_is_told_in_a_line(self, lanternist: Lanternist) -> None:
        done = lanternist("ask", "Transcribe this recording")
        assert done.exit_code == 1
        assert "no recording" in done.stderr


class TestRouteOnly:
    """Decisions alone, without a server."""

    @pytest.fixture(autouse=True)
    def nobody_there(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LANTERNIST_ADDRESS", "127.0.0.1:9")

    def test_one_decision_as_json(self) -> None:
        done = CliRunner().invoke(
            app, ["ask", "Four owls in watercolour, 16:9", "--route-only", "--json"]
        )
        facts = json.loads(done.stdout)
        assert facts["intent"] == "image"
        assert facts["model"] == "storybook"
        assert facts["parameters"]["style"] == "watercolour"
        assert facts["parameters"]["width"] * 9 == facts["parameters"]["height"] * 16
        assert len(facts["runners_up"]) == 4

    def test_a_line_each(self) -> None:
        lines = "Draw a fox\n\nWhat is a fox?\nRaconte-moi une histoire\n"
        done = CliRunner().invoke(app, ["ask", "-", "--route-only"], input=lines)
        facts = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one["intent"] for one in facts] == ["image", "text", "story"]
        assert facts[0]["utterance"] == "Draw a fox"

    def test_in_words(self) -> None:
        done = CliRunner().invoke(app, ["ask", "Say hello slowly", "--route-only"])
        assert done.stdout.startswith("speech with kokoro-82m\n")
        assert "speed: 0.8" in done.stdout
