"""The settings that hold for an answer: the request's own first, then those that the words name.

A shape ("16:9") becomes a size that the model can draw. This module knows the contract's fields and
model cards, not how words are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanternist.v1 import assistant_pb2, image_pb2, story_pb2, voice_pb2
from models.card import ModelCard
from orchestrator.routing.intents import Intent
from orchestrator.routing.settings import Found

_STORY_SIZE = (1024, 768)
_NUMBERS = {
    "count": int, "seed": int, "step_count": int, "quality": int, "max_tokens": int,
    "sentence_count": int, "guidance_scale": float, "speed": float, "temperature": float,
}  # fmt: skip
_ENUMS = {
    "image_encoding": (image_pb2.ImageEncoding, "IMAGE_ENCODING_"),
    "audio_encoding": (voice_pb2.AudioEncoding, "AUDIO_ENCODING_"),
    "telling": (story_pb2.Telling, "TELLING_"),
}
_WRITING = {"max_tokens", "temperature", "top_p", "stop", "sentence_count", "seed", "language"}
_USED = {
    Intent.TEXT: _WRITING,
    Intent.IMAGE: {
        "width", "height", "count", "seed", "style", "negative_prompt", "step_count",
        "guidance_scale", "preview_interval", "image_encoding", "quality",
    },
    Intent.SPEECH: {"voice", "language", "speed", "audio_encoding", "voice_gender"},
    Intent.TRANSCRIPTION: {"language", "skip_word_timings"},
    Intent.STORY: {
        "width", "height", "seed", "style", "voice", "language", "speed", "telling",
        "voice_gender", "sentence_count",
    },
}  # fmt: skip


def settle(
    given: assistant_pb2.AssistantParameters,
    found: Sequence[Found],
    steps: Sequence[Intent],
    card: ModelCard | None,
) -> tuple[assistant_pb2.AssistantParameters, list[str]]:
    """Puts settings together.

    Args:
        given: The request's own.
        found: Those in the words.
        steps: What is done.
        card: Of the model that answers, which limits sizes; None: unknown.

    Returns:
        The settings, and notes for the caller.
    """
    settled = assistant_pb2.AssistantParameters()
    settled.CopyFrom(given)
    notes: list[str] = []
    used = set().union(*(_USED[step] for step in steps))
    for field, _ in given.ListFields():
        if field.name not in used:
            notes.append(f"`parameters.{field.name}` plays no part in {steps[-1].value}.")
    for one in found:
        if one.name == "aspect":
            if not (given.width or given.height):
                _shape(settled, one.value, card, notes, story=steps[-1] is Intent.STORY)
        elif not _is_set(given, one.name):
            _put(settled, one)
    return settled, notes


def _is_set(given: assistant_pb2.AssistantParameters, name: str) -> bool:
    return any(field.name == name for field, _ in given.ListFields())


def _put(settled: assistant_pb2.AssistantParameters, one: Found) -> None:
    value: object
    if one.name in _ENUMS:
        enum, prefix = _ENUMS[one.name]
        value = enum.Value(prefix + one.value.upper())
    elif one.name == "skip_word_timings":
        value = True
    else:
        value = _NUMBERS[one.name](one.value) if one.name in _NUMBERS else one.value
    limits = {
        "count": (1, 16),
        "step_count": (1, 200),
        "quality": (1, 100),
        "sentence_count": (1, 100),
    }
    if one.name in limits and isinstance(value, int):
        low, high = limits[one.name]
        value = min(max(value, low), high)
    setattr(settled, one.name, value)


def _shape(
    settled: assistant_pb2.AssistantParameters,
    value: str,
    card: ModelCard | None,
    notes: list[str],
    *,
    story: bool,
) -> None:
    """Sets width and height from `16:9` or `1920x1080`, within what the model draws."""
    limits = dict(card.limits) if card is not None else {}
    defaults = card.defaults if card is not None else {}
    usual = _STORY_SIZE if story else (defaults.get("width", 512), defaults.get("height", 512))
    asked = [int(side) for side in value.replace(":", "x").split("x")]
    exact = "x" in value
    scale = 1.0 if exact else max(usual) / max(asked)
    most = [int(limits.get(f"max_{side}", 4096)) for side in ("width", "height")]
    least = [int(limits.get(f"min_{side}", 64)) for side in ("width", "height")]
    scale = min(scale, *(high / side for high, side in zip(most, asked, strict=True)))
    pixels = limits.get("max_pixels")
    if pixels:
        scale = min(scale, (int(pixels) / (asked[0] * asked[1])) ** 0.5)
    multiple = int(limits.get("size_multiple", 1 if exact else 8))
    width, height = (
        max(low, multiple * int(side * scale / multiple + 1e-6))
        for low, side in zip(least, asked, strict=True)
    )
    if exact and (width, height) != tuple(asked):
        notes.append(f"{value} is not a size that the model draws: {width}x{height} it is.")
    elif not exact and abs(width / height - asked[0] / asked[1]) > 0.05 * asked[0] / asked[1]:
        notes.append(f"The model draws no pictures of {value}: {width}x{height} it is.")
    settled.width, settled.height = width, height
