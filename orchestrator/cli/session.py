"""Runs a client command: finds a server, or starts a stack for the command's own short life.

Ends the process with the exit code and, on failure, one clear line. It does not know what a command
does with the connection it gets.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

# Before gRPC is loaded: its own log lines are not for people.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import typer

from lanternist.runtime import telemetry
from lanternist.runtime.errors import (
    FailedPreconditionError,
    LanternistError,
    UnavailableError,
)
from lanternist.runtime.sections import TlsSettings
from lanternist.runtime.settings import ModalityName, Settings, load_settings
from models.card import ModelCard
from models.catalog import Catalog
from models.weights import resolve
from orchestrator.access import is_local
from orchestrator.cli.model_progress import ModelProgress
from orchestrator.cli.probe import answers
from orchestrator.clients.channel import Connection
from orchestrator.forward import Routes
from orchestrator.output import log_file, raw, readable

if TYPE_CHECKING:
    from orchestrator.clients.tls import ClientTls

Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        envvar="LANTERNIST_ADDRESS",
        help="Server to ask. With no server there, the command starts one for itself.",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show logs and error details.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]

_DRAIN_SECONDS = 2.0
_INTERRUPTED, _TERMINATED = 130, 143


@dataclass(frozen=True, slots=True)
class Server:
    """Which server a command asks, as its options say.

    Attributes:
        address: `--address`; None: from the settings.
        verbose: `--verbose`.
    """

    address: str | None
    verbose: bool


def run(
    server: Server,
    needs: Sequence[ModalityName],
    work: Callable[[Connection], Awaitable[None]],
    *,
    models: Mapping[ModalityName, str | tuple[str, ...]] | None = None,
    own_stack: bool = True,
) -> None:
    """Runs a client command to its end.

    Args:
        server: From the command's options.
        needs: Services to start when there is no server.
        work: The command; gets a connection to a server that has these services.
        models: Models that the command asks for, by modality; a stack of our own starts with them.
        own_stack: Whether a stack is started when there is no server; else that is an error.

    Raises:
        typer.Exit: With the exit code, unless all went well.
    """
    with reporting(server.verbose):
        settings = load_settings(address=server.address)
        if answers(settings.address):
            token = settings.token.get_secret_value() if settings.token else ""
            tls = _encryption(settings, settings.address)
            interruptible(_with_server(settings.address, token, work, tls))
            return
        if not own_stack or not is_local(settings.address):
            raise UnavailableError(
                f"No server answers at {settings.address}; start one with `lanternist up`."
            )
        settings = _for_one_command(settings, models or {})
        pull_defaults(settings, needs)
        interruptible(_with_own_stack(settings, needs, work, server.verbose))


def pull_defaults(settings: Settings, modalities: Sequence[ModalityName]) -> None:
    """Fetches the weights of the services' default models, with progress on standard error.

    Raises:
        FailedPreconditionError: The settings name a model that no card describes.
        LanternistError: The weights cannot be had.
    """
    catalog = Catalog.builtin(*settings.card_directories)
    defaults: list[ModelCard] = []
    for name in modalities:
        service = settings.services.of(name)
        if service.enabled and not service.address:
            defaults += [_card(catalog, name, model) for model in service.models][:1]
    with ModelProgress() as progress:
        for card in defaults:
            resolve(card, progress=progress, catalog=catalog)


def _card(catalog: Catalog, modality: ModalityName, model: str) -> ModelCard:
    try:
        return catalog.get(model)
    except LanternistError as error:
        raise FailedPreconditionError(
            f"services.{modality}.models: {error.message}", reason="SETTINGS_INVALID"
        ) from error


@contextlib.contextmanager
def reporting(verbose: bool) -> Any:
    """Turns what goes wrong inside into one line on standard error and an exit code."""
    try:
        yield
    except LanternistError as error:
        fail(_line(error, verbose))
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        fail(f"{name}{error.strerror or error}")
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None


def fail(line: str) -> NoReturn:
    """Says in one line on standard error why the command failed, and ends it with exit code 1."""
    printable = "".join(char if char.isprintable() else " " for char in line)
    typer.secho(f"lanternist: {printable}", err=True, fg="red")
    raise typer.Exit(1)


def interruptible(main: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine; Ctrl-C and SIGTERM cancel it, so that it can clean up after itself.

    Raises:
        typer.Exit: With 143 after SIGTERM.
        KeyboardInterrupt: After Ctrl-C.
    """
    terminated = False

    async def watched() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def terminate() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        loop.add_signal_handler(signal.SIGTERM, terminate)
        await main

    try:
        asyncio.run(watched())
    except asyncio.CancelledError:
        if terminated:
            raise typer.Exit(_TERMINATED) from None
        raise


