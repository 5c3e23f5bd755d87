"""Encrypted from end to end: an ordinary client, the command line, HTTP, and who is kept out."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import grpc
import httpx2
import pytest

from lanternist.v1 import text_pb2_grpc
from tests.authority import Authority
from tests.e2e.client import drain, text_request
from tests.e2e.stack import FAKES, command, environment, running_stack

TOKEN = "let-me-in"


def test_everything_through_tls_on_one_small_stack(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "Another")
    server = ours.issue("server")
    changes = {
        **FAKES,
        "LANTERNIST_TOKEN": TOKEN,
        "LANTERNIST_TLS__CERTIFICATE_CHAIN": str(server.chain),
        "LANTERNIST_TLS__PRIVATE_KEY": str(server.key),
        "LANTERNIST_SERVICES__IMAGE__ENABLED": "false",
        "LANTERNIST_SERVICES__VOICE__ENABLED": "false",
        "LANTERNIST_SERVICES__TRANSCRIPTION__ENABLED": "false",
    }

    def chat(**settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command("chat", "one two", "--address", stack.address),
            cwd=tmp_path,
            env=environment(tmp_path / "elsewhere", {"LANTERNIST_TOKEN": TOKEN, **settings}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    with running_stack(tmp_path, **changes) as stack:
        tls = grpc.ssl_channel_credentials(ours.root.read_bytes())
        token = (("authorization", f"Bearer {TOKEN}"),)
        with grpc.secure_channel(stack.address, tls) as channel:
            text = text_pb2_grpc.TextServiceStub(channel)
            drain(text.GenerateText(text_request("a"), metadata=token))
        with grpc.insecure_channel(stack.address) as plain:
            answers = text_pb2_grpc.TextServiceStub(plain).GenerateText(
                text_request("a"), metadata=token, timeout=20
            )
            with pytest.raises(grpc.RpcError) as caught:
                drain(answers)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

        told = chat(LANTERNIST_TLS__CA=str(ours.root))
        assert (told.returncode, told.stdout.strip()) == (0, "one two"), told.stderr
        for settings, says in (
            ({}, "It may want TLS (tls.ca)"),
            ({"LANTERNIST_TLS__CA": str(theirs.root)}, "not from an authority"),
        ):
            refused = chat(**settings)
            assert refused.returncode == 1
            assert says in refused.stderr, refused.stderr

        # The gateway reaches the services behind it, whatever certificates say.
        trusting = ssl.create_default_context(cafile=str(ours.root))
        bearer = {"authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(verify=trusting, base_url=f"https://{stack.http}") as web:
            assert web.get("/health/ready").status_code == 200
            models = web.get("/v1/models", headers=bearer).json()
            assert "fake-text" in {model["id"] for model in models["data"]}
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"http://{stack.http}/health")
        assert TOKEN not in stack.log_path.read_text()
