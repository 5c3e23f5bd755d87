"""What every image engine promises, in plain Python.

The servicer turns a message of the contract into an `ImageRequest`, hands it to an engine and
turns the engine's events back into messages. Nothing here knows gRPC, a model library or a file
format; `encoding` writes files, `engines/` draws.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lanternist.runtime.errors import FieldViolation, InvalidArgumentError

if TYPE_CHECKING:
    from lanternist.runtime.call import Call
    from models.card import ModelCard
    from models.illustrator.scene import Scene
    from models.placement import Placement
    from models.weights import Weights

Pixels = NDArray[np.uint8]
"""A picture: uint8, shape (height, width, 3), sRGB, rows from the top."""

SEED_LIMIT = 2**53
"""Seeds are 0 … SEED_LIMIT - 1."""

VARIATIONS = "variations"
"""Tag of the cards whose models draw from a picture, too."""

MOST_PROMPT_CHARS = 100_000
"""The contract's limit; how many of them a model reads is its card's `max_prompt_chars`."""

# What holds where a card says nothing. A card may narrow or widen each of them.
_FALLBACK_LIMITS: Mapping[str, float] = {
    "min_width": 64,
    "max_width": 4096,
    "min_height": 64,
    "max_height": 4096,
    "size_multiple": 1,
    "max_pixels": 4096 * 4096,
    "min_steps": 1,
    "max_steps": 200,
    "min_guidance_scale": 0.0,
    "max_guidance_scale": 50.0,
    "max_count": 16,
    "max_prompt_chars": MOST_PROMPT_CHARS,
}
_FALLBACK_DEFAULTS: Mapping[str, float] = {
    "width": 512,
    "height": 512,
    "step_count": 20,
    "guidance_scale": 5.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One request with every choice made; `request_for` fills what a caller left open.

    The image at `index` is drawn with `image_seed(index)`: a request for that seed alone draws it
    again (up to rounding, where an engine draws several at once).
    """

    prompt: str
    scene: Scene | None = None  # drawn instead of the prompt's words by engines that read scenes
    style: str = ""  # a look the card names; empty for its own
    negative_prompt: str = ""
    width: int = 512  # pixels
    height: int = 512  # pixels
    seed: int = 0  # 0 … SEED_LIMIT - 1, of the first image
    step_count: int = 20  # denoising steps; engines that do not denoise ignore it
    guidance_scale: float = 5.0  # classifier-free guidance, 1 for none
    count: int = 1  # images
    preview_interval: int = 0  # steps between previews, 0 for none
    # A picture to draw on from, of any size; engines cut it to the request's proportions. Not
    # compared, because arrays have no single truth, and not shown.
    source: Pixels | None = field(default=None, compare=False, repr=False)
    strength: float = 0.6  # with a source: share of the steps that are drawn, above 0, up to 1

    def image_seed(self, index: int) -> int:
        """The seed of the image at `index`, wrapping round at SEED_LIMIT."""
        return (self.seed + index) % SEED_LIMIT


@dataclass(frozen=True, slots=True)
class StepProgress:
    """`step` of `step_count` is done for the image at `image_index` (and its batch)."""

    step: int  # 1 … step_count
    step_count: int
    image_index: int


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A rough look at the image `index` after `step` steps, possibly smaller than the request."""

    pixels: Pixels
    index: int
    step: int


@dataclass(frozen=True, slots=True, eq=False)
class FinishedImage:
    """One finished picture, not yet a file."""

    pixels: Pixels
    index: int
    seed: int
    svg: str | None = None  # the same picture as vectors, from engines that draw them
    notes: tuple[str, ...] = ()  # for the caller: words not understood, settings ignored
    visibility: tuple[float, ...] = ()
    """Of each subject of the request's scene, the share that is seen; from engines that know."""
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    """What made it (prompt, model, seed, step_count …), for the file's metadata."""


ImageEvent = StepProgress | Preview | FinishedImage


