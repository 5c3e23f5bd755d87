"""The upstream engine against a real HTTP server: what is sent, and what each failure becomes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    Code,
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    ResourceExhaustedError,
    UnavailableError,
)
from models.catalog import Catalog
from models.placement import Placement
from services.text.engine import ChatMessage, FinishReason, TextDelta, TextFinished, TextRequest
from services.text.engines.openai import OpenAIEngine
from tests.unit.services.text.upstream_server import KEY, MODEL, UpstreamServer

CARD = Catalog.builtin().get("openai-compatible")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[UpstreamServer]:
    started = UpstreamServer()
    monkeypatch.setenv("LANTERNIST_OPENAI_BASE_URL", started.url + "/")
    monkeypatch.setenv("LANTERNIST_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LANTERNIST_OPENAI_MODEL", MODEL)
    yield started
    started.close()


@pytest.fixture
async def engine(server: UpstreamServer) -> AsyncIterator[OpenAIEngine]:
    made = OpenAIEngine(CARD, None, Placement())
    made.load()
    yield made
    made.close()
    made.close()
    await asyncio.sleep(0.01)  # connections close on this loop


def ask(text: str, **fields: Any) -> TextRequest:
    return TextRequest((ChatMessage("system", "Echo."), ChatMessage("user", text)), **fields)


async def answer(
    engine: OpenAIEngine, request: TextRequest, call: Call | None = None
) -> tuple[str, TextFinished]:
    events = [event async for event in engine.generate(request, call or Call())]
    finished = events.pop()
    assert isinstance(finished, TextFinished)
    return "".join(event.text for event in events if isinstance(event, TextDelta)), finished


async def failure(engine: OpenAIEngine, text: str) -> LanternistError:
    with pytest.raises(LanternistError) as caught:
        await answer(engine, ask(text))
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.metadata)
    return caught.value


async def test_an_answer_streams_with_reason_and_usage(engine: OpenAIEngine) -> None:
    text, finished = await answer(engine, ask("the quick brown fox"))
    assert text == "the quick brown fox"
    assert finished == TextFinished(FinishReason.STOP, 4, 4)


async def test_the_request_carries_what_was_chosen_and_nothing_else(
    engine: OpenAIEngine, server: UpstreamServer
) -> None:
    await answer(engine, ask("a", temperature=0.0, seed=7, stop=tuple("uvwxyz")))
    body = server.requests[0]
    assert body == {
        "model": MODEL,
        "messages": [{"role": "system", "content": "Echo."}, {"role": "user", "content": "a"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": CARD.defaults["max_tokens"],
        "temperature": 0.0,
        "seed": 7,
        "stop": ["u", "v", "w", "x"],  # no upstream takes more; the engine looks for all six
    }


async def test_stop_sequences_are_never_shown_and_close_the_upstream(
    engine: OpenAIEngine, server: UpstreamServer
) -> None:
    server.delay_seconds = 0.01
    words = " ".join(f"word{n}" for n in range(1000))
    text, finished = await answer(engine, ask(words, stop=("d3 wo",)))
    assert text == "word0 word1 word2 wor"
    assert finished.reason is FinishReason.STOP
    assert await asyncio.to_thread(server.broken_off.wait, 60)
    assert server.words_written < 100


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("400", Code.INVALID_ARGUMENT, "UPSTREAM_REFUSED_REQUEST"),
        ("403", Code.FAILED_PRECONDITION, "UPSTREAM_CREDENTIALS_REFUSED"),
        ("404", Code.NOT_FOUND, "UPSTREAM_MODEL_NOT_FOUND"),
        ("413", Code.INVALID_ARGUMENT, "UPSTREAM_REFUSED_REQUEST"),
        ("429", Code.RESOURCE_EXHAUSTED, "UPSTREAM_RATE_LIMITED"),
        ("500", Code.UNAVAILABLE, "UPSTREAM_FAILED"),
        ("503", Code.UNAVAILABLE, "UPSTREAM_FAILED"),
        ("302", Code.UNAVAILABLE, "UPSTREAM_FAILED"),
    ],
)
async def test_statuses_become_canonical_codes(
    engine: OpenAIEngine, status: str, code: Code, reason: str
) -> None:
    error = await failure(engine, f"!status {status}")
    assert (error.code, error.reason) == (code, reason)


async def test_the_upstreams_delay_is_passed_on(engine: OpenAIEngine) -> None:
    busy = await failure(engine, "!status 429 Retry-After: 17")
    assert isinstance(busy, ResourceExhaustedError)
    assert busy.retry_delay_seconds == 17
    down = await failure(engine, "!status 503 Retry-After: 3")
    assert isinstance(down, UnavailableError)
    assert down.retry_delay_seconds == 3


@pytest.mark.parametrize(
    "event",
    [
        "{not json",
        '"text"',
        '{"choices": "none"}',
        '{"choices": [{"delta": 5}]}',
        '{"usage": {"prompt_tokens": "many"}}',
        '{"error": {"message": "overloaded", "code": 503}}',
        '{"error": "gone"}',
        '{"choices": [{"delta": {"content": "half an answer"}}]}',
    ],
)
async def test_whatever_the_stream_holds_is_unavailable_at_worst(
    engine: OpenAIEngine, event: str
) -> None:
    assert (await failure(engine, f"!raw {event}")).code is Code.UNAVAILABLE


async def test_a_rate_limit_in_the_middle_of_a_stream(engine: OpenAIEngine) -> None:
    error = await failure(engine, '!raw {"error": {"message": "slow down", "code": 429}}')
    assert error.code is Code.RESOURCE_EXHAUSTED


async def test_a_web_page_is_no_answer(engine: OpenAIEngine) -> None:
    assert (await failure(engine, "!html")).code is Code.UNAVAILABLE


async def test_a_server_that_does_not_stream_is_understood(engine: OpenAIEngine) -> None:
    assert (await answer(engine, ask("!whole")))[0] == "whole"


async def test_halves_of_a_character_are_joined(engine: OpenAIEngine) -> None:
    halves = "".join(
        f'data: {{"choices": [{{"delta": {{"content": "{half}"}}}}]}}\n\n'
        for half in ("a\\ud83d", "\\ude80b")
    ).removeprefix("data: ")
    end = 'data: {"choices": [{"delta": {}, "finish_reason": "content_filter"}]}'
    text, finished = await answer(engine, ask(f"!raw {halves}{end}"))
    assert text == "a🚀b"
    assert finished.reason is FinishReason.CONTENT_FILTER


async def test_a_silent_upstream_does_not_hold_who_leaves(
    engine: OpenAIEngine, server: UpstreamServer
) -> None:
    call = Call()

    async def leave() -> None:
        while not server.requests:  # noqa: ASYNC110 - another thread fills it
            await asyncio.sleep(0.01)
        call.cancel()

    leaving = asyncio.create_task(leave())
    with pytest.raises(CancelledError):
        await answer(engine, ask("!silence"), call)
    await leaving
    assert await asyncio.to_thread(server.broken_off.wait, 60)  # we left; it did not give up


async def test_a_silent_upstream_does_not_outlast_the_deadline(engine: OpenAIEngine) -> None:
    with pytest.raises(DeadlineExceededError):
        await answer(engine, ask("!silence"), Call(timeout_seconds=0.1))


async def test_nobody_there(engine: OpenAIEngine, server: UpstreamServer) -> None:
    server.close()
    assert (await failure(engine, "hello")).reason == "UPSTREAM_UNREACHABLE"
    with pytest.raises(UnavailableError):
        engine.warm_up()


def test_warming_up_proves_address_and_key(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = OpenAIEngine(CARD, None, Placement())
    engine.load()
    engine.warm_up()
    server.models_status = 404  # a server without that list
    engine.warm_up()
    monkeypatch.setenv("LANTERNIST_OPENAI_API_KEY", "sk-wrong")
    stranger = OpenAIEngine(CARD, None, Placement())
    stranger.load()
    with pytest.raises(FailedPreconditionError, match="credentials"):
        stranger.warm_up()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LANTERNIST_OPENAI_BASE_URL", ""),
        ("LANTERNIST_OPENAI_BASE_URL", "file:///etc/passwd"),
        ("LANTERNIST_OPENAI_BASE_URL", "http://host:99999999/v1"),
        ("LANTERNIST_OPENAI_MODEL", ""),
        ("LANTERNIST_OPENAI_API_KEY", "secret-one\r\nX-Evil: 1"),
    ],
)
def test_settings_are_checked_when_the_model_loads(
    server: UpstreamServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(FailedPreconditionError, match=variable) as caught:
        OpenAIEngine(CARD, None, Placement()).load()
    assert "secret" not in str(caught.value)


async def test_the_key_is_never_logged(
    engine: OpenAIEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await answer(engine, ask("hello"))
    await failure(engine, "!status 401")
    assert KEY not in caplog.text
    assert KEY not in repr(engine.__dict__)


async def test_bad_requests_do_not_reach_the_upstream(
    engine: OpenAIEngine, server: UpstreamServer
) -> None:
    with pytest.raises(InvalidArgumentError):
        await answer(engine, ask("hello", temperature=float("nan")))
    assert not server.requests


async def test_a_schema_is_passed_on_and_left_out_where_it_is_not_known(
    engine: OpenAIEngine, server: UpstreamServer
) -> None:
    schema = {"type": "object"}
    text, _ = await answer(engine, ask("plain words", json_schema=schema))
    assert text == "plain words"
    assert server.requests[-1]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema},
    }
    text, _ = await answer(engine, ask("no schemas here", json_schema=schema))
    assert text == "no schemas here"
    assert "response_format" in server.requests[-2]
    assert "response_format" not in server.requests[-1]
