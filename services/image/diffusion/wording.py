"""What a pipeline is told to draw: the caller's words, or a scene worded for it.

Large models read prose as it comes. A small one knows little more than the captions that it was
trained with: for those, a card says `prompt_from: scene`, and every request is brought into that
form. Where the card says `sketch`, the composer shows it the scene's subjects as well. This module
knows neither pipelines nor tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.illustrator.composer import compose
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, Setting, to_prompt
from services.image.diffusion.options import DiffusionOptions
from services.image.engine import ImageRequest, readable

# Where nothing is understood: a place is drawn, never noise.
_NOWHERE = Scene(setting=Setting.MEADOW)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a request asks for.

    Attributes:
        prompt: For the pipeline.
        notes: On what the prompt leaves out.
        scene: What the prompt was worded from; None for the caller's own words.
        excluded: Library keys that the caller's words rule out.
    """

    prompt: str
    notes: tuple[str, ...]
    scene: Scene | None = None
    excluded: frozenset[str] = frozenset()

    def sketch(self, width: int, height: int, seed: int) -> NDArray[np.uint8]:
        """The scene's subjects, cut out where they are to stand: uint8, (height, width, 4)."""
        assert self.scene is not None  # cards that want sketches have every request worded
        drawn = compose(self.scene, width=width, height=height, seed=seed, without=self.excluded)
        return drawn.sketch()


def worded(request: ImageRequest, card: ModelCard, options: DiffusionOptions) -> Wording:
    """The wording of a request, as the card's options want it."""
    style = request.style if options.reads_style else ""
    if options.prompt_from == "prompt" and request.prompt.strip():
        prompt = f"{request.prompt}, {style}" if style else request.prompt
        return Wording(*readable(prompt, card))
    varied = request.source is not None
    if varied and request.scene is None and not request.prompt.strip():
        return Wording(*readable(style, card))  # the picture says what there is
    if request.scene is not None:
        scene, missing = _settled(request.scene, frozenset(), request, options)
        prompt, notes = readable(_prompt_of(scene, style, options), card)
        return Wording(prompt, (*notes, *missing), scene)
    text, notes = readable(request.prompt, card)
    reading = parse(text)
    unknown = tuple(f"Not understood: {word}." for word in reading.not_understood)
    scene = reading.scene
    if scene == Scene() and varied:
        return Wording(style, (*notes, "Nothing of the prompt was understood; it was ignored."))
    if scene == Scene():
        scene, unknown = _NOWHERE, ("Nothing of the prompt was understood; a place is drawn.",)
    excluded = frozenset(reading.excluded)
    scene, missing = _settled(scene, excluded, request, options)
    prompt = _prompt_of(scene, style, options)
    return Wording(prompt, (*notes, *unknown, *missing), scene, excluded)


def _settled(
    scene: Scene, excluded: frozenset[str], request: ImageRequest, options: DiffusionOptions
) -> tuple[Scene, tuple[str, ...]]:
    """The scene in the place that its sketch is made for, and notes on what no sketch will show.

    Where the words name no place, the composer finds one for who is there. The prompt has to name
    it: a boat sketched on its sea would else be painted into a room.
    """
    if not options.sketch or request.source is not None:
        return scene, ()
    width, height, seed = request.width, request.height, request.seed
    drawn = compose(scene, width=width, height=height, seed=seed, without=excluded)
    missing = tuple(f"Not in the art library: {noun}." for noun in drawn.missing)
    return drawn.scene, missing


def _prompt_of(scene: Scene, style: str, options: DiffusionOptions) -> str:
    return to_prompt(scene, style if options.reads_style else None)
