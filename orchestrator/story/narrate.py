"""Words into a voice: the text is spoken passage by passage, on one clock counted in samples.

A passage is a paragraph, or a part of a long one; it is one call of the voice service and one step.
Its words are found again in the text, so every sentence gets its own times and its own sound as
soon as it is spoken. The passages become one narration: natural pauses, soft joins, one loudness.
This module does not know pictures.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from orchestrator.assets.store import AssetStore
from orchestrator.provenance.marked import mark_narration
from orchestrator.provenance.notary import Notary
from orchestrator.story import sound
from orchestrator.story.domain import Narration, Script, Segment, Sentence, Word
from orchestrator.story.passage import Speaker, Take, Voicing, speak
from orchestrator.story.patience import persist
from orchestrator.story.segment import paragraphs_of
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.timeline import closed

Told = Callable[[Segment, str], Awaitable[None]]
"""Is given each sentence on the story's clock, and its sound as an asset, in order."""

_VERSION = 1
_PASSAGE_CHARS = 1_500
# Silence from the last word before to what follows, at normal speed.
_LEAD_MS = 300
_SENTENCE_MS = 350
_PARAGRAPH_MS = 700
_BREAK_MS = 1_400
_TAIL_MS = 1_200


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences that are spoken in one go, and the pause that follows them."""

    sentences: tuple[Sentence, ...]
    pause_ms: int

    @property
    def start(self) -> int:
        """Offset of its first character in the script."""
        return self.sentences[0].start


def passages(script: Script, speed: float = 1.0) -> list[Passage]:
    """Cuts a script into passages of one paragraph each, at most about 1,500 characters long."""
    groups: list[tuple[Sentence, ...]] = []
    for paragraph in paragraphs_of(script.sentences):
        groups.extend(_parts(paragraph))
    cut: list[Passage] = []
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        if following is None:
            pause = _TAIL_MS
        elif following[0].paragraph == group[0].paragraph:
            pause = round(_SENTENCE_MS / speed)
        elif following[0].paragraph in script.breaks:
            pause = round(_BREAK_MS / speed)
        else:
            pause = round(_PARAGRAPH_MS / speed)
        cut.append(Passage(group, pause))
    return cut


def _parts(paragraph: Sequence[Sentence]) -> Iterator[tuple[Sentence, ...]]:
    part: list[Sentence] = []
    for sentence in paragraph:
        if part and sentence.end - part[0].start > _PASSAGE_CHARS:
            yield tuple(part)
            part = []
        part.append(sentence)
    yield tuple(part)


class Narrator:
    """Has a script spoken.

    Args:
        speaker: The voice service.
        voicing: Who speaks, and how.
        assets: Keeps the sound.
        steps: Remembers passages that were spoken before.
        call: Makes the deadline and ids of each attempt.
        notary: Marks the narration.
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
    ) -> None:
        self._speaker = speaker
        self._voicing = voicing
        self._assets = assets
        self._steps = steps
        self._call = call
        self._notary = notary or Notary.none()

    async def tell(self, script: Script, told: Told) -> Narration:
        """Speaks a script.

        Args:
            script: The text and its sentences.
            told: Called for every sentence, in order, while the rest is still to be spoken.

        Raises:
            LanternistError: What the voice service raised, for good.
        """
        clock = _Clock()
        takes: list[Take] = []
        segments: list[Segment] = []
        for passage in passages(script, self._voicing.speed):
            take = await self._take(script, passage, clock, told)
            start_ms = clock.start(take.sample_rate_hertz)
            segments += [
                _segment(sentence, words, start_ms)
                for sentence, words in zip(passage.sentences, take.words, strict=True)
            ]
            takes.append(take)
            clock.advance(take, passage.pause_ms)
        audio = await self._whole(takes, clock.silences)
        duration_ms = clock.now_ms
        return Narration(
            closed(segments, duration_ms),
            duration_ms,
            audio,
            sound.FLAC,
            takes[0].model,
            takes[0].voice,
        )

    async def _take(self, script: Script, passage: Passage, clock: _Clock, told: Told) -> Take:
        """One passage, spoken now or before."""
        text = script.text[passage.start : passage.sentences[-1].end]
        spans = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
        announced = -1

        async def spoken(position: int, words: Sequence[Word], audio: str, rate: int) -> None:
            nonlocal announced
            if position > announced:  # a passage may be spoken again after a failure
                announced = position
                start_ms = clock.start(rate)
                await told(_segment(passage.sentences[position], words, start_ms), audio)

        inputs = {"text": text, "spans": spans, "voicing": asdict(self._voicing)}
        name = key("speak", _VERSION, inputs)
        known = await self._steps.known(name)
        if known is not None:
            take = Take.from_result(known)
            for position, (words, audio) in enumerate(zip(take.words, take.sounds, strict=True)):
                await spoken(position, words, audio, take.sample_rate_hertz)
            return take

        async def attempt() -> Take:
            return await speak(
                self._speaker,
                self._assets,
                voicing=self._voicing,
                text=text,
                spans=spans,
                spoken=spoken,
                call=self._call(),
            )

        take = await persist(attempt, step="narrate")
        await self._steps.keep(name, take.to_result())
        return take

    async def _whole(self, takes: Sequence[Take], silences: Sequence[int]) -> str:
        """The narration as one asset; the same takes and silences make it once."""
        inputs = {"sounds": [take.sounds for take in takes], "silences": silences}

        async def assemble() -> Result:
            return {"audio": await self._assemble(takes, silences)}

        result = await self._steps.once(key("assemble", _VERSION, inputs), assemble)
        return str(result["audio"])

    async def _assemble(self, takes: Sequence[Take], silences: Sequence[int]) -> str:
        rate = takes[0].sample_rate_hertz
        measured: list[sound.Pcm] = []
        for take in takes:
            if sum(map(len, measured)) >= sound.MEASURED_SECONDS * rate:
                break
            measured.append(await self._samples(take))
        peak = max(take.peak for take in takes)
        factor = await asyncio.to_thread(sound.gain, measured, peak, rate)
        with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
            path = Path(directory) / "narration.flac"
            writer = sound.FlacWriter(path, rate, factor)
            for silence, take in zip(silences, takes, strict=False):
                await asyncio.to_thread(writer.silence, silence)
                await asyncio.to_thread(writer.take, await self._samples(take))
            await asyncio.to_thread(writer.silence, silences[-1])
            await asyncio.to_thread(writer.close)
            await mark_narration(self._notary, path, sound.FLAC, takes[0].model)
            return (await self._assets.put_file(path, sound.FLAC)).name

    async def _samples(self, take: Take) -> sound.Pcm:
        """The sound of a whole passage."""
        files = [await self._assets.read(name) for name in take.sounds if name]
        return await asyncio.to_thread(sound.joined, files)


