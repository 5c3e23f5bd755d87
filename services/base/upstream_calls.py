"""`UpstreamCalls`: requests to an upstream from an engine's own thread, given up when nobody waits.

Engines that run on a model's thread may block, but must look at the call while they wait: so the
request runs on a small event loop of this object's own, and the call is polled beside it. A request
that the upstream never began is tried again; one that it began costs money, and is not. Redirects
are not followed: nothing is asked of any address but the one that was configured.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from services.base.upstream import Upstream, retry_after

T = TypeVar("T")

CONNECT_SECONDS = 10.0
POLL_SECONDS = 0.05
_SILENCE_SECONDS = 300.0  # a picture on a busy server
_MOST_ERROR_BYTES = 64 * 1024
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.3
_PATIENCE_SECONDS = (
    5.0  # how long a wait the upstream may ask for before it is the caller's to decide
)
_NOT_BEGUN = (429, 503)


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer.

    Attributes:
        media_type: From its header, without parameters; may be empty.
        content: The body.
    """

    media_type: str
    content: bytes


class UpstreamCalls:
    """Asks one upstream. For one thread at a time; opened on first use.

    Args:
        upstream: Where, and what its errors mean.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._runner: asyncio.Runner | None = None
        self._client: httpx2.AsyncClient | None = None

    def post(self, path: str, body: Mapping[str, Any], call: Call, *, most_bytes: int) -> Reply:
        """Posts JSON and waits for the whole answer.

        Args:
            path: Below the base address, such as `/images/generations`.
            body: The request.
            call: Polled while waiting; its end closes the connection.
            most_bytes: Largest answer taken.

        Raises:
            CancelledError, DeadlineExceededError: From `call`.
            LanternistError: The upstream refuses, fails, cannot be reached, or sends too much.
        """
        call.check()
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(watched(self._post(path, body, most_bytes), call))

    def probe(self) -> None:
        """Asks for the upstream's models: free of charge, and proves address and key.

        Raises:
            FailedPreconditionError: It refuses our key.
            UnavailableError: There is no answer.
        """
        probe(self.upstream)

    def close(self) -> None:
        """Closes the connections. Idempotent."""
        runner, client, self._runner, self._client = self._runner, self._client, None, None
        if runner is not None:
            with runner:
                if client is not None:
                    runner.run(client.aclose())

    async def _post(self, path: str, body: Mapping[str, Any], most_bytes: int) -> Reply:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._once(path, body, most_bytes)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                if attempt == _ATTEMPTS:
                    raise self.upstream.unreachable(error) from error
                await asyncio.sleep(_PAUSE_SECONDS * attempt)
            except httpx2.HTTPError as error:
                raise self.upstream.unreachable(error) from error
            except _NotBegunError as refused:
                if attempt == _ATTEMPTS or refused.wait > _PATIENCE_SECONDS:
                    raise refused.error from None
                await asyncio.sleep(refused.wait or _PAUSE_SECONDS * attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, path: str, body: Mapping[str, Any], most_bytes: int) -> Reply:
        upstream = self.upstream
        client = self._connected()
        async with client.stream(
            "POST", f"{upstream.url}{path}", json=dict(body), headers=upstream.headers
        ) as answer:
            if not answer.is_success:
                text = (await _read(answer, _MOST_ERROR_BYTES)).decode("utf-8", "replace")
                error = upstream.error(answer.status_code, answer.headers, text)
                if answer.status_code in _NOT_BEGUN:
                    raise _NotBegunError(error, retry_after(answer.headers) or 0.0)
                raise error
            content = await _read(answer, most_bytes + 1)
            if len(content) > most_bytes:
                raise upstream.too_large(most_bytes)
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Reply(media_type, content)

    def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            timeout = httpx2.Timeout(_SILENCE_SECONDS, connect=CONNECT_SECONDS)
            self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False)
        return self._client


class _NotBegunError(Exception):
    """The upstream is busy, and has not begun."""

    def __init__(self, error: LanternistError, wait: float) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


def probe(upstream: Upstream) -> None:
    """Asks an upstream for its models; see `UpstreamCalls.probe`."""
    try:
        with httpx2.Client(timeout=CONNECT_SECONDS, headers=upstream.headers) as client:
            answer = client.get(f"{upstream.url}/models")
    except httpx2.HTTPError as error:
        raise upstream.unreachable(error) from error
    # Some servers have no such list; they will speak for themselves.
    if answer.is_error and answer.status_code not in (404, 405, 501):
        raise upstream.error(answer.status_code, answer.headers, answer.text)


async def watched(work: Coroutine[Any, Any, T], call: Call) -> T:
    """The result of some work, given up when the call ends.

    Raises:
        CancelledError, DeadlineExceededError: From `call`.
        Exception: What the work raised.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            left = call.remaining_seconds()
            pause = POLL_SECONDS if left is None else min(POLL_SECONDS, left)
            await asyncio.wait((task,), timeout=pause)
            call.check()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
    return task.result()


async def polled(pieces: AsyncGenerator[T, None], call: Call) -> AsyncGenerator[T, None]:
    """Passes pieces on, and looks at the call while there are none."""

    async def following() -> T | None:
        return await anext(pieces, None)

    async with contextlib.aclosing(pieces):
        while (piece := await watched(following(), call)) is not None:
            yield piece


async def _read(answer: httpx2.Response, most_bytes: int) -> bytes:
    """The body, or its beginning."""
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])
