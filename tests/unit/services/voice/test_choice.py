"""Which voice speaks."""

from __future__ import annotations

import pytest

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from services.voice.choice import choose_voice, speaks
from services.voice.engine import Voice


def voice(voice_id: str, language: str) -> Voice:
    return Voice(voice_id, voice_id.title(), language, "", "Apache-2.0", "m")


VOICES = [voice("ann", "en-US"), voice("bob", "en-GB"), voice("zoe", "fr-FR")]


@pytest.mark.parametrize(
    ("voice_id", "language", "chosen"),
    [
        ("", "", "ann"),
        ("bob", "", "bob"),
        ("", "en-GB", "bob"),
        ("", "en", "ann"),
        ("", "en-AU", "ann"),
        ("", "fr-CA", "zoe"),
        ("", "FR", "zoe"),
        ("bob", "en-US", "bob"),
    ],
)
def test_the_nearest_voice_is_chosen(voice_id: str, language: str, chosen: str) -> None:
    assert choose_voice(VOICES, voice_id, language).id == chosen


def test_an_unknown_voice_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="'eve' was not found") as caught:
        choose_voice(VOICES, "eve", "")
    assert caught.value.field == "voice"
    assert caught.value.reason == "VOICE_NOT_FOUND"


@pytest.mark.parametrize(
    ("voice_id", "language"), [("", "de"), ("ann", "fr"), ("", "e"), ("", "--")]
)
def test_a_language_nobody_speaks_names_the_field(voice_id: str, language: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        choose_voice(VOICES, voice_id, language)
    assert caught.value.violations[0].field == "language"


def test_speaking_a_language_ignores_the_region() -> None:
    assert speaks(VOICES[1], "en-AU")
    assert not speaks(VOICES[1], "eo")
