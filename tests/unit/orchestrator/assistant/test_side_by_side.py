"""Comparisons, fallbacks, cancellation and deadlines of `Respond`."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
)
from lanternist.v1 import assistant_pb2
from tests.unit.orchestrator.assistant.conftest import Respond, asking, drain
from tests.unit.orchestrator.assistant.specialists import Office

BOTH = ["slow-text", "fake-text"]


async def test_models_answer_side_by_side(respond: Respond) -> None:
    events = await drain(respond("Hello", compare=BOTH))
    assert list(events[0].routing.models) == BOTH
    texts = ["".join(e.text.delta for e in events if e.answer == i) for i in (0, 1)]
    assert texts == ["slow-text: Hello", "fake-text: Hello"]
    assert [answer.model for answer in events[-1].summary.answers] == BOTH
    assert events[-1].summary.usage.completion_tokens == 10


async def test_one_that_fails_does_not_stop_the_others(respond: Respond, office: Office) -> None:
    office.broken["slow-text"] = UnavailableError("It is gone.", reason="GONE")
    events = await drain(respond("Hello", compare=BOTH))
    failed = [event for event in events if event.HasField("failed")]
    assert [(event.answer, event.failed.model) for event in failed] == [(0, "slow-text")]
    assert failed[0].failed.error.message == "It is gone."
    assert [e.answer for e in events if e.HasField("finished")] == [1]
    assert not [event for event in events if event.HasField("fallback")]  # compared: never replaced


async def test_one_that_is_endless_does_not_hold_the_others_back(
    respond: Respond, office: Office
) -> None:
    async def first_finished() -> int:
        async with contextlib.aclosing(respond("forever", compare=BOTH)) as events:
            seen = 0
            async for event in events:
                seen += event.HasField("text")
                if seen > 20:
                    return seen
        raise AssertionError("an endless answer ended")

    assert await asyncio.wait_for(first_finished(), 60) > 20
    async with asyncio.timeout(30):  # both were told that their caller left
        while office.writing:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("compare", "field"),
    [(["fake-text", "fake-image"], r"compare\[1\]"), (["fake-text", "nobody"], "nobody")],
)
async def test_what_cannot_be_compared(respond: Respond, compare: list[str], field: str) -> None:
    with pytest.raises((InvalidArgumentError, NotFoundError), match=field):
        await drain(respond("Hello", compare=compare))


async def test_another_model_takes_over_and_says_so(respond: Respond, office: Office) -> None:
    office.broken["fake-text"] = FailedPreconditionError("No weights.", reason="NO_WEIGHTS")
    events = await drain(respond("Hello"))
    (notice,) = [event.fallback for event in events if event.HasField("fallback")]
    assert (notice.from_model, notice.to_model) == ("fake-text", "slow-text")
    assert notice.error.message == "No weights."
    assert events[-1].summary.answers[0].model == "slow-text"


async def test_a_model_that_was_named_is_not_replaced(respond: Respond, office: Office) -> None:
    office.broken["fake-text"] = UnavailableError("It is gone.", reason="GONE")
    with pytest.raises(UnavailableError, match="gone"):
        await drain(respond("Hello", model="fake-text"))
    assert len(office.asked) == 1


async def test_half_an_answer_is_not_begun_again_by_another(
    respond: Respond, office: Office
) -> None:
    office.breaks_later["fake-text"] = UnavailableError("It broke.", reason="BROKEN")
    with pytest.raises(UnavailableError, match="broke"):
        await drain(respond("Hello"))
    assert len(office.asked) == 1


async def test_a_wrong_request_is_not_tried_elsewhere(respond: Respond, office: Office) -> None:
    office.broken["fake-text"] = InvalidArgumentError("messages", "are too long")
    with pytest.raises(InvalidArgumentError, match=r"messages\[0\]: are too long"):
        await drain(respond("Hello"))
    assert len(office.asked) == 1


async def test_fallbacks_stay_inside_the_modality(respond: Respond, office: Office) -> None:
    for model in ("fake-image", "slow-image"):
        office.broken[model] = UnavailableError(f"{model} is gone.", reason="GONE")
    with pytest.raises(UnavailableError, match="slow-image is gone"):
        await drain(respond("Draw a fox"))
    assert len(office.asked) == 2


async def test_a_caller_who_leaves_frees_the_engine(respond: Respond, office: Office) -> None:
    async with contextlib.aclosing(respond("go on forever", model="fake-text")) as events:
        async for event in events:
            if event.text.delta:
                break
    await asyncio.wait_for(office.left.wait(), 30)


async def test_the_deadline_reaches_the_engine(respond: Respond, office: Office) -> None:
    await drain(respond("Hello"))  # the router is loaded: what follows reaches the engine at once
    office.left.clear()
    request = asking("go on forever", intent=assistant_pb2.INTENT_TEXT)
    asked = len(office.asked)
    for seconds in (0.2, 1, 5, 25):  # a busy machine may not even begin within a short one
        with pytest.raises(DeadlineExceededError):
            await drain(respond(request, Call(timeout_seconds=seconds)))
        if len(office.asked) > asked:
            break
    await asyncio.wait_for(office.left.wait(), 30)