def _line(error: LanternistError, verbose: bool) -> str:
    line = error.line
    if verbose:
        facts = " ".join(f"{key}={value}" for key, value in error.metadata.items())
        line += f" [{error.code.name} {error.reason}{' ' if facts else ''}{facts}]"
    return line


def _for_one_command(
    settings: Settings, models: Mapping[ModalityName, str | tuple[str, ...]]
) -> Settings:
    """The settings of a stack that serves one command: quick to end, the wanted models first.

    Raises:
        NotFoundError: No card describes a wanted model, or it is for something else.
    """
    catalog = Catalog.builtin(*settings.card_directories)
    services = settings.services
    for name, given in models.items():
        wanted = (given,) if isinstance(given, str) else given
        for model in wanted:
            if model not in catalog or catalog.get(model).modality != name:
                Routes(services, catalog).check(name, model, "model")
        service = services.of(name)
        # The service of this one command may as well have a model that the settings leave out.
        others = tuple(other for other in service.models if other not in wanted)
        chosen = service.model_copy(update={"models": (*wanted, *others)})
        services = services.model_copy(update={name: chosen})
    return settings.model_copy(update={"services": services, "drain_seconds": _DRAIN_SECONDS})


async def _with_server(
    address: str,
    token: str,
    work: Callable[[Connection], Awaitable[None]],
    tls: ClientTls | None = None,
) -> None:
    connection = Connection(address, token=token, tls=tls)
    try:
        await work(connection)
    finally:
        await connection.close()


async def _with_own_stack(
    settings: Settings,
    needs: Sequence[ModalityName],
    work: Callable[[Connection], Awaitable[None]],
    verbose: bool,
) -> None:
    async with _own_stack(settings, needs, verbose) as address:
        await _with_server(address, "", work)


def _encryption(settings: Settings, address: str) -> ClientTls | None:
    if settings.tls == TlsSettings():
        return None
    from orchestrator.clients.tls import ClientTls  # noqa: PLC0415 - only where it is wanted

    return ClientTls.of(settings.tls, address)


@contextlib.asynccontextmanager
async def connected(
    settings: Settings, needs: Sequence[ModalityName], verbose: bool
) -> AsyncIterator[Connection]:
    """A connection to the server of the settings, or to a stack started for as long as it is open.

    Raises:
        LanternistError: There is no server elsewhere, weights cannot be had, or no stack starts.
    """
    token = settings.token.get_secret_value() if settings.token else ""
    async with contextlib.AsyncExitStack() as stack:
        address = settings.address
        if not await asyncio.to_thread(answers, address):
            if not is_local(address):
                raise UnavailableError(f"No server answers at {address}.")
            settings, token = _for_one_command(settings, {}), ""
            await asyncio.to_thread(pull_defaults, settings, needs)
            address = await stack.enter_async_context(_own_stack(settings, needs, verbose))
        connection = Connection(address, token=token, tls=_encryption(settings, address))
        stack.push_async_callback(connection.close)
        yield connection


@contextlib.asynccontextmanager
async def _own_stack(
    settings: Settings, needs: Sequence[ModalityName], verbose: bool
) -> AsyncIterator[str]:
    from orchestrator.server import Orchestrator  # noqa: PLC0415 - only without a server

    with contextlib.ExitStack() as stack:
        if verbose:
            stream, sink = sys.stderr, readable(sys.stderr)
        else:
            path = settings.data_directory / "logs" / "commands.log"
            stream = stack.enter_context(log_file(path))
            sink = raw(stream)
        telemetry.configure_logging("orchestrator", level=settings.log_level, stream=stream)
        if sys.stderr.isatty():
            typer.secho("Starting the models for this command …", err=True, dim=True)
        async with Orchestrator(settings, sink, modalities=needs, private=True) as orchestrator:
            yield orchestrator.address
