"""The supervisor: order, health gate, restarts with backoff, last words, no process left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import ModalityName
from orchestrator import keeper as keeper_module
from orchestrator.clients.channel import Connection
from orchestrator.keeper import Keeper, Patience, State
from orchestrator.plan import ServicePlan
from orchestrator.supervisor import Supervisor

SMALL_SERVICE = str(Path(__file__).with_name("small_service.py"))
PATIENCE = Patience(start=60, stop=30, first_delay=0.05, longest_delay=0.4, stable=60)


class Stage:
    """Makes supervisors over small services and closes everything at the end."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lines: list[tuple[str, str]] = []
        self.supervisors: list[Supervisor] = []
        self.connections: list[Connection] = []

    def plan(self, name: ModalityName, *options: str) -> ServicePlan:
        address = f"unix:{self.directory}/{name}.sock"
        command = (sys.executable, SMALL_SERVICE, address, *options)
        return ServicePlan(name, address, command, dict(os.environ))

    def supervisor(self, *plans: ServicePlan, patience: Patience = PATIENCE) -> Supervisor:
        connections = {plan.modality: Connection(plan.address) for plan in plans}
        supervisor = Supervisor(plans, connections, lambda *line: self.lines.append(line), patience)
        self.connections += connections.values()
        self.supervisors.append(supervisor)
        return supervisor

    async def close(self) -> None:
        for supervisor in self.supervisors:
            await supervisor.stop()
        for connection in self.connections:
            await connection.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    await stage.close()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def runs(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_start_waits_for_health_and_stop_asks_in_reverse(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = stage.supervisor(stage.plan("image"), stage.plan("voice"))
    changes = 0

    def changed() -> None:
        nonlocal changes
        changes += 1

    supervisor.on_change = changed
    await supervisor.start()
    assert supervisor.all_serving
    assert changes == 2
    pids = [keeper.pid for keeper in supervisor.keepers.values()]
    assert all(runs(pid) for pid in pids)
    asked: list[int] = []
    terminate = asyncio.subprocess.Process.terminate

    def note(process: asyncio.subprocess.Process) -> None:
        asked.append(process.pid)
        terminate(process)

    monkeypatch.setattr(asyncio.subprocess.Process, "terminate", note)
    await supervisor.stop()
    assert asked == pids[::-1]
    assert not any(runs(pid) for pid in pids)
    drained = {service for service, line in stage.lines if line == "draining"}
    assert drained == {"voice", "image"}
    assert not supervisor.all_serving


async def test_a_killed_service_is_started_again(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.plan("voice"))
    await supervisor.start()
    keeper = supervisor.keepers["voice"]
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: not supervisor.serving("voice"))
    assert 0.5 <= supervisor.recovery_seconds("voice") <= 60
    await until(lambda: supervisor.serving("voice"))
    assert keeper.pid != first
    assert keeper.lives == 2


async def test_delays_double_and_are_forgotten_after_a_stable_life(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = Patience(
        start=60, stop=30, first_delay=0.01, longest_delay=0.04, stable=600, start_attempts=1
    )
    supervisor = stage.supervisor(stage.plan("text", "--crash-after", "0.4"), patience=patience)
    logged: list[dict[str, object]] = []
    monkeypatch.setattr(keeper_module._log, "warning", lambda _, **facts: logged.append(facts))
    await supervisor.start()
    await until(lambda: len(logged) >= 4)
    assert [facts["next_try_seconds"] for facts in logged[:4]] == [0.01, 0.02, 0.04, 0.04]
    assert [facts["failures"] for facts in logged[:4]] == [1, 2, 3, 4]
    assert logged[0]["ended_by"] == "signal SIGABRT"
    assert "serving" in str(logged[1]["last_words"])


async def test_a_service_that_cannot_start_is_given_up_with_its_last_words(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.plan("image", "--crash"))
    with pytest.raises(FailedPreconditionError) as caught:
        await supervisor.start()
    assert "exit status 3" in caught.value.message
    assert "the weights are sour" in caught.value.message
    assert supervisor.keepers["image"].lives == PATIENCE.start_attempts


async def test_a_misconfigured_service_is_not_tried_again(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.plan("image", "--misconfigured"))
    with pytest.raises(FailedPreconditionError, match="no such model"):
        await supervisor.start()
    assert supervisor.keepers["image"].lives == 1
    assert supervisor.keepers["image"].state is State.FAILED


async def test_a_service_that_never_serves_is_ended(stage: Stage) -> None:
    patience = Patience(start=1.0, stop=2, first_delay=0.01, start_attempts=1)
    supervisor = stage.supervisor(stage.plan("image", "--never-serving"), patience=patience)
    with pytest.raises(FailedPreconditionError, match="not serving after 1 seconds"):
        await supervisor.start()


async def test_a_service_that_ignores_sigterm_is_killed(stage: Stage) -> None:
    patience = Patience(start=60, stop=0.2)
    supervisor = stage.supervisor(stage.plan("image", "--deaf"), patience=patience)
    await supervisor.start()
    pid = supervisor.keepers["image"].pid
    await asyncio.wait_for(supervisor.stop(), 60)
    assert not runs(pid)


async def test_stopping_during_the_start_leaves_nothing(stage: Stage) -> None:
    supervisor = stage.supervisor(stage.plan("image"), stage.plan("voice", "--never-serving"))
    starting = asyncio.create_task(supervisor.start())
    await until(lambda: all(keeper.pid for keeper in supervisor.keepers.values()))
    pids = [keeper.pid for keeper in supervisor.keepers.values()]
    starting.cancel()
    await supervisor.stop()
    assert not any(runs(pid) for pid in pids)


async def test_a_service_elsewhere_is_only_watched(stage: Stage) -> None:
    own = stage.plan("image")
    elsewhere = ServicePlan("voice", f"unix:{stage.directory}/voice.sock")
    supervisor = stage.supervisor(own, elsewhere)
    starting = asyncio.create_task(supervisor.start())
    await until(lambda: supervisor.serving("image"))
    assert not starting.done()
    theirs = stage.supervisor(stage.plan("voice"))
    await theirs.start()
    await asyncio.wait_for(starting, 60)
    await theirs.stop()
    await until(lambda: not supervisor.serving("voice"))
    assert list(supervisor.keepers) == ["image"]


async def test_the_last_words_are_the_last_ones(stage: Stage) -> None:
    plan = stage.plan("image")
    program = (
        "import sys; [print('line', n) for n in range(100)]; print('x' * 3000000); sys.exit(1)"
    )
    plan = ServicePlan("image", plan.address, (sys.executable, "-c", program), dict(os.environ))
    keeper = Keeper(
        plan,
        stage.supervisor(stage.plan("image"))._connections["image"],
        lambda *line: stage.lines.append(line),
        Patience(first_delay=0.01, start_attempts=1),
        lambda: None,
    )
    keeper.start()
    await until(lambda: keeper.state is State.FAILED)
    await keeper.stop()
    assert "line 99" in str(stage.lines)
