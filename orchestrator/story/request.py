"""What a caller asks for, checked against what there is, with every gap filled in.

A request that leaves here can be made: its text says something, its models and voice exist, its
language can be spoken. Filled in, it is stored, so that a story resumed later is the same story.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.runtime.settings import ModalityName
from lanternist.v1 import story_pb2, voice_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.story import ingest
from orchestrator.story.domain import Script
from orchestrator.story.language import NAMES, base, detect
from orchestrator.story.pacing import Pacing
from orchestrator.story.segment import script

DEFAULT_LANGUAGE = "en"
DEFAULT_WIDTH = 1024
DEFAULT_HEIGHT = 768
_SEEDS = 1 << 53


class Voices(Protocol):
    """What resolving needs of the voice service."""

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        """Lists voices."""


class ModelCheck(Protocol):
    """Says whether a modality has a model."""

    def check(self, modality: ModalityName, model_id: str, field: str) -> None:
        """Raises NotFoundError when it has not."""


async def resolve(
    request: story_pb2.CreateStoryRequest,
    *,
    models: ModelCheck,
    voices: Voices,
    assets: AssetStore,
    call: Call,
) -> story_pb2.CreateStoryRequest:
    """Checks a request and fills in what it leaves open.

    Raises:
        InvalidArgumentError: Nothing to tell, a language that no voice speaks, fields that exclude
            each other.
        NotFoundError: There is no such model, voice or narration.
        LanternistError: The voice service cannot be asked.
    """
    filled = story_pb2.CreateStoryRequest()
    filled.CopyFrom(request)
    filled.image_width = request.image_width or DEFAULT_WIDTH
    filled.image_height = request.image_height or DEFAULT_HEIGHT
    filled.title = request.title.strip()
    Pacing.of(request)
    models.check("image", request.image_model, "image_model")
    models.check("text", request.text_model, "text_model")
    if request.WhichOneof("source") == "narration":
        await _check_narration(request, assets)
        models.check("transcription", request.transcription_model, "transcription_model")
        told = request.narration
    else:
        models.check("voice", request.voice_model, "voice_model")
        document = await asyncio.to_thread(ingest.read, request.text)
        await asyncio.to_thread(script, document, language=request.language or DEFAULT_LANGUAGE)
        listed = await voices.ListVoices(voice_pb2.ListVoicesRequest(), call)
        _choose_voice(filled, document, listed.voices)
        told = request.text
    if not request.HasField("seed"):
        filled.seed = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big") % _SEEDS
    return filled


async def _check_narration(request: story_pb2.CreateStoryRequest, assets: AssetStore) -> None:
    for field in ("voice", "voice_model"):
        if getattr(request, field):
            raise InvalidArgumentError(field, "is not for a story with a recorded narration")
    if request.HasField("speed"):
        raise InvalidArgumentError("speed", "is not for a story with a recorded narration")
    try:
        asset = await assets.get(request.narration)
    except NotFoundError:
        raise NotFoundError(
            "asset", request.narration, field="narration", hint="Upload the recording first."
        ) from None
    if not asset.media_type.startswith("audio/"):
        raise InvalidArgumentError("narration", f"is {asset.media_type}, not a recording")


def _choose_voice(
    request: story_pb2.CreateStoryRequest,
    document: ingest.Document,
    voices: Sequence[voice_pb2.Voice],
) -> None:
    """Settles language, voice and voice model."""
    offered = [v for v in voices if not request.voice_model or v.model == request.voice_model]
    named = [voice for voice in offered if voice.id == request.voice]
    if request.voice and not named:
        known = ", ".join(voice.id for voice in offered[:20])
        raise NotFoundError(
            "voice", request.voice, field="voice", hint=f"There are: {known or 'none'}."
        )
    language = request.language or document.language or detect("\n".join(document.paragraphs))
    if named and not request.language and base(named[0].language) != base(language):
        language = named[0].language
    language = language or DEFAULT_LANGUAGE
    speakers = [voice for voice in named or offered if base(voice.language) == base(language)]
    if not speakers:
        spoken = ", ".join(sorted({voice.language for voice in offered})) or "none"
        name = NAMES.get(base(language), language)
        guess = "" if request.language else "The text seems to be in it; give `language` if not. "
        raise InvalidArgumentError(
            "language",
            f"no voice here speaks {name}. {guess}There are voices for: {spoken}.",
            reason="LANGUAGE_NOT_SPOKEN",
        )
    request.language = language
    if named:
        request.voice_model = named[0].model


def script_of(request: story_pb2.CreateStoryRequest) -> Script:
    """The script of a resolved request with a text.

    Raises:
        InvalidArgumentError: Nothing to tell; not after `resolve`.
    """
    document = ingest.read(request.text)
    notes: tuple[str, ...] = ()
    seems = detect("\n".join(document.paragraphs))
    if seems and seems != base(request.language):
        told = NAMES.get(base(request.language), request.language)
        notes = (f"The text looks like {NAMES[seems]}; it is told as {told}.",)
    return script(document, title=request.title, language=request.language, notes=notes)
