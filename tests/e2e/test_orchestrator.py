"""The orchestrator's door, through real processes: time, ids, models, operations, load."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import soundfile
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2

from lanternist.v1 import (
    asset_pb2,
    asset_pb2_grpc,
    image_pb2,
    image_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    story_pb2,
    story_pb2_grpc,
    text_pb2_grpc,
)
from tests.e2e.client import drain, refusal, status_of, text_request
from tests.e2e.stack import Stack, until

Code = grpc.StatusCode


class TestTime:
    """Deadlines and callers who leave."""

    def test_a_millisecond_is_too_little(self, channel: grpc.Channel) -> None:
        stub = text_pb2_grpc.TextServiceStub(channel)
        for _ in range(20):
            with pytest.raises(grpc.RpcError) as caught:
                drain(stub.GenerateText(text_request("word " * 50, "slow-text"), timeout=0.001))
            assert caught.value.code() is Code.DEADLINE_EXCEEDED
        assert drain(stub.GenerateText(text_request("still there"), timeout=60))

    @pytest.mark.parametrize("how", ["cancel", "deadline"])
    def test_the_engine_is_free_at_once(self, channel: grpc.Channel, how: str) -> None:
        """Slow pictures of eighty seconds; when their caller is gone, the next ones begin."""
        stub = image_pb2_grpc.ImageServiceStub(channel)
        slow = image_pb2.GenerateImagesRequest(
            model="slow-image", prompt="x", step_count=200, count=8, width=64, height=64
        )
        # The model is loaded on first use; that is not to be measured here.
        first = image_pb2.GenerateImagesRequest(model="slow-image", prompt="x", step_count=1)
        drain(stub.GenerateImages(first, timeout=30))
        left = stub.GenerateImages(slow, timeout=2 if how == "deadline" else 60)
        if how == "cancel":
            while next(left).WhichOneof("event") != "progress":
                pass
            left.cancel()
        else:
            with pytest.raises(grpc.RpcError) as caught:
                drain(left)
            assert caught.value.code() is Code.DEADLINE_EXCEEDED
        following = stub.GenerateImages(slow, timeout=40)  # half of what is left of the others
        while next(following).WhichOneof("event") != "progress":
            pass
        following.cancel()


class TestIds:
    """What follows a request through every process."""

    def test_request_id_and_trace_are_in_both_logs(
        self, fake_stack: Stack, channel: grpc.Channel
    ) -> None:
        request_id = f"test-{uuid.uuid4()}"
        stub = text_pb2_grpc.TextServiceStub(channel)
        drain(stub.GenerateText(text_request("a"), metadata=[("x-request-id", request_id)]))

        def seen() -> set[object]:
            return {e["component"] for e in fake_stack.log() if e.get("request_id") == request_id}

        until(lambda: seen() == {"orchestrator", "text"})

    def test_nothing_said_is_in_the_logs(self, fake_stack: Stack, channel: grpc.Channel) -> None:
        secret = "the-fox-has-a-secret"
        stub = text_pb2_grpc.TextServiceStub(channel)
        drain(stub.GenerateText(text_request(secret), metadata=[("authorization", secret)]))
        with pytest.raises(grpc.RpcError):
            drain(stub.GenerateText(text_request(f"{secret}\x00")))
        assert secret not in fake_stack.log_path.read_text()

    def test_an_error_carries_the_request_id(self, channel: grpc.Channel) -> None:
        stub = text_pb2_grpc.TextServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            drain(stub.GenerateText(text_request("a", "none"), metadata=[("x-request-id", "r7")]))
        info = error_details_pb2.RequestInfo()
        assert any(detail.Unpack(info) for detail in status_of(caught.value).details)
        assert info.request_id == "r7"


class TestModels:
    """Models of every service, and their life."""

    def test_list_get_load_unload(self, channel: grpc.Channel) -> None:
        stub = model_pb2_grpc.ModelServiceStub(channel)
        listed = stub.ListModels(model_pb2.ListModelsRequest()).models
        ids = [(model.modality, model.id) for model in listed]
        assert ids == sorted(ids)
        assert {"fake-image", "fake-voice", "fake-text", "fake-transcription"} <= {
            model.id for model in listed
        }
        images = model_pb2.ListModelsRequest(modality=model_pb2.MODALITY_IMAGE)
        assert {model.id for model in stub.ListModels(images).models} == {
            "fake-image",
            "slow-image",
        }
        assert stub.GetModel(model_pb2.GetModelRequest(name="models/fake-voice")).card
        name = "models/slow-text"
        loaded = stub.LoadModel(model_pb2.LoadModelRequest(name=name))
        assert loaded.state == model_pb2.MODEL_STATE_LOADED
        unloaded = stub.UnloadModel(model_pb2.UnloadModelRequest(name=name))
        assert unloaded.state == model_pb2.MODEL_STATE_AVAILABLE
        with pytest.raises(grpc.RpcError) as caught:
            stub.UnloadModel(model_pb2.UnloadModelRequest(name="models/fake-text"))
        assert refusal(caught.value) == (Code.FAILED_PRECONDITION, "MODEL_IS_DEFAULT")
        for method, request in (
            (stub.GetModel, model_pb2.GetModelRequest(name="models/none")),
            (stub.LoadModel, model_pb2.LoadModelRequest(name="models/kokoro-82m")),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                method(request)
            assert refusal(caught.value) == (Code.NOT_FOUND, "MODEL_NOT_FOUND")


class TestAssets:
    """What was uploaded can be had again, from any byte on."""

    def test_upload_and_download(self, channel: grpc.Channel) -> None:
        sound = io.BytesIO()
        tone = np.sin(np.arange(16_000 * 3) * 0.1).astype(np.float32)
        soundfile.write(sound, tone, 16_000, format="WAV", subtype="PCM_16")
        recording = sound.getvalue()

        def upload() -> Iterator[story_pb2.UploadNarrationRequest]:
            yield story_pb2.UploadNarrationRequest(config={"media_type": "text/plain"})
            for start in range(0, len(recording), 10_000):
                yield story_pb2.UploadNarrationRequest(audio=recording[start : start + 10_000])

        stored = story_pb2_grpc.StoryServiceStub(channel).UploadNarration(upload(), timeout=60)
        assert stored.narration == f"assets/{hashlib.sha256(recording).hexdigest()}"
        assert stored.media_type != "text/plain"  # the bytes decide
        assets = asset_pb2_grpc.AssetServiceStub(channel)
        facts = assets.GetAsset(asset_pb2.GetAssetRequest(name=stored.narration))
        assert facts.size_bytes == len(recording)
        for offset in (0, 70_001, len(recording)):
            request = asset_pb2.DownloadAssetRequest(name=stored.narration, offset=offset)
            first, *rest = drain(assets.DownloadAsset(request, timeout=60))
            assert first.asset == facts
            assert b"".join(message.data for message in rest) == recording[offset:]
            assert all(len(message.data) <= 65_536 for message in rest)
        beyond = asset_pb2.DownloadAssetRequest(name=stored.narration, offset=len(recording) + 1)
        missing = asset_pb2.DownloadAssetRequest(name=f"assets/{'0' * 64}")
        tricky = asset_pb2.DownloadAssetRequest(name="assets/../../etc/passwd")
        for request, expected in (
            (beyond, (Code.OUT_OF_RANGE, "OFFSET_BEYOND_END")),
            (missing, (Code.NOT_FOUND, "ASSET_NOT_FOUND")),
            (tricky, (Code.INVALID_ARGUMENT, "INVALID_FIELD")),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                drain(assets.DownloadAsset(request, timeout=60))
            assert refusal(caught.value) == expected


class TestStoriesAndOperations:
    """Long-running work, its standard service, and repeated requests."""

    @staticmethod
    def request(text: str, request_id: str = "") -> story_pb2.CreateStoryRequest:
        return story_pb2.CreateStoryRequest(text=text, language="en", request_id=request_id)

    def test_a_story_is_an_operation(self, channel: grpc.Channel) -> None:
        begun = story_pb2_grpc.StoryServiceStub(channel).CreateStory(
            self.request("A fox sat by the river. Night fell, and the stars came out.")
        )
        operations = operations_pb2_grpc.OperationsStub(channel)
        wait = operations_pb2.WaitOperationRequest(
            name=begun.name, timeout=duration_pb2.Duration(seconds=60)
        )
        done = operations.WaitOperation(wait, timeout=90)
        story, metadata = story_pb2.Story(), story_pb2.CreateStoryMetadata()
        assert done.done, done
        assert done.response.Unpack(story), done.error
        assert done.metadata.Unpack(metadata)
        assert metadata.story == story.name
        assert metadata.completed_steps == metadata.total_steps > 0
        listed = operations.ListOperations(operations_pb2.ListOperationsRequest(filter="done=true"))
        assert begun.name in {operation.name for operation in listed.operations}
        operations.DeleteOperation(operations_pb2.DeleteOperationRequest(name=begun.name))
        with pytest.raises(grpc.RpcError) as caught:
            operations.GetOperation(operations_pb2.GetOperationRequest(name=begun.name))
        assert refusal(caught.value) == (Code.NOT_FOUND, "OPERATION_NOT_FOUND")

    def test_a_repeated_request_gets_the_first_answer(self, channel: grpc.Channel) -> None:
        stub = story_pb2_grpc.StoryServiceStub(channel)
        request_id = str(uuid.uuid4())
        request = self.request("The same tale.", request_id)
        with ThreadPoolExecutor(4) as threads:
            begun = list(threads.map(lambda _: stub.CreateStory(request), range(4)))
        assert len({operation.name for operation in begun}) == 1
        with pytest.raises(grpc.RpcError) as caught:
            stub.CreateStory(self.request("Another tale.", request_id))
        assert refusal(caught.value) == (Code.ALREADY_EXISTS, "REQUEST_ID_REUSED")

    def test_wait_gives_up_in_time(self, channel: grpc.Channel) -> None:
        text = "Once there was a slow tale. " * 200
        begun = story_pb2_grpc.StoryServiceStub(channel).CreateStory(self.request(text))
        operations = operations_pb2_grpc.OperationsStub(channel)
        waited = operations.WaitOperation(
            operations_pb2.WaitOperationRequest(
                name=begun.name, timeout=duration_pb2.Duration(nanos=1)
            )
        )
        operations.CancelOperation(operations_pb2.CancelOperationRequest(name=begun.name))
        ended = operations.WaitOperation(
            operations_pb2.WaitOperationRequest(name=begun.name), timeout=30
        )
        assert not waited.done
        assert ended.error.code == Code.CANCELLED.value[0]


class TestLoad:
    """Many at once, much at once."""

    def test_many_callers_at_once(self, channel: grpc.Channel) -> None:
        stub = text_pb2_grpc.TextServiceStub(channel)

        def written(number: int) -> str:
            events = stub.GenerateText(text_request(f"caller {number}"), timeout=30)
            return "".join(event.delta for event in events)

        with ThreadPoolExecutor(24) as threads:
            answers = list(threads.map(written, range(96)))
        assert answers == [f"caller {number}" for number in range(96)]

    def test_a_message_beyond_the_limit_is_refused(self, channel: grpc.Channel) -> None:
        stub = text_pb2_grpc.TextServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            drain(stub.GenerateText(text_request("x" * 5_000_000)))
        assert caught.value.code() is Code.RESOURCE_EXHAUSTED
