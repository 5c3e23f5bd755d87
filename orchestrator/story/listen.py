"""A recording into words: the narrator's own voice, written down and split into sentences.

The recording stays as it is; its transcript becomes a script whose sentences carry the times at
which they are heard. This module does not know pictures.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, UnavailableError
from lanternist.v1 import transcription_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.story import recording, sound
from orchestrator.story.align import align
from orchestrator.story.domain import Narration, Script, Segment, Word
from orchestrator.story.ingest import Document, read, speakable
from orchestrator.story.level import level
from orchestrator.story.patience import persist
from orchestrator.story.proofs import Alignment, Loudness
from orchestrator.story.segment import script
from orchestrator.story.spans import locate
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.timeline import closed

_VERSION = 1
_TRANSCRIBE_VERSION = 2  # words are aligned
# A silence this long after a full stop begins a new paragraph.
_PARAGRAPH_PAUSE_MS = 1_200
_FULL_STOPS = (".", "!", "?", "…", "”", "»", '"')


class Hearer(Protocol):
    """What listening needs of the transcription service."""

    def Transcribe(
        self, requests: AsyncIterable[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        """Writes down what is said; see the contract for the order of events."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as it was understood."""

    script: Script
    narration: Narration


class Listener:
    """Has recordings written down.

    Args:
        hearer: The transcription service.
        assets: Keeps the recordings.
        steps: Remembers what was heard before.
        call: Makes the deadline and ids of each attempt.
    """

    def __init__(
        self, hearer: Hearer, assets: AssetStore, steps: Steps, call: Callable[[], Call]
    ) -> None:
        self._hearer = hearer
        self._assets = assets
        self._steps = steps
        self._call = call

    async def words(
        self, audio: str, *, model: str = "", language: str = ""
    ) -> tuple[list[Word], str]:
        """The words heard in a sound, and the model that heard them.

        Args:
            audio: The sound, `assets/{sha256}`.
            model: Transcription model id; empty: the server's default.
            language: BCP-47; empty: detected.

        Raises:
            LanternistError: What the transcription service raised, for good.
        """
        result = await self._heard(audio, model, language)
        return _words(result["segments"]), str(result["model"])

    async def hear(
        self,
        audio: str,
        *,
        model: str,
        language: str,
        title: str,
        transcript: str = "",
        loudness_lufs: float | None = None,
    ) -> Heard:
        """Writes a recording down, or lays its transcript over it.

        Args:
            audio: The recording, `assets/{sha256}`.
            model: Transcription model id; empty: the server's default.
            language: BCP-47; empty: detected.
            title: Title of the story; empty: the first words.
            transcript: What is said, where that is known; plain text or Markdown.
            loudness_lufs: Loudness to bring it to; None leaves it as it is.

        Raises:
            InvalidArgumentError: `narration` holds no speech, or is not sound; `transcript` is not
                what is said in it.
            LanternistError: What the transcription service raised, for good.
        """
        facts = await self._steps.once(
            key("examine", _VERSION, {"audio": audio}), lambda: self._examine(audio)
        )
        result = await self._heard(audio, model, language)
        duration_ms = int(facts["duration_ms"])
        alignment = None
        if transcript:
            text = script(_document(transcript), title=title, language=result["language"])
            aligned = await asyncio.to_thread(align, text, _words(result["segments"]), duration_ms)
            words, alignment = [list(spoken) for spoken in aligned.words], aligned.report
        else:
            text, words = written(result["segments"], title, result["language"])
        segments = [
            Segment(sentence.index, sentence.text, words=tuple(spoken))
            for sentence, spoken in zip(text.sentences, words, strict=True)
        ]
        narration = Narration(
            closed(segments, duration_ms),
            duration_ms,
            audio,
            facts["media_type"],
            result["model"],
            alignment=alignment,
            notes=_departures(alignment),
        )
        if loudness_lufs is not None:
            narration = await self._levelled(narration, loudness_lufs)
        return Heard(text, narration)

    async def _levelled(self, narration: Narration, loudness_lufs: float) -> Narration:
        """The narration at another loudness; its times stay."""

        async def work() -> Result:
            with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
                target = Path(directory) / "narration.flac"
                async with self._assets.path_for_reading(narration.audio) as path:
                    loudness = await asyncio.to_thread(level, path, target, loudness_lufs)
                asset = await self._assets.put_file(target, sound.FLAC)
            return {"audio": asset.name, "loudness": asdict(loudness)}

        inputs = {"audio": narration.audio, "loudness_lufs": loudness_lufs}
        result = await self._steps.once(key("level", _VERSION, inputs), work)
        return replace(
            narration,
            audio=str(result["audio"]),
            media_type=sound.FLAC,
            loudness=Loudness(**result["loudness"]),
            notes=(*narration.notes, "The recording was made one channel, and as loud as asked."),
        )

    async def _heard(self, audio: str, model: str, language: str) -> Result:
        inputs = {"audio": audio, "model": model, "language": language}
        return await self._steps.once(
            key("transcribe", _TRANSCRIBE_VERSION, inputs),
            lambda: persist(lambda: self._transcribe(audio, model, language), step="transcribe"),
        )

    async def _examine(self, audio: str) -> Result:
        async with self._assets.path_for_reading(audio) as path:
            found = await asyncio.to_thread(recording.examine, path, "narration")
        return {"duration_ms": found.duration_ms, "media_type": found.media_type}

    async def _transcribe(self, audio: str, model: str, language: str) -> Result:
        config = transcription_pb2.TranscriptionConfig(model=model, language=language)
        segments: list[dict[str, Any]] = []
        summary: transcription_pb2.TranscriptSummary | None = None
        events = self._hearer.Transcribe(self._upload(audio, config), self._call())
        async with contextlib.aclosing(events):
            async for event in events:
                match event.WhichOneof("event"):
                    case "segment":
                        segments.append(_segment(event.segment))
                    case "summary":
                        summary = event.summary
        if summary is None:
            raise UnavailableError("The transcription service ended before everything was heard.")
        return {"segments": segments, "model": summary.model, "language": summary.language}

    async def _upload(
        self, audio: str, config: transcription_pb2.TranscriptionConfig
    ) -> AsyncIterator[transcription_pb2.TranscribeRequest]:
        yield transcription_pb2.TranscribeRequest(config=config)
        async for chunk in self._assets.chunks(audio):
            yield transcription_pb2.TranscribeRequest(audio=chunk)


