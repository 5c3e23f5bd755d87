"""What the calls below the page have in common: how long they may take, and how they answer."""

from __future__ import annotations

from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.runtime.call import Call
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.studio.messages import write

_UNARY_SECONDS = 60.0


def brief(request: Request, seconds: float = _UNARY_SECONDS) -> Call:
    """The call of a request that has its answer soon, or fails."""
    call = call_of(request.scope)
    return Call(call.request_id, seconds, call.metadata)


def patient(request: Request) -> Call:
    """The call of a request that lasts until it is done, or the page closes it."""
    return call_of(request.scope)


def answer(message: Message) -> Response:
    """A message as the response."""
    return JSONResponse(write(message))