class ImageEngine(Protocol):
    """Draws pictures. Built cheaply, loaded once, then called from one worker thread at a time."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None: ...

    def load(self) -> None:
        """Reads the weights. Called once, in a worker thread."""

    def warm_up(self) -> None:
        """Draws one small picture, so that the first caller does not wait for lazy work."""

    def close(self) -> None:
        """Frees the memory. Idempotent."""

    def generate(self, request: ImageRequest, call: Call) -> Iterator[ImageEvent]:
        """Draws `request.count` pictures, in order of index, each after its steps.

        Raises:
            InvalidArgumentError: A field is outside the card's limits.
            CancelledError, DeadlineExceededError: From `call.check()`, polled at every step.
            ResourceExhaustedError: The device has too little memory for the request.
        """
        ...


def request_for(card: ModelCard, *, prompt: str, **choices: Any) -> ImageRequest:
    """Builds a request: the caller's choices, the card's defaults for those that are None.

    Args:
        card: The model asked for; its `defaults` may give width, height, step_count,
            guidance_scale, negative_prompt, style and strength.
        prompt: The words.
        choices: Other fields of `ImageRequest`; None means "the model's own".

    Raises:
        InvalidArgumentError: As `check_limits`.
    """
    settled: dict[str, Any] = {**_FALLBACK_DEFAULTS}
    settled.update({k: v for k, v in card.defaults.items() if k in ImageRequest.__slots__})
    settled.update({k: v for k, v in choices.items() if v is not None})
    request = ImageRequest(prompt=prompt, **settled)
    check_limits(request, card)
    return request


def limit(card: ModelCard, name: str) -> float:
    """The card's limit of that name, or the one that holds for every image model."""
    return float(card.limits.get(name, _FALLBACK_LIMITS[name]))


def check_varies(card: ModelCard) -> None:
    """Checks that a model draws from a picture, too: its card has the tag VARIATIONS.

    Raises:
        InvalidArgumentError: It does not; names `source`.
    """
    if VARIATIONS not in card.tags:
        raise InvalidArgumentError(
            "source",
            f"the model {card.id} does not draw from a picture",
            reason="SETTING_NOT_SUPPORTED",
            metadata={"model": card.id},
        )


def check_limits(request: ImageRequest, card: ModelCard) -> None:
    """Checks every number and length against the card, and whether it varies pictures.

    Raises:
        InvalidArgumentError: With one violation a wrong field, the first of them in the message.
    """
    if request.source is not None:
        check_varies(card)
    wrong: list[FieldViolation] = []

    def within(name: str, value: float, low: float, high: float) -> None:
        if not (math.isfinite(value) and low <= value <= high):
            wrong.append(FieldViolation(name, f"must be between {low:g} and {high:g}"))

    for side in ("width", "height"):
        within(side, getattr(request, side), limit(card, f"min_{side}"), limit(card, f"max_{side}"))
    multiple = int(limit(card, "size_multiple"))
    for side in ("width", "height"):
        if getattr(request, side) % multiple:
            wrong.append(FieldViolation(side, f"must be a multiple of {multiple}"))
    if not wrong and request.width * request.height > limit(card, "max_pixels"):
        wrong.append(FieldViolation("width", f"× height is above {limit(card, 'max_pixels'):g}"))
    within("step_count", request.step_count, limit(card, "min_steps"), limit(card, "max_steps"))
    within(
        "guidance_scale",
        request.guidance_scale,
        limit(card, "min_guidance_scale"),
        limit(card, "max_guidance_scale"),
    )
    within("count", request.count, 1, limit(card, "max_count"))
    within("seed", request.seed, 0, SEED_LIMIT - 1)
    if not 0 < request.strength <= 1:
        wrong.append(FieldViolation("source.strength", "must be above 0 and at most 1"))
    within("preview_interval", request.preview_interval, 0, _FALLBACK_LIMITS["max_steps"])
    for name in ("prompt", "negative_prompt", "style"):
        if len(getattr(request, name)) > MOST_PROMPT_CHARS:
            wrong.append(FieldViolation(name, f"must have at most {MOST_PROMPT_CHARS} characters"))
    if wrong:
        first, *more = wrong
        raise InvalidArgumentError(
            first.field,
            first.description,
            reason="OUTSIDE_MODEL_LIMITS",
            metadata={"model": card.id},
            more=tuple(more),
        )


def readable(text: str, card: ModelCard) -> tuple[str, tuple[str, ...]]:
    """What the model reads of a text, and notes on what it does not.

    Control characters count as blanks; what goes beyond the card's `max_prompt_chars` is left out,
    at a blank where there is one.
    """
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).strip()
    longest = int(limit(card, "max_prompt_chars"))
    if len(plain) <= longest:
        return plain, ()
    kept, _, _ = plain[: longest + 1].rpartition(" ")
    return kept or plain[:longest], (f"Only the first {longest} characters were read.",)
