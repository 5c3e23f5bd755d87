"""`Link`: how tools reach the orchestrator, perhaps before it is there.

Over stdio a client expects an answer to its first message at once, while an embedded stack takes
seconds to load its models; so a tool waits for the connection, not the server. This module knows
no tools.
"""

from __future__ import annotations

import asyncio
import uuid

from lanternist.runtime.call import Call
from orchestrator.clients.channel import Connection
from orchestrator.gateways.mcp.report import Report


class Link:
    """A connection that is there, or will be.

    Args:
        connection: Of a running orchestrator; None: `open` or `fail` is called later.
    """

    def __init__(self, connection: Connection | None = None) -> None:
        self._ready = asyncio.Event()
        self._connection = connection
        self._error: BaseException | None = None
        if connection is not None:
            self._ready.set()

    def open(self, connection: Connection) -> None:
        """The orchestrator answers now."""
        self._connection = connection
        self._ready.set()

    def fail(self, error: BaseException) -> None:
        """The orchestrator will not come; everyone who waits is told why."""
        self._error = error
        self._ready.set()

    async def connection(self, report: Report | None = None) -> Connection:
        """The connection, as soon as it is there.

        Args:
            report: Told that the models are being loaded, when there is a wait.

        Raises:
            LanternistError: The stack did not start.
        """
        if not self._ready.is_set() and report is not None:
            await report.say("Loading the models")
        await self._ready.wait()
        if self._error is not None:
            raise self._error
        assert self._connection is not None
        return self._connection

    @staticmethod
    def call() -> Call:
        """A call for one tool run, without a deadline: the client cancels when it is tired."""
        return Call(f"mcp.{uuid.uuid4().hex[:12]}")
