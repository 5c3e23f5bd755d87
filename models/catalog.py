"""`Catalog`: every model card that this installation knows, by id and by modality.

It reads the cards beside this module and any further directories of cards that a user adds. It
does not know whether a model's weights are here; `models.weights` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from lanternist.runtime.errors import FailedPreconditionError, NotFoundError
from models.card import ModelCard

CARDS_DIRECTORY = Path(__file__).parent / "cards"


class Catalog:
    """An immutable set of cards, ordered by modality and id.

    Raises:
        FailedPreconditionError: Two cards have one id, or a card names a component that no card
            describes.
    """

    def __init__(self, cards: Iterable[ModelCard]) -> None:
        by_id: dict[str, ModelCard] = {}
        for card in sorted(cards, key=lambda card: (card.modality, not card.embedded, card.id)):
            if card.id in by_id:
                raise FailedPreconditionError(
                    f"Two model cards have the id {card.id!r}.", reason="MODEL_CARD_INVALID"
                )
            by_id[card.id] = card
        for card in by_id.values():
            for role, component in card.components.items():
                if component not in by_id:
                    raise FailedPreconditionError(
                        f"Model card {card.id}: lanternist.components.{role} names "
                        f"{component!r}, which has no card.",
                        reason="MODEL_CARD_INVALID",
                    )
        self._cards: Mapping[str, ModelCard] = MappingProxyType(by_id)

    @classmethod
    def builtin(cls, *more: Path) -> Catalog:
        """Reads the cards that ship with Lanternist.

        Args:
            more: Further directories whose `*.md` files (but `README.md`) are cards, for a user's
                own models.

        Raises:
            FailedPreconditionError: A card is wrong; the message names the card and the key.
        """
        return cls(card for directory in (CARDS_DIRECTORY, *more) for card in _read(directory))

    def get(self, model_id: str, *, field: str = "model") -> ModelCard:
        """The card of one model.

        Args:
            model_id: As in the card.
            field: The request field that named it, for the error.

        Raises:
            NotFoundError: No card has that id.
        """
        try:
            return self._cards[model_id]
        except KeyError:
            known = ", ".join(self._cards)
            raise NotFoundError(
                "model", model_id, field=field, hint=f"Known models: {known}."
            ) from None

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self._cards.values())

    def __len__(self) -> int:
        return len(self._cards)

    def __contains__(self, model_id: object) -> bool:
        return model_id in self._cards


def _read(directory: Path) -> Iterator[ModelCard]:
    if not directory.is_dir():
        raise FailedPreconditionError(
            f"The directory of model cards {directory.name!r} does not exist.",
            reason="MODEL_CARD_INVALID",
        )
    for path in sorted(directory.glob("*.md")):
        if path.name == "README.md":
            continue
        card = ModelCard.parse(path.read_text(encoding="utf-8"), path.name)
        if card.id != path.stem:
            raise FailedPreconditionError(
                f"Model card {path.name}: lanternist.id is {card.id!r}, not the file's name.",
                reason="MODEL_CARD_INVALID",
                metadata={"card": path.name},
            )
        yield card
