"""What every text engine promises, asked of each: fakes and tiny ones always, real with weights."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
    LanternistError,
)
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.base.registry import engine_class
from services.text.engine import (
    ChatMessage,
    FinishReason,
    TextDelta,
    TextEngine,
    TextFinished,
    TextRequest,
)
from tests.unit.services.text import tiny_model
from tests.unit.services.text.upstream_server import KEY, MODEL, UpstreamServer

CARDS = Path(__file__).parents[1] / "cards"
LONG = "Tell me a story. " + " ".join(f"Chapter {n} begins." for n in range(20))


@dataclass
class Subject:
    """An engine under test.

    Attributes:
        engine: Loaded and warm.
        made: How many tokens it has really made since it was loaded.
        samples: Whether temperature and seed mean anything to it.
    """

    engine: TextEngine
    made: Callable[[], int]
    samples: bool = False


def loaded(card: ModelCard, weights: Any = None) -> TextEngine:
    kind = engine_class("text", card.engine)
    engine: TextEngine = kind(card, weights, Placement(threads=2))
    engine.load()
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def real() -> Iterator[TextEngine]:
    card = Catalog.builtin().get("smollm2-135m-instruct")
    engine = loaded(card, resolve(card))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TextEngine]:
    folder = tiny_model.save(tmp_path_factory.mktemp("tiny"))
    card = tiny_model.card("{max_batch: 3}", "{max_tokens: 40}")
    engine = loaded(card, tiny_model.weights_in(folder))
    yield engine
    engine.close()
    engine.close()  # idempotent


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[UpstreamServer]:
    server = UpstreamServer()
    server.delay_seconds = 0.002
    monkeypatch.setenv("LANTERNIST_OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("LANTERNIST_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LANTERNIST_OPENAI_MODEL", MODEL)
    yield server
    server.close()


@pytest.fixture(
    params=[
        "fake",
        "openai",
        "transformers-tiny",
        pytest.param("smollm2-135m-instruct", marks=pytest.mark.weights),
    ]
)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "fake":
        card = Catalog.builtin(CARDS).get("fake-text")
        slow = card.model_copy(update={"options": {"delay_seconds": 0.002}})
        engine: Any = loaded(slow)
        yield Subject(engine, lambda: engine.tokens_made)
    elif request.param == "openai":
        server = request.getfixturevalue("upstream")
        engine = loaded(Catalog.builtin().get("openai-compatible"))
        yield Subject(engine, lambda: server.words_written)
        engine.close()
        await asyncio.sleep(0.01)
    else:
        name = "tiny" if request.param == "transformers-tiny" else "real"
        engine = request.getfixturevalue(name)
        yield Subject(engine, lambda: engine.tokens_made, samples=True)


def ask(text: str = LONG, **fields: Any) -> TextRequest:
    fields.setdefault("temperature", 0.0)
    return TextRequest((ChatMessage("user", text),), **fields)


async def answer(
    subject: Subject, request: TextRequest, call: Call | None = None
) -> tuple[str, TextFinished]:
    text, finished = "", None
    async for event in subject.engine.generate(request, call or Call()):
        assert finished is None, "nothing follows the finish"
        if isinstance(event, TextDelta):
            assert event.text
            text += event.text
        else:
            finished = event
    assert finished is not None
    return text, finished


async def assert_free(subject: Subject, before: int, *, most: int) -> None:
    """Nothing runs any more but what is asked now, and little ran since `before`."""
    left = -1
    while left != subject.made():  # a step may have been under way
        left = subject.made()
        await asyncio.sleep(0.1)
    await answer(subject, ask(max_tokens=2))
    assert subject.made() - left == 2
    assert left - before <= most


async def test_an_answer_streams_and_finishes(subject: Subject) -> None:
    text, finished = await answer(subject, ask(max_tokens=12))
    assert text.strip()
    assert finished.reason is FinishReason.LENGTH
    assert finished.completion_tokens == 12
    assert finished.prompt_tokens > 20


async def test_the_same_question_has_the_same_answer(subject: Subject) -> None:
    first, again = [await answer(subject, ask(max_tokens=16)) for _ in range(2)]
    assert first == again


async def test_many_at_once_get_what_each_gets_alone(subject: Subject) -> None:
    """Lengths differ, so requests join and leave while others are answered."""
    questions = [
        ask(f"{LONG} {'Now. ' * n} Question {n}: what comes next?", max_tokens=6 + 3 * n)
        for n in range(4)
    ]
    alone = [await answer(subject, question) for question in questions]
    together = await asyncio.gather(*(answer(subject, question) for question in questions))
    assert list(together) == alone


async def test_a_stop_sequence_is_never_shown_wherever_tokens_end(subject: Subject) -> None:
    whole, _ = await answer(subject, ask(max_tokens=14))
    for start, size in ((len(whole) // 3, 7), (0, 3)):
        stop = whole[start : start + size]
        text, finished = await answer(subject, ask(max_tokens=14, stop=("\x1f", stop)))
        assert text == whole[: whole.find(stop)]
        assert finished.reason is FinishReason.STOP


async def test_every_script_goes_in_and_whole_characters_come_out(subject: Subject) -> None:
    text, _ = await answer(
        subject, ask("Repeat: 🧑‍🚀🇫🇷 שלום مرحبا 你好 ไทย é “quotes”", max_tokens=12)
    )
    assert "\ufffd" not in text
    text.encode()  # no half surrogates


async def test_leaving_frees_the_engine_within_a_token(subject: Subject) -> None:
    before, call = subject.made(), Call()

    async def leave_after_three() -> None:
        seen = 0
        async for event in subject.engine.generate(ask(max_tokens=60), call):
            seen += isinstance(event, TextDelta)
            if seen == 3:
                call.cancel()

    with pytest.raises(CancelledError):
        await leave_after_three()
    await assert_free(subject, before, most=20)


async def test_closing_the_stream_frees_the_engine_too(subject: Subject) -> None:
    before = subject.made()
    stream = subject.engine.generate(ask(max_tokens=60), Call())
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator
    await assert_free(subject, before, most=20)


async def test_a_deadline_of_a_millisecond_costs_nothing(subject: Subject) -> None:
    before = subject.made()
    with pytest.raises(DeadlineExceededError):
        await answer(subject, ask(max_tokens=60), Call(timeout_seconds=0.001))
    await assert_free(subject, before, most=6)


async def test_a_deadline_ends_an_answer_under_way(subject: Subject) -> None:
    before = subject.made()
    call = Call(timeout_seconds=0.05)
    many = [answer(subject, ask(max_tokens=60), call) for _ in range(3)]
    results = await asyncio.gather(*many, return_exceptions=True)
    if subject.made() - before < 3 * 60:  # a quick engine may be done before
        assert any(isinstance(result, DeadlineExceededError) for result in results)
    await assert_free(subject, before, most=3 * 60 + 4)


async def test_seeds(subject: Subject) -> None:
    if not subject.samples:
        pytest.skip("this engine does not draw")
    drawn = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 16}
    alone, _ = await answer(subject, ask(seed=7, **drawn))
    crowd = [ask(f"{LONG} {n}", seed=n, **drawn) for n in range(3)]
    together = await asyncio.gather(
        answer(subject, ask(seed=7, **drawn)), *map_answer(subject, crowd)
    )
    assert together[0][0] == alone
    assert (await answer(subject, ask(seed=8, **drawn)))[0] != alone


def map_answer(subject: Subject, requests: list[TextRequest]) -> list[Any]:
    return [answer(subject, request) for request in requests]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (TextRequest(()), "messages"),
        (ask(""), "messages"),
        (ask(" \n\t"), "messages"),
        (TextRequest((ChatMessage("tool", "x"),)), "messages[0].role"),  # type: ignore[arg-type]
        (ask("x", temperature=math.nan), "temperature"),
        (ask("x", temperature=math.inf), "temperature"),
        (ask("x", temperature=-0.1), "temperature"),
        (ask("x", temperature=2.1), "temperature"),
        (ask("x", top_p=0.0), "top_p"),
        (ask("x", top_p=math.nan), "top_p"),
        (ask("x", max_tokens=0), "max_tokens"),
        (ask("x", stop=("ok", "")), "stop[1]"),
        (ask("x", stop=tuple(map(str, range(17)))), "stop"),
        (ask("word " * 400_000), "messages"),
    ],
)
async def test_bad_requests_name_their_field(
    subject: Subject, request_: TextRequest, field: str
) -> None:
    before = subject.made()
    with pytest.raises(InvalidArgumentError) as caught:
        await answer(subject, request_)
    assert caught.value.violations[0].field == field
    assert subject.made() == before


async def test_a_call_that_is_over_is_not_begun(subject: Subject) -> None:
    call = Call()
    call.cancel()
    before = subject.made()
    with pytest.raises(LanternistError):
        await answer(subject, ask(), call)
    assert subject.made() == before
