"""Puts Story Mode together. A module of its own, because what it imports takes a second to load."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from lanternist.runtime.settings import Settings
from orchestrator.assets.store import AssetStore
from orchestrator.clients.specialists import Specialists
from orchestrator.forward import Routes
from orchestrator.operations.store import OperationStore
from orchestrator.provenance.notary import Notary
from orchestrator.retention.collector import Collector
from orchestrator.storage import Database
from orchestrator.story.durable import DurableRunner, Runner, TaskRunner
from orchestrator.story.export.desk import ExportDesk
from orchestrator.story.export.exporter import Exporter
from orchestrator.story.planner import Planner
from orchestrator.story.schedule import Schedule
from orchestrator.story.servicer import StoryServicer
from orchestrator.story.steps import Steps
from orchestrator.story.store import StoryStore
from orchestrator.story.workflow import Workflow
from orchestrator.story.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Storyroom:
    """Where stories are made, and written as files; opened first, closed at the end."""

    workshop: Workshop
    exports: ExportDesk
    collector: Collector

    async def open(self) -> None:
        """Gets ready to begin stories. What a crash left waits for `recover`."""
        await self.workshop.open()

    async def recover(self) -> int:
        """Takes up the stories and exports that ended processes left. Returns how many."""
        return await self.workshop.recover() + await self.exports.recover()

    async def collect(self) -> None:
        """Removes what nobody needs any more, again and again, until cancelled."""
        await self.collector.run()

    async def close(self) -> None:
        """Stops all making, to be taken up by the next process. Idempotent."""
        await self.exports.close()
        await self.workshop.close()


def open_storyroom(
    specialists: Specialists,
    routes: Routes,
    *,
    assets: AssetStore,
    operations: OperationStore,
    database: Database,
    settings: Settings,
    notary: Notary,
    private: bool = False,
) -> tuple[StoryServicer, Storyroom]:
    """The story service, and the room behind it, which must be opened, and closed at the end.

    With `private`, for the life of one command: runs are plain tasks, without DBOS's second of
    start and end.
    """
    stories = StoryStore(database)
    steps = Steps(database, assets)
    schedule = Schedule(routes.draft_steps, next(iter(routes.models("image")), ""))
    planner = Planner.full(specialists.text, partial(routes.card, "text"))
    workflow = Workflow(specialists, assets, steps, notary, schedule, planner, routes.valid_scores)
    runner: Runner = TaskRunner() if private else _durable(settings)
    workshop = Workshop(workflow, stories, operations, settings.max_running_stories, runner)
    collector = Collector(database, assets, settings.retention, forget_runs=runner.forget)
    exports = ExportDesk(stories, Exporter(assets, steps, notary), operations, steps)
    service = StoryServicer(
        workshop,
        stories,
        assets,
        exports=exports,
        models=routes,
        voices=specialists.voice,
        max_upload_bytes=settings.max_upload_bytes,
        deleted=collector.wake,
    )
    return service, Storyroom(workshop, exports, collector)


def _durable(settings: Settings) -> DurableRunner:
    if settings.database_url is not None:
        return DurableRunner(settings.database_url.get_secret_value(), settings.executor_id)
    return DurableRunner(settings.data_directory / "runs.sqlite", settings.executor_id)
