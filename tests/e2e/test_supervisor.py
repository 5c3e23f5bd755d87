"""Services that die, orchestrators that are stopped or killed: nothing hangs, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lanternist.v1 import (
    image_pb2,
    image_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    text_pb2_grpc,
)
from tests.e2e.client import status_of, text_request
from tests.e2e.stack import Stack, command, environment, fakes, running_stack, runs, until

SERVING = health_pb2.HealthCheckResponse.SERVING
# Two services are enough here, and start faster than four.
PAIR = {
    **fakes("image", "text"),
    "LANTERNIST_DRAIN_SECONDS": "30",  # a call that may finish does, however busy the machine
}
SOLO = fakes("text")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the tests of this file that leave it standing, and the one that ends it."""
    with running_stack(tmp_path_factory.mktemp("pair"), **PAIR) as stack:
        yield stack


def written(channel: grpc.Channel, content: str) -> str:
    events = text_pb2_grpc.TextServiceStub(channel).GenerateText(text_request(content), timeout=60)
    return "".join(event.delta for event in events)


def health(channel: grpc.Channel, service: str = "") -> int:
    request = health_pb2.HealthCheckRequest(service=service)
    return int(health_pb2_grpc.HealthStub(channel).Check(request, timeout=30).status)


def deaths(stack: Stack) -> list[dict[str, object]]:
    return [entry for entry in stack.log() if "starting it again" in str(entry.get("event"))]


def socket_directories(stack: Stack) -> list[str]:
    addresses = [str(entry.get("address", "")) for entry in stack.log()]
    return [str(Path(a.removeprefix("unix:")).parent) for a in addresses if a.startswith("unix:")]


def test_a_service_killed_while_it_answers_comes_back(stack: Stack) -> None:
    with grpc.insecure_channel(stack.address) as channel:
        answer = text_pb2_grpc.TextServiceStub(channel).GenerateText(
            text_request("word " * 500, "slow-text"), timeout=60
        )
        while not next(answer).delta:
            pass
        first = stack.services()["text"]
        os.kill(first, signal.SIGKILL)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in answer:
                pass
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        status = status_of(caught.value)
        retry, info = error_details_pb2.RetryInfo(), error_details_pb2.ErrorInfo()
        assert any(detail.Unpack(retry) for detail in status.details)
        assert any(detail.Unpack(info) for detail in status.details)
        assert retry.retry_delay.ToMilliseconds() >= 500
        assert info.metadata["service"] == "text"

        # The other service goes on, and the models of the dead one are still listed.
        assert health(channel, "lanternist.v1.ImageService") == SERVING
        listed = model_pb2_grpc.ModelServiceStub(channel).ListModels(model_pb2.ListModelsRequest())
        assert {"slow-text", "fake-image"} <= {model.id for model in listed.models}

        until(lambda: health(channel, "lanternist.v1.TextService") == SERVING)
        until(lambda: health(channel) == SERVING)
        assert stack.services()["text"] != first
        assert written(channel, "back again") == "back again"
    (ended,) = deaths(stack)
    assert (ended["service"], ended["ended_by"]) == ("text", "signal SIGKILL")


def test_a_crash_loop_says_so_and_is_survived(stack: Stack) -> None:
    """It died above; when it dies again, the delay grows and the log carries its last words."""
    with grpc.insecure_channel(stack.address) as channel:
        os.kill(stack.services()["text"], signal.SIGKILL)
        until(lambda: health(channel, "lanternist.v1.TextService") != SERVING)
        until(lambda: health(channel, "lanternist.v1.TextService") == SERVING)
        assert written(channel, "well again") == "well again"
    before, after = deaths(stack)
    assert (before["failures"], before["next_try_seconds"]) == (1, 0.5)
    assert (after["failures"], after["next_try_seconds"]) == (2, 1.0)
    assert "serving" in str(after["last_words"])


def test_a_taken_address_is_an_error_and_leaves_nothing(stack: Stack, tmp_path: Path) -> None:
    done = subprocess.run(
        command("up", "--address", stack.address),
        cwd=tmp_path,
        env=environment(tmp_path / "other", PAIR),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert f"Cannot listen on {stack.address}" in done.stderr.splitlines()[-1]
    with grpc.insecure_channel(stack.address) as channel:
        assert written(channel, "not disturbed") == "not disturbed"


def test_sigterm_lets_running_calls_finish_and_leaves_nothing(stack: Stack) -> None:
    services = stack.services()
    assert set(services) == {"image", "text"}
    with grpc.insecure_channel(stack.address) as channel:
        answer = text_pb2_grpc.TextServiceStub(channel).GenerateText(
            text_request("word " * 30, "slow-text"), timeout=60
        )
        while not next(answer).delta:
            pass
        stack.process.send_signal(signal.SIGTERM)
        rest = [event.delta for event in answer]
        assert len(rest) >= 28
    assert stack.process.wait(60) == 0
    assert not any(runs(pid) for pid in services.values())
    directories = socket_directories(stack)
    assert directories
    assert not any(Path(directory).exists() for directory in directories)
    assert stack.announcement.count("\n") == 1
    assert stack.process.stdout is not None
    assert stack.process.stdout.read() == ""


def test_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    with running_stack(tmp_path, **SOLO) as stack:
        services = stack.services()
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(60) == 0
        assert not any(runs(pid) for pid in services.values())


def test_a_killed_orchestrator_leaves_no_orphan_and_can_start_again(tmp_path: Path) -> None:
    with running_stack(tmp_path, **PAIR) as stack:
        services = stack.services()
        with grpc.insecure_channel(stack.address) as channel:
            busy = image_pb2_grpc.ImageServiceStub(channel).GenerateImages(
                image_pb2.GenerateImagesRequest(model="slow-image", prompt="x", step_count=200)
            )
            next(busy)  # an engine at work in native code or in sleep must not keep its process
            stack.process.kill()
            stack.process.wait()
            until(lambda: not any(runs(pid) for pid in services.values()))
            busy.cancel()
    with running_stack(tmp_path, **SOLO) as stack, grpc.insecure_channel(stack.address) as channel:
        assert written(channel, "here again") == "here again"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"LANTERNIST_SERVICES__TEXT__MODELS": '["no-such-model"]'},
            ["services.text.models", "no-such-model"],
        ),
        ({"LANTERNIST_SERVICES__TEXT__DEVICE": "cuda:7"}, ["text", "cuda:7"]),
        ({"LANTERNIST_ADDRESS": "0.0.0.0:0"}, ["token"]),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    tmp_path: Path, changes: dict[str, str], words: list[str]
) -> None:
    done = subprocess.run(
        command("up"),
        cwd=tmp_path,
        env=environment(tmp_path / "data", {**PAIR, "LANTERNIST_LOG_LEVEL": "error", **changes}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("lanternist: ")
    for word in words:
        assert word in last
