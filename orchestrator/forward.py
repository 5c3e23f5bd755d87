"""One request, forwarded: route → admit → call with the caller's own deadline → stream back.

Requests arrive checked against the contract. Responses pass through as the bytes that the service
sent, so a hop costs no parsing. A caller who leaves cancels the call at the service; a service that
dies gives UNAVAILABLE with a hint when it is likely to be back. Nothing here knows a modality
beyond its name.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.runtime.settings import MODALITIES, ModalityName, ServicesSettings
from models.card import ModelCard
from models.catalog import Catalog
from orchestrator.clients.channel import Connection
from orchestrator.limits import Admission


class Routes:
    """Which service has which model, from settings and cards.

    Args:
        services: Settings of the services.
        catalog: The cards, to say what a name that does not fit stands for.
    """

    def __init__(self, services: ServicesSettings, catalog: Catalog) -> None:
        self._catalog = catalog
        self._services = services

    def models(self, modality: ModalityName) -> tuple[str, ...]:
        """Ids of the models that a modality's service has here, the default first."""
        service = self._services.of(modality)
        return service.models if service.enabled else ()

    def languages(self, modality: ModalityName, model_id: str) -> tuple[str, ...]:
        """BCP-47 tags that a model understands, as its card says; empty: not known.

        Args:
            modality: Whose service.
            model_id: Empty: its default model.
        """
        card = self.card(modality, model_id)
        return tuple(card.languages) if card else ()

    def draft_steps(self, model_id: str) -> int:
        """Steps in which an image model draws a draft, about a quarter of its own; 0: it does not.

        Args:
            model_id: Empty: the default model.
        """
        card = self.card("image", model_id)
        return int(card.options.get("draft_step_count", 0)) if card else 0

    def card(self, modality: ModalityName, model_id: str = "") -> ModelCard | None:
        """The card of a model of a modality's service; None when there is none.

        Args:
            modality: Whose service.
            model_id: Empty: its default model.
        """
        model = model_id or next(iter(self.models(modality)), "")
        return self._catalog.get(model) if model in self._catalog else None

    def valid_scores(self, model_id: str) -> frozenset[str]:
        """The scores of pictures that count for an image model; its card lists them."""
        card = self.card("image", model_id)
        return frozenset(card.valid_scores) if card else frozenset()

    def modality_of(self, model_id: str) -> ModalityName | None:
        """The modality whose service has a model; None when no service has it."""
        return next((name for name in MODALITIES if model_id in self.models(name)), None)

    def check(self, modality: ModalityName, model_id: str, field: str) -> None:
        """Checks that a modality's service can be asked for a model; empty: its default.

        Raises:
            NotFoundError: It does not have the model; the message names those it has.
        """
        # A service run elsewhere may have models that these settings do not list: let it answer.
        if not model_id or model_id in self.models(modality) or self._services.of(modality).address:
            return
        hint = f"Available {modality} models: {', '.join(self.models(modality)) or 'none'}."
        if model_id in self._catalog:
            card = self._catalog.get(model_id)
            hint = (
                f"It is a model for {card.modality}. {hint}"
                if card.modality != modality
                else f"It is known, but not in services.{modality}.models of this server. {hint}"
            )
        raise NotFoundError("model", model_id, field=field, hint=hint)


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one modality's service.

    Attributes:
        modality: Its name.
        connection: Its channel; None when this installation does not have the service.
        routes: Which models it has.
        admission: How many calls there may be.
        recovery_seconds: Tells when the service, should it be down, is likely to be back.
        max_upload_bytes: Most bytes of `audio` that one client stream may carry.
    """

    modality: ModalityName
    connection: Connection | None
    routes: Routes
    admission: Admission
    recovery_seconds: Callable[[], float]
    max_upload_bytes: int

    @contextlib.contextmanager
    def open(self, model_id: str, field: str = "model") -> Iterator[Connection]:
        """Routes and admits one call, and says in our words when the service is not there."""
        if self.connection is None:
            raise FailedPreconditionError(
                f"This server has no {self.modality} service.", reason="SERVICE_DISABLED"
            )
        self.routes.check(self.modality, model_id, field)
        with self.admission.admitted(self.modality):
            try:
                yield self.connection
            except UnavailableError as error:
                if error.reason != UnavailableError.default_reason:
                    raise  # the service itself says why, and for how long
                raise UnavailableError(
                    f"The {self.modality} service is not there just now; it may be restarting.",
                    retry_delay_seconds=self.recovery_seconds(),
                    metadata={"service": self.modality},
                ) from error


def forwarder(service: ServiceDescriptor, line: Line) -> object:
    """An implementation of a whole service that forwards each of its methods along a line."""
    return SimpleNamespace(**{method.name: _forward(method, line) for method in service.methods})


def _forward(method: MethodDescriptor, line: Line) -> Callable[..., Any]:
    if method.client_streaming:
        return _exchange(method, line)
    return _stream(method, line) if method.server_streaming else _unary(method, line)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _callable(method: MethodDescriptor, line: Line, kind: str) -> Any:
    """The method on the line's channel: messages in, raw bytes out."""
    if line.connection is None:
        return None
    path = f"/{method.containing_service.full_name}/{method.name}"
    return getattr(line.connection.channel, kind)(path, request_serializer=_serialize)


def _unary(method: MethodDescriptor, line: Line) -> Callable[..., Any]:
    remote = _callable(method, line, "unary_unary")

    async def forward(request: Any, call: Call) -> bytes:
        with line.open(request.model) as connection:
            response: bytes = await connection.unary(remote, request, call)
            return response

    return forward


def _stream(method: MethodDescriptor, line: Line) -> Callable[..., Any]:
    remote = _callable(method, line, "unary_stream")

    async def forward(request: Any, call: Call) -> AsyncGenerator[bytes, None]:
        with line.open(request.model) as connection:
            responses = connection.stream(remote, request, call)
            async with contextlib.aclosing(responses):
                async for response in responses:
                    yield response

    return forward


def _exchange(method: MethodDescriptor, line: Line) -> Callable[..., Any]:
    remote = _callable(method, line, "stream_stream")

    async def forward(requests: AsyncIterator[Any], call: Call) -> AsyncGenerator[bytes, None]:
        first = await anext(requests, None)
        if first is None or first.WhichOneof("payload") != "config":
            raise InvalidArgumentError("config", "must be the first message of the stream")
        with line.open(first.config.model, "config.model") as connection:
            upload = _bounded(first, requests, line.max_upload_bytes)
            responses = connection.exchange(remote, upload, call)
            async with contextlib.aclosing(responses):
                async for response in responses:
                    yield response

    return forward


async def _bounded(first: Any, rest: AsyncIterator[Any], max_bytes: int) -> AsyncIterator[Any]:
    yield first
    size = 0
    async for request in rest:
        size += len(request.audio)
        if size > max_bytes:
            raise ResourceExhaustedError(
                f"audio: the recording is larger than {max_bytes:,} bytes.",
                subject="upload size",
                reason="UPLOAD_TOO_LARGE",
                metadata={"max_bytes": str(max_bytes)},
            )
        yield request
