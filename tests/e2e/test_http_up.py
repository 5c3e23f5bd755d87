"""`lanternist up` and its HTTP address: token, limits, aliases, a taken port, none at all."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import grpc
import openai
import pytest
from openai import OpenAI

from lanternist.v1 import text_pb2_grpc
from tests.e2e.client import drain, text_request
from tests.e2e.stack import command, environment, fakes, running_stack, until

HELLO: Any = [{"role": "user", "content": "one two"}]


def test_what_settings_change(tmp_path: Path) -> None:
    """Every exception class of the SDK that only other settings show, on one small stack."""
    changes = {
        **fakes("text", "voice"),
        "LANTERNIST_TOKEN": "let-me-in",
        "LANTERNIST_MAX_CONCURRENT_CALLS": "1",
        "LANTERNIST_HTTP_MAX_UPLOAD_BYTES": "100000",
        "LANTERNIST_MODEL_ALIASES": '{"gpt-4o": "fake-text"}',
        "LANTERNIST_VOICE_ALIASES": '{"alloy": "fake-gb"}',
    }
    with running_stack(tmp_path, **changes) as stack:
        url = f"http://{stack.http}/v1"
        with OpenAI(base_url=url, api_key="let-me-in", max_retries=0) as client:
            answer = client.chat.completions.create(model="gpt-4o", messages=HELLO)
            assert (answer.model, answer.choices[0].message.content) == ("fake-text", "one two")
            assert client.models.retrieve("gpt-4o").id == "fake-text"
            assert client.audio.speech.create(model="fake-voice", voice="alloy", input="Hi").content

            with pytest.raises(openai.AuthenticationError) as unknown:
                client.with_options(api_key="wrong").models.list()
            assert unknown.value.code == "token_wrong"
            with pytest.raises(openai.PermissionDeniedError) as foreign:
                client.with_options(
                    default_headers={"origin": "https://evil.example"}
                ).models.list()
            assert foreign.value.code == "origin_not_allowed"
            with pytest.raises(openai.APIStatusError) as large:
                client.audio.transcriptions.create(model="m", file=b"x" * 3_000_000)
            assert large.value.status_code == 413

            _only_one_at_once(client)
            _a_service_that_dies(client, stack.services()["text"])
        assert "let-me-in" not in stack.log_path.read_text()


def _only_one_at_once(client: OpenAI) -> None:
    long: Any = [{"role": "user", "content": "word " * 200}]
    stream = client.chat.completions.create(model="slow-text", messages=long, stream=True)
    next(iter(stream))
    with pytest.raises(openai.RateLimitError) as full:
        client.chat.completions.create(model="fake-text", messages=HELLO)
    assert full.value.code == "too_many_calls"
    assert full.value.response.headers["retry-after"] == "1"
    stream.close()
    # The SDK waits as long as it is told, and tries again.
    patient = client.with_options(max_retries=3)
    assert patient.chat.completions.create(model="fake-text", messages=HELLO).choices


def _a_service_that_dies(client: OpenAI, pid: int) -> None:
    long: Any = [{"role": "user", "content": "word " * 200}]
    stream = client.chat.completions.create(model="slow-text", messages=long, stream=True)
    pieces = iter(stream)
    next(pieces)
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(openai.APIError) as broken:
        for _ in pieces:
            pass
    assert broken.value.code == "service_unavailable"
    seen: list[tuple[int, str]] = []

    def refused() -> bool:
        try:
            client.chat.completions.create(model="fake-text", messages=HELLO)
        except openai.InternalServerError as error:
            seen.append((error.status_code, error.response.headers["retry-after"]))
            return False
        return True

    until(refused)  # it comes back
    assert {status for status, _ in seen} <= {503}
    assert all(int(seconds) >= 1 for _, seconds in seen)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        told = subprocess.run(
            command("up", "--address", "127.0.0.1:0", "--http", address),
            cwd=tmp_path,
            env=environment(tmp_path / "data", fakes("text")),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert told.returncode == 1
    last = told.stderr.strip().splitlines()[-1]
    assert last.startswith(f"lanternist: Cannot serve HTTP on {address}")
    assert "--no-http" in last


def test_without_http(tmp_path: Path) -> None:
    with running_stack(tmp_path, **fakes("text"), LANTERNIST_HTTP_ADDRESS="") as stack:
        assert json.loads(stack.announcement)["http"] == ""
        assert not [entry for entry in stack.log() if entry.get("event") == "http"]
        with grpc.insecure_channel(stack.address) as channel:
            assert drain(text_pb2_grpc.TextServiceStub(channel).GenerateText(text_request("a")))
