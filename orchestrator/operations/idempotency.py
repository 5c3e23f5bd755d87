"""Idempotency keys: what makes a repeated creating call recognisable (https://google.aip.dev/155)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from google.protobuf.message import Message


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The caller's key, and the request that it stands for.

    Attributes:
        key: RPC and `request_id`.
        request_hash: SHA-256 of the request without its `request_id`.
    """

    key: str
    request_hash: str

    @classmethod
    def of(cls, method: str, request: Message) -> IdempotencyKey | None:
        """The key of a request that has a `request_id` field; None when the caller left it empty.

        Args:
            method: Name of the RPC, for example `CreateStory`.
            request: The request.
        """
        request_id = str(getattr(request, "request_id"))  # noqa: B009 - any message that has one
        if not request_id:
            return None
        body = type(request)()
        body.CopyFrom(request)
        body.ClearField("request_id")
        digest = hashlib.sha256(body.SerializeToString(deterministic=True)).hexdigest()
        return cls(f"{method}:{request_id.lower()}", digest)
