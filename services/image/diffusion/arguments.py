"""What a pipeline's call is given for a request, and what the caller is told that it is not given.

What a pipeline can do is read from the signature of its call. This module does not run pipelines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lanternist.runtime.errors import InvalidArgumentError
from models.card import ModelCard
from services.image.diffusion.options import DiffusionOptions
from services.image.diffusion.stepping import call_parameters
from services.image.diffusion.variation import effective_strength, source_of
from services.image.diffusion.wording import Wording, worded
from services.image.engine import ImageRequest, readable

# Contract fields by the pipeline's parameter.
_FIELDS = {
    "negative_prompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "num_inference_steps": "step_count",
}


@dataclass(frozen=True, slots=True)
class Task:
    """A request, in a pipeline's terms.

    Attributes:
        pipeline: Which one draws.
        request: What was asked for.
        wording: What it is told to draw.
        arguments: Of its call, whatever the seeds are.
        notes: On what it is not given.
        sketched: Whether it is shown sketches.
    """

    pipeline: Any
    request: ImageRequest
    wording: Wording
    arguments: Mapping[str, Any]
    notes: tuple[str, ...]
    sketched: bool

    def shown(self, seeds: Sequence[int]) -> dict[str, Any]:
        """What the pipeline is shown, once for each seed: the source, or a sketch, or nothing.

        Never both: the source says where things stand. And never one for all, because encoding a
        picture draws from the first seed's generator alone, and that picture would then depend on
        its company.
        """
        request = self.request
        if request.source is not None:
            return {"image": [source_of(request)] * len(seeds)}
        if not self.sketched:
            return {}
        width, height = request.width, request.height
        return {"sketch": [self.wording.sketch(width, height, seed) for seed in seeds]}

    def parameters(self, model: str, seed: int) -> dict[str, str | int | float]:
        """What made a picture, for its file; never the source itself."""
        request, arguments = self.request, self.arguments
        facts: dict[str, str | int | float] = {
            "prompt": arguments["prompt"],
            "negative_prompt": arguments.get("negative_prompt", ""),
            "model": model,
            "seed": seed,
            "step_count": request.step_count,
            "guidance_scale": request.guidance_scale,
            "width": request.width,
            "height": request.height,
            "strength": arguments.get("strength", ""),
            "scheduler": type(self.pipeline.scheduler).__name__,
        }
        return {name: value for name, value in facts.items() if value != ""}


def task_for(
    pipeline: Any, request: ImageRequest, card: ModelCard, options: DiffusionOptions
) -> Task:
    """Puts a request into a pipeline's terms.

    Args:
        pipeline: For a request with a source, one that draws from a picture.
        request: Within the card's limits.
        card: Of the model.
        options: The card's.

    Raises:
        InvalidArgumentError: The pipeline has no parameter for a setting, and the card says to
            refuse.
    """
    accepted = call_parameters(pipeline)
    wording = worded(request, card, options)
    negative, more = readable(request.negative_prompt, card)
    defaults = card.defaults
    wanted = {
        "negative_prompt": (negative, ""),
        "width": (request.width, defaults.get("width")),
        "height": (request.height, defaults.get("height")),
        "num_inference_steps": (request.step_count, defaults.get("step_count")),
        options.guidance_parameter: (request.guidance_scale, defaults.get("guidance_scale")),
    }
    arguments: dict[str, Any] = {"prompt": wording.prompt, **options.call}
    ignored: list[str] = []
    if request.source is not None:
        # The card speaks of the pipeline that draws from words, and a source has its size already.
        arguments = {name: value for name, value in arguments.items() if name in accepted}
        wanted = {k: v for k, v in wanted.items() if k in accepted or k not in ("width", "height")}
        arguments["strength"], ignored[:] = effective_strength(pipeline, request)
    for name, (value, default) in wanted.items():
        if name in accepted:
            arguments[name] = value
        elif value != default:
            if options.unsupported == "refuse":
                raise InvalidArgumentError(
                    _FIELDS.get(name, "guidance_scale"),
                    f"the model {card.id} has no such setting",
                    reason="SETTING_NOT_SUPPORTED",
                    metadata={"model": card.id},
                )
            ignored.append(f"The model has no {name.replace('_', ' ')}; it was ignored.")
    if negative and request.guidance_scale <= 1 and "negative_prompt" in accepted:
        ignored.append("A negative prompt has no effect at a guidance scale of 1 or below.")
    notes = (*wording.notes, *more, *ignored, *_unread(pipeline, wording.prompt))
    return Task(pipeline, request, wording, arguments, notes, options.sketch)


def _unread(pipeline: Any, prompt: str) -> tuple[str, ...]:
    """Says so when a prompt is longer than what the text encoder reads."""
    reach = 0
    for role, tokenizer in pipeline.components.items():
        if role.startswith("tokenizer") and callable(tokenizer):
            most = getattr(pipeline.config, "max_text_tokens", None)
            most = min(int(most or tokenizer.model_max_length), 100_000)
            if len(tokenizer(prompt, truncation=True, max_length=most + 1).input_ids) <= most:
                return ()
            reach = max(reach, most)
    if not reach:
        return ()
    return (f"The prompt is longer than the {reach} tokens that the model reads.",)
