"""Telling: loudness, joins and times of narrations, in all three tellings and two languages.

Each story is made through `CreateStory`; then its narration is uploaded as a recording with its
text as the transcript, so the aligner's times can be compared with the synthesiser's. Loudness is
measured on the whole file by pyloudnorm, the true peak eight times oversampled. A join's jump is
the largest step between samples at the edges of silences, against the 95th percentile of steps
inside speech. The onset of a sentence is where the waveform rises out of silence; a cut is a
sentence that begins a scene. Errors are absolute, median / 95th percentile.
"""

from __future__ import annotations

import io
import itertools
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import grpc
import numpy as np
import pyloudnorm
import soundfile
import soxr
from numpy.typing import NDArray

from lanternist.v1 import (
    asset_pb2,
    asset_pb2_grpc,
    story_pb2,
    story_pb2_grpc,
)
from tests.bench.__main__ import table
from tests.e2e.stack import running_stack

STORIES = Path(__file__).parents[1] / "stories"
SCRIPTED, EMOTIVE, CAST = (
    story_pb2.TELLING_SCRIPTED,
    story_pb2.TELLING_EMOTIVE,
    story_pb2.TELLING_STORY,
)
TELLINGS: tuple[tuple[str, int, str], ...] = (
    ("the-lantern-and-the-fox", CAST, ""),
    ("the-baker-and-the-dragon", CAST, "bm_george"),
    ("the-baker-and-the-dragon", EMOTIVE, "am_michael"),
    ("a-letter-for-the-moon", EMOTIVE, "bf_emma"),
    ("a-letter-for-the-moon", SCRIPTED, "af_bella"),
    ("la-souris-et-le-phare", EMOTIVE, ""),
)
_TARGET_LUFS = -16.0
_QUIET = 10 ** (-52 / 20)
_WINDOW_MS = 5
_NEAR_MS = 300
_PARAGRAPHS = 5

Sound = NDArray[np.float32]


class _Client:
    """An ordinary client of a stack."""

    def __init__(self, address: str) -> None:
        channel = grpc.insecure_channel(address)
        self._stories = story_pb2_grpc.StoryServiceStub(channel)
        self._assets = asset_pb2_grpc.AssetServiceStub(channel)

    def tell(self, request: story_pb2.CreateStoryRequest) -> story_pb2.Story:
        metadata = story_pb2.CreateStoryMetadata()
        self._stories.CreateStory(request).metadata.Unpack(metadata)
        watch = story_pb2.WatchStoryRequest(name=metadata.story)
        for event in self._stories.WatchStory(watch):
            if event.HasField("failed"):
                raise RuntimeError(event.failed.error.message)
        return event.finished.story

    def file(self, name: str) -> bytes:
        request = asset_pb2.DownloadAssetRequest(name=name)
        return b"".join(part.data for part in self._assets.DownloadAsset(request))

    def upload(self, data: bytes) -> str:
        def messages() -> Iterator[story_pb2.UploadNarrationRequest]:
            yield story_pb2.UploadNarrationRequest(config=story_pb2.NarrationConfig())
            for start in range(0, len(data), 1 << 19):
                yield story_pb2.UploadNarrationRequest(audio=data[start : start + (1 << 19)])

        return self._stories.UploadNarration(messages()).narration


