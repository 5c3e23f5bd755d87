"""`OpenAIEngine`: any server with the OpenAI chat-completions interface answers.

vLLM, SGLang, llama.cpp or a hosted one; where it is, the environment says. This module owns the
connection; `services.text.upstream` knows what travels over it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

import httpx2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    UnavailableError,
)
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.text.decoding.stopping import StopScanner
from services.text.engine import FinishReason, TextDelta, TextFinished, TextRequest
from services.text.upstream import Chunk, Upstream, Usage, WholeCharacters

_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 300.0  # a long prompt on a busy server: no byte before the first token
_POLL_SECONDS = 0.05
_MOST_ERROR_BYTES = 64 * 1024


class OpenAIEngine:
    """Passes requests on to an upstream server.

    The card's options name the environment variables (`base_url_variable`, `api_key_variable`,
    `model_variable`) and may set `max_tokens_field`.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._upstream: Upstream | None = None
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def load(self) -> None:
        """Reads the settings.

        Raises:
            FailedPreconditionError: A setting is missing or wrong.
        """
        self._upstream = Upstream.from_environment(self._card)

    def warm_up(self) -> None:
        """Asks the upstream for its models: free of charge, and proves address and key.

        Raises:
            FailedPreconditionError: The upstream refuses our key.
            UnavailableError: There is no answer.
        """
        upstream = self._ready()
        try:
            with httpx2.Client(timeout=_CONNECT_SECONDS, headers=upstream.headers) as client:
                answer = client.get(f"{upstream.url}/models")
        except httpx2.HTTPError as error:
            raise _unreachable(error) from error
        # Some servers have no such list; they will speak for themselves.
        if answer.is_error and answer.status_code not in (404, 405, 501):
            raise upstream.error(answer.status_code, answer.headers, answer.text)

    def close(self) -> None:
        """Closes the connections. Idempotent."""
        client, loop, self._client, self._loop = self._client, self._loop, None, None
        if client is not None and loop is not None and loop.is_running():
            asyncio.run_coroutine_threadsafe(client.aclose(), loop)

    async def generate(
        self, request: TextRequest, call: Call
    ) -> AsyncIterator[TextDelta | TextFinished]:
        """Streams the upstream's answer; see `TextEngine.generate`.

        Raises:
            FailedPreconditionError: The upstream refuses our credentials.
            NotFoundError: It does not serve the model.
            ResourceExhaustedError: It takes no more requests for now.
            UnavailableError: It cannot be reached, fails, or breaks off.
        """
        request.validate()
        call.check()
        scanner, characters = StopScanner(request.stop), WholeCharacters()
        reason: FinishReason | None = None
        usage = Usage()
        async with contextlib.aclosing(_polled(self._chunks(request), call)) as chunks:
            async for chunk in chunks:
                usage = chunk.usage or usage
                reason = chunk.finish_reason or reason
                text = characters.push(chunk.text)
                if text and (shown := scanner.push(text)):
                    yield TextDelta(shown)
                if scanner.stopped:
                    reason = FinishReason.STOP
                    break  # leaving closes the upstream's stream
        if rest := scanner.flush():
            yield TextDelta(rest)
        if reason is None:
            raise UnavailableError(
                "The upstream text server broke off its answer.", reason="UPSTREAM_BROKE_OFF"
            )
        yield TextFinished(reason, usage.prompt_tokens, usage.completion_tokens)

    async def _chunks(self, request: TextRequest) -> AsyncGenerator[Chunk, None]:
        said = False
        try:
            async with contextlib.aclosing(self._answered(request)) as chunks:
                async for chunk in chunks:
                    said = True
                    yield chunk
        except InvalidArgumentError:
            # Perhaps it knows no `response_format`: then it is asked without.
            if said or request.json_schema is None:
                raise
        else:
            return
        free = replace(request, json_schema=None)
        async with contextlib.aclosing(self._answered(free)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _answered(self, request: TextRequest) -> AsyncGenerator[Chunk, None]:
        upstream = self._ready()
        body = upstream.body(request, self._card.defaults)
        try:
            async with self._connected().stream(
                "POST", f"{upstream.url}/chat/completions", json=body, headers=upstream.headers
            ) as answer:
                if not answer.is_success:
                    raise upstream.error(
                        answer.status_code, answer.headers, await _beginning(answer)
                    )
                if answer.headers.get("content-type", "").startswith("application/json"):
                    yield Chunk.parse(await answer.aread())  # it does not stream; so be it
                    return
                async for event in httpx2.EventSource(answer):
                    if event.data.strip() == "[DONE]":
                        return
                    chunk = Chunk.parse(event.data)
                    if chunk.error is not None:
                        raise upstream.error(chunk.error_status, {}, event.data)
                    yield chunk
        except httpx2.HTTPError as error:
            raise _unreachable(error) from error

    def _ready(self) -> Upstream:
        if self._upstream is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._upstream

    def _connected(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:  # connections belong to a loop
            timeout = httpx2.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS)
            # How many callers there may be is the service's queue's business.
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
            self._client, self._loop = httpx2.AsyncClient(timeout=timeout, limits=limits), loop
        return self._client


async def _polled(chunks: AsyncGenerator[Chunk, None], call: Call) -> AsyncGenerator[Chunk, None]:
    """Passes chunks on, and looks at the call while the upstream is silent."""
    async with contextlib.aclosing(chunks):
        while True:
            coming = asyncio.ensure_future(anext(chunks, None))
            try:
                while not coming.done():
                    left = call.remaining_seconds()
                    pause = _POLL_SECONDS if left is None else min(_POLL_SECONDS, left)
                    await asyncio.wait((coming,), timeout=pause)
                    call.check()
            finally:
                if not coming.done():
                    coming.cancel()
                    await asyncio.wait((coming,))
            chunk = coming.result()
            if chunk is None:
                return
            yield chunk


async def _beginning(answer: httpx2.Response) -> str:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) >= _MOST_ERROR_BYTES:
            break
    return body[:_MOST_ERROR_BYTES].decode("utf-8", "replace")


def _unreachable(error: httpx2.HTTPError) -> LanternistError:
    # The library's own message may hold the address, so only its kind is told.
    return UnavailableError(
        f"The upstream text server cannot be reached or fell silent ({type(error).__name__}).",
        reason="UPSTREAM_UNREACHABLE",
    )
