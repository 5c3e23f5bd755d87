"""Words into voices: the text is spoken passage by passage, on one clock counted in samples.

A passage is one call of the voice service and one step. Its words are found again in the text, so
every sentence gets its own times and its own sound as soon as it is spoken. The passages become one
narration: natural pauses, soft joins, matched voices, one loudness. Until then sounds are as loud
as their voice made them. This module does not know pictures.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

from lanternist.runtime.call import Call
from orchestrator.assets.store import AssetStore
from orchestrator.provenance.marked import mark_narration
from orchestrator.provenance.notary import Notary
from orchestrator.story import sound
from orchestrator.story.breath import Passage, passages
from orchestrator.story.clock import SampleClock
from orchestrator.story.domain import NARRATOR, Narration, Script, Segment, Word
from orchestrator.story.mastering import TARGET_LUFS, Part, master
from orchestrator.story.passage import Order, Speaker, Spoken, Take, Voicing, speak
from orchestrator.story.patience import persist
from orchestrator.story.proofs import Loudness
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.timeline import closed

Told = Callable[[Segment, str], Awaitable[None]]
"""Is given each sentence on the story's clock, and its sound as an asset, in order."""

_SPEAK_VERSION = 3
_ASSEMBLE_VERSION = 4
# Later than this after its given end a sentence is said to be late.
_LATE_MS = 100


class Narrator:
    """Has a script spoken.

    Args:
        speaker: The voice service.
        voicing: The model, the language, the rate of speech; the voice of who has none.
        assets: Keeps the sound.
        steps: Remembers passages that were spoken before.
        call: Makes the deadline and ids of each attempt.
        notary: Marks the narration.
        target_lufs: Loudness of the narration.
    """

    def __init__(
        self,
        speaker: Speaker,
        voicing: Voicing,
        assets: AssetStore,
        steps: Steps,
        call: Callable[[], Call],
        *,
        notary: Notary | None = None,
        target_lufs: float = TARGET_LUFS,
    ) -> None:
        self._speaker = speaker
        self._voicing = voicing
        self._assets = assets
        self._steps = steps
        self._call = call
        self._notary = notary or Notary.none()
        self._target_lufs = target_lufs

    async def tell(self, script: Script, segments: Sequence[Segment], told: Told) -> Narration:
        """Speaks a script.

        Args:
            script: The text and its sentences.
            segments: One a sentence, with voices and moods.
            told: Called for every sentence, in order, while the rest is still to be spoken.

        Raises:
            LanternistError: What the voice service raised, for good.
        """
        clock = SampleClock()
        takes: list[Take] = []
        spoken: list[Segment] = []
        for passage in passages(script, segments, self._voicing.speed):
            clock.wait_until(passage.earliest_ms)
            take = await self._take(script, passage, segments, clock, told)
            start_ms = clock.start(take.sample_rate_hertz)
            spoken += [
                _placed(segments[sentence.index], words, start_ms, take.voice)
                for sentence, words in zip(passage.sentences, take.words, strict=True)
            ]
            takes.append(take)
            clock.advance(take, passage.pause_ms)
        audio, loudness = await self._whole(takes, clock.silences)
        narrators = (segment.voice for segment in spoken if segment.speaker == NARRATOR)
        return Narration(
            closed(spoken, clock.now_ms),
            clock.now_ms,
            audio,
            sound.FLAC,
            takes[0].model,
            next(narrators, self._voicing.voice),
            loudness=loudness,
            notes=_lateness(script, spoken),
            sent="\n".join(take.text for take in takes),
        )

    async def rehearse(
        self, script: Script, segments: Sequence[Segment]
    ) -> AsyncGenerator[None, None]:
        """Speaks a script before it is told, and keeps what is spoken; yields after each passage.

        Raises:
            LanternistError: What the voice service raised, for good.
        """

        async def untold(*_: object) -> None:
            """Nobody listens yet."""

        for passage in passages(script, segments, self._voicing.speed):
            await self._spoken(self._order(script, passage), untold)
            yield

    async def unspoken(self, script: Script, segments: Sequence[Segment]) -> int:
        """How many characters of a script no earlier run has spoken."""
        cut = passages(script, segments, self._voicing.speed)
        orders = [self._order(script, passage) for passage in cut]
        known = await asyncio.gather(*(self._steps.known(_name(order)) for order in orders))
        return sum(len(one.text) for one, take in zip(orders, known, strict=True) if take is None)

    async def _take(
        self,
        script: Script,
        passage: Passage,
        segments: Sequence[Segment],
        clock: SampleClock,
        told: Told,
    ) -> Take:
        """One passage, spoken now or before."""
        order = self._order(script, passage)
        announced = -1

        async def spoken(
            position: int, words: Sequence[Word], audio: str, rate: int, voice: str
        ) -> None:
            nonlocal announced
            if position > announced:  # a passage may be spoken again, or was spoken before
                announced = position
                segment = segments[passage.sentences[position].index]
                await told(_placed(segment, words, clock.start(rate), voice), audio)

        take = await self._spoken(order, spoken)
        for position, (words, audio) in enumerate(zip(take.words, take.sounds, strict=True)):
            await spoken(position, words, audio, take.sample_rate_hertz, take.voice)
        return take

    async def _spoken(self, order: Order, spoken: Spoken) -> Take:
        """A passage, spoken now or before; who wants it while it is being spoken waits for it."""

        async def attempt() -> Take:
            return await speak(self._speaker, self._assets, order, spoken=spoken, call=self._call())

        async def work() -> Result:
            return (await persist(attempt, step="narrate")).to_result()

        return Take.from_result(await self._steps.once(_name(order), work))

    def _order(self, script: Script, passage: Passage) -> Order:
        spans = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
        voicing = replace(
            self._voicing, voice=passage.voice or self._voicing.voice, speed=passage.speed
        )
        return Order(script.text[passage.start : passage.sentences[-1].end], spans, voicing)

    async def _whole(self, takes: Sequence[Take], silences: Sequence[int]) -> tuple[str, Loudness]:
        """The narration as one asset; the same takes and silences make it once."""
        inputs = {
            "sounds": [take.sounds for take in takes],
            "silences": silences,
            "target_lufs": self._target_lufs,
        }

        async def assemble() -> Result:
            audio, loudness = await self._assemble(takes, silences)
            return {"audio": audio, "loudness": asdict(loudness)}

        result = await self._steps.once(key("assemble", _ASSEMBLE_VERSION, inputs), assemble)
        return str(result["audio"]), Loudness(**result["loudness"])

    async def _assemble(
        self, takes: Sequence[Take], silences: Sequence[int]
    ) -> tuple[str, Loudness]:
        rate = takes[0].sample_rate_hertz
        with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
            parts = []
            for number, (silence, take) in enumerate(zip(silences, takes, strict=False)):
                raw = Path(directory) / f"{number}.pcm"
                files = [await self._assets.read(name) for name in take.sounds if name]
                await asyncio.to_thread(_write_raw, files, raw)
                parts.append(Part(silence, take.voice, partial(_read_raw, raw)))
            path = Path(directory) / "narration.flac"
            loudness = await asyncio.to_thread(
                master, parts, path, rate, tail=silences[-1], target_lufs=self._target_lufs
            )
            await mark_narration(self._notary, path, sound.FLAC, takes[0].model)
            return (await self._assets.put_file(path, sound.FLAC)).name, loudness


