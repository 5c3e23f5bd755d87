"""`Supervisor`: the services of this installation, started in order, watched, stopped in reverse.

Services of this machine are kept alive by a keeper each; those run elsewhere are only watched.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from lanternist.runtime import telemetry
from lanternist.runtime.settings import ModalityName
from orchestrator.clients.channel import Connection
from orchestrator.keeper import Keeper, Patience, State
from orchestrator.output import Sink
from orchestrator.plan import ServicePlan
from orchestrator.watch import watch

_log = telemetry.logger(__name__)
_ELSEWHERE_RECOVERY_SECONDS = 5.0
_IMPATIENT_SECONDS = 10.0


class Supervisor:
    """Starts, watches and stops services.

    Args:
        plans: What to run, in the order of starting.
        connections: One channel a service.
        sink: Takes the output of service processes.
        patience: How long to wait for what.

    Attributes:
        on_change: Called when a service begins or ceases to serve.
    """

    def __init__(
        self,
        plans: Sequence[ServicePlan],
        connections: Mapping[ModalityName, Connection],
        sink: Sink,
        patience: Patience | None = None,
    ) -> None:
        self._plans = plans
        self._connections = connections
        self.on_change: Callable[[], None] | None = None
        self._serving = dict.fromkeys((plan.modality for plan in plans), False)
        self._news = asyncio.Event()
        self._watching: list[asyncio.Task[None]] = []
        patience = patience or Patience()
        self.keepers: dict[ModalityName, Keeper] = {
            plan.modality: self._keeper(plan, sink, patience)
            for plan in plans
            if not plan.elsewhere
        }

    def _keeper(self, plan: ServicePlan, sink: Sink, patience: Patience) -> Keeper:
        name = plan.modality

        def changed() -> None:
            self._tell(name, self.keepers[name].state is State.SERVING)

        return Keeper(plan, self._connections[name], sink, patience, changed)

    async def start(self) -> None:
        """Starts every service and waits until all are SERVING.

        Raises:
            FailedPreconditionError: A service does not start; carries its last words.
        """
        for plan in self._plans:
            if plan.elsewhere:
                self._watch(plan)
            else:
                self.keepers[plan.modality].start()
        impatient = asyncio.get_running_loop().call_later(_IMPATIENT_SECONDS, self._name_missing)
        try:
            while not self.all_serving:
                for keeper in self.keepers.values():
                    if keeper.state is State.FAILED:
                        raise keeper.failure()
                await self._news.wait()
                self._news.clear()
        finally:
            impatient.cancel()

    async def stop(self) -> None:
        """Stops the services of this machine, asking the last one started first. Idempotent."""
        for task in self._watching:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._watching.clear()
        # Asked in order, awaited together: unloading four models one by one takes seconds.
        await asyncio.gather(*(keeper.stop() for keeper in reversed(self.keepers.values())))

    def serving(self, modality: ModalityName) -> bool:
        """Whether a service is SERVING."""
        return self._serving.get(modality, False)

    @property
    def all_serving(self) -> bool:
        """Whether every service is SERVING."""
        return all(self._serving.values())

    def recovery_seconds(self, modality: ModalityName) -> float:
        """Estimated seconds until a service answers again, should it be down."""
        keeper = self.keepers.get(modality)
        return _ELSEWHERE_RECOVERY_SECONDS if keeper is None else keeper.recovery_seconds()

    def _watch(self, plan: ServicePlan) -> None:
        def tell(serving: bool) -> None:
            self._tell(plan.modality, serving)

        watching = watch(self._connections[plan.modality], tell)
        self._watching.append(asyncio.create_task(watching, name=f"watch {plan.modality}"))

    def _tell(self, name: ModalityName, serving: bool) -> None:
        if self._serving[name] != serving:
            self._serving[name] = serving
            _log.info("service serving" if serving else "service not serving", service=name)
            if self.on_change is not None:
                self.on_change()
        self._news.set()

    def _name_missing(self) -> None:
        missing = [plan for plan in self._plans if not self._serving[plan.modality]]
        for plan in missing:
            where = plan.address if plan.elsewhere else "this machine"
            _log.info("still waiting for a service", service=plan.modality, where=where)
