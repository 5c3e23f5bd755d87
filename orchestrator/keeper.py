"""`Keeper`: keeps one service process alive, from its start to its stop.

A life of the process: spawned, watched through its health, ended by itself or by us. After an
unwanted end the next life begins, with exponential backoff. A service that cannot start at all is
given up with its last words. The keeper knows plans and processes, not what services do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lanternist.runtime import telemetry
from lanternist.runtime.errors import FailedPreconditionError
from orchestrator.clients.channel import Connection
from orchestrator.output import Sink
from orchestrator.plan import ServicePlan
from orchestrator.watch import until_stuck, watch

_log = telemetry.logger(__name__)

EXIT_MISCONFIGURED = 78  # EX_CONFIG of sysexits.h: services say so that trying again is no use
_LAST_LINES = 8
_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds.

    Attributes:
        start: For a life to become SERVING.
        stop: For a process to end after SIGTERM, before SIGKILL.
        first_delay: Before the second life.
        longest_delay: Between lives, at most; the delay doubles with each failure.
        stable: Of serving, after which failures are forgotten.
        start_attempts: Lives that may fail before the first that serves.
    """

    start: float = 300.0
    stop: float = 15.0
    first_delay: float = 0.5
    longest_delay: float = 30.0
    stable: float = 60.0
    start_attempts: int = 3


class State(Enum):
    """Where a service stands."""

    STARTING = "starting"
    SERVING = "serving"
    WAITING = "waiting to be started again"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class _End:
    """How a life ended.

    Attributes:
        how: In words: `exit status 1`, `signal SIGKILL`, `no answer to health checks`.
        served_seconds: How long it had been serving.
        hopeless: Whether another life would end the same way.
    """

    how: str
    served_seconds: float
    hopeless: bool = False


class Keeper:
    """Keeps one service alive.

    Args:
        plan: What to run.
        connection: Channel to the plan's address; health is watched through it.
        sink: Takes the process's output.
        patience: How long to wait for what.
        on_change: Called after every change of `state`.

    Attributes:
        state: Where the service stands.
        detail: Why it stands there.
        pid: Process id of the present life; None between lives.
        lives: Lives begun.
    """

    def __init__(
        self,
        plan: ServicePlan,
        connection: Connection,
        sink: Sink,
        patience: Patience,
        on_change: Callable[[], None],
    ) -> None:
        self.plan = plan
        self.state = State.STARTING
        self.detail = ""
        self.pid: int | None = None
        self.lives = 0
        self._connection = connection
        self._sink = sink
        self._patience = patience
        self._on_change = on_change
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._life_began = time.monotonic()
        self._serving_since: float | None = None
        self._start_seconds = 1.0
        self._failures = 0
        self._next_life_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins the first life. Returns at once; `state` tells the rest."""
        self._task = asyncio.create_task(self._run(), name=f"keep {self.plan.modality}")

    async def stop(self) -> None:
        """Ends the service: SIGTERM, then SIGKILL when it takes too long. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._become(State.STOPPED)

    def failure(self) -> FailedPreconditionError:
        """The error that tells why the service was given up."""
        return FailedPreconditionError(
            f"The {self.plan.modality} service does not start: {self.detail}",
            reason="SERVICE_DOES_NOT_START",
            metadata={"service": self.plan.modality},
        )

    def recovery_seconds(self) -> float:
        """Estimated seconds until the service answers again, should it be down."""
        now = time.monotonic()
        if self.state is State.WAITING:
            estimate = self._next_life_at - now + self._start_seconds
        elif self.state is State.STARTING:
            estimate = self._life_began + self._start_seconds - now
        else:  # it died this instant, and nobody has noticed yet
            estimate = (
                self._delay(self._failures_with(self._served_seconds())) + self._start_seconds
            )
        return min(max(estimate, 0.5), 60.0)

    async def _run(self) -> None:
        has_served = False
        while True:
            end = await self._live()
            has_served = has_served or end.served_seconds > 0
            failures = self._failures = self._failures_with(end.served_seconds)
            last_words = "\n".join(self._last_lines)
            if end.hopeless or (not has_served and failures >= self._patience.start_attempts):
                self._become(State.FAILED, f"{end.how}. Its last words:\n{last_words}")
                _log.error("service given up", service=self.plan.modality, ended_by=end.how)
                return
            delay = self._delay(failures)
            self._next_life_at = time.monotonic() + delay
            self._become(State.WAITING, end.how)
            _log.warning(
                "service ended; starting it again",
                service=self.plan.modality,
                ended_by=end.how,
                failures=failures,
                next_try_seconds=delay,
                **({"last_words": last_words} if failures > 1 else {}),
            )
            await asyncio.sleep(delay)

    def _failures_with(self, served_seconds: float) -> int:
        """Failures in a row, once a life ends that had served for so long."""
        return 1 if served_seconds >= self._patience.stable else self._failures + 1

    def _delay(self, failures: int) -> float:
        return min(self._patience.first_delay * 2.0 ** (failures - 1), self._patience.longest_delay)

    def _served_seconds(self) -> float:
        return 0.0 if self._serving_since is None else time.monotonic() - self._serving_since

    async def _live(self) -> _End:
        self.lives += 1
        self._serving_since = None
        self._life_began = time.monotonic()
        self._last_lines.clear()
        self._become(State.STARTING)
        process = await asyncio.create_subprocess_exec(
            *self.plan.command,
            env=dict(self.plan.environment),
            stdin=asyncio.subprocess.PIPE,  # its end tells the service that we are gone
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; we stop services in order
            limit=_LONGEST_LINE,
        )
        self.pid = process.pid
        reading = asyncio.create_task(self._read(process))
        health = asyncio.create_task(watch(self._connection, self._heard))
        stuck = asyncio.create_task(self._until_stuck())
        exited = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({exited, stuck}, return_when=asyncio.FIRST_COMPLETED)
            how = "" if exited.done() else stuck.result()
        finally:
            for task in (health, stuck):
                task.cancel()
            await self._end(process)
            await asyncio.wait({reading}, timeout=1.0)
            reading.cancel()
            self.pid = None
        served = self._served_seconds()
        code = process.returncode or 0
        if not how:
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return _End(how, served, hopeless=code == EXIT_MISCONFIGURED)

    async def _until_stuck(self) -> str:
        """Returns why this life must be ended, when it must."""
        started = asyncio.timeout(self._patience.start)
        try:
            async with started:
                while self._serving_since is None:  # noqa: ASYNC110 - health is watched next door
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return f"not serving after {self._patience.start:g} seconds"
        await until_stuck(self._connection)
        return "no answer to health checks"

    def _heard(self, serving: bool) -> None:
        if serving and self._serving_since is None:
            self._serving_since = time.monotonic()
            self._start_seconds = self._serving_since - self._life_began
        if serving:
            self._become(State.SERVING)
        elif self.state is State.SERVING:
            self._become(State.STARTING, "it says that it is not serving")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit: what was read is dropped
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            self._sink(self.plan.modality, text)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Ends the process and whatever it started; does nothing to one that ended."""
        try:
            if process.returncode is None:
                process.terminate()
                async with asyncio.timeout(self._patience.stop):
                    await process.wait()
        except ProcessLookupError:
            pass
        except TimeoutError:
            _log.warning("service killed: it did not stop", service=self.plan.modality)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # its process group, itself included
        await process.wait()

    def _become(self, state: State, detail: str = "") -> None:
        changed = (state, detail) != (self.state, self.detail)
        self.state, self.detail = state, detail
        if changed:
            self._on_change()
