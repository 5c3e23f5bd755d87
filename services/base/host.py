"""`ModelHost`: the models of one service, brought into memory when they are needed.

The default model is loaded at start and stays; the others are loaded on first use or by
`LoadModel`. Each model has a thread of its own, so a quick one never waits for a slow one. The host
knows cards, weights and placement; what an engine makes is the servicer's business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
)
from models import weights as model_weights
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from models.weights import Weights
from services.base.registry import engine_class
from services.base.worker import EngineWorker, Queued

_log = telemetry.logger(__name__)


class Engine(Protocol):
    """The life of an engine, whatever its modality."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        """Takes note of what it will run; reads nothing."""

    def load(self) -> None:
        """Reads its weights. Called once, on the model's thread."""

    def warm_up(self) -> None:
        """Answers one tiny request for real."""

    def close(self) -> None:
        """Frees its memory. Idempotent."""


E = TypeVar("E", bound=Engine)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loading:
    """The model is being brought into memory before the request is served."""

    model: str


class State(Enum):
    """Where a model stands."""

    AVAILABLE = "available"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class HostedModel(Generic[E]):
    """One model of a service: its card, its engine when loaded, its line of callers."""

    def __init__(
        self,
        card: ModelCard,
        catalog: Catalog,
        placement: Placement,
        queue_size: int,
        *,
        default: bool,
    ) -> None:
        self.card = card
        self._catalog = catalog
        self.default = default
        self.state = State.AVAILABLE
        self.detail = ""
        self._placement = placement
        self._queue_size = queue_size
        self._worker = EngineWorker(card.id, queue_size)
        self._engine: E | None = None
        self._loading: asyncio.Task[E] | None = None
        self._streams = 0

    async def run(
        self, call: Call, work: Callable[[E], Iterator[T]]
    ) -> AsyncGenerator[Queued | Loading | T, None]:
        """Runs an engine's iterator on the model's thread, after loading the model if need be.

        Raises:
            ResourceExhaustedError: Too many callers wait.
            FailedPreconditionError: The model cannot be loaded.
        """
        if self._engine is None:
            yield Loading(self.card.id)
        engine = await self.load()
        async for item in self._worker.run(call, lambda: work(engine)):
            yield item

    async def stream(
        self, call: Call, work: Callable[[E], AsyncIterator[T]]
    ) -> AsyncGenerator[Loading | T, None]:
        """Runs an engine that serves many callers at once by itself.

        Raises:
            ResourceExhaustedError: Too many callers are being served.
            FailedPreconditionError: The model cannot be loaded.
        """
        if self._streams >= self._queue_size:
            raise ResourceExhaustedError(
                f"{self._streams} requests are being served by {self.card.id} already.",
                subject=f"{self.card.id} queue",
                reason="QUEUE_FULL",
                retry_delay_seconds=1.0,
            )
        self._streams += 1
        try:
            if self._engine is None:
                yield Loading(self.card.id)
            engine = await self.load()
            call.check()
            async for item in work(engine):
                yield item
        finally:
            self._streams -= 1

    async def load(self) -> E:
        """Brings the model into memory; callers at the same time wait for the same attempt.

        Raises:
            FailedPreconditionError: Its weights, engine or device cannot be had.
            UnavailableError: Its weights cannot be fetched just now.
        """
        if self._engine is not None:
            return self._engine
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(), name=f"load {self.card.id}")
        # A caller who leaves must not stop the loading that others wait for.
        return await asyncio.shield(self._loading)

    async def _load(self) -> E:
        self.state, self.detail = State.LOADING, ""
        started = time.perf_counter()
        try:
            engine = await self._worker.submit(self._load_engine)
        except BaseException as error:
            self.state = State.FAILED
            self.detail = error.message if isinstance(error, LanternistError) else "see the log"
            if isinstance(error, LanternistError | asyncio.CancelledError):
                raise
            _log.error("model failed to load", model=self.card.id, exc_info=error)
            raise FailedPreconditionError(
                f"The model {self.card.id!r} cannot be loaded; the service's log says why.",
                reason="MODEL_NOT_LOADABLE",
            ) from error
        finally:
            self._loading = None
        self._engine, self.state = engine, State.LOADED
        _log.info(
            "model loaded", model=self.card.id, seconds=round(time.perf_counter() - started, 2)
        )
        return engine

    def _load_engine(self) -> E:
        kind = engine_class(self.card.modality, self.card.engine)
        weights = None
        if self.card.sources:
            weights = model_weights.resolve(self.card, catalog=self._catalog)
        engine: E = kind(self.card, weights, self._placement)
        engine.load()
        engine.warm_up()
        return engine

    async def unload(self) -> None:
        """Frees the model's memory once its thread is free.

        Raises:
            FailedPreconditionError: It is the service's default model, which stays.
        """
        if self.default:
            raise FailedPreconditionError(
                f"{self.card.id!r} is the default model of its service and stays loaded.",
                reason="MODEL_IS_DEFAULT",
            )
        engine, self._engine = self._engine, None
        if engine is not None:
            self.state = State.AVAILABLE
            await self._worker.submit(engine.close)

    async def close(self) -> None:
        """Frees the model and its thread."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await self._worker.submit(engine.close)
        self._worker.close()


class ModelHost(Generic[E]):
    """The models of one service.

    Args:
        models: Ids in order; the first is the default.
        catalog: Where their cards are.
        placement: Device of the service's process.
        queue_size: Most callers that wait for one model.

    Raises:
        NotFoundError: An id has no card.
        FailedPreconditionError: There is no id, or a card is of another modality.
    """

    def __init__(
        self,
        modality: str,
        models: Sequence[str],
        catalog: Catalog,
        placement: Placement,
        queue_size: int,
    ) -> None:
        if not models:
            raise FailedPreconditionError(
                f"services.{modality}.models is empty: name at least one model.",
                reason="SETTINGS_INVALID",
            )
        self._models: dict[str, HostedModel[E]] = {}
        for model_id in models:
            card = catalog.get(model_id, field=f"services.{modality}.models")
            if card.modality != modality:
                raise FailedPreconditionError(
                    f"services.{modality}.models: {model_id!r} is a model for {card.modality}.",
                    reason="SETTINGS_INVALID",
                )
            self._models[model_id] = HostedModel(
                card, catalog, placement, queue_size, default=not self._models
            )
        self.default = self._models[models[0]]

    def model(self, model_id: str, *, field: str = "model") -> HostedModel[E]:
        """The model of that id; the default for an empty id.

        Raises:
            NotFoundError: This service does not have it.
        """
        if not model_id:
            return self.default
        try:
            return self._models[model_id]
        except KeyError:
            raise NotFoundError(
                "model", model_id, field=field, hint=f"Available: {', '.join(self._models)}."
            ) from None

    def __iter__(self) -> Iterator[HostedModel[E]]:
        """Every model, the default first."""
        return iter(self._models.values())

    async def start(self) -> None:
        """Loads the default model and lets it answer a warm-up."""
        await self.default.load()

    async def close(self) -> None:
        """Frees every model."""
        for model in self._models.values():
            await model.close()
