"""What every test of the door needs: streams, pixels, refusals, asking for text."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import grpc
import numpy as np
from google.rpc import error_details_pb2, status_pb2
from PIL import Image

from lanternist.runtime.status import DETAILS_KEY
from lanternist.v1 import text_pb2


def drain(call: Iterable[Any]) -> list[Any]:
    """Everything that a stream sends."""
    return list(call)


def pixels(file: bytes) -> np.ndarray[Any, Any]:
    """A picture without what else its file says: (height, width, 3), uint8."""
    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGB"))


def status_of(error: grpc.RpcError) -> status_pb2.Status:
    """The rich status of an error; fails when there is none."""
    return status_pb2.Status.FromString(dict(error.trailing_metadata())[DETAILS_KEY])


def refusal(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Code and reason of an error; fails when there is no `ErrorInfo`."""
    info = error_details_pb2.ErrorInfo()
    assert status_of(error).details[0].Unpack(info)
    assert info.domain == "lanternist.dev"
    return error.code(), info.reason


def text_request(content: str, model: str = "") -> text_pb2.GenerateTextRequest:
    """One message of the user."""
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content=content)
    return text_pb2.GenerateTextRequest(model=model, messages=[message])
