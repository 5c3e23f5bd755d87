"""What a caller hears when the service behind refuses, breaks off, or is slow to say more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import ResourceExhaustedError, UnavailableError
from lanternist.v1 import model_pb2, text_pb2, voice_pb2
from tests.unit.orchestrator.conftest import EchoText
from tests.unit.orchestrator.gateways.conftest import OpenGateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = text_pb2.DESCRIPTOR.services_by_name["TextService"]
VOICE = voice_pb2.DESCRIPTOR.services_by_name["VoiceService"]


def chat(content: str, **fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": content}], **fields}


class Halting:
    """Says one thing, then waits, then fails."""

    def __init__(self, error: Exception) -> None:
        self.go = asyncio.Event()
        self._error = error

    async def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        yield text_pb2.GenerateTextResponse(delta="first")
        await self.go.wait()
        raise self._error

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        yield voice_pb2.SynthesizeResponse(
            format=voice_pb2.AudioFormat(sample_rate_hertz=24000, model="m")
        )
        yield voice_pb2.SynthesizeResponse(audio=b"\1\0" * 100)
        await self.go.wait()
        raise self._error


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "seconds"),
    [
        (ResourceExhaustedError("Full.", subject="queue", retry_delay_seconds=7), 429, "7"),
        (UnavailableError("Soon.", retry_delay_seconds=3.4), 503, "4"),
    ],
)
async def test_when_to_come_back(
    open_gateway: OpenGateway,
    http: httpx2.AsyncClient,
    stream: bool,
    error: Any,
    status: int,
    seconds: str,
) -> None:
    service = EchoText()
    service.error = error
    address = await open_gateway((TEXTS, service))
    for path, body in (
        ("chat/completions", chat("x", stream=stream)),
        ("responses", {"model": "m", "input": "x", "stream": stream}),
    ):
        answer = await http.post(f"http://{address}/v1/{path}", json=body)
        assert answer.status_code == status
        assert answer.headers["retry-after"] == seconds
        assert answer.headers["content-type"] == "application/json"


async def test_the_first_words_are_passed_on_at_once(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    service = Halting(UnavailableError("Gone."))
    address = await open_gateway((TEXTS, service), (VOICE, service))
    for path, body, sign in (
        ("chat/completions", chat("x", stream=True), b"first"),
        ("responses", {"model": "m", "input": "x", "stream": True}, b"first"),
        ("audio/speech", {"model": "m", "voice": "v", "input": "x", "response_format": "pcm"},
         b"\1\0"),
    ):  # fmt: skip
        service.go.clear()
        async with http.stream("POST", f"http://{address}/v1/{path}", json=body) as answer:
            assert answer.status_code == 200
            seen = b""
            async with asyncio.timeout(60):
                async for data in answer.aiter_raw():
                    seen += data
                    if sign in seen:
                        break
            assert not service.go.is_set()  # the rest is not there yet


async def test_an_error_on_the_way_ends_a_stream_of_events(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    service = Halting(UnavailableError("Gone."))
    service.go.set()
    address = await open_gateway((TEXTS, service))
    answer = await http.post(f"http://{address}/v1/chat/completions", json=chat("x", stream=True))
    events = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    said = json.loads(events[-1])["error"]
    assert (said["message"], said["code"]) == ("Gone.", "service_unavailable")
    assert "[DONE]" not in answer.text
    body = {"model": "m", "input": "x", "stream": True}
    answer = await http.post(f"http://{address}/v1/responses", json=body)
    events = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    kinds = [json.loads(event)["type"] for event in events]
    assert kinds[-2:] == ["error", "response.failed"]


async def test_an_error_on_the_way_breaks_sound_off(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    """Half a file with status 200 must not look whole."""
    service = Halting(UnavailableError("Gone."))
    service.go.set()
    address = await open_gateway((VOICE, service))
    body = {"model": "m", "voice": "v", "input": "x", "response_format": "wav"}
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post(f"http://{address}/v1/audio/speech", json=body)


async def test_a_defect_tells_the_request_id_and_nothing_else(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    service = Halting(RuntimeError("secret"))
    service.go.set()
    address = await open_gateway((TEXTS, service))
    answer = await http.post(
        f"http://{address}/v1/chat/completions", json=chat("x"), headers={"x-request-id": "r-7"}
    )
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "r-7"
    assert "r-7" in answer.json()["error"]["message"]
    assert "secret" not in answer.text


async def test_several_answers_are_made_at_once(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    service = EchoText()
    address = await open_gateway((TEXTS, service))
    body = chat("one two", n=3, seed=5)
    answer = (await http.post(f"http://{address}/v1/chat/completions", json=body)).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert len(service.calls) == 3
    streamed = await http.post(
        f"http://{address}/v1/chat/completions", json={**body, "stream": True}
    )
    events = [line[6:] for line in streamed.text.splitlines() if line.startswith("data: {")]
    choices = [json.loads(event)["choices"][0] for event in events]
    for index in range(3):
        deltas = [c["delta"] for c in choices if c["index"] == index]
        assert deltas[0]["role"] == "assistant"
        assert "".join(delta.get("content", "") for delta in deltas) == "onetwo"


async def test_voices_go_by_aliases_unless_they_have_the_name(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    asked: list[str] = []

    class Voices:
        async def ListVoices(
            self, request: voice_pb2.ListVoicesRequest, call: Call
        ) -> voice_pb2.ListVoicesResponse:
            own = [voice_pb2.Voice(id="nova")] if request.model == "upstream" else []
            return voice_pb2.ListVoicesResponse(voices=[voice_pb2.Voice(id="ada"), *own])

        async def Synthesize(
            self, request: voice_pb2.SynthesizeRequest, call: Call
        ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
            asked.append(f"{request.model}/{request.voice}")
            yield voice_pb2.SynthesizeResponse(audio=b"\0\0")

    address = await open_gateway(
        (VOICE, Voices()), voice_aliases={"nova": "ada"}, model_aliases={"tts-1": "kokoro"}
    )
    for model, voice in (("m", "nova"), ("upstream", "nova"), ("m", "x"), ("tts-1", {"id": "y"})):
        body = {"model": model, "voice": voice, "input": "x"}
        await http.post(f"http://{address}/v1/audio/speech", json=body)
    assert asked == ["m/ada", "upstream/nova", "m/x", "kokoro/y"]


async def test_counts(open_gateway: OpenGateway, http: httpx2.AsyncClient) -> None:
    address = await open_gateway((TEXTS, EchoText()))
    await http.post(f"http://{address}/v1/chat/completions", json=chat("one two"))
    await http.post(f"http://{address}/v1/chat/completions", json=chat("x", foo=1))
    await http.get(f"http://{address}/secret/address?token=secret")
    lines = (
        'lanternist_http_requests_total{method="POST",route="/v1/chat/completions",status="200"} 1',
        'lanternist_http_requests_total{method="POST",route="/v1/chat/completions",status="400"} 1',
        'lanternist_http_requests_total{method="GET",route="none",status="404"} 1',
        "lanternist_http_requests_in_flight 1",  # this one
    )
    text = ""
    async with asyncio.timeout(60):  # an answer is counted after its last byte has gone out
        while not all(line in text for line in lines):
            text = (await http.get(f"http://{address}/metrics")).text
    assert "secret" not in text


async def test_health_tells_of_services_that_are_not_there(
    open_gateway: OpenGateway, http: httpx2.AsyncClient
) -> None:
    address = await open_gateway((model_pb2.DESCRIPTOR.services_by_name["ModelService"], object()))
    answer = await http.get(f"http://{address}/health")
    assert answer.status_code == 503
    assert set(answer.json()["services"].values()) == {"unknown"}
    assert (await http.get(f"http://{address}/health/live")).status_code == 200