def envelope(sound: Sound, rate: int) -> NDArray[np.float64]:
    """Root mean square of every 5 ms."""
    step = rate * _WINDOW_MS // 1000
    frames = sound[: len(sound) // step * step].reshape(-1, step).astype(np.float64)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)))


def onset_ms(levels: NDArray[np.float64], near_ms: int) -> int | None:
    """Where sound rises out of at least 60 ms of silence, within 300 ms of a time."""
    loud = levels > _QUIET
    quiet_frames = 60 // _WINDOW_MS
    first = max(quiet_frames, (near_ms - _NEAR_MS) // _WINDOW_MS)
    found = [
        at
        for at in range(first, min(len(loud), (near_ms + _NEAR_MS) // _WINDOW_MS))
        if loud[at] and not loud[at - quiet_frames : at].any()
    ]
    times = [at * _WINDOW_MS for at in found]
    return min(times, key=lambda time: abs(time - near_ms)) if times else None


def onset_errors(story: story_pb2.Story, sound: Sound, rate: int) -> tuple[list[int], list[int]]:
    """Errors of the starts of sentences, and of those that begin a scene."""
    levels = envelope(sound, rate)
    cuts = {scene.segments[0] for scene in story.scenes[1:]}
    sentences, scenes = [], []
    for before, segment in itertools.pairwise(story.segments):
        if segment.start_ms - before.end_ms < 120 or not segment.words:
            continue
        onset = onset_ms(levels, segment.start_ms)
        if onset is not None:
            error = abs(segment.start_ms - onset)
            sentences.append(error)
            if segment.index in cuts:
                scenes.append(error)
    return sentences, scenes


def aligned_errors(told: story_pb2.Story, recorded: story_pb2.Story) -> tuple[list[int], list[int]]:
    """Errors of the starts of a recording's words, and of those that begin a sentence.

    Against the synthesiser's own times, which know nothing of the waveform.
    """
    truth = [word for segment in told.segments for word in segment.words]
    words: list[int] = []
    sentences: list[int] = []
    at = 0
    for segment in recorded.segments:
        for position, word in enumerate(segment.words):
            wanted = _plain(word.text)
            for later in range(at, min(at + 6, len(truth))):
                if _plain(truth[later].text) == wanted:
                    words.append(abs(truth[later].start_ms - word.start_ms))
                    if position == 0:
                        sentences.append(words[-1])
                    at = later + 1
                    break
    return words, sentences


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").strip("'.,!?")


def jumps(sound: Sound, rate: int) -> tuple[float, float]:
    """The largest step at the edge of a silence, and the 95th percentile of steps in speech."""
    steps = np.abs(np.diff(sound))
    silent = np.abs(sound) < 2 / 32768
    edges = np.flatnonzero(np.diff(silent.astype(np.int8)))
    runs = [(a, b) for a, b in itertools.pairwise(edges) if b - a > rate // 50 and silent[a + 1]]
    near = rate // 100
    at_edges = np.zeros(len(steps), dtype=bool)
    largest = 0.0
    for start, end in runs:
        # The very step into and out of silence, and what a click would leave around it.
        for edge in (start, end):
            around = slice(max(0, edge - 8), min(len(steps), edge + 8))
            largest = max(largest, float(steps[around].max(initial=0.0)))
            at_edges[max(0, edge - near) : edge + near] = True
    spoken = steps[(steps > 0) & ~at_edges]
    return largest, float(np.percentile(spoken, 95))


def spread(values: Sequence[int]) -> str:
    """Median and 95th percentile."""
    if not values:
        return "–"
    return f"{np.median(values):.0f} / {np.percentile(values, 95):.0f} ms"


def _measure(client: _Client, name: str, telling: int, voice: str) -> Mapping[str, object]:
    text = (STORIES / f"{name}.md").read_text(encoding="utf-8")
    text = "\n\n".join(text.split("\n\n")[: 1 + _PARAGRAPHS])
    told = client.tell(story_pb2.CreateStoryRequest(text=text, telling=telling, voice=voice))  # type: ignore[arg-type]
    data = client.file(told.narration)
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loudness = pyloudnorm.Meter(rate, "DeMan").integrated_loudness(sound)
    peak = 20 * np.log10(float(np.abs(soxr.resample(sound, rate, 8 * rate)).max()))
    largest, usual = jumps(sound, rate)
    sentences, cuts = onset_errors(told, sound, rate)
    spoken = " ".join(segment.text for segment in told.segments)
    recorded = client.tell(
        story_pb2.CreateStoryRequest(
            narration=client.upload(data), transcript=spoken, language=told.language
        )
    )
    matched = recorded.alignment.matched_words / max(1, recorded.alignment.transcript_words)
    aligned, begun = aligned_errors(told, recorded)
    return {
        "story": name,
        "telling": story_pb2.Telling.Name(told.telling).removeprefix("TELLING_").lower(),
        "voices": len({segment.voice for segment in told.segments}),
        "LUFS": f"{loudness:.2f}",
        "error": f"{abs(loudness - _TARGET_LUFS):.2f} LU",
        "true peak": f"{peak:.2f} dBTP",
        "jump at joins / in speech": f"{largest:.4f} / {usual:.4f}",
        "sentence onsets": spread(sentences),
        "cuts": spread(cuts),
        "recorded: words": spread(aligned),
        "recorded: sentences": spread(begun),
        "transcript found": f"{matched:.1%}",
    }


def rows(address: str = "") -> list[Mapping[str, object]]:
    """One row a story."""
    if address:
        client = _Client(address)
        return [_measure(client, *telling) for telling in TELLINGS]
    with (
        tempfile.TemporaryDirectory(prefix="lanternist-bench-") as directory,
        running_stack(Path(directory)) as stack,
    ):
        client = _Client(stack.address)
        return [_measure(client, *telling) for telling in TELLINGS]


if __name__ == "__main__":
    print(table(rows(*sys.argv[1:2])))
