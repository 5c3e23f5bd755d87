"""From a directory of weights to a pipeline on its device, ready to draw.

Only code of diffusers, transformers and this repository ever runs: a pipeline that brings its own
code, names a foreign library or stores pickles is refused. This module does not know requests.
"""

from __future__ import annotations

import importlib
import json
from inspect import Parameter
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoPipelineForText2Image, DiffusionPipeline, SchedulerMixin

from lanternist.runtime import telemetry
from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.image.diffusion.options import DiffusionOptions, SchedulerChoice
from services.image.diffusion.stepping import call_parameters

_log = telemetry.logger(__name__)

_DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def load_pipeline(
    card: ModelCard, weights: Weights | None, placement: Placement, options: DiffusionOptions
) -> Any:
    """Loads the pipeline of a card and puts it on its device.

    Raises:
        FailedPreconditionError: There are no weights, the directory holds no text-to-image
            pipeline that may be loaded, or the device is not there.
    """
    _quieten()
    if weights is None:
        raise _refusal(card, "it has no source of weights")
    _require_device(card, placement)
    if placement.threads:
        torch.set_num_threads(placement.threads)
    directory = weights.directory
    _check_index(card, directory, options)
    arguments: dict[str, Any] = {
        "dtype": _dtype(placement, options),
        "use_safetensors": True,
        "local_files_only": True,
    }
    if options.variant:
        arguments["variant"] = options.variant
    for role, component in weights.components.items():
        arguments[f"{role}_directory"] = component.directory
    pipeline = _drawing_from_words(
        card, _pipeline_class(card, options).from_pretrained(directory, **arguments)
    )
    if options.scheduler is not None:
        pipeline.scheduler = _scheduler(card, pipeline.scheduler, options.scheduler)
    place_pipeline(pipeline, placement, options)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def place_pipeline(pipeline: Any, placement: Placement, options: DiffusionOptions) -> None:
    """Moves a pipeline to its device and turns the card's memory switches."""
    if options.attention_slicing and hasattr(pipeline, "enable_attention_slicing"):
        pipeline.enable_attention_slicing()
    vae: Any = getattr(pipeline, "vae", None)
    if options.vae_slicing and hasattr(vae, "enable_slicing"):
        vae.enable_slicing()
    if options.vae_tiling and hasattr(vae, "enable_tiling"):
        vae.enable_tiling()
    if placement.is_cuda and options.offload == "model":
        pipeline.enable_model_cpu_offload(gpu_id=placement.index)
    elif placement.is_cuda and options.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(gpu_id=placement.index)
    else:
        pipeline.to(placement.device)


def our_class(card: ModelCard, named: str) -> Any:
    """A pipeline of this repository.

    Args:
        card: Of the model, for the error.
        named: `module:Class`.

    Raises:
        FailedPreconditionError: There is none of that name.
    """
    module, _, name = named.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise _refusal(card, f"there is no pipeline {named}") from error


def _quieten() -> None:
    """Logs never carry prompts, and both libraries warn with the part that they cut off."""
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.set_verbosity_error()
        library.disable_progress_bar()


def _refusal(card: ModelCard, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The model {card.id} cannot be loaded: {problem}.",
        reason="PIPELINE_NOT_LOADABLE",
        metadata={"model": card.id},
    )


def _require_device(card: ModelCard, placement: Placement) -> None:
    if placement.is_cuda and placement.index >= torch.cuda.device_count():
        raise FailedPreconditionError(
            f"The model {card.id} is placed on {placement.device}, which PyTorch does not see: "
            "the GPU is not visible to this process, or this PyTorch was built without CUDA.",
            reason="DEVICE_NOT_FOUND",
            metadata={"model": card.id, "device": placement.device},
        )


def _dtype(placement: Placement, options: DiffusionOptions) -> torch.dtype:
    if placement.is_cuda or options.cpu_dtype is None:
        return _DTYPES[placement.dtype]
    if options.cpu_dtype == "bfloat16" and not _computes_bfloat16():
        return torch.float32  # emulated bfloat16 is slower than float32
    return _DTYPES[options.cpu_dtype]


def _computes_bfloat16() -> bool:
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)


def _check_index(card: ModelCard, directory: Path, options: DiffusionOptions) -> None:
    """Refuses a `model_index.json` that would run code from elsewhere."""
    try:
        index = json.loads((directory / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _refusal(card, "its directory has no readable model_index.json") from error
    if not isinstance(index, dict) or not isinstance(index.get("_class_name"), str):
        raise _refusal(card, "its model_index.json names no pipeline class, or brings its own code")
    for name, component in index.items():
        if name.startswith("_") or not isinstance(component, list):
            continue
        library = component[0] if component else None
        ours = bool(options.pipeline) and str(library).startswith("models.")
        known = library in {None, "diffusers", "transformers"} or (
            isinstance(library, str) and hasattr(diffusers.pipelines, library)
        )
        if not (known or ours):
            raise _refusal(card, f"its component {name!r} comes from the library {library!r}")


def _pipeline_class(card: ModelCard, options: DiffusionOptions) -> Any:
    if options.variation:  # looked for at once, so that a wrong name is told at load
        our_class(card, options.variation)
    return our_class(card, options.pipeline) if options.pipeline else DiffusionPipeline


def _drawing_from_words(card: ModelCard, pipeline: Any) -> Any:
    """The pipeline, or its text-to-image sister when it was stored as one that edits pictures."""
    parameters = call_parameters(pipeline)
    if "prompt" in parameters and "image" not in parameters:
        return pipeline
    try:
        return AutoPipelineForText2Image.from_pipe(pipeline)
    except ValueError as error:
        if "prompt" in parameters and parameters["image"].default is not Parameter.empty:
            return pipeline  # no sister, but it draws without a picture too
        raise _refusal(card, f"{type(pipeline).__name__} does not draw from words") from error


def _scheduler(card: ModelCard, own: Any, choice: SchedulerChoice) -> Any:
    kind: Any = getattr(diffusers, choice.name, None)
    if not (isinstance(kind, type) and issubclass(kind, SchedulerMixin)):
        raise _refusal(card, f"diffusers has no scheduler {choice.name}")
    found: Any = kind
    known = {candidate.__name__ for candidate in getattr(own, "compatibles", [])}
    if known and kind.__name__ not in known and not isinstance(own, kind):
        raise _refusal(card, f"{choice.name} does not fit it; these do: {', '.join(sorted(known))}")
    return found.from_config(own.config, **choice.settings)
