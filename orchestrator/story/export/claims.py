"""What is claimed of an export: its source type, its models, what it was made of.

A recording belongs to who made it: a film of one names it among its parts, and sound alone that
holds nothing but the recording is never claimed.
"""

from __future__ import annotations

from orchestrator.provenance.claim import RECORDED, Claim, Ingredient, composite
from orchestrator.provenance.notary import Notary
from orchestrator.story.domain import Story
from orchestrator.story.export.forms import Kind
from orchestrator.story.export.material import Material
from orchestrator.story.export.request import Wanted
from orchestrator.story.export.tags import chapter_title


def is_recording(story: Story) -> bool:
    """Whether the voice is a person's, not a model's."""
    return not story.models.get("voice")


def is_ours(story: Story, kind: Kind) -> bool:
    """Whether anything in an export was made here."""
    return kind.pictures or not is_recording(story)


def claim_of(material: Material, kind: Kind, wanted: Wanted, notary: Notary) -> Claim:
    """The claim for an export in which something was made here."""
    story = material.story
    parts: list[str] = []
    models: dict[str, str] = {}
    ingredients: list[Ingredient] = []
    if kind.pictures:
        chosen = [s for s in story.scenes if wanted.scene in (None, s.index)]
        drawers = list(dict.fromkeys(scene.model for scene in chosen))
        parts += [notary.source_type([model]) for model in drawers]
        models["image"] = ", ".join(drawers)
        for scene in chosen:
            path, media_type = material.pictures[scene.index]
            title = f"{scene.index + 1}. {chapter_title(story, scene)}"
            ingredients.append(Ingredient(title, media_type, path))
    if kind.sound:
        recorded = is_recording(story)
        voice = story.models.get("voice", "")
        parts.append(RECORDED if recorded else notary.source_type([voice]))
        if not recorded:
            models["voice"] = voice
        title = "Recording" if recorded else "Narration"
        ingredients.append(Ingredient(title, story.narration_media_type, material.narration))
    return Claim(story.title, composite(parts), models, ingredients)