def _name(order: Order) -> str:
    """Everything that a take depends on."""
    return key("speak", _SPEAK_VERSION, asdict(order))


def _write_raw(files: Sequence[bytes], path: Path) -> None:
    sound.joined(files).tofile(path)


def _read_raw(path: Path) -> sound.Pcm:
    return np.fromfile(path, dtype=np.int16)


def _placed(segment: Segment, words: Sequence[Word], start_ms: int, voice: str) -> Segment:
    """A sentence on the story's clock, given where its passage starts."""
    placed = tuple(
        replace(word, start_ms=start_ms + word.start_ms, end_ms=start_ms + word.end_ms)
        for word in words
    )
    return replace(
        segment,
        start_ms=placed[0].start_ms if placed else start_ms,
        end_ms=placed[-1].end_ms if placed else start_ms,
        words=placed,
        voice=voice,
    )


def _lateness(script: Script, spoken: Sequence[Segment]) -> tuple[str, ...]:
    """Says how far the voice could not keep to the times that the caller gave."""
    over = [
        spoken[sentence.index].end_ms - sentence.latest_ms
        for sentence in script.sentences
        if sentence.latest_ms is not None
    ]
    late = [milliseconds for milliseconds in over if milliseconds > _LATE_MS]
    if not late:
        return ()
    return (
        f"{len(late)} of {len(over)} timed segments end later than asked, at most by "
        f"{max(late) / 1000:.1f} s: the voice is never cut, what follows moved.",
    )
