"""A media server, and an environment that names it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.services.upstream.media_server import KEY, MODEL, MediaServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaServer]:
    running = MediaServer()
    monkeypatch.setenv("LANTERNIST_OPENAI_BASE_URL", f"{running.url}/")
    monkeypatch.setenv("LANTERNIST_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LANTERNIST_OPENAI_IMAGE_MODEL", MODEL)
    monkeypatch.setenv("LANTERNIST_OPENAI_VOICE_MODEL", MODEL)
    yield running
    running.close()
