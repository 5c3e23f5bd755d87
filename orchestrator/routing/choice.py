"""Which model answers: what cards say, against what the caller allows.

The order of the settings is the installation's preference: the first model that is allowed and
speaks the language wins. This module knows cards and settings, no service and no request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from lanternist.runtime.settings import ModalityName
from models.card import ModelCard
from models.catalog import Catalog
from models.message import inputs_of
from orchestrator.forward import Routes

_COSTS = ("free", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Constraints:
    """Which models may be chosen; what is empty allows everything.

    Attributes:
        local_only: Only models that run on the server's own machines.
        region: Where the request may be processed; local models always fit.
        max_cost_class: Dearest class.
    """

    local_only: bool = False
    region: str = ""
    max_cost_class: str = ""

    def allow(self, card: ModelCard) -> bool:
        """Whether a model may be chosen."""
        if self.max_cost_class and _COSTS.index(card.cost_class) > _COSTS.index(
            self.max_cost_class
        ):
            return False
        if card.local:
            return True
        return not self.local_only and (not self.region or self.region.lower() in card.regions)


class Models:
    """The models of an installation.

    Args:
        routes: Which service has which model.
        catalog: Their cards.
    """

    def __init__(self, routes: Routes, catalog: Catalog) -> None:
        self._routes = routes
        self._catalog = catalog

    def card(self, model_id: str) -> ModelCard | None:
        """The card of a model; None when a service run elsewhere has one that we do not."""
        return self._catalog.get(model_id) if model_id in self._catalog else None

    def modality(self, model_id: str, field: str) -> ModalityName:
        """What a model is for.

        Raises:
            NotFoundError: No service here has it.
        """
        found = self._routes.modality_of(model_id)
        if found is not None:
            return found
        card = self.card(model_id)
        if card is not None and card.modality in _NAMES:
            self._routes.check(_NAMES[card.modality], model_id, field)
            return _NAMES[card.modality]
        known = ", ".join(model for name in _NAMES.values() for model in self._routes.models(name))
        raise NotFoundError("model", model_id, field=field, hint=f"Available: {known or 'none'}.")

    def named(self, model_id: str, modality: ModalityName, field: str) -> str:
        """Checks that a named model is of a modality.

        Raises:
            NotFoundError: No service here has it.
            InvalidArgumentError: It is for something else.
        """
        actual = self.modality(model_id, field)
        if actual != modality:
            raise InvalidArgumentError(field, f"is a model for {actual}, not for {modality}")
        return model_id

    def candidates(
        self,
        modality: ModalityName,
        constraints: Constraints,
        *,
        language: str = "",
        reads: str = "",
    ) -> tuple[str, ...]:
        """Models that may answer, the best first; "" alone where only the service knows them.

        Args:
            modality: Of the service.
            constraints: What the caller allows.
            language: BCP-47; models that speak it come first.
            reads: `image`: models that look at pictures come first.

        Raises:
            FailedPreconditionError: The service is not there, or no model of it is allowed.
        """
        ids = self._routes.models(modality)
        if not ids:
            if constraints != Constraints():
                raise _nothing_fits(modality)
            return ("",)
        cards = {model_id: self.card(model_id) for model_id in ids}
        allowed = [m for m in ids if (card := cards[m]) is None or constraints.allow(card)]
        if not allowed:
            raise _nothing_fits(modality)

        def rank(model_id: str) -> tuple[bool, bool]:
            card = cards[model_id]
            if card is None:
                return (False, False)
            spoken = {tag.split("-")[0].lower() for tag in card.languages}
            deaf = (
                bool(language and spoken)
                and language.split("-", maxsplit=1)[0].lower() not in spoken
            )
            return (bool(reads) and reads not in inputs_of(card), deaf)

        return tuple(sorted(allowed, key=rank))  # stable: the settings' order among equals


def looks_at_pictures(card: ModelCard | None) -> bool:
    """Whether a model reads pictures."""
    return card is not None and "image" in inputs_of(card)


_NAMES: Mapping[str, ModalityName] = {
    "image": "image",
    "voice": "voice",
    "text": "text",
    "transcription": "transcription",
}


def _nothing_fits(modality: ModalityName) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"constraints: no {modality} model of this server meets them.",
        reason="NO_MODEL_ALLOWED",
        metadata={"modality": modality},
    )
