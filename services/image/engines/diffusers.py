"""`DiffusersEngine`: any text-to-image pipeline of diffusers, as its card describes it.

What a pipeline can do is read from the signature of its call; what the signature does not tell
stands in the card's options (`services.image.diffusion.options`). Noise is drawn on the CPU, one
generator a picture, so a seed gives the same noise on every device.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    ResourceExhaustedError,
)
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.image.diffusion.loading import load_pipeline
from services.image.diffusion.options import DiffusionOptions
from services.image.diffusion.previews import Previewer
from services.image.diffusion.stepping import call_parameters, iterate, run
from services.image.diffusion.wording import Wording, worded
from services.image.engine import (
    FinishedImage,
    ImageEvent,
    ImageRequest,
    Preview,
    StepProgress,
    check_limits,
    limit,
    readable,
    request_for,
)


class DiffusersEngine:
    """See `services.image.engine.ImageEngine`."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._weights = weights
        self._placement = placement
        self._options = DiffusionOptions.of(card)
        self._pipeline: Any = None
        self._thread: ThreadPoolExecutor | None = None

    def load(self) -> None:
        """Loads the pipeline. Raises FailedPreconditionError, as `load_pipeline`."""
        self._pipeline = load_pipeline(self._card, self._weights, self._placement, self._options)
        # One thread for good: PyTorch keeps a pool of workers for every thread that calls it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{self._card.id}-pipeline")

    def warm_up(self) -> None:
        """Draws one picture in as few steps as the card allows."""
        steps = int(limit(self._card, "min_steps"))
        for _ in self.generate(request_for(self._card, prompt="a fox", step_count=steps), Call()):
            pass

    def close(self) -> None:
        """Frees the pipeline and its thread."""
        self._pipeline = None
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        gc.collect()
        if self._placement.is_cuda:
            torch.cuda.empty_cache()

    def generate(self, request: ImageRequest, call: Call) -> Iterator[ImageEvent]:
        """Draws `request.count` pictures, several at once where memory allows.

        Raises:
            InvalidArgumentError: A field is outside the card's limits, or the pipeline has no
                parameter for it and the card says to refuse.
            ResourceExhaustedError: Even one picture does not fit into memory.
            InternalError: The model's output is not a number.
        """
        check_limits(request, self._card)
        if self._pipeline is None:
            raise FailedPreconditionError("The model is not loaded.", reason="MODEL_NOT_LOADED")
        wording = worded(request, self._card, self._options)
        arguments, notes = self._arguments(request, wording)
        wording = replace(wording, notes=notes)
        index, at_once = 0, min(request.count, self._options.batch_size)
        while index < request.count:
            call.check()
            size = min(at_once, request.count - index)
            try:
                yield from self._draw(request, call, wording, arguments, range(index, index + size))
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not _is_out_of_memory(error):
                    raise
                self._free_memory()
                if size == 1:
                    raise ResourceExhaustedError(
                        f"{request.width} × {request.height} pixels do not fit into the memory of "
                        f"{self._placement.device}.",
                        subject=f"memory of {self._placement.device}",
                        reason="OUT_OF_MEMORY",
                    ) from error
                at_once = size // 2
            else:
                index += size

    def _draw(
        self,
        request: ImageRequest,
        call: Call,
        wording: Wording,
        arguments: dict[str, Any],
        indices: range,
    ) -> Generator[ImageEvent, None, None]:
        pipeline, thread = self._pipeline, self._thread
        assert thread is not None  # made with the pipeline
        seeds = [request.image_seed(index) for index in indices]
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        previewer = Previewer(pipeline, request.width, request.height)
        every = request.preview_interval

        def work(emit: Callable[[ImageEvent], None]) -> Any:
            def on_step(step: int, steps: int, latents: Any) -> None:
                call.check()
                emit(StepProgress(step, steps, indices[0]))
                if every:
                    show = step % every == 0 and step < steps
                    looks = previewer.follow(latents, step, show=show)
                    for index, pixels in zip(indices, looks, strict=False):
                        emit(Preview(pixels, index, step))

            return run(
                pipeline,
                {
                    **arguments,
                    **self._sketches(request, wording, seeds),
                    "generator": generators,
                    "num_images_per_prompt": len(seeds),
                    "output_type": "np",
                },
                call.check,
                on_step,
            )

        output = yield from iterate(thread, work)
        call.check()
        images = np.asarray(output.images)
        if not np.isfinite(images).all():
            raise InternalError(
                f"The model {self._card.id} gave pixels that are not numbers.",
                reason="MODEL_OUTPUT_NOT_FINITE",
                metadata={"model": self._card.id, "dtype": str(pipeline.dtype)},
            )
        blanked = getattr(output, "nsfw_content_detected", None) or [False] * len(seeds)
        for index, seed, image, blank in zip(indices, seeds, images, blanked, strict=True):
            safety = ("The model's own safety check blanked this picture.",) if blank else ()
            yield FinishedImage(
                np.rint(image.clip(0, 1) * 255).astype(np.uint8),
                index,
                seed,
                notes=(*wording.notes, *safety),
                parameters=self._parameters(request, arguments, seed),
            )

    def _sketches(
        self, request: ImageRequest, wording: Wording, seeds: list[int]
    ) -> dict[str, Any]:
        """The pipeline's argument for sketches, if the card wants it told: one for each seed."""
        if not self._options.sketch:
            return {}
        width, height = request.width, request.height
        return {"sketch": [wording.sketch(width, height, seed) for seed in seeds]}

    def _arguments(
        self, request: ImageRequest, wording: Wording
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The pipeline's arguments for a request, and notes on what it does not get."""
        accepted = call_parameters(self._pipeline)
        options, defaults = self._options, self._card.defaults
        prompt, notes = wording.prompt, wording.notes
        negative, more = readable(request.negative_prompt, self._card)
        wanted = {
            "negative_prompt": (negative, ""),
            "width": (request.width, defaults.get("width")),
            "height": (request.height, defaults.get("height")),
            "num_inference_steps": (request.step_count, defaults.get("step_count")),
            options.guidance_parameter: (request.guidance_scale, defaults.get("guidance_scale")),
        }
        arguments: dict[str, Any] = {"prompt": prompt, **options.call}
        ignored: list[str] = []
        for name, (value, default) in wanted.items():
            if name in accepted:
                arguments[name] = value
            elif value != default:
                if options.unsupported == "refuse":
                    raise InvalidArgumentError(
                        _FIELDS.get(name, "guidance_scale"),
                        f"the model {self._card.id} has no such setting",
                        reason="SETTING_NOT_SUPPORTED",
                        metadata={"model": self._card.id},
                    )
                ignored.append(f"The model has no {name.replace('_', ' ')}; it was ignored.")
        if negative and request.guidance_scale <= 1 and "negative_prompt" in accepted:
            ignored.append("A negative prompt has no effect at a guidance scale of 1 or below.")
        return arguments, (*notes, *more, *ignored, *self._unread(prompt))

    def _unread(self, prompt: str) -> tuple[str, ...]:
        """Says so when a prompt is longer than what the text encoder reads."""
        reach = 0
        for role, tokenizer in self._pipeline.components.items():
            if role.startswith("tokenizer") and callable(tokenizer):
                most = getattr(self._pipeline.config, "max_text_tokens", None)
                most = min(int(most or tokenizer.model_max_length), 100_000)
                if len(tokenizer(prompt, truncation=True, max_length=most + 1).input_ids) <= most:
                    return ()
                reach = max(reach, most)
        if not reach:
            return ()
        return (f"The prompt is longer than the {reach} tokens that the model reads.",)

    def _parameters(
        self, request: ImageRequest, arguments: dict[str, Any], seed: int
    ) -> dict[str, str | int | float]:
        facts: dict[str, str | int | float] = {
            "prompt": arguments["prompt"],
            "negative_prompt": arguments.get("negative_prompt", ""),
            "model": self._card.id,
            "seed": seed,
            "step_count": request.step_count,
            "guidance_scale": request.guidance_scale,
            "width": request.width,
            "height": request.height,
            "scheduler": type(self._pipeline.scheduler).__name__,
        }
        return {name: value for name, value in facts.items() if value != ""}

    def _free_memory(self) -> None:
        gc.collect()
        if self._placement.is_cuda:
            torch.cuda.empty_cache()


# Contract fields by the pipeline's parameter.
_FIELDS = {
    "negative_prompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "num_inference_steps": "step_count",
}


def _is_out_of_memory(error: BaseException) -> bool:
    """PyTorch has a class for GPUs; on a CPU its allocator raises a plain RuntimeError."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)
