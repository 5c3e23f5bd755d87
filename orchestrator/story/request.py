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
from orchestrator.story.casting_wishes import cast_narrator, check_cast, check_telling
from orchestrator.story.divided import plain_text, script_of_segments
from orchestrator.story.domain import Script
from orchestrator.story.language import NAMES, base, detect
from orchestrator.story.pacing import Pacing
from orchestrator.story.segment import script
from orchestrator.story.source_times import check_times

DEFAULT_LANGUAGE = "en"
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

    def languages(self, modality: ModalityName, model_id: str) -> Sequence[str]:
        """BCP-47 tags that a model understands, as its card says; empty: not known."""


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
    filled.title = request.title.strip()
    Pacing.of(request)
    models.check("image", request.image_model, "image_model")
    models.check("text", request.text_model, "text_model")
    if request.WhichOneof("source") == "narration":
        await _check_narration(request, assets)
        models.check("transcription", request.transcription_model, "transcription_model")
        _check_heard(request, models.languages("transcription", request.transcription_model))
        told = request.narration
    else:
        check_telling(request)
        models.check("voice", request.voice_model, "voice_model")
        told, language = await asyncio.to_thread(_read, request)
        listed = await voices.ListVoices(voice_pb2.ListVoicesRequest(), call)
        cast_narrator(filled)
        _choose_voice(filled, told, language, listed.voices)
        check_cast(filled, listed.voices)
    if not request.HasField("seed"):
        filled.seed = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big") % _SEEDS
    return filled


def _read(request: story_pb2.CreateStoryRequest) -> tuple[str, str]:
    """What is told, in plain words, and the language that it says it is in.

    Raises:
        InvalidArgumentError: There is nothing to tell, or too much, or its times are wrong.
    """
    language = request.language or DEFAULT_LANGUAGE
    match request.WhichOneof("source"):
        case "segments":
            check_times(request.segments)
            script_of_segments(request.segments, title="", language=language)
            return plain_text(request.segments), ""
        case "topic":
            if not ingest.speakable(request.topic):
                raise InvalidArgumentError("topic", "holds nothing to tell a tale about")
            return request.topic, ""
    document = ingest.read(request.text)
    script(document, language=language)
    return request.text, document.language


async def _check_narration(request: story_pb2.CreateStoryRequest, assets: AssetStore) -> None:
    for field in ("voice", "voice_model", "telling", "cast"):
        if getattr(request, field):
            raise InvalidArgumentError(field, "is not for a story with a recorded narration")
    if request.HasField("speed"):
        raise InvalidArgumentError("speed", "is not for a story with a recorded narration")
    if request.transcript and not ingest.speakable(request.transcript):
        raise InvalidArgumentError("transcript", "holds no words")
    try:
        asset = await assets.hold(request.narration)
    except NotFoundError:
        raise NotFoundError(
            "asset", request.narration, field="narration", hint="Upload the recording first."
        ) from None
    if not asset.media_type.startswith("audio/"):
        raise InvalidArgumentError("narration", f"is {asset.media_type}, not a recording")


def _check_heard(request: story_pb2.CreateStoryRequest, languages: Sequence[str]) -> None:
    """Makes sure that the model which listens understands the language, if one is named."""
    if not request.language or not languages:
        return
    if base(request.language) not in {base(language) for language in languages}:
        name = NAMES.get(base(request.language), request.language)
        raise InvalidArgumentError(
            "language",
            f"the transcription model does not understand {name}.",
            reason="LANGUAGE_NOT_HEARD",
        )


def _choose_voice(
    request: story_pb2.CreateStoryRequest,
    told: str,
    own_language: str,
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
    language = request.language or own_language or detect(told)
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


def script_of(request: story_pb2.CreateStoryRequest, tale: str = "") -> Script:
    """The script of a resolved request with words to tell.

    Args:
        request: Resolved.
        tale: What was written about its topic, when it has one.

    Raises:
        InvalidArgumentError: Nothing to tell; not after `resolve`, but for a `tale`.
    """
    if request.WhichOneof("source") == "segments":
        notes = _language_notes(plain_text(request.segments), request.language)
        return script_of_segments(
            request.segments, title=request.title, language=request.language, notes=notes
        )
    document = ingest.read(tale or request.text)
    notes = _language_notes("\n".join(document.paragraphs), request.language)
    return script(document, title=request.title, language=request.language, notes=notes)


def _language_notes(text: str, language: str) -> tuple[str, ...]:
    """What the maker should know of a language and a text."""
    notes: list[str] = []
    told, seems = NAMES.get(base(language), language), detect(text)
    if seems and seems != base(language):
        notes.append(f"The text looks like {NAMES[seems]}; it is told as {told}.")
    if base(language) not in ("en", "fr"):
        notes.append(
            f"{told} is told with plainer pictures, evenly and by one voice: moods, speakers and "
            "scenes are understood in English and French."
        )
    return tuple(notes)
