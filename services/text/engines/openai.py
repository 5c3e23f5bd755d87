"""`OpenAIEngine`: any server with the OpenAI chat-completions interface answers.

vLLM, SGLang, llama.cpp or a hosted one; where it is, the environment says. This module owns the
connection; `services.text.upstream` knows what travels over it, and `services.base` how to wait.
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
    UnavailableError,
)
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.base.upstream_calls import CONNECT_SECONDS, polled, probe
from services.text.decoding.stopping import StopScanner
from services.text.engine import FinishReason, TextDelta, TextFinished, TextRequest
from services.text.upstream import Chunk, TextUpstream, Usage, WholeCharacters

_SILENCE_SECONDS = 300.0  # a long prompt on a busy server: no byte before the first token
_MOST_ERROR_BYTES = 64 * 1024


class OpenAIEngine:
    """Passes requests on to an upstream server.

    The card's options name the environment variables (`base_url_variable`, `api_key_variable`,
    `model_variable`) and may set `max_tokens_field`.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._upstream: TextUpstream | None = None
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def load(self) -> None:
        """Reads the settings.

        Raises:
            FailedPreconditionError: A setting is missing or wrong.
        """
        self._upstream = TextUpstream.from_environment(self._card)

    def warm_up(self) -> None:
        """Asks the upstream for its models: free of charge, and proves address and key.

        Raises:
            FailedPreconditionError: The upstream refuses our key.
            UnavailableError: There is no answer.
        """
        probe(self._ready())

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
        async with contextlib.aclosing(polled(self._chunks(request), call)) as chunks:
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
            raise upstream.unreachable(error) from error

    def _ready(self) -> TextUpstream:
        if self._upstream is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._upstream

    def _connected(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:  # connections belong to a loop
            timeout = httpx2.Timeout(_SILENCE_SECONDS, connect=CONNECT_SECONDS)
            # How many callers there may be is the service's queue's business.
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
            self._client, self._loop = httpx2.AsyncClient(timeout=timeout, limits=limits), loop
        return self._client


async def _beginning(answer: httpx2.Response) -> str:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) >= _MOST_ERROR_BYTES:
            break
    return body[:_MOST_ERROR_BYTES].decode("utf-8", "replace")
