"""`StorybookEngine`: words or a scene to a crisp vector picture, by the composer of `models`.

It translates: the prompt is read by the parser (unless the request brings a scene), the composer
draws, and what was not understood is said in the notes. It reads no weights and has no steps, so
`step_count`, `guidance_scale` and `preview_interval` do nothing here, as its card says.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.illustrator.composer import compose
from models.illustrator.library import Library
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, to_prompt
from models.illustrator.sight import subject_visibility
from models.placement import Placement
from models.weights import Weights
from services.image.engine import (
    FinishedImage,
    ImageEvent,
    ImageRequest,
    StepProgress,
    check_limits,
    readable,
    request_for,
)


class StorybookEngine:
    """The composer as an image engine. Deterministic; the same request gives the same bytes."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        del weights, placement  # the art is part of the program, and vectors need no device
        self._card = card

    def load(self) -> None:
        """Reads the art library."""
        Library.load()

    def warm_up(self) -> None:
        """Draws one small picture."""
        request = request_for(self._card, prompt="A fox in the forest.", width=64, height=64)
        for _ in self.generate(request, Call()):
            pass

    def close(self) -> None:
        """Keeps the art, which is small and shared."""

    def generate(self, request: ImageRequest, call: Call) -> Iterator[ImageEvent]:
        """Composes `request.count` pictures, one a seed. Raises as `ImageEngine.generate`."""
        check_limits(request, self._card)
        prompt, notes = readable(request.prompt, self._card)
        scene, without, more = self._scene(request, prompt)
        for index in range(request.count):
            call.check()
            seed = request.image_seed(index)
            picture = compose(
                scene,
                width=request.width,
                height=request.height,
                seed=seed,
                style=request.style,
                without=without,
            )
            pixels = picture.render()
            yield StepProgress(1, 1, index)
            call.check()
            missing = tuple(f"Not in the art library: {noun}." for noun in picture.missing)
            yield FinishedImage(
                pixels,
                index,
                seed,
                svg=picture.svg(),
                notes=notes + more + missing,
                visibility=subject_visibility(scene, picture) if request.scene else (),
                parameters={
                    "prompt": prompt or to_prompt(scene, request.style),
                    "model": self._card.id,
                    "seed": seed,
                    "style": request.style or "flat",
                    "width": request.width,
                    "height": request.height,
                },
            )

    def _scene(
        self, request: ImageRequest, prompt: str
    ) -> tuple[Scene, frozenset[str], tuple[str, ...]]:
        """The scene to draw, the library keys to leave out, and notes."""
        denied = set(_keys(request.negative_prompt))
        if request.scene is not None:
            return request.scene, frozenset(denied), ()
        reading = parse(prompt)
        denied.update(reading.excluded)
        notes = tuple(f"Not understood: {word}." for word in reading.not_understood)
        return reading.scene, frozenset(denied), notes


def _keys(negative_prompt: str) -> Iterator[str]:
    """The library keys that a negative prompt names."""
    library = Library.load()
    for subject in parse(negative_prompt).scene.subjects:
        item = library.find(subject.noun)
        if item is not None:
            yield item.key
