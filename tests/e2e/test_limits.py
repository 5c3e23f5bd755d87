"""Token, upload limit, calls limit: what only other settings show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lanternist.v1 import (
    image_pb2,
    image_pb2_grpc,
    text_pb2_grpc,
    transcription_pb2,
    transcription_pb2_grpc,
)
from tests.e2e.client import drain, refusal, text_request
from tests.e2e.stack import fakes, running_stack

Code = grpc.StatusCode


def test_token_upload_limit_and_calls_limit(tmp_path: Path) -> None:
    """What only other settings show, all on one small stack."""
    changes = {
        **fakes("text", "transcription"),
        "LANTERNIST_TOKEN": "let-me-in",
        "LANTERNIST_MAX_UPLOAD_BYTES": "100000",
        "LANTERNIST_MAX_CONCURRENT_CALLS": "3",
    }
    with (
        running_stack(tmp_path, **changes) as stack,
        grpc.insecure_channel(stack.address) as channel,
    ):
        text = text_pb2_grpc.TextServiceStub(channel)
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        for metadata, reason in (
            ([], "TOKEN_MISSING"),
            ([("authorization", "Bearer let-me-out")], "TOKEN_WRONG"),
            ([("authorization", "let-me-in")], "TOKEN_WRONG"),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                drain(text.GenerateText(text_request("a"), metadata=metadata))
            assert refusal(caught.value) == (Code.UNAUTHENTICATED, reason)
        token = [("authorization", "Bearer let-me-in")]
        assert drain(text.GenerateText(text_request("a"), metadata=token))
        assert "let-me-in" not in stack.log_path.read_text()

        def upload(chunks: int) -> Iterator[transcription_pb2.TranscribeRequest]:
            yield transcription_pb2.TranscribeRequest(config={})
            for _ in range(chunks):
                yield transcription_pb2.TranscribeRequest(audio=bytes(10_000))

        transcription = transcription_pb2_grpc.TranscriptionServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            drain(transcription.Transcribe(upload(2000), metadata=token))
        assert refusal(caught.value) == (Code.RESOURCE_EXHAUSTED, "UPLOAD_TOO_LARGE")

        image = image_pb2_grpc.ImageServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            drain(image.GenerateImages(image_pb2.GenerateImagesRequest(prompt="x"), metadata=token))
        assert refusal(caught.value) == (Code.FAILED_PRECONDITION, "SERVICE_DISABLED")

        slow = [
            text.GenerateText(text_request("word " * 800, "slow-text"), metadata=token)
            for _ in range(2)
        ]
        for call in slow:
            while not next(call).delta:
                pass
        with pytest.raises(grpc.RpcError) as caught:
            drain(text.GenerateText(text_request("one more"), metadata=token))
        assert refusal(caught.value) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS")
        for call in slow:
            call.cancel()