def _segment(sentence: Sentence, words: Sequence[Word], start_ms: int) -> Segment:
    """A sentence on the story's clock, given where its passage starts."""
    placed = tuple(
        replace(word, start_ms=start_ms + word.start_ms, end_ms=start_ms + word.end_ms)
        for word in words
    )
    return Segment(
        sentence.index,
        sentence.text,
        start_ms=placed[0].start_ms if placed else start_ms,
        end_ms=placed[-1].end_ms if placed else start_ms,
        words=placed,
    )


class _Clock:
    """Where the narration stands, in samples: silence, take, silence, take, …, silence.

    Attributes:
        silences: Samples of silence before each take and after the last.
    """

    def __init__(self) -> None:
        self.silences: list[int] = []
        self._rate = 0
        self._position = 0

    def start(self, rate: int) -> int:
        """Millisecond at which the next take starts; `rate` is the rate of that take.

        Raises:
            FailedPreconditionError: The rate changed in the middle of a narration.
        """
        if not self._rate:
            self._rate = rate
            self._silence(_LEAD_MS)
        if rate != self._rate:
            raise FailedPreconditionError(
                "The voice changed its sample rate in the middle of a story.",
                reason="SAMPLE_RATE_CHANGED",
            )
        return self.now_ms

    def advance(self, take: Take, pause_ms: int) -> None:
        """Goes to the end of a take and as much further as makes the pause complete."""
        self._position += take.sample_count
        own_pause_ms = take.sample_count * 1000 // self._rate - take.last_word_ms
        self._silence(max(0, pause_ms - own_pause_ms))

    def _silence(self, milliseconds: int) -> None:
        self.silences.append(milliseconds * self._rate // 1000)
        self._position += self.silences[-1]

    @property
    def now_ms(self) -> int:
        """The position in milliseconds, rounded to the nearest."""
        return (self._position * 1000 + self._rate // 2) // self._rate
