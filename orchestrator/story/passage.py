"""One passage spoken: the voice service's stream taken apart into sentences.

Words are found again in the text, so each gets to its sentence; the sound is cut in the middle of
the pause between two sentences. Times count from the start of the passage: a take can be put
anywhere. This module does not know where in the story the passage stands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import voice_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.story import sound
from orchestrator.story.domain import Word
from orchestrator.story.spans import Cursor
from orchestrator.story.steps import Result
from orchestrator.story.timeline import in_order
from orchestrator.story.wire import words_from

Span = tuple[int, int]
Spoken = Callable[[int, Sequence[Word], str, int, str], Awaitable[None]]
"""Is given each sentence's position, words, sound as an asset, sample rate in hertz, and voice."""

_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


class Speaker(Protocol):
    """What a passage needs of the voice service."""

    def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        """Speaks a text; see the contract for the order of events."""


@dataclass(frozen=True, slots=True)
class Voicing:
    """Who speaks, in what language, how fast. Every field goes into the keys of steps."""

    model: str
    voice: str
    language: str
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """A passage to be spoken. Every field goes into the keys of steps.

    Attributes:
        text: The passage.
        spans: Offsets of its sentences in `text`.
        voicing: Who speaks, and how.
    """

    text: str
    spans: Sequence[Span]
    voicing: Voicing


@dataclass(frozen=True, slots=True)
class Take:
    """A passage as it was spoken.

    Attributes:
        model: Who spoke.
        voice: Whose voice is heard.
        language: BCP-47.
        sample_rate_hertz: Of every sound.
        sounds: A FLAC asset a sentence; joined they are the passage, up to where it falls silent.
            Empty for one without sound.
        sample_counts: Length of each sound.
        words: The words of each sentence, on the passage's clock.
        text: What was sent to the voice.
    """

    model: str
    voice: str
    language: str
    sample_rate_hertz: int
    sounds: tuple[str, ...]
    sample_counts: tuple[int, ...]
    words: tuple[tuple[Word, ...], ...]
    text: str

    @property
    def sample_count(self) -> int:
        """Length of the passage."""
        return sum(self.sample_counts)

    @property
    def last_word_ms(self) -> int:
        """When the last word ends; what follows is silence."""
        return max((word.end_ms for words in self.words for word in words), default=0)

    def to_result(self) -> Result:
        """As the result of a step."""
        return {
            "model": self.model,
            "voice": self.voice,
            "language": self.language,
            "sample_rate_hertz": self.sample_rate_hertz,
            "sounds": list(self.sounds),
            "sample_counts": list(self.sample_counts),
            "words": [[[w.text, w.start_ms, w.end_ms] for w in words] for words in self.words],
            "text": self.text,
        }

    @classmethod
    def from_result(cls, result: Result) -> Take:
        """From the result of a step."""
        return cls(
            result["model"],
            result["voice"],
            result["language"],
            result["sample_rate_hertz"],
            tuple(result["sounds"]),
            tuple(result["sample_counts"]),
            tuple(tuple(Word(*word) for word in words) for words in result["words"]),
            result["text"],
        )


async def speak(
    speaker: Speaker,
    assets: AssetStore,
    order: Order,
    *,
    spoken: Spoken,
    call: Call,
) -> Take:
    """Has a passage spoken.

    Args:
        speaker: The voice service.
        assets: Keeps the sounds.
        order: What is spoken, by whom.
        spoken: Called for each sentence as soon as its sound is complete.
        call: Deadline and ids.

    Raises:
        LanternistError: What the voice service raised.
        UnavailableError: Its stream ended before the end.
    """
    voicing = order.voicing
    request = voice_pb2.SynthesizeRequest(
        model=voicing.model,
        text=order.text.translate(_NO_BREAK_SPACES),
        voice=voicing.voice,
        language=voicing.language,
        speed=voicing.speed,
        encoding=voice_pb2.AUDIO_ENCODING_LINEAR16,
    )
    described = voice_pb2.AudioFormat()
    recording = _Recording(order.text, order.spans)
    sounds: list[str] = []

    async def hand_over(ready: Iterable[sound.Pcm]) -> None:
        for samples in ready:
            name = ""
            if len(samples):
                file = await asyncio.to_thread(sound.to_flac, samples, recording.rate)
                name = (await assets.put(file, sound.FLAC)).name
            sounds.append(name)
            position = len(sounds) - 1
            words = recording.words[position]
            await spoken(position, words, name, recording.rate, described.voice)

    complete = False
    async with contextlib.aclosing(speaker.Synthesize(request, call)) as events:
        async for event in events:
            match event.WhichOneof("event"):
                case "format":
                    described = event.format
                    recording.rate = described.sample_rate_hertz
                case "audio":
                    recording.data += event.audio
                case "clause":
                    recording.hear(words_from(event.clause.words))
                    await hand_over(recording.complete_sentences())
                case "summary":
                    complete = True
    if not complete or not recording.data or not recording.rate:
        raise UnavailableError("The voice service ended before everything was spoken.")
    await hand_over(recording.rest())
    return Take(
        described.model,
        described.voice,
        described.language,
        recording.rate,
        tuple(sounds),
        tuple(recording.sample_counts),
        tuple(tuple(words) for words in recording.words),
        request.text,
    )


class _Recording:
    """What has been heard so far, sorted by sentence."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.data = bytearray()
        self.rate = 0
        self.words: list[list[Word]] = [[] for _ in spans]
        self.sample_counts: list[int] = []
        self._ends = [end for _, end in spans]
        self._cursor = Cursor(text)
        self._sentence = 0
        self._clock_ms = 0
        # Where the sound of each sentence but the last ends, in samples, as far as it is known.
        self._cuts: list[int] = []

    def hear(self, words: Iterable[Word]) -> None:
        """Takes the next words; they belong to the sentence in which they are found."""
        for word in in_order(words, earliest=self._clock_ms):
            found = self._cursor.take(word.text)
            if found is not None:
                while found[0] >= self._ends[self._sentence] and self._may_go_on():
                    # In the middle of the pause; a sentence without words gets no sound.
                    middle = (self._clock_ms + word.start_ms) * self.rate // 2000
                    self._cuts.append(min(middle, len(self.data) // 2))
                    self._sentence += 1
            self.words[self._sentence].append(word)
            self._clock_ms = word.end_ms

    def _may_go_on(self) -> bool:
        return self._sentence + 1 < len(self._ends)

    def complete_sentences(self) -> Iterable[sound.Pcm]:
        """The sounds of the sentences that have ended since the last look."""
        while len(self.sample_counts) < len(self._cuts):
            yield self._up_to(self._cuts[len(self.sample_counts)])

    def rest(self) -> Iterable[sound.Pcm]:
        """The sounds of the sentences that are left; the first of them has all that is left.

        The pause that a voice makes at its end goes: the narrator decides on pauses.
        """
        yield from self.complete_sentences()
        heard_until = -(-self._clock_ms * self.rate // 1000)
        end = max(heard_until, sound.sounding(sound.pcm(self.data), self.rate))
        while len(self.sample_counts) < len(self._ends):
            yield self._up_to(min(end, len(self.data) // 2))

    def _up_to(self, end: int) -> sound.Pcm:
        start = sum(self.sample_counts)
        samples = sound.pcm(self.data[start * 2 : max(start, end) * 2])
        self.sample_counts.append(len(samples))
        return samples
