"""The process of a model service: start, health, drain, end.

    python -m services.image --address unix:/run/image.sock --model storybook

The process is NOT_SERVING until its default model has been loaded and has answered a warm-up. On
SIGTERM it takes no new calls, lets running ones finish for `--drain-seconds`, and ends. With
`--watch-parent` it ends as well when its standard input is closed, so a crashed parent leaves no
orphan.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from lanternist.runtime import telemetry
from lanternist.runtime.errors import LanternistError
from lanternist.runtime.grpc_server import SERVER_OPTIONS, add_service
from lanternist.v1 import model_pb2
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.base.models import ModelServicer

_log = telemetry.logger(__name__)

# Exit status of a service that can never start as it is set up (EX_CONFIG of sysexits.h): a
# supervisor that sees it need not try again.
EXIT_MISCONFIGURED = 78

_MODEL_SERVICE = model_pb2.DESCRIPTOR.services_by_name["ModelService"]


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """What makes one modality's service.

    Attributes:
        modality: `image`, `voice`, `text` or `transcription`.
        descriptor: The service of the contract that it serves.
        servicer: Makes the object with the RPC methods from the host of its models.
    """

    modality: str
    descriptor: ServiceDescriptor
    servicer: Callable[[ModelHost[Any]], object]


def _parse(definition: ServiceDefinition, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{definition.modality}",
        description=f"Serves the {definition.modality} models over gRPC.",
    )
    parser.add_argument("--address", required=True, help="unix:/path/to.sock or HOST:PORT")
    parser.add_argument(
        "--model", action="append", required=True, dest="models", help="first one: the default"
    )
    parser.add_argument("--cards", action="append", type=Path, default=[], help="more model cards")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N, as this process numbers it")
    parser.add_argument("--dtype", default="float32", help="float32, float16 or bfloat16")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: library default")
    parser.add_argument("--queue-size", type=int, default=32, help="most callers that wait")
    parser.add_argument("--drain-seconds", type=float, default=10.0)
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--watch-parent", action="store_true", help="end when stdin is closed")
    return parser.parse_args(arguments)


def _watch_parent(drain_seconds: float) -> None:
    """Ends this process when its parent is gone, even when the event loop is stuck."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        # The loop may be blocked in native code; nobody is left to kill this process but itself.
        threading.Event().wait(drain_seconds + 5)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


async def _serve(definition: ServiceDefinition, options: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    catalog = Catalog.builtin(*options.cards)
    placement = Placement(options.device, options.dtype, options.threads)
    host: ModelHost[Any] = ModelHost(
        definition.modality, options.models, catalog, placement, options.queue_size
    )
    server = grpc.aio.server(options=SERVER_OPTIONS)
    add_service(server, definition.descriptor, definition.servicer(host))
    add_service(server, _MODEL_SERVICE, ModelServicer(host))
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = (definition.descriptor.full_name, _MODEL_SERVICE.full_name)
    reflection.enable_server_reflection(
        (*names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
         reflection.SERVICE_NAME),
        server,
    )  # fmt: skip
    for name in ("", *names):
        await health.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    server.add_insecure_port(options.address)
    await server.start()
    _log.info("listening", address=options.address, models=options.models)

    starting = asyncio.create_task(host.start())
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()  # raises what kept the default model from loading
            for name in ("", *names):
                await health.set(name, health_pb2.HealthCheckResponse.SERVING)
            _log.info("serving", default_model=host.default.card.id)
            await stopped
    finally:
        _log.info("draining", seconds=options.drain_seconds)
        await health.enter_graceful_shutdown()
        await server.stop(options.drain_seconds)
    if starting.done():
        await host.close()
    else:
        # A load in native code cannot be interrupted; the process is about to end anyway.
        os._exit(0)
    return 0


def main(definition: ServiceDefinition, arguments: Sequence[str] | None = None) -> None:
    """Runs a service until SIGTERM; ends the process with its exit status.

    Exit status 78 means that it can never start as it is set up: unknown model, missing device.
    """
    options = _parse(definition, arguments)
    telemetry.configure_logging(definition.modality, level=options.log_level)
    if options.watch_parent:
        _watch_parent(options.drain_seconds)
    try:
        status = asyncio.run(_serve(definition, options))
    except LanternistError as error:
        _log.error("cannot start", reason=error.reason, error=error.message)
        status = 1 if hasattr(error, "retry_delay_seconds") else EXIT_MISCONFIGURED
    sys.exit(status)
