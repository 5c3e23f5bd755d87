"""Model cards as the contract's `Model` message; one wording for services and orchestrator."""

from __future__ import annotations

from lanternist.v1 import model_pb2
from models.card import ModelCard

_MODALITIES = {
    "image": model_pb2.MODALITY_IMAGE,
    "voice": model_pb2.MODALITY_VOICE,
    "text": model_pb2.MODALITY_TEXT,
    "transcription": model_pb2.MODALITY_TRANSCRIPTION,
}
NAMES = {number: name for name, number in _MODALITIES.items()}
"""Modality name by its number in the contract."""


def inputs_of(card: ModelCard) -> tuple[str, ...]:
    """What a model reads: `text`, `image`, `audio`; by default what its modality implies."""
    return card.inputs or (("audio",) if card.modality == "transcription" else ("text",))


def model_message(
    card: ModelCard,
    *,
    state: model_pb2.ModelState.ValueType = model_pb2.MODEL_STATE_AVAILABLE,
    detail: str = "",
    default: bool = False,
    whole_card: bool = False,
) -> model_pb2.Model:
    """Describes a model as `ModelService` does.

    Args:
        card: Its card; of a modality that a service answers for.
        state: Where it stands.
        detail: Why it stands there.
        default: Whether it is its service's default.
        whole_card: Whether to include the card's prose.
    """
    return model_pb2.Model(
        name=f"models/{card.id}",
        id=card.id,
        modality=_MODALITIES[card.modality],
        display_name=card.display_name,
        description=card.description,
        engine=card.engine,
        license=card.license,
        languages=card.languages,
        speed_class=card.speed_class,
        local=card.local,
        default_model=default,
        state=state,
        state_detail=detail,
        card=card.body if whole_card else "",
        regions=card.regions,
        cost_class=card.cost_class,
        inputs=inputs_of(card),
        tags=card.tags,
    )
