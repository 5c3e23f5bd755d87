"""One answer of `/v1/responses` as it comes about: its events, and the object that they build up.

A request that does not stream is the same events, of which only the last is sent.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError, UnavailableError
from lanternist.v1 import image_pb2, text_pb2
from orchestrator.clients.image import ImageClient, Picture
from orchestrator.clients.text import TextClient
from orchestrator.gateways.openai.pictures import ImageOptions, drawn, encoded, told
from orchestrator.gateways.refusals import describe

Event = dict[str, Any]


class Turn:
    """Builds a response event by event.

    Args:
        facts: Fields of the response object that repeat the request.
        model: Id of the model that answers.
    """

    def __init__(self, facts: dict[str, Any], model: str) -> None:
        self._number = 0
        self._response: dict[str, Any] = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "model": model,
            "output": [],
            "usage": None,
            **facts,
        }

    def _event(self, kind: str, **facts: Any) -> Event:
        event = {"type": kind, "sequence_number": self._number, **facts}
        self._number += 1
        return event

    def begin(self) -> Iterator[Event]:
        """The events before anything is made."""
        yield self._event("response.created", response=dict(self._response))
        yield self._event("response.in_progress", response=dict(self._response))

    def fail(self, error: LanternistError) -> Iterator[Event]:
        """The events that end an answer which cannot be finished."""
        said = describe(error)["error"]
        self._response["status"] = "failed"
        self._response["error"] = {"code": "server_error", "message": said["message"]}
        facts = {name: said[name] for name in ("message", "code", "param")}
        yield self._event("error", **facts)
        yield self._event("response.failed", response=dict(self._response))

    def _end(self, usage: dict[str, Any], cut_off: str = "") -> Event:
        status = "incomplete" if cut_off else "completed"
        self._response["status"] = status
        self._response["usage"] = usage
        if cut_off:
            self._response["incomplete_details"] = {"reason": cut_off}
        return self._event(f"response.{status}", response=dict(self._response))

    async def write(
        self, client: TextClient, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[tuple[Event, text_pb2.TextFinish | None], None]:
        """The events of an answer in words; the last comes with how it ended.

        Raises:
            LanternistError: What the service raised; before the first event, nothing was said yet.
        """
        item: dict[str, Any] = {
            "id": f"msg_{uuid.uuid4().hex}",
            "type": "message",
            "role": "assistant",
            "status": "in_progress",
            "content": [],
        }
        place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        pieces: list[str] = []
        begun = False
        async with aclosing(client.GenerateText(request, call)) as events:
            async for happened in events:
                kind = happened.WhichOneof("event")
                if kind not in ("delta", "finish"):
                    continue
                if not begun:
                    begun = True
                    for event in self.begin():
                        yield event, None
                    yield self._event("response.output_item.added", output_index=0, item=item), None
                    part = _text_part("")
                    yield self._event("response.content_part.added", **place, part=part), None
                if kind == "delta":
                    pieces.append(happened.delta)
                    facts = {**place, "delta": happened.delta, "logprobs": []}
                    yield self._event("response.output_text.delta", **facts), None
                    continue
                for event in self._said(item, place, "".join(pieces), happened.finish):
                    yield event, None
                yield self._end(_usage(happened.finish), _cut_off(happened.finish)), happened.finish
                return
        raise UnavailableError("The service ended before the text was complete.")

    def _said(
        self,
        item: dict[str, Any],
        place: dict[str, Any],
        text: str,
        finish: text_pb2.TextFinish,
    ) -> Iterator[Event]:
        part = _text_part(text)
        item = {
            **item,
            "status": "incomplete" if _cut_off(finish) else "completed",
            "content": [part],
        }
        self._response["output"] = [item]
        self._response["model"] = finish.model
        yield self._event("response.output_text.done", **place, text=text, logprobs=[])
        yield self._event("response.content_part.done", **place, part=part)
        yield self._event("response.output_item.done", output_index=0, item=item)

    async def draw(
        self,
        client: ImageClient,
        request: image_pb2.GenerateImagesRequest,
        options: ImageOptions,
        call: Call,
    ) -> AsyncGenerator[tuple[Event, Picture | None], None]:
        """The events of an answer that is a picture; the picture comes with its own.

        Raises:
            LanternistError: What the service raised.
        """
        item: dict[str, Any] = {
            "id": f"ig_{uuid.uuid4().hex}",
            "type": "image_generation_call",
            "status": "in_progress",
            "result": None,
        }
        place = {"item_id": item["id"], "output_index": 0}
        step = "response.image_generation_call"
        begun = False

        def begin() -> Iterator[Event]:
            yield from self.begin()
            yield self._event("response.output_item.added", output_index=0, item=item)
            yield self._event(f"{step}.in_progress", **place)
            yield self._event(f"{step}.generating", **place)

        async with aclosing(drawn(client, request, call, options.partial_images or 0)) as made:
            async for thing in made:
                if not begun:
                    begun = True
                    for event in begin():
                        yield event, None
                if not isinstance(thing, Picture):
                    number, jpeg = thing
                    facts = {"partial_image_b64": encoded(jpeg), "partial_image_index": number}
                    facts["output_format"] = "jpeg"
                    yield self._event(f"{step}.partial_image", **place, **facts), None
                    continue
                yield self._event(f"{step}.completed", **place), thing
                item = {**item, "status": "completed", "result": encoded(thing.data)}
                item |= {**told(options, thing.info), "revised_prompt": request.prompt}
                item |= {"seed": thing.info.seed, "notes": list(thing.info.notes)}
                self._response["output"] = [item]
                yield self._event("response.output_item.done", output_index=0, item=item), None
                yield self._end(_usage(text_pb2.TextFinish())), None


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _cut_off(finish: text_pb2.TextFinish) -> str:
    """Why an answer is not whole; empty when it is."""
    reasons = {
        text_pb2.FINISH_REASON_LENGTH: "max_output_tokens",
        text_pb2.FINISH_REASON_CONTENT_FILTER: "content_filter",
    }
    return reasons.get(finish.reason, "")


def _usage(finish: text_pb2.TextFinish) -> dict[str, Any]:
    return {
        "input_tokens": finish.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": finish.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": finish.prompt_tokens + finish.completion_tokens,
    }
