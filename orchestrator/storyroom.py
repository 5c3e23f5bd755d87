"""Puts Story Mode together. A module of its own, because what it imports takes a second to load."""

from __future__ import annotations

from lanternist.runtime.settings import Settings
from orchestrator.assets.store import AssetStore
from orchestrator.clients.specialists import Specialists
from orchestrator.forward import Routes
from orchestrator.operations.store import OperationStore
from orchestrator.storage import Database
from orchestrator.story.durable import DurableRunner, Runner, TaskRunner
from orchestrator.story.servicer import StoryServicer
from orchestrator.story.steps import Steps
from orchestrator.story.store import StoryStore
from orchestrator.story.workflow import Workflow
from orchestrator.story.workshop import Workshop


def open_storyroom(
    specialists: Specialists,
    routes: Routes,
    *,
    assets: AssetStore,
    operations: OperationStore,
    database: Database,
    settings: Settings,
    private: bool = False,
) -> tuple[StoryServicer, Workshop]:
    """The story service, and the workshop behind it, which must be opened, and closed at the end.

    With `private`, for the life of one command: runs are plain tasks, without DBOS's second of
    start and end.
    """
    stories = StoryStore(database)
    workflow = Workflow(specialists, assets, Steps(database, assets))
    runner: Runner = TaskRunner() if private else _durable(settings)
    workshop = Workshop(workflow, stories, operations, settings.max_running_stories, runner)
    service = StoryServicer(
        workshop,
        stories,
        assets,
        models=routes,
        voices=specialists.voice,
        max_upload_bytes=settings.max_upload_bytes,
    )
    return service, workshop


def _durable(settings: Settings) -> DurableRunner:
    if settings.database_url is not None:
        return DurableRunner(settings.database_url.get_secret_value(), settings.executor_id)
    return DurableRunner(settings.data_directory / "runs.sqlite", settings.executor_id)
