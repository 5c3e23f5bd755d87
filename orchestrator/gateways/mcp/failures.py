"""Errors of the orchestrator as errors of a tool: the message, for the model to read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError

from lanternist.runtime.errors import LanternistError, NotFoundError


@contextlib.contextmanager
def as_tool_errors() -> Iterator[None]:
    """Turns a `LanternistError` into the error of the tool."""
    try:
        yield
    except LanternistError as error:
        raise ToolError(error.line) from error


@contextlib.contextmanager
def as_resource_errors() -> Iterator[None]:
    """Turns a `LanternistError` into the error of the resource."""
    try:
        yield
    except NotFoundError as error:
        raise ResourceNotFoundError(error.message) from error
    except LanternistError as error:
        raise ResourceError(error.line) from error
