"""`DiffusersEngine`: any text-to-image pipeline of diffusers, as its card describes it.

A request with a source is drawn by the pipeline's image-to-image sister, where there is one. What a
pipeline can do is read from the signature of its call; what the signature does not tell stands in
the card's options (`services.image.diffusion.options`). Noise is drawn on the CPU, one generator a
picture, so a seed gives the same noise on every device.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InternalError,
    ResourceExhaustedError,
)
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.image.diffusion.arguments import Task, task_for
from services.image.diffusion.loading import load_pipeline
from services.image.diffusion.options import DiffusionOptions
from services.image.diffusion.previews import Previewer
from services.image.diffusion.stepping import iterate, run
from services.image.diffusion.variation import varying_pipeline
from services.image.engine import (
    FinishedImage,
    ImageEvent,
    ImageRequest,
    Preview,
    StepProgress,
    check_limits,
    limit,
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
        self._varying: Any = None  # its sister, made when it is first asked for
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
        self._pipeline = self._varying = None
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
                parameter for it and the card says to refuse; or it does not draw from a picture.
            ResourceExhaustedError: Even one picture does not fit into memory.
            InternalError: The model's output is not a number.
        """
        check_limits(request, self._card)
        if self._pipeline is None:
            raise FailedPreconditionError("The model is not loaded.", reason="MODEL_NOT_LOADED")
        pipeline = self._pipeline if request.source is None else self._sister()
        task = task_for(pipeline, request, self._card, self._options)
        index, at_once = 0, min(request.count, self._options.batch_size)
        while index < request.count:
            call.check()
            size = min(at_once, request.count - index)
            try:
                yield from self._draw(task, call, range(index, index + size))
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

    def _sister(self) -> Any:
        """The pipeline that draws from a picture. Raises as `varying_pipeline`."""
        if self._varying is None:
            loaded = self._pipeline
            self._varying = varying_pipeline(loaded, self._card, self._placement, self._options)
        return self._varying

    def _draw(self, task: Task, call: Call, indices: range) -> Generator[ImageEvent, None, None]:
        pipeline, request = task.pipeline, task.request
        thread = self._thread
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
                    **task.arguments,
                    **task.shown(seeds),
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
                notes=(*task.notes, *safety),
                parameters=task.parameters(self._card.id, seed),
            )

    def _free_memory(self) -> None:
        gc.collect()
        if self._placement.is_cuda:
            torch.cuda.empty_cache()


def _is_out_of_memory(error: BaseException) -> bool:
    """PyTorch has a class for GPUs; on a CPU its allocator raises a plain RuntimeError."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)
