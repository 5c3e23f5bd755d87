"""Everything that a running orchestrator has of Story Mode, with a small troupe of fakes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.instance import Instance
from orchestrator.operations.store import OperationStore
from orchestrator.provenance.notary import Notary
from orchestrator.storage import Database
from orchestrator.story.export.desk import ExportDesk
from orchestrator.story.export.exporter import Exporter
from orchestrator.story.servicer import StoryServicer
from orchestrator.story.steps import Steps
from orchestrator.story.store import StoryStore
from orchestrator.story.workflow import Workflow
from orchestrator.story.workshop import Workshop
from tests.unit.orchestrator.story.troupe import AnyModel

TALE = (
    "# Ember\n\nA small fox named Ember lived in the forest. She was afraid of the dark.\n\n"
    "One night she walked to the sea. A whale sang to her for a long time, and it rained.\n\n"
    "In the morning she went home to the forest, and she was not afraid."
)


class House:
    """Everything that a running orchestrator has of Story Mode; `move_out` is a crash."""

    def __init__(
        self,
        directory: Path,
        database: Database,
        troupe: Any,
        most: int = 4,
        notary: Notary | None = None,
    ) -> None:
        self._open = False
        self.database = database
        self.instance = Instance(directory / "instances")
        self.assets = AssetStore(directory / "assets")
        self.operations = OperationStore(database, self.instance)
        self.store = StoryStore(database)
        steps = Steps(database, self.assets)
        workflow = Workflow(troupe, self.assets, steps, notary or Notary.none())
        self.workshop = Workshop(workflow, self.store, self.operations, most)
        exporter = Exporter(self.assets, steps, notary or Notary.none())
        self.exports = ExportDesk(self.store, exporter, self.operations, steps)
        self.service = StoryServicer(
            self.workshop,
            self.store,
            self.assets,
            exports=self.exports,
            models=AnyModel(),
            voices=troupe.voice,
            max_upload_bytes=100_000,
        )

    async def open(self) -> None:
        if not self._open:
            self._open = True
            await self.workshop.open()

    async def recover(self) -> int:
        await self.open()
        return await self.workshop.recover()

    async def create(self, **fields: Any) -> operations_pb2.Operation:
        await self.open()
        request = story_pb2.CreateStoryRequest(**fields)
        return await self.service.CreateStory(request, Call())

    async def watch(self, name: str, after: int = 0) -> list[story_pb2.WatchStoryResponse]:
        request = story_pb2.WatchStoryRequest(name=name, after_sequence=after)
        async with asyncio.timeout(120):
            return [event async for event in self.service.WatchStory(request, Call())]

    async def tell(self, **fields: Any) -> story_pb2.Story:
        name = story_of(await self.create(**fields))
        await self.watch(name)
        return await self.service.GetStory(story_pb2.GetStoryRequest(name=name), Call())

    async def move_out(self) -> None:
        await self.exports.close()
        await self.workshop.close()
        self.instance.close()


def story_of(operation: operations_pb2.Operation) -> str:
    metadata = story_pb2.CreateStoryMetadata()
    assert operation.metadata.Unpack(metadata)
    return metadata.story
