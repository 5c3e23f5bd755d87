"""`DiffusionOptions`: what a card may say to the diffusers engine.

The facts about one pipeline that its signature does not tell, and the switches that trade memory
for time. An unknown option is an error at load, not a silent nothing. This module imports no model
library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard

_OUR_CLASS = r"^(models(\.[a-z_]+)+:[A-Za-z][A-Za-z0-9]*)?$"


class SchedulerChoice(BaseModel):
    """A scheduler instead of the pipeline's own.

    Attributes:
        name: Its class in diffusers, for example `EulerDiscreteScheduler`.
        settings: Configuration that differs from the pipeline's own scheduler.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9]+Scheduler$")
    settings: Mapping[str, Any] = Field(default_factory=dict)


class DiffusionOptions(BaseModel):
    """Options of a card whose engine is `diffusers`.

    Attributes:
        pipeline: `module:Class` of a pipeline of our own (below `models.`); empty for the diffusers
            class that the model's directory names.
        variation: As `pipeline`, of the one that draws from a picture with its parts; empty for the
            one that diffusers pairs with it, if there is one.
        variant: Suffix of the weight files, for example `fp16`.
        use_safetensors: Always true: pickled weights are never read.
        scheduler: Instead of the pipeline's own.
        cpu_dtype: Type to compute in on CPUs that do it natively, instead of the placement's.
        batch_size: Most pictures drawn at once; fewer are when memory runs out.
        guidance_parameter: The pipeline's name for classifier-free guidance.
        call: Further fixed arguments of the pipeline's call.
        unsupported: What to do with a setting that the pipeline has no parameter for: refuse the
            request, or ignore the setting and say so in the picture's notes.
        prompt_from: `scene`: word every request as a scene, the one that it describes or the one
            that its prompt is read as, and leave its own words.
        sketch: Whether the composer draws the scene's subjects first, where they are to stand, for
            the pipeline's parameter of that name; only with `prompt_from: scene`.
        reads_style: Whether words for the style help the model.
        attention_slicing: Attention in slices: less memory, slower.
        vae_slicing: Decode a batch one by one.
        vae_tiling: Decode in tiles, for large pictures.
        offload: Keep on the GPU only the `model` at work, or only the layer (`sequential`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pipeline: str = Field(default="", pattern=_OUR_CLASS)
    variation: str = Field(default="", pattern=_OUR_CLASS)
    variant: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$")
    use_safetensors: Literal[True] = True
    scheduler: SchedulerChoice | None = None
    cpu_dtype: Literal["float32", "bfloat16"] | None = None
    batch_size: int = Field(default=4, ge=1, le=64)
    guidance_parameter: str = "guidance_scale"
    call: Mapping[str, bool | int | float | str] = Field(default_factory=dict)
    unsupported: Literal["refuse", "ignore"] = "refuse"
    prompt_from: Literal["prompt", "scene"] = "prompt"
    sketch: bool = False
    reads_style: bool = True
    attention_slicing: bool = False
    vae_slicing: bool = False
    vae_tiling: bool = False
    offload: Literal["none", "model", "sequential"] = "none"

    @model_validator(mode="after")
    def _consistent(self) -> DiffusionOptions:
        if self.sketch and self.prompt_from != "scene":
            raise ValueError("sketch needs prompt_from: scene")
        return self

    @classmethod
    def of(cls, card: ModelCard) -> DiffusionOptions:
        """Reads the options of a card.

        Raises:
            FailedPreconditionError: An option is unknown or wrong; the message names it.
        """
        options = dict(card.options)
        if isinstance(options.get("scheduler"), str):
            options["scheduler"] = {"name": options["scheduler"]}
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
                for item in error.errors(include_url=False)
            )
            raise FailedPreconditionError(
                f"The card of {card.id} has wrong options: {wrong}.",
                reason="MODEL_CARD_INVALID",
                metadata={"model": card.id},
            ) from error
