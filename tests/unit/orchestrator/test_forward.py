"""One request, forwarded: routed, admitted, passed through, cancelled, bounded, mapped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.runtime.settings import ServiceSettings, ServicesSettings
from lanternist.v1 import text_pb2, transcription_pb2, voice_pb2
from models.catalog import Catalog
from orchestrator.clients.channel import Connection
from orchestrator.clients.specialists import Specialists
from orchestrator.forward import Line, Routes, forwarder
from orchestrator.limits import Admission
from tests.unit.orchestrator.conftest import CountingTranscription, EchoText, OneVoice, Serve

CARDS = Path(__file__).parents[2] / "cards"
TEXT = text_pb2.DESCRIPTOR.services_by_name["TextService"]
VOICE = voice_pb2.DESCRIPTOR.services_by_name["VoiceService"]
TRANSCRIPTION = transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"]
SERVICES = ServicesSettings(
    image=ServiceSettings(models=("fake-image",)),
    voice=ServiceSettings(models=("fake-voice",)),
    text=ServiceSettings(models=("fake-text",)),
    transcription=ServiceSettings(models=("fake-transcription",)),
)


def line(address: str, modality: str = "text", **changes: object) -> Line:
    facts = {
        "modality": modality,
        "connection": Connection(address) if address else None,
        "routes": Routes(SERVICES, Catalog.builtin(CARDS)),
        "admission": Admission(8),
        "recovery_seconds": lambda: 3.5,
        "max_upload_bytes": 1000,
        **changes,
    }
    return Line(**facts)  # type: ignore[arg-type]


@pytest.fixture
def echo() -> EchoText:
    return EchoText()


@pytest.fixture
async def front(serve: Serve, echo: EchoText) -> AsyncIterator[Connection]:
    """A connection to a forwarder in front of an echo."""
    back = line(await serve(TEXT, echo))
    connection = Connection(await serve(TEXT, forwarder(TEXT, back)))
    yield connection
    await connection.close()
    assert back.connection is not None
    await back.connection.close()


def request(content: str, **fields: str) -> text_pb2.GenerateTextRequest:
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content=content)
    return text_pb2.GenerateTextRequest(messages=[message], **fields)


def generate(
    connection: Connection, content: str, call: Call | None = None, **fields: str
) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
    text = Specialists.behind(connection).text
    return text.GenerateText(request(content, **fields), call or Call())


async def test_answers_pass_through(front: Connection) -> None:
    events = [event async for event in generate(front, "a b c", model="fake-text")]
    assert [event.delta for event in events[:-1]] == ["a", "b", "c"]
    assert events[-1].finish.model == "fake-text"


async def test_ids_and_the_remaining_time_travel_on(front: Connection, echo: EchoText) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    call = Call("story-7", 60.0, {"traceparent": trace, "authorization": "Bearer secret"})
    assert [event async for event in generate(front, "a", call)]
    (seen,) = echo.calls
    assert seen.request_id == "story-7"
    assert seen.metadata["traceparent"] == trace
    assert "authorization" not in seen.metadata
    remaining = seen.remaining_seconds()
    assert remaining is not None
    # Each hop writes what is left in few digits, rounded up: by a hundredth at most.
    assert 0.0 < remaining < 61.0


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("nonsense", "Available text models: fake-text."),
        ("fake-voice", "It is a model for voice."),
    ],
)
async def test_unknown_models_name_what_there_is(front: Connection, model: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await anext(generate(front, "a", model=model))
    assert caught.value.field == "model"
    assert hint in caught.value.message


async def test_a_service_elsewhere_may_have_more_models(serve: Serve, echo: EchoText) -> None:
    address = await serve(TEXT, echo)
    services = SERVICES.model_copy(update={"text": ServiceSettings(address=address)})
    back = line(address, routes=Routes(services, Catalog.builtin(CARDS)))
    responses = forwarder(TEXT, back).GenerateText(request("a", model="theirs"), Call())
    async with contextlib.aclosing(responses):
        assert isinstance(await anext(responses), bytes)


async def test_a_service_that_is_not_there(serve: Serve) -> None:
    front = Connection(await serve(TEXT, forwarder(TEXT, line(""))))
    with pytest.raises(FailedPreconditionError) as caught:
        await anext(generate(front, "a"))
    assert caught.value.reason == "SERVICE_DISABLED"


async def test_a_service_that_is_down_says_when_to_come_back(serve: Serve, tmp_path: Path) -> None:
    back = line(f"unix:{tmp_path}/nobody.sock")
    front = Connection(await serve(TEXT, forwarder(TEXT, back)))
    with pytest.raises(UnavailableError) as caught:
        await anext(generate(front, "a"))
    assert caught.value.retry_delay_seconds == 3.5
    assert "text service" in caught.value.message


async def test_a_service_that_says_why_is_not_talked_over(
    front: Connection, echo: EchoText
) -> None:
    echo.error = UnavailableError(
        "Upstream rests.", retry_delay_seconds=9, reason="UPSTREAM_UNAVAILABLE"
    )
    with pytest.raises(UnavailableError) as caught:
        await anext(generate(front, "a"))
    assert (caught.value.reason, caught.value.retry_delay_seconds) == ("UPSTREAM_UNAVAILABLE", 9)


async def test_errors_pass_through_whole(front: Connection, echo: EchoText) -> None:
    echo.error = InvalidArgumentError("messages", "are too long", metadata={"limit": "8192"})
    with pytest.raises(InvalidArgumentError) as caught:
        await anext(generate(front, "a"))
    assert caught.value.violations == echo.error.violations
    assert caught.value.metadata == {"limit": "8192"}


async def test_a_caller_who_leaves_frees_the_service(front: Connection, echo: EchoText) -> None:
    async with contextlib.aclosing(generate(front, "on forever")) as events:
        await anext(events)
    await asyncio.wait_for(echo.left.wait(), 30)
    steps = echo.steps
    await asyncio.sleep(0.1)
    assert echo.steps <= steps + 1
    assert echo.calls[0].cancelled


async def test_the_deadline_frees_the_service(front: Connection, echo: EchoText) -> None:
    async def all_of_it(seconds: float) -> None:
        async for _ in generate(front, "on forever", Call(timeout_seconds=seconds)):
            pass

    for seconds in (0.1, 1, 5, 25):  # a busy machine may not even begin within a short one
        with pytest.raises(DeadlineExceededError):
            await all_of_it(seconds)
        if echo.calls:
            break
    await asyncio.wait_for(echo.left.wait(), 30)


async def test_too_many_calls_are_refused_and_places_freed(serve: Serve, echo: EchoText) -> None:
    back = line(await serve(TEXT, echo), admission=Admission(3))
    front = Connection(await serve(TEXT, forwarder(TEXT, back)))
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):  # three quarters of three places
            events = await stack.enter_async_context(
                contextlib.aclosing(generate(front, "on forever"))
            )
            await anext(events)
        with pytest.raises(ResourceExhaustedError) as caught:
            await anext(generate(front, "one more"))
        assert caught.value.subject == "concurrent text calls"
        assert caught.value.retry_delay_seconds
    async with asyncio.timeout(30):  # the leaving takes its way through two servers
        while True:
            try:
                assert [event async for event in generate(front, "room again")]
                break
            except ResourceExhaustedError:
                await asyncio.sleep(0.01)


async def test_unary_calls_are_forwarded(serve: Serve) -> None:
    back = line(await serve(VOICE, OneVoice()), "voice")
    front = Connection(await serve(VOICE, forwarder(VOICE, back)))
    voices = await Specialists.behind(front).voice.ListVoices(voice_pb2.ListVoicesRequest(), Call())
    assert [voice.id for voice in voices.voices] == ["ada"]


class TestUploads:
    """Client streams: config first, bounded, checked, cancelled with their caller."""

    @pytest.fixture
    def ear(self) -> CountingTranscription:
        return CountingTranscription()

    @pytest.fixture
    async def client(self, serve: Serve, ear: CountingTranscription) -> AsyncIterator[Specialists]:
        back = line(await serve(TRANSCRIPTION, ear), "transcription")
        front = Connection(await serve(TRANSCRIPTION, forwarder(TRANSCRIPTION, back)))
        yield Specialists.behind(front)
        await front.close()

    @staticmethod
    async def upload(
        *sizes: int, config: transcription_pb2.TranscriptionConfig | None = None
    ) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
        if config is not None:
            yield transcription_pb2.TranscribeRequest(config=config)
        for size in sizes:
            yield transcription_pb2.TranscribeRequest(audio=bytes(size))

    CONFIG = transcription_pb2.TranscriptionConfig(model="fake-transcription")

    async def test_both_directions_flow(self, client: Specialists) -> None:
        requests = self.upload(400, 600, config=self.CONFIG)
        events = [event async for event in client.transcription.Transcribe(requests, Call())]
        assert [event.segment.text for event in events[:-1]] == ["0", "400", "1000"]
        assert events[-1].summary.duration_ms == 1000

    async def collect(
        self, client: Specialists, requests: AsyncIterator[transcription_pb2.TranscribeRequest]
    ) -> list[transcription_pb2.TranscribeResponse]:
        return [event async for event in client.transcription.Transcribe(requests, Call())]

    async def after(
        self, ear: CountingTranscription, first: int, *more: int
    ) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
        """Sends the rest only once the service has the first, so that it is surely at work."""
        async for request in self.upload(first, config=self.CONFIG):
            yield request
        await ear.arrived.wait()
        async for request in self.upload(*more):
            yield request

    async def test_too_large(self, client: Specialists, ear: CountingTranscription) -> None:
        with pytest.raises(ResourceExhaustedError) as caught:
            await self.collect(client, self.after(ear, 400, 601, 5))
        assert caught.value.reason == "UPLOAD_TOO_LARGE"
        await asyncio.wait_for(ear.cancelled.wait(), 30)
        assert ear.received <= 400

    async def test_config_comes_first(self, client: Specialists) -> None:
        for requests in (self.upload(400), self.upload()):
            with pytest.raises(InvalidArgumentError) as caught:
                await self.collect(client, requests)
            assert caught.value.violations[0].field == "config"

    async def test_unknown_model(self, client: Specialists) -> None:
        config = transcription_pb2.TranscriptionConfig(model="nobody")
        with pytest.raises(NotFoundError) as caught:
            await self.collect(client, self.upload(4, config=config))
        assert caught.value.field == "config.model"

    async def test_every_message_is_checked(
        self, client: Specialists, ear: CountingTranscription
    ) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            await self.collect(client, self.after(ear, 400, 1024 * 1024 + 1))
        assert caught.value.violations[0].field == "audio"
        await asyncio.wait_for(ear.cancelled.wait(), 30)

    async def test_the_service_may_refuse_early(
        self, client: Specialists, ear: CountingTranscription
    ) -> None:
        ear.full = True
        with pytest.raises(ResourceExhaustedError) as caught:
            await self.collect(client, self.upload(*[10] * 90, config=self.CONFIG))
        assert caught.value.retry_delay_seconds == 7

    async def test_a_broken_source_is_the_callers_own_error(self, client: Specialists) -> None:
        async def broken() -> AsyncIterator[transcription_pb2.TranscribeRequest]:
            yield transcription_pb2.TranscribeRequest(config=self.CONFIG)
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            await self.collect(client, broken())
