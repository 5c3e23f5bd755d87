"""Structured logs on stderr, and the ids that follow a request through every process.

Log lines carry the request id and the W3C trace id; they never carry prompts, texts or keys.
"""

from __future__ import annotations

import logging
import secrets
import sys
import uuid
from collections.abc import Mapping
from typing import TextIO, cast

import structlog

REQUEST_ID = "x-request-id"
TRACE_PARENT = "traceparent"
TRACE_STATE = "tracestate"
# What a hop passes on to the next one.
FORWARDED = (REQUEST_ID, TRACE_PARENT, TRACE_STATE)
_MAX_ID = 128


def configure_logging(
    component: str,
    *,
    level: str = "info",
    json: bool | None = None,
    stream: TextIO | None = None,
) -> None:
    """Sends structlog and standard-library logs to stderr, or to another stream.

    Args:
        component: Name of this process in every line, for example `image`.
        level: Lowest level shown.
        json: One JSON object a line; None: JSON unless the stream is a terminal.
        stream: Where to; None: stderr.
    """
    target = sys.stderr if stream is None else stream
    numeric = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    as_json = not target.isatty() if json is None else json
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=True)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(component=component)
    logging.basicConfig(stream=target, level=max(numeric, logging.WARNING), force=True)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines name the module that wrote them."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(module=name))


def request_id(metadata: Mapping[str, str]) -> str:
    """The caller's request id when it is printable and short, else a new one."""
    given = metadata.get(REQUEST_ID, "")
    if given and len(given) <= _MAX_ID and given.isascii() and given.isprintable():
        return given
    return uuid.uuid4().hex


def trace_parent(metadata: Mapping[str, str]) -> str:
    """The caller's W3C trace context, or the root of a new, unsampled trace."""
    given = metadata.get(TRACE_PARENT, "")
    if len(given) == 55 and given.isascii() and given.count("-") == 3:
        return given
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
