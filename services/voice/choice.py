"""Which voice speaks, and in which language it reads: a request's wishes against what there is.

It does not know models; the caller gives the voices, the default of each language first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from services.voice.engine import Voice

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def choose_voice(voices: Sequence[Voice], voice_id: str, language: str) -> Voice:
    """The voice for a request.

    A named voice must speak the language, in any variety; an unnamed one is the first of the very
    variety, else the first of the language, else (no language given) the first of all.

    Raises:
        NotFoundError: There is no voice of that id.
        InvalidArgumentError: `language` is no language tag, or nobody here speaks it.
    """
    if language and not _TAG.fullmatch(language):
        raise InvalidArgumentError("language", "is not a BCP-47 language tag, such as en-GB.")
    if voice_id:
        voice = next((voice for voice in voices if voice.id == voice_id), None)
        if voice is None:
            raise NotFoundError("voice", voice_id, field="voice", hint=_offer(voices))
        if language and not speaks(voice, language):
            raise InvalidArgumentError(
                "language",
                f"the voice {voice.id} speaks {voice.language}, not {language}.",
                reason="LANGUAGE_NOT_SPOKEN",
                metadata={"voice": voice.id, "voice_language": voice.language},
            )
        return voice
    if not language:
        return voices[0]
    exact = (voice for voice in voices if voice.language.lower() == language.lower())
    related = (voice for voice in voices if speaks(voice, language))
    found = next(exact, None) or next(related, None)
    if found is None:
        offered = ", ".join(sorted({voice.language for voice in voices}))
        raise InvalidArgumentError(
            "language",
            f"no voice speaks {language}; there are voices for {offered}.",
            reason="LANGUAGE_NOT_SPOKEN",
        )
    return found


def speaks(voice: Voice, language: str) -> bool:
    """Whether a voice speaks a language, whatever the region: `en` and `en-AU` match `en-GB`."""
    return voice.language.lower().split("-")[0] == language.lower().split("-")[0]


def _offer(voices: Sequence[Voice]) -> str:
    return "There are: " + ", ".join(voice.id for voice in voices[:20]) + "."
