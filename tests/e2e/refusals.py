"""Reads what a refused call says: code, named fields, reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from lanternist.runtime.status import DETAILS_KEY


def refused(call: Callable[[], Any]) -> tuple[grpc.StatusCode, list[str], str]:
    """Code, named fields and reason of a call that must fail with full details."""

    def answer() -> None:
        answered = call()
        for _ in answered if hasattr(answered, "__iter__") else ():
            pass

    with pytest.raises(grpc.RpcError) as caught:
        answer()
    error: Any = caught.value
    fields: list[str] = []
    reason = ""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())[DETAILS_KEY])
    for packed in status.details:
        if packed.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            packed.Unpack(bad)
            fields += [violation.field for violation in bad.field_violations]
        if packed.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            told = error_details_pb2.ErrorInfo()
            packed.Unpack(told)
            reason = told.reason
    assert reason, "every status says its reason"
    return error.code(), fields, reason
