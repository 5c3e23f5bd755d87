"""What the README shows is what works: its snippets run against a stack of fakes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import ROOT, Stack

README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```(python|sh)\n(.*?)```", README, re.DOTALL)
FAKES = {
    "kokoro-82m": "fake-voice",
    "whisper-base": "fake-transcription",
    "smollm2-135m-instruct": "fake-text",
    "alloy": "fake-en",  # what it stands for by default is one of Kokoro's voices
}


def for_fakes(snippet: str, stack: Stack) -> str:
    """A snippet with this stack's addresses and models."""
    snippet = snippet.replace("127.0.0.1:50051", stack.address)
    snippet = snippet.replace("127.0.0.1:8080", stack.http)
    for real, fake in FAKES.items():
        snippet = snippet.replace(real, fake)
    return snippet


def test_there_are_snippets() -> None:
    text = "".join(snippet for _, snippet in SNIPPETS)
    for sign in ("image_pb2_grpc", "from openai import OpenAI", "from mcp import", "curl "):
        assert sign in text


@pytest.mark.parametrize(("language", "snippet"), SNIPPETS, ids=lambda value: str(value)[:24])
def test_a_snippet_runs(fake_stack: Stack, tmp_path: Path, language: str, snippet: str) -> None:
    if "127.0.0.1:" not in snippet:
        pytest.skip("needs no server")
    if language == "sh" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    program = [sys.executable, "-c"] if language == "python" else ["bash", "-euo", "pipefail", "-c"]
    code = for_fakes(snippet, fake_stack)
    if language == "sh":
        code = code.replace("curl -s", "curl -sS --fail-with-body")
    told = subprocess.run(
        [*program, code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stdout + told.stderr
    if "openai" in snippet:
        assert told.stdout.strip() == "Name three birds."
    if language == "sh":
        assert "WEBVTT" in told.stdout
        assert '"status":"serving"' in told.stdout
        assert (tmp_path / "hello.mp3").stat().st_size > 1000
