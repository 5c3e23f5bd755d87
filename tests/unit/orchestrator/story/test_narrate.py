from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    ResourceExhaustedError,
    UnavailableError,
)
from orchestrator.assets.store import AssetStore
from orchestrator.story import ingest, patience, segment, sound
from orchestrator.story.breath import passages
from orchestrator.story.domain import Narration, Script, Segment
from orchestrator.story.narrate import Narrator
from orchestrator.story.passage import Voicing
from orchestrator.story.steps import Steps
from tests.unit.orchestrator.story.troupe import MS_A_LETTER, PAUSE_MS, RATE, SineVoice

TALE = "The fox ran, and hid. She slept!\n\nThen an owl came. “Who?” it said."


def script_of(text: str) -> Script:
    return segment.script(ingest.read(text), language="en")


def even(script: Script) -> list[Segment]:
    """Every sentence in the default voice, in no mood."""
    return [Segment(sentence.index, sentence.text) for sentence in script.sentences]


class Stage:
    """A narrator with its voice, and what it told."""

    def __init__(self, voice: SineVoice, assets: AssetStore, steps: Steps) -> None:
        self.voice = voice
        self.assets = assets
        self.told: list[tuple[Segment, str]] = []
        self._narrator = Narrator(voice, Voicing("sine", "anna", "en"), assets, steps, Call)

    async def tell(self, text: str) -> Narration:
        async def told(segment: Segment, audio: str) -> None:
            self.told.append((segment, audio))

        script = script_of(text)
        return await self._narrator.tell(script, even(script), told)


@pytest.fixture
def stage(assets: AssetStore, steps: Steps) -> Stage:
    return Stage(SineVoice(), assets, steps)


async def test_every_sentence_gets_its_words_on_one_clock(stage: Stage) -> None:
    narration = await stage.tell(TALE)
    assert [[word.text for word in s.words] for s in narration.segments] == [
        ["The", "fox", "ran", "and", "hid"],
        ["She", "slept"],
        ["Then", "an", "owl", "came"],
        ["Who", "it", "said"],
    ]
    clock = 0
    for segment_ in narration.segments:
        for word in segment_.words:
            assert word.start_ms >= clock
            assert word.end_ms - word.start_ms == MS_A_LETTER * len(word.text)
            clock = word.end_ms
        assert (segment_.start_ms, segment_.end_ms) == (
            segment_.words[0].start_ms,
            segment_.words[-1].end_ms,
        )
    assert clock < narration.duration_ms


