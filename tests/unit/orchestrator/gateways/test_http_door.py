"""The address itself: sizes, slowness, odd HTTP, foreign pages, opening and closing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.v1 import text_pb2
from orchestrator.gateways import bodies, http_door
from orchestrator.gateways.bodies import Bodies
from orchestrator.gateways.http_door import HttpDoor
from orchestrator.gateways.ledger import Ledger
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai.answering import Stream
from tests.unit.orchestrator.conftest import EchoText
from tests.unit.orchestrator.gateways.conftest import OpenGateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = text_pb2.DESCRIPTOR.services_by_name["TextService"]
CHAT = {"model": "m", "messages": [{"role": "user", "content": "one two"}]}
MEGABYTE = b"x" * (1 << 20)


class Line:
    """A raw connection: what no well-behaved client would send."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def __aenter__(self) -> Line:
        self.reader, self.writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    def say(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)

    async def status(self) -> int:
        async with asyncio.timeout(60):
            return int((await self.reader.readline()).split()[1])

    async def rest(self) -> bytes:
        async with asyncio.timeout(60):
            return await self.reader.read()


def head(address: str, *lines: str, path: str = "/v1/chat/completions") -> str:
    return "\r\n".join((f"POST {path} HTTP/1.1", f"Host: {address}", *lines, "", ""))


class TestSizes:
    """Nobody sends a gigabyte, whatever he says of its length."""

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
    async def test_a_declared_gigabyte_is_refused_unread(
        self, gateway: str, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bodies, "_LINGER_SECONDS", 0.2)
        async with Line(gateway) as line:
            line.say(head(gateway, f"Content-Type: {kind}", "Content-Length: 1073741824"))
            assert await line.status() == 413
            assert b"request_too_large" in await line.rest()

    async def test_who_waits_to_be_told_to_go_on_is_not(self, gateway: str) -> None:
        async with Line(gateway) as line:
            line.say(
                head(
                    gateway,
                    "Content-Type: application/json",
                    "Content-Length: 1073741824",
                    "Expect: 100-continue",
                )
            )
            assert await line.status() == 413

    @pytest.mark.parametrize(
        ("kind", "statuses"),
        [
            ("application/json", (413,)),
            ("multipart/form-data; boundary=b", (400, 413)),
            ("audio/wav", (415,)),
        ],
    )
    async def test_what_comes_without_a_length_is_counted(
        self, gateway: str, http: httpx2.AsyncClient, kind: str, statuses: tuple[int, ...]
    ) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1024):
                sent += 1
                yield MEGABYTE

        path = "audio/transcriptions" if "form" in kind else "chat/completions"
        url = f"http://{gateway}/v1/{path}"
        try:
            answer = await http.post(url, content=endless(), headers={"content-type": kind})
        except (httpx2.WriteError, httpx2.ReadError):
            pass  # closed on while still sending: so be it
        else:
            assert answer.status_code in statuses
        assert sent < 700  # far less than it had in mind

    @pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999"])
    async def test_lengths_that_are_none(self, gateway: str, length: str) -> None:
        async with Line(gateway) as line:
            line.say(head(gateway, "Content-Type: application/json", f"Content-Length: {length}"))
            assert await line.status() in (400, 413)

    async def test_headers_have_an_end(self, gateway: str) -> None:
        async with Line(gateway) as line:
            line.say(f"GET / HTTP/1.1\r\nHost: {gateway}\r\nX: " + "y" * 200_000)
            assert await line.status() in (400, 431)


