from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.assets.store import AssetStore
from orchestrator.story.listen import Heard, Listener
from orchestrator.story.steps import Steps
from tests.unit.orchestrator.story.troupe import GoodEar

SAID = [
    ("The fox ran. She hid.", [("The", 0, 200), ("fox", 200, 500), ("ran.", 500, 900),
                               ("She", 1100, 1300), ("hid.", 1300, 1700)]),
    ("Then night fell,", [("Then", 3200, 3500), ("night", 3500, 3800), ("fell,", 3800, 4100)]),
    ("and it rained.", [("and", 4100, 4200), ("it", 4200, 4300), ("rained.", 4300, 4800)]),
]  # fmt: skip


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(int(8000 * seconds), np.int16), 8000, format="WAV")
    return file.getvalue()


async def hear(ear: GoodEar, assets: AssetStore, steps: Steps, data: bytes) -> Heard:
    audio = (await assets.put(data, "audio/wav")).name
    listener = Listener(ear, assets, steps, Call)
    return await listener.hear(audio, model="", language="", title="")


async def test_what_is_heard_becomes_sentences_on_the_recordings_clock(
    assets: AssetStore, steps: Steps
) -> None:
    ear = GoodEar(SAID)
    data = wav(5)
    heard = await hear(ear, assets, steps, data)
    assert [(s.text, s.start_ms, s.end_ms) for s in heard.narration.segments] == [
        ("The fox ran.", 0, 900),
        ("She hid.", 1100, 1700),
        ("Then night fell, and it rained.", 3200, 4800),
    ]
    assert [s.paragraph for s in heard.script.sentences] == [0, 0, 1]
    assert heard.script.title == "The fox ran"
    assert heard.script.language == "en"
    assert (heard.narration.duration_ms, heard.narration.model) == (5000, "ear")
    assert await assets.read(heard.narration.audio) == data
    assert ear.received == len(data)
    assert heard.narration.segments[0].words[0].confidence > 0.8


async def test_a_recording_is_heard_once(assets: AssetStore, steps: Steps) -> None:
    ear = GoodEar(SAID)
    assert await hear(ear, assets, steps, wav(5)) == await hear(ear, assets, steps, wav(5))
    assert ear.calls == 1


@pytest.mark.parametrize("said", [[], [("…", [("…", 0, 100)])], [("", [])]])
async def test_no_speech_names_the_narration(
    said: list[tuple[str, list[tuple[str, int, int]]]], assets: AssetStore, steps: Steps
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await hear(GoodEar(said), assets, steps, wav(1))
    assert caught.value.violations[0].field == "narration"
    assert caught.value.reason == "NO_SPEECH"


async def test_times_beyond_the_end_are_brought_back(assets: AssetStore, steps: Steps) -> None:
    heard = await hear(GoodEar(SAID), assets, steps, wav(4))
    assert heard.narration.segments[-1].end_ms == 4000