def _segment(message: transcription_pb2.TranscriptSegment) -> dict[str, Any]:
    words = [[w.text, w.start_ms, w.end_ms, round(w.confidence, 4)] for w in message.words]
    if not words and message.text:
        words = [[message.text, message.start_ms, message.end_ms, 0.0]]
    return {"text": message.text, "words": words}


def _words(segments: Sequence[Result]) -> list[Word]:
    return [Word(*word) for segment in segments for word in segment["words"]]


def _document(transcript: str) -> Document:
    try:
        return read(transcript)
    except InvalidArgumentError:
        raise InvalidArgumentError("transcript", "holds no words") from None


def _departures(alignment: Alignment | None) -> tuple[str, ...]:
    """Says that a transcript departs from its recording, where that is worth a look."""
    if alignment is None or not alignment.differences:
        return ()
    first = alignment.differences[0]
    return (
        f"Transcript and recording depart in {len(alignment.differences)} places, first at "
        f"{first.start_ms / 1000:.1f} s: {first.written!r} is written, {first.heard!r} is heard.",
    )


def written(
    segments: Sequence[Result], title: str, language: str
) -> tuple[Script, list[list[Word]]]:
    """A script made of what was heard, and the words of each of its sentences.

    Args:
        segments: `text` and `words` (text, start, end, confidence) of each stretch of speech.
        title: Title; empty: the first words.
        language: BCP-47.

    Raises:
        InvalidArgumentError: There is no speech in it.
    """
    spoken = [segment for segment in segments if speakable(segment["text"]) and segment["words"]]
    if not spoken:
        raise InvalidArgumentError("narration", "holds no speech", reason="NO_SPEECH")
    groups = [[spoken[0]]]
    for before, segment in itertools.pairwise(spoken):
        pause = segment["words"][0][1] - before["words"][-1][2]
        if pause >= _PARAGRAPH_PAUSE_MS and before["text"].rstrip().endswith(_FULL_STOPS):
            groups.append([])
        groups[-1].append(segment)
    paragraphs = tuple(
        " ".join(" ".join(segment["text"].split()) for segment in group) for group in groups
    )
    text = script(Document("", "", paragraphs, frozenset()), title=title, language=language)
    words = _words(spoken)
    by_sentence: list[list[Word]] = [[] for _ in text.sentences]
    current = 0
    for word, span in zip(words, locate(text.text, (word.text for word in words)), strict=True):
        while (
            span is not None
            and span[0] >= text.sentences[current].end
            and current + 1 < len(text.sentences)
        ):
            current += 1
        by_sentence[current].append(word)
    return text, by_sentence