class TestSlowness:
    """Who takes his time is not waited for."""

    async def test_a_body_in_drips(
        self, open_gateway: OpenGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bodies.Bodies.__init__, "__kwdefaults__", {"patience_seconds": 0.3})
        address = await open_gateway((TEXTS, EchoText()))
        async with Line(address) as line:
            line.say(head(address, "Content-Type: application/json", "Content-Length: 1000"))
            answer = asyncio.create_task(line.status())
            while not answer.done():
                line.say(b" ")
                await asyncio.sleep(0.05)
            assert await answer == 408

    async def test_a_head_that_does_not_come(
        self, gateway: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http_door, "_HEAD_SECONDS", 0.3)
        async with Line(gateway) as line:
            line.say("POST / HTTP/1.1\r\nHost:")
            assert await line.rest() == b""

    async def test_an_answer_that_is_not_read(self) -> None:
        ended = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield MEGABYTE
            finally:
                ended.set()

        async def answer(request: Request) -> Stream:
            return Stream(endless(), "text/plain")

        app = Starlette(routes=[Route("/", answer)])
        limited = Bodies(app, max_upload_bytes=1, patience_seconds=0.3)
        outer = Starlette()
        outer.router.default = Ledger(limited, metrics=Metrics())
        door = HttpDoor(outer, most_connections=10)
        address = await door.open("127.0.0.1:0", 1.0)
        async with Line(address) as line:
            line.say(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n")
            async with asyncio.timeout(60):
                await ended.wait()
        await door.close()


class TestOddHttp:
    """What uvicorn makes of it, pinned."""

    @pytest.mark.parametrize(
        "text",
        [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n\tc\x00\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
            "Content-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n",
        ],
    )
    async def test_is_refused(self, gateway: str, text: str) -> None:
        async with Line(gateway) as line:
            line.say(text.encode("latin-1"))
            line.writer.write_eof()
            answer = await line.rest()
            assert not answer or answer.split()[1] in (b"400", b"421", b"501")

    async def test_requests_one_after_the_other_without_waiting(self, gateway: str) -> None:
        async with Line(gateway) as line:
            one = f"GET /health/live HTTP/1.1\r\nHost: {gateway}\r\n\r\n"
            last = f"GET /nope HTTP/1.1\r\nHost: {gateway}\r\nConnection: close\r\n\r\n"
            line.say(one * 3 + last)
            text = await line.rest()
        assert text.count(b"HTTP/1.1 200 OK") == 3
        assert text.count(b"HTTP/1.1 404") == 1

    @pytest.mark.parametrize("given", ["h2c", "websocket"])
    async def test_other_protocols_are_not_taken_up(self, gateway: str, given: str) -> None:
        async with Line(gateway) as line:
            line.say(
                f"GET /health/live HTTP/1.1\r\nHost: {gateway}\r\nConnection: Upgrade, close\r\n"
                f"Upgrade: {given}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            )
            assert await line.status() == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/..",
            "//v1/models",
            "/v1/models/",
            "/v1/../metrics",
            "/v1/%2e%2e/metrics",
            "/v1/models/../../metrics",
            "/V1/models",
            "/v1/models%00",
            "/v1/models;x=1",
            "/\\v1\\models",
        ],
    )
    async def test_paths_are_taken_as_they_are(self, gateway: str, path: str) -> None:
        async with Line(gateway) as line:
            line.say(f"GET {path} HTTP/1.1\r\nHost: {gateway}\r\nConnection: close\r\n\r\n")
            assert await line.status() in (400, 404)
            assert b"\nlocation:" not in (await line.rest()).lower()


class TestOpening:
    """Opening and closing."""

    async def test_a_taken_address_is_a_clear_error(self) -> None:
        app = Starlette()
        door = HttpDoor(app, most_connections=10)
        address = await door.open("127.0.0.1:0", 1.0)
        with pytest.raises(FailedPreconditionError) as caught:
            await HttpDoor(app, most_connections=10).open(address, 1.0)
        assert caught.value.reason == "ADDRESS_UNAVAILABLE"
        assert address in caught.value.message
        await door.close()
        await door.close()

    async def test_an_address_of_another_machine(self) -> None:
        with pytest.raises(FailedPreconditionError):
            await HttpDoor(Starlette(), most_connections=10).open("192.0.2.1:8080", 1.0)

    async def test_closing_waits_for_what_is_under_way(self, http: httpx2.AsyncClient) -> None:
        begun = asyncio.Event()

        async def slowly(request: Request) -> PlainTextResponse:
            begun.set()
            await asyncio.sleep(0.3)
            return PlainTextResponse("done")

        door = HttpDoor(Starlette(routes=[Route("/", slowly)]), most_connections=10)
        address = await door.open("127.0.0.1:0", 60.0)
        asking = asyncio.create_task(http.get(f"http://{address}/"))
        async with asyncio.timeout(60):
            await begun.wait()
        await door.close()
        assert (await asking).text == "done"
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"http://{address}/")

    async def test_a_lifespan_that_fails_fails_the_opening(self) -> None:
        @contextlib.asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            raise FailedPreconditionError("No.")
            yield

        with pytest.raises(FailedPreconditionError):
            await HttpDoor(Starlette(lifespan=lifespan), most_connections=9).open("127.0.0.1:0", 1)
