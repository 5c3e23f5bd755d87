"""Drawing from a picture: the pipeline for it, made of one that is loaded, and what it is told.

Both pipelines share every network, so a second one costs no memory; each has a scheduler of its
own, because schedulers remember where a call began. This module does not know how pictures are
read, nor how steps are followed.

Meng et al. 2021, arXiv:2108.01073.
"""

from __future__ import annotations

import math
from typing import Any

from diffusers import AutoPipelineForImage2Image
from PIL import Image

from lanternist.runtime.errors import InvalidArgumentError
from models.card import ModelCard
from models.placement import Placement
from services.image.decoding import fitted
from services.image.diffusion.loading import our_class, place_pipeline
from services.image.diffusion.options import DiffusionOptions
from services.image.diffusion.stepping import call_parameters
from services.image.engine import ImageRequest


def varying_pipeline(
    pipeline: Any, card: ModelCard, placement: Placement, options: DiffusionOptions
) -> Any:
    """The pipeline that draws from a picture with the parts of one that draws from words.

    Args:
        pipeline: A loaded one; its weights are neither copied nor cast.
        card: Of the model.
        placement: Where it is.
        options: The card's; `variation` names the class.

    Raises:
        InvalidArgumentError: There is no such pipeline, or the autoencoder was stored without its
            encoder; names `source`.
    """
    scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
    if options.variation:
        kind = our_class(card, options.variation)
        varying = kind.from_pipe(pipeline, dtype=pipeline.dtype, scheduler=scheduler)
    else:
        try:
            varying = AutoPipelineForImage2Image.from_pipe(pipeline, scheduler=scheduler)
        except ValueError as error:
            raise _refusal(card, "its pipeline has no sister for that") from error
    if not {"image", "strength"} <= call_parameters(varying).keys():
        raise _refusal(card, f"{type(varying).__name__} has no strength")
    autoencoder = getattr(varying, "vae", None)
    if autoencoder is not None and getattr(autoencoder, "encoder", None) is None:
        raise _refusal(card, "its autoencoder was stored without the encoder")
    place_pipeline(varying, placement, options)
    varying.set_progress_bar_config(disable=True)
    return varying


def source_of(request: ImageRequest) -> Image.Image:
    """The request's source in the request's size."""
    assert request.source is not None  # asked by whoever found one
    return Image.fromarray(fitted(request.source, request.width, request.height))


def effective_strength(pipeline: Any, request: ImageRequest) -> tuple[float, tuple[str, ...]]:
    """The strength that is drawn with: the one asked for, if that is a step; and a note if not."""
    steps = request.step_count
    least = _least_share(1, steps)
    # Consistency models choose their steps among those that they were distilled from.
    original = pipeline.scheduler.config.get("original_inference_steps") or 0
    if original >= steps:
        least = max(least, _least_share(steps, original))
    if request.strength >= least:
        return request.strength, ()
    return least, (f"With {steps} steps the strength is at least {least:.2g}; that was taken.",)


def _least_share(part: int, whole: int) -> float:
    """The smallest number whose product with `whole` is not below `part`, rounding included."""
    share = part / whole
    return share if share * whole >= part else math.nextafter(share, 1)


def _refusal(card: ModelCard, why: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        "source",
        f"the model {card.id} does not draw from a picture: {why}",
        reason="SETTING_NOT_SUPPORTED",
        metadata={"model": card.id},
    )
