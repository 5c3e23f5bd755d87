"""Exports: a two-minute story as everything.

    python -m tests.bench.exports

Twelve composed pictures of 1024 × 768, two minutes of sound. Seconds on the clock and of the
processor, of the writer alone, without storing and marking; memory is the most that the process
held more than before. The target for the film of 1280 × 720 is less than its own length.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from lanternist.v1 import story_pb2
from models.illustrator.composer import compose
from models.illustrator.grid import SENTENCES
from models.illustrator.parser import parse
from orchestrator.story.domain import Story
from orchestrator.story.export.audio import FORMS, MP3, write_audio
from orchestrator.story.export.film import Print
from orchestrator.story.export.forms import KINDS
from orchestrator.story.export.material import Material
from orchestrator.story.export.request import Wanted
from tests.unit.orchestrator.story.tale import tale

SCENES, SECONDS, SIZE = 12, 120, (1024, 768)
FILMS = (
    ("MP4 1280 × 720", Print(1280, 720)),
    ("MP4 1280 × 720, captions burnt in", Print(1280, 720, burn_captions=True)),
    ("MP4 720 × 1280", Print(720, 1280)),
    ("MP4 1920 × 1080", Print(1920, 1080)),
)
OTHERS = ("HTML", "EPUB", "PSD", "ZIP", "MP3", "M4A", "FLAC", "WAV", "OPUS")


def material(directory: Path) -> Material:
    """A story of composed pictures and of a sound that is like speech to an encoder."""
    starts = tuple(range(0, SECONDS * 1000, SECONDS * 1000 // SCENES))
    story: Story = tale(starts=starts, duration=SECONDS * 1000)
    sentences = SENTENCES.read_text(encoding="utf-8").strip().splitlines()
    scenes, pictures = [], []
    for scene in story.scenes:
        shown = parse(sentences[scene.index]).scene
        path = directory / f"{scene.index}.png"
        drawn = compose(shown, width=SIZE[0], height=SIZE[1], seed=scene.seed)
        Image.fromarray(drawn.render()).save(path)
        pictures.append((path, "image/png"))
        scenes.append(replace(scene, description=shown, width=SIZE[0], height=SIZE[1]))
    time_axis = np.arange(SECONDS * 24_000) / 24_000
    voice = np.sin(2 * np.pi * (120 + 30 * np.sin(5 * time_axis)) * time_axis)
    loudness = 0.3 * np.clip(np.sin(2 * np.pi * 2.3 * time_axis), 0, 1)
    path = directory / "narration.flac"
    soundfile.write(path, (voice * loudness).astype(np.float32), 24_000)
    return Material(replace(story, scenes=tuple(scenes)), tuple(pictures), path)


def measured(what: str, work: Callable[[Path], object], path: Path) -> dict[str, object]:
    """One export."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock, processor = time.perf_counter(), time.process_time()
    work(path)
    seconds, spent = time.perf_counter() - clock, time.process_time() - processor
    grown = max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "export": what,
        "seconds": f"{seconds:.1f}",
        "processor seconds": f"{spent:.1f}",
        "of the story's length": f"{seconds / SECONDS:.2f}",
        "MB": f"{path.stat().st_size / 1e6:.1f}",
        "memory grown by": f"{grown:.0f} MB",
    }


def rows() -> list[dict[str, object]]:
    """The table."""
    return list(_rows())


def _rows() -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        made = material(directory)
        mp3 = directory / "narration.mp3"
        write_audio(mp3, FORMS["mp3"], made.narration)
        mp4 = story_pb2.EXPORT_FORMAT_MP4
        for what, how in FILMS:
            wanted = Wanted(mp4, film=how)
            yield measured(what, _work(mp4, made, wanted), directory / "out")
        for what in OTHERS:
            chosen = story_pb2.ExportFormat.Value(f"EXPORT_FORMAT_{what}")
            scene = 0 if what == "PSD" else None
            given = made.with_sound(mp3, MP3) if KINDS[chosen].played else made
            work = _work(chosen, given, Wanted(chosen, scene=scene))
            yield measured(what, work, directory / "out")


def _work(chosen: int, made: Material, wanted: Wanted) -> Callable[[Path], object]:
    return lambda path: KINDS[chosen].write(path, made, wanted, lambda _: None)


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(rows()))
