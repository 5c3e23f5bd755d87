"""The HTTP application on a real port, over services that run in this process.

Asynchronous tests here share their module's event loop: opening a gateway takes a quarter of a
second, so one serves a whole module where that will do.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import grpc.aio
import httpx2
import pytest
import pytest_asyncio
from google.protobuf.descriptor import ServiceDescriptor

from lanternist.runtime.errors import UnimplementedError
from lanternist.runtime.grpc_server import SERVER_OPTIONS, add_service
from lanternist.runtime.settings import Settings
from lanternist.v1 import text_pb2
from orchestrator.clients.channel import Connection
from orchestrator.gateways.app import create_app
from orchestrator.gateways.http_door import HttpDoor
from tests.unit.orchestrator.conftest import EchoText

OpenGateway = Callable[..., Awaitable[str]]


def whole(descriptor: ServiceDescriptor, implementation: object) -> object:
    """An implementation with the methods that it lacks: they answer UNIMPLEMENTED."""

    async def unary(request: Any, call: Any) -> NoReturn:
        raise UnimplementedError("Not in this test.")

    async def stream(request: Any, call: Any) -> AsyncIterator[Any]:
        raise UnimplementedError("Not in this test.")
        yield

    return SimpleNamespace(
        **{
            method.name: getattr(
                implementation, method.name, stream if method.server_streaming else unary
            )
            for method in descriptor.methods
        }
    )


@contextlib.asynccontextmanager
async def gateway_over(
    directory: Path, *implementations: tuple[ServiceDescriptor, object], **settings: Any
) -> AsyncIterator[str]:
    """Serves implementations over gRPC and HTTP; yields the HTTP address.

    Args:
        directory: Where the socket between the two lies.
        implementations: Services and their handlers.
        settings: In place of the defaults.
    """
    server = grpc.aio.server(options=SERVER_OPTIONS)
    for descriptor, implementation in implementations:
        add_service(server, descriptor, whole(descriptor, implementation))
    server.add_insecure_port(f"unix:{directory}/door.sock")
    await server.start()
    connection = Connection(f"unix:{directory}/door.sock")
    chosen = Settings(http_address="127.0.0.1:0", **settings)
    door = HttpDoor(create_app(connection, chosen), most_connections=100)
    try:
        yield await door.open(chosen.http_address, 2.0)
    finally:
        await door.close()
        await connection.close()
        await server.stop(0)


@pytest_asyncio.fixture(loop_scope="module")
async def open_gateway(tmp_path: Path) -> AsyncIterator[OpenGateway]:
    """Opens a gateway for one test; returns its address."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*implementations: tuple[ServiceDescriptor, object], **settings: Any) -> str:
            opened = gateway_over(tmp_path, *implementations, **settings)
            return await stack.enter_async_context(opened)

        yield start


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One gateway for a whole module that needs no more than an echo; takes files up to 3 MiB."""
    texts = text_pb2.DESCRIPTOR.services_by_name["TextService"]
    directory = tmp_path_factory.mktemp("gateway")
    small = {"http_max_upload_bytes": 3 << 20}
    async with gateway_over(directory, (texts, EchoText()), **small) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """An ordinary client."""
    async with httpx2.AsyncClient(timeout=60) as client:
        yield client
