"""A tiny finished story with its files: three scenes of plain colours, a click at every cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from models.illustrator.scene import Scene as Description
from orchestrator.story.domain import Character, Scene, Segment, Story, Word
from orchestrator.story.export.material import Material

RATE = 24_000
STARTS = (0, 1_117, 2_350)
DURATION = 3_465
COLOURS = ((200, 40, 40), (40, 190, 60), (50, 60, 210))
TEXTS = ("The fox ran <fast> & far.", "“Où es-tu ?” she said.", "Then it was night; the end.")


def tale(
    title: str = "The Fox", starts: tuple[int, ...] = STARTS, duration: int = DURATION
) -> Story:
    ends = (*starts[1:], duration)
    segments, scenes = [], []
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        text = TEXTS[index % 3]
        begin = start or 120
        words = text.split()
        step = (end - begin - 100) // len(words)
        timed = tuple(
            Word(w, begin + i * step, begin + (i + 1) * step) for i, w in enumerate(words)
        )
        speaker = "fox" if index == 1 else "narrator"
        segments.append(Segment(index, text, speaker, begin, timed[-1].end_ms, timed))
        scenes.append(
            Scene(index, (index,), f"picture {index}", Description(), index, start, end,
                  "fake-image", f"assets/{index}", 160, 120)
        )  # fmt: skip
    return Story(
        "stories/x", title, "en", "", duration, tuple(segments), tuple(scenes),
        narration="assets/n", narration_media_type="audio/flac", voice="fake-gb",
        models={"image": "fake-image", "voice": "fake-voice"},
        cast=(Character("narrator", "Narrator"), Character("fox", "Mrs Fox")),
    )  # fmt: skip


def files_of(story: Story, directory: Path) -> Material:
    """Writes the pictures and the sound of a tale."""
    directory.mkdir(parents=True, exist_ok=True)
    pictures = []
    for scene in story.scenes:
        path = directory / f"{scene.index}.png"
        Image.new("RGB", (scene.width, scene.height), COLOURS[scene.index % 3]).save(path)
        pictures.append((path, "image/png"))
    samples = np.zeros(story.duration_ms * RATE // 1000, dtype=np.float32)
    for scene in story.scenes[1:]:
        at = scene.start_ms * RATE // 1000
        samples[at : at + 48] = np.hanning(48) * 0.8
    sound = directory / "narration.flac"
    soundfile.write(sound, samples, RATE)
    return Material(story, tuple(pictures), sound)
