"""`FakeImageEngine`: an engine that behaves, without a model.

Its pictures are smooth colour fields that depend on every setting that a model's pictures would
depend on. Where its card says that it draws from pictures, a source shines through them. It counts
the steps that it really runs, so that tests can prove that a cancelled request stops. Card options:
`step_seconds`, the time that a step takes; `journal`, a file that counts the pictures.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

import numpy as np

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.illustrator.scene import to_prompt
from models.placement import Placement
from models.weights import Weights
from services.base.journal import Journal
from services.image.decoding import fitted
from services.image.engine import (
    FinishedImage,
    ImageEvent,
    ImageRequest,
    Pixels,
    Preview,
    StepProgress,
    check_limits,
    readable,
    request_for,
)


class FakeImageEngine:
    """Deterministic pixels, adjustable slowness.

    Attributes:
        steps_run: Denoising steps run since it was built, over all requests.
        loaded: Whether `load` was called, and `close` not yet.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._step_seconds = float(card.options.get("step_seconds", 0.0))
        self._journal = Journal(str(card.options.get("journal", "")))
        self.steps_run = 0
        self.loaded = False

    def load(self) -> None:
        """Takes note."""
        self.loaded = True

    def warm_up(self) -> None:
        """Draws one picture of one step."""
        for _ in self.generate(request_for(self._card, prompt="warm-up", step_count=1), Call()):
            pass

    def close(self) -> None:
        """Takes note."""
        self.loaded = False

    def generate(self, request: ImageRequest, call: Call) -> Iterator[ImageEvent]:
        """Draws colour fields, one image after another. Raises as `ImageEngine.generate`."""
        check_limits(request, self._card)
        prompt, notes = readable(request.prompt, self._card)
        if not prompt and request.scene is not None:
            prompt = to_prompt(request.scene)
        steps = request.step_count
        if request.source is not None:
            steps = max(1, round(steps * request.strength))
        for index in range(request.count):
            finished = _field(request, prompt, request.image_seed(index))
            for step in range(1, steps + 1):
                call.check()
                self._run_step()
                yield StepProgress(step, steps, index)
                if request.preview_interval and step % request.preview_interval == 0:
                    yield Preview(_blurred(finished, steps - step), index, step)
            call.check()
            seed = request.image_seed(index)
            self._journal.note("picture", seed=seed, steps=request.step_count, prompt=prompt)
            yield FinishedImage(
                finished,
                index,
                request.image_seed(index),
                notes=notes,
                parameters={
                    "prompt": prompt,
                    "model": self._card.id,
                    "seed": request.image_seed(index),
                    "step_count": request.step_count,
                    "guidance_scale": request.guidance_scale,
                    "width": request.width,
                    "height": request.height,
                    **({} if request.source is None else {"strength": request.strength}),
                },
            )

    def _run_step(self) -> None:
        if self._step_seconds:
            time.sleep(self._step_seconds)
        self.steps_run += 1


def _field(request: ImageRequest, prompt: str, seed: int) -> Pixels:
    """Three plane waves a channel, their phases and directions drawn from the request."""
    words = f"{prompt}\0{request.negative_prompt}\0{request.style}\0{request.guidance_scale}"
    digest = hashlib.sha256(f"{words}\0{request.step_count}\0{seed}".encode()).digest()
    numbers = np.random.default_rng(np.frombuffer(digest, np.uint32))
    y, x = np.mgrid[0 : request.height, 0 : request.width].astype(np.float32) / 128.0
    channels = []
    for _ in range(3):
        waves = [
            np.sin(float(a) * x + float(b) * y + float(phase))
            for a, b, phase in numbers.uniform(-3, 3, (3, 3))
        ]
        channels.append(sum(waves) / 3)
    colours = (np.stack(channels, -1) + 1) * 127.5
    if request.source is not None:
        under = fitted(request.source, request.width, request.height)
        colours = under + (colours - under) * request.strength
    return np.rint(colours).astype(np.uint8)


def _blurred(pixels: Pixels, steps_left: int) -> Pixels:
    """Every n-th pixel, the coarser the more steps are left."""
    stride = min(1 + steps_left, 8)
    return np.ascontiguousarray(pixels[::stride, ::stride])
