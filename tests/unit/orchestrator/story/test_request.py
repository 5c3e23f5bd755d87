from __future__ import annotations

from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.story.request import resolve, script_of
from tests.unit.orchestrator.story.troupe import AnyModel, SineVoice


@pytest.fixture
def ask(assets: AssetStore) -> Any:
    async def asked(**fields: Any) -> story_pb2.CreateStoryRequest:
        return await resolve(
            story_pb2.CreateStoryRequest(**fields),
            models=AnyModel(),
            voices=SineVoice(),
            assets=assets,
            call=Call(),
        )

    return asked


async def test_gaps_are_filled_the_same_way_each_time(ask: Any) -> None:
    one = await ask(text="The fox ran and the owl slept.")
    assert one == await ask(text="The fox ran and the owl slept.")
    assert (one.language, one.image_width, one.image_height) == ("en", 0, 0)
    assert one.HasField("seed")
    assert one.seed != (await ask(text="The fox ran and the owl woke.")).seed
    assert (await ask(text="The fox ran.", seed=0)).seed == 0


async def test_the_language_is_detected_told_or_the_voices(ask: Any) -> None:
    french = "Le renard et le hibou sont dans la forêt."
    assert (await ask(text=french)).language == "fr"
    assert (await ask(text=f"---\nlang: fr\n---\n{french}")).language == "fr"
    assert (await ask(text="Hm.")).language == "en"
    told = await ask(text=french, voice="anna")
    assert (told.language, told.voice_model) == ("en-GB", "sine")
    assert script_of(told).notes == ("The text looks like French; it is told as English.",)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "…"}, "text"),
        ({"text": "Der Fuchs und die Eule sind nicht da."}, "language"),
        ({"text": "Fox.", "language": "tlh"}, "language"),
        ({"text": "Fox.", "voice": "luc", "language": "en"}, "language"),
    ],
)
async def test_wrong_fields_are_named(ask: Any, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await ask(**fields)
    assert caught.value.violations[0].field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "Fox.", "voice": "nobody"}, "voice"),
        ({"text": "Fox.", "voice": "anna", "voice_model": "other"}, "voice"),
        ({"text": "Fox.", "image_model": "nothing"}, "image_model"),
        ({"text": "Fox.", "voice_model": "nothing"}, "voice_model"),
        ({"narration": "assets/" + "0" * 64}, "narration"),
    ],
)
async def test_what_is_not_there_is_named(ask: Any, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await ask(**fields)
    assert caught.value.field == field


async def test_a_recording_excludes_a_voice_and_must_be_sound(ask: Any, assets: AssetStore) -> None:
    sound = (await assets.put(b"x", "audio/flac")).name
    picture = (await assets.put(b"y", "image/png")).name
    assert (await ask(narration=sound)).narration == sound
    wrong = (
        ({"voice": "anna"}, "voice"),
        ({"speed": 1.0}, "speed"),
        ({"voice_model": "sine"}, "voice_model"),
    )
    for fields, field in wrong:
        with pytest.raises(InvalidArgumentError) as caught:
            await ask(narration=sound, **fields)
        assert caught.value.violations[0].field == field
    with pytest.raises(InvalidArgumentError):
        await ask(narration=picture)


async def test_a_recording_in_a_language_that_nobody_here_understands_is_refused_at_once(
    ask: Any, assets: AssetStore
) -> None:
    sound = (await assets.put(b"x", "audio/flac")).name
    with pytest.raises(InvalidArgumentError) as caught:
        await ask(narration=sound, language="tlh")
    assert (caught.value.violations[0].field, caught.value.reason) == (
        "language",
        "LANGUAGE_NOT_HEARD",
    )
    assert (await ask(narration=sound, language="fr-CA")).language == "fr-CA"
    assert await ask(narration=sound, language="tlh", transcription_model="any-ear")
