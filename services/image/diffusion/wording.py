"""What a pipeline is told to draw: the caller's words, or a scene worded for it.

Large models read prose as it comes. A small one knows little more than the captions that it was
trained with: for those, a card says `prompt_from: scene`, and every request is brought into that
form. This module knows neither pipelines nor tokens.
"""

from __future__ import annotations

from models.card import ModelCard
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, Setting, to_prompt
from services.image.diffusion.options import DiffusionOptions
from services.image.engine import ImageRequest, readable

# Where nothing is understood: a place is drawn, never noise.
_NOWHERE = Scene(setting=Setting.MEADOW)


def prompt_of(
    request: ImageRequest, card: ModelCard, options: DiffusionOptions
) -> tuple[str, tuple[str, ...]]:
    """The prompt for the pipeline, and notes on what it leaves out."""
    style = request.style if options.reads_style else ""
    if options.prompt_from == "prompt" and request.prompt.strip():
        prompt = f"{request.prompt}, {style}" if style else request.prompt
        return readable(prompt, card)
    if request.scene is not None:
        return readable(_worded(request.scene, style, options), card)
    text, notes = readable(request.prompt, card)
    reading = parse(text)
    unknown = tuple(f"Not understood: {word}." for word in reading.not_understood)
    understood = reading.scene != Scene()
    if not understood:
        unknown = ("Nothing of the prompt was understood; a place is drawn.",)
    worded = _worded(reading.scene if understood else _NOWHERE, style, options)
    return worded, (*notes, *unknown)


def _worded(scene: Scene, style: str, options: DiffusionOptions) -> str:
    worded = to_prompt(scene, style)
    if options.reads_style:
        return worded
    look = to_prompt(Scene(), style)  # a scene of nothing is its look alone
    return worded.removesuffix(look).rstrip(", ")
