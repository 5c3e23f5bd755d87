"""`Orchestrator`: the only place where everything is put together.

It opens the stores, starts the services, connects to them and serves the whole contract on one
address: each modality forwarded; stories, assets, models and operations from here. It takes no
decision of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from google.longrunning import operations_pb2
from google.protobuf.descriptor import ServiceDescriptor

from lanternist.runtime import telemetry
from lanternist.runtime.sections import TlsSettings
from lanternist.runtime.settings import MODALITIES, ModalityName, Settings
from lanternist.v1 import (
    asset_pb2,
    assistant_pb2,
    image_pb2,
    model_pb2,
    story_pb2,
    text_pb2,
    transcription_pb2,
    voice_pb2,
)
from models.catalog import Catalog
from orchestrator.access import check_address, token_guard
from orchestrator.assets.servicer import AssetServicer
from orchestrator.assets.store import AssetStore
from orchestrator.assistant.opening import open_assistant
from orchestrator.clients.channel import Connection
from orchestrator.clients.models import ModelClient
from orchestrator.clients.specialists import Specialists
from orchestrator.door import Door
from orchestrator.forward import Line, Routes
from orchestrator.instance import Instance
from orchestrator.keeper import Patience
from orchestrator.limits import Admission
from orchestrator.models_service import ModelServicer
from orchestrator.operations.servicer import OperationsServicer
from orchestrator.operations.store import OperationStore
from orchestrator.output import Sink
from orchestrator.plan import make_plans
from orchestrator.provenance.answers import answering
from orchestrator.provenance.notary import Notary
from orchestrator.sockets import SocketDirectory
from orchestrator.storage import Database
from orchestrator.supervisor import Supervisor
from orchestrator.tls import ServerTls

_log = telemetry.logger(__name__)

_FORWARDED: dict[ModalityName, ServiceDescriptor] = {
    "image": image_pb2.DESCRIPTOR.services_by_name["ImageService"],
    "voice": voice_pb2.DESCRIPTOR.services_by_name["VoiceService"],
    "text": text_pb2.DESCRIPTOR.services_by_name["TextService"],
    "transcription": transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"],
}
_STORY = story_pb2.DESCRIPTOR.services_by_name["StoryService"]
_ASSISTANT = assistant_pb2.DESCRIPTOR.services_by_name["AssistantService"]
_ASSET = asset_pb2.DESCRIPTOR.services_by_name["AssetService"]
_MODEL = model_pb2.DESCRIPTOR.services_by_name["ModelService"]
_OPERATIONS = operations_pb2.DESCRIPTOR.services_by_name["Operations"]

# Watching a story or an operation holds a call but no engine: a roomier, harder limit.
_CALLS_PER_ADMITTED = 4
_STOP_MARGIN_SECONDS = 5.0


class Orchestrator:
    """One running installation; an async context manager, or `start` and `stop`.

    Args:
        settings: The installation's settings.
        sink: Takes the output of service processes.
        modalities: Services to have, in the order of starting.
        private: For the short life of one command: listens on a socket that only this user can
            reach, in place of `settings.address`; serves stories only when there are several
            services; leaves what a crash left half done to a real server; serves no HTTP.

    Attributes:
        address: Where it listens; for port 0 the port that was given, once started.
        http_address: Where it serves HTTP, once started; empty: nowhere.

    Raises:
        FailedPreconditionError: The settings would let others in unasked, or TLS cannot be had.
    """

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        *,
        modalities: Sequence[ModalityName] = MODALITIES,
        private: bool = False,
    ) -> None:
        if private:
            local = {"address": "unix:", "token": None, "tls": TlsSettings()}
            settings = settings.model_copy(update=local)
        check_address(settings)
        self._tls = ServerTls.of(settings.tls)
        self.address = settings.address
        self.http_address = ""
        self._settings = settings
        self._modalities = modalities
        self._private = private
        self._sink = sink
        self._undo = contextlib.AsyncExitStack()
        self._publishing: set[asyncio.Task[None]] = set()
        self._ready = False

    async def start(self) -> None:
        """Opens everything; returns when every service is SERVING.

        Raises:
            FailedPreconditionError: The settings do not fit this machine, the address is taken, or
                a service does not start.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Takes no new calls, lets running ones finish, stops services in order. Idempotent."""
        await self._undo.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _start(self) -> None:  # noqa: PLR0915 - one line a part, in order
        settings, undo = self._settings, self._undo
        catalog = Catalog.builtin(*settings.card_directories)
        sockets = SocketDirectory()
        undo.callback(sockets.close)
        plans = make_plans(settings, self._modalities, sockets.path)

        connections = {plan.modality: Connection(plan.address) for plan in plans}
        for connection in connections.values():
            undo.push_async_callback(connection.close)
        patience = Patience(
            start=settings.start_timeout_seconds,
            stop=settings.drain_seconds + _STOP_MARGIN_SECONDS,
        )
        supervisor = Supervisor(plans, connections, self._sink, patience)
        undo.push_async_callback(supervisor.stop)
        # The services load their models while the rest is put together.
        starting = asyncio.create_task(supervisor.start())
        undo.push_async_callback(_give_up, starting)
        await asyncio.sleep(0)

        settings.data_directory.mkdir(parents=True, exist_ok=True)
        instance = Instance(settings.data_directory / "instances")
        undo.callback(instance.close)
        database = Database.of(settings)
        undo.push_async_callback(database.close)
        assets = AssetStore(settings.data_directory / "assets")
        operations = OperationStore(database, instance)
        notary = await asyncio.to_thread(Notary.of, settings, catalog)
        routes = Routes(settings.services, catalog)
        clients = {name: ModelClient(connection) for name, connection in connections.items()}
        lines = self._lines(connections, routes, supervisor)
        implementations: list[tuple[ServiceDescriptor, object]] = [
            *(
                (kind, answering(kind, lines[name], notary.of_answers))
                for name, kind in _FORWARDED.items()
            ),
            (_ASSET, AssetServicer(assets, notary)),
            (_MODEL, ModelServicer(catalog, routes, clients)),
            (_OPERATIONS, OperationsServicer(operations)),
        ]
        story, workshop = None, None
        if not self._private or len(self._modalities) != 1:
            from orchestrator.storyroom import open_storyroom  # noqa: PLC0415 - a second to load

            specialists = Specialists.over(connections)
            story, workshop = open_storyroom(
                specialists,
                routes,
                assets=assets,
                operations=operations,
                database=database,
                settings=settings,
                notary=notary,
                private=self._private,
            )
            undo.push_async_callback(workshop.close)
            implementations.append((_STORY, story))
        assistant = open_assistant(
            lines,
            routes,
            catalog,
            assets=assets,
            notary=notary.of_answers,
            stories=story,
            operations=operations,
        )
        implementations.append((_ASSISTANT, assistant))
        await database.create_tables()
        if workshop is not None:
            await workshop.open()

        door = Door(
            implementations,
            guard=token_guard(settings.token.get_secret_value()) if settings.token else None,
            most_calls=_CALLS_PER_ADMITTED * settings.max_concurrent_calls,
        )
        supervisor.on_change = partial(self._publish, door, supervisor)
        supervisor.on_change()
        here = f"unix:{sockets.path}/orchestrator.sock"
        outer = here if self._private else settings.address
        self.address = await door.open(outer, tls=self._tls, beside=here)
        undo.push_async_callback(door.close, settings.drain_seconds)

        if settings.http_address and not self._private:
            await self._open_http(here)
        await starting
        if workshop is not None and not self._private:
            _log.info(
                "took over",
                stories_resumed=await workshop.recover(),
                operations_failed=await operations.fail_interrupted(),
            )
            undo.push_async_callback(_give_up, asyncio.create_task(workshop.collect()))
        self._ready = True
        supervisor.on_change()
        await asyncio.gather(*self._publishing)
        _log.info("serving", address=self.address, http=self.http_address)

    async def _open_http(self, here: str) -> None:
        from orchestrator.gateways.app import create_app  # noqa: PLC0415 - half a second to load
        from orchestrator.gateways.http_door import HttpDoor  # noqa: PLC0415 - likewise

        settings = self._settings
        token = settings.token.get_secret_value() if settings.token else ""
        connection = Connection(here, token=token)
        self._undo.push_async_callback(connection.close)
        http = HttpDoor(
            create_app(connection, settings),
            most_connections=_CALLS_PER_ADMITTED * settings.max_concurrent_calls,
            tls=self._tls,
        )
        self.http_address = await http.open(settings.http_address, settings.drain_seconds)
        self._undo.push_async_callback(http.close)

    def _lines(
        self,
        connections: Mapping[ModalityName, Connection],
        routes: Routes,
        supervisor: Supervisor,
    ) -> dict[ModalityName, Line]:
        admission = Admission(self._settings.max_concurrent_calls)
        return {
            name: Line(
                modality=name,
                connection=connections.get(name),
                routes=routes,
                admission=admission,
                recovery_seconds=partial(supervisor.recovery_seconds, name),
                max_upload_bytes=self._settings.max_upload_bytes,
            )
            for name in _FORWARDED
        }

    def _publish(self, door: Door, supervisor: Supervisor) -> None:
        """Publishes the health of everything as it stands now."""

        async def publish() -> None:
            for name, descriptor in _FORWARDED.items():
                await door.set_health([descriptor.full_name], serving=supervisor.serving(name))
            own = [service.full_name for service in (_ASSISTANT, _ASSET, _MODEL, _OPERATIONS)]
            await door.set_health(own, serving=True)
            whole = self._ready and supervisor.all_serving
            await door.set_health(["", _STORY.full_name], serving=whole)

        task = asyncio.create_task(publish())
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)


async def _give_up(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