async def test_the_sound_is_where_the_words_are(stage: Stage) -> None:
    narration = await stage.tell(TALE)
    samples, rate = soundfile.read(io.BytesIO(await stage.assets.read(narration.audio)))
    assert rate == RATE
    assert abs(len(samples) * 1000 / rate - narration.duration_ms) <= 1

    def loud(start_ms: int, end_ms: int) -> float:
        return float(
            np.sqrt(np.mean(samples[start_ms * rate // 1000 : end_ms * rate // 1000] ** 2))
        )

    for told in narration.segments:
        assert loud(told.start_ms + 5, told.end_ms - 5) > 0.05
    pauses = [
        (before.end_ms, after.start_ms)
        for before, after in zip(narration.segments, narration.segments[1:], strict=False)
    ]
    assert all(loud(start + 5, end - 5) < 0.001 for start, end in pauses if end - start > 20)
    # A paragraph rests longer than a sentence.
    assert pauses[1][1] - pauses[1][0] == 700
    assert narration.duration_ms - narration.segments[-1].end_ms == 1200


async def test_sentences_are_told_in_order_with_their_own_sound(stage: Stage) -> None:
    narration = await stage.tell(TALE)
    assert [told for told, _ in stage.told] == list(narration.segments)
    joined = sound.joined([await stage.assets.read(audio) for _, audio in stage.told[:2]])
    # Each was a passage; the pause that the voice made at its end is gone, but for 10 ms.
    first = len("Thefoxranandhid") * MS_A_LETTER + PAUSE_MS + 10
    assert len(joined) == (first + len("Sheslept") * MS_A_LETTER + 10) * RATE // 1000


async def test_one_call_a_passage_and_none_when_it_was_spoken_before(stage: Stage) -> None:
    first = await stage.tell(TALE)
    assert [request.text for request in stage.voice.requests] == [
        "The fox ran, and hid.",  # alone, to be heard soon
        "She slept!",
        "Then an owl came. “Who?” it said.",
    ]
    stage.told.clear()
    assert await stage.tell(TALE) == first
    assert len(stage.voice.requests) == 3
    assert len(stage.told) == len(first.segments)
    await stage.tell(TALE.replace("She slept", "She dreamt"))
    assert [request.text for request in stage.voice.requests[3:]] == ["She dreamt!"]


async def test_a_voice_that_dies_is_waited_for_and_nothing_is_told_twice(stage: Stage) -> None:
    undisturbed = await stage.tell(TALE.replace("fox", "dog"))
    stage.told.clear()
    stage.voice.errors = [UnavailableError("gone", retry_delay_seconds=0.01) for _ in range(2)]
    stage.voice.error_after = 2
    narration = await stage.tell(TALE)
    assert [told.index for told, _ in stage.told] == [0, 1, 2, 3]
    assert [s.start_ms for s in narration.segments] == [s.start_ms for s in undisturbed.segments]


class Clock:
    """In the place of `asyncio`: time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def get_running_loop(self) -> Clock:
        return self

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(patience, "asyncio", clock)
    return clock


async def test_patience_has_an_end(clock: Clock) -> None:
    tries = 0

    async def always() -> None:
        nonlocal tries
        tries += 1
        raise UnavailableError("gone", retry_delay_seconds=50)

    with pytest.raises(UnavailableError):
        await patience.persist(always, step="speak", seconds=200)
    assert tries == 5  # the error asks for 50 s each time
    assert clock.now == 200


async def test_a_busy_service_is_waited_for_longer_and_a_full_one_not_at_all(clock: Clock) -> None:
    errors: list[Exception] = [
        ResourceExhaustedError("full", retry_delay_seconds=150) for _ in range(3)
    ]

    async def busy() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert await patience.persist(busy, step="speak", seconds=200) == "done"
    assert clock.now == 450
    errors.append(ResourceExhaustedError("out of memory"))
    with pytest.raises(ResourceExhaustedError):
        await patience.persist(busy, step="draw", seconds=9)
    assert not errors


async def test_what_waiting_cannot_mend_is_raised_at_once(stage: Stage) -> None:
    stage.voice.errors = [InvalidArgumentError("text", "is odd")]
    with pytest.raises(InvalidArgumentError):
        await stage.tell(TALE)
    assert len(stage.voice.requests) == 1


async def test_words_that_are_not_in_the_text_stay_with_their_sentence(stage: Stage) -> None:
    narration = await stage.tell("It cost $5, or 5 coins. 42.")
    assert len(narration.segments) == 2
    assert [word.text for word in narration.segments[1].words] == ["42"]


async def test_no_break_spaces_are_spoken_as_spaces(stage: Stage) -> None:
    narration = await stage.tell("« Oui\u00a0! » dit-il.")
    assert "\u00a0" not in stage.voice.requests[0].text
    assert narration.segments[0].text == "« Oui\u00a0! » dit-il."


def test_long_paragraphs_are_spoken_in_parts() -> None:
    script = script_of("The fox ran over the hill. " * 120 + "\n\nShe slept.")
    parts = passages(script, even(script))
    lengths = [part.sentences[-1].end - part.start for part in parts]
    assert max(lengths) <= 1_500
    assert parts[0].pause_ms < parts[-2].pause_ms < parts[-1].pause_ms
    assert [s for part in parts for s in part.sentences] == list(script.sentences)


async def test_another_sample_rate_in_the_middle_is_refused(stage: Stage) -> None:
    from orchestrator.story.clock import SampleClock

    clock = SampleClock()
    clock.start(24_000)
    with pytest.raises(FailedPreconditionError):
        clock.start(22_050)
