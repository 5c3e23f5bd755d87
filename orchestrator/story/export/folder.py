"""A story as a folder: the page, the data, the captions, the sound, the pictures.

The files are made beside their place and moved there when all of them are complete, the page last:
whoever opens it finds everything that it stands for. It does not know where media come from.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestrator.story.domain import Story
from orchestrator.story.export.audio import MP3, to_mp3
from orchestrator.story.export.captions import webvtt
from orchestrator.story.export.html import Medium, player
from orchestrator.story.export.manifest import manifest

PAGE = "index.html"
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/svg+xml": "svg"}
_A_PICTURE = re.compile(r"\d{3,}\.(?:png|jpg|webp|svg)")
# What browsers play; anything else goes into the page as MP3.
_PLAYABLE = frozenset({MP3, "audio/wav", "audio/flac", "audio/ogg", "audio/mp4", "audio/webm"})


def write_folder(
    directory: Path, story: Story, pictures: Sequence[Medium], narration: Path, sound_name: str
) -> list[str]:
    """Writes a story's folder.

    Args:
        directory: Made when missing; files of an earlier story in it are replaced.
        story: A finished story.
        pictures: The picture of each scene, in order.
        narration: The sound.
        sound_name: Name of the sound in the folder; ending in `.mp3`, it is encoded as MP3 unless
            it is MP3 already.

    Returns:
        The files written, relative to `directory`, the page first.

    Raises:
        OSError: The folder cannot be written.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        files = _make(making, story, pictures, narration, sound_name)
        _move(making, directory, files)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return files


def _make(
    making: Path, story: Story, pictures: Sequence[Medium], narration: Path, sound_name: str
) -> list[str]:
    names = [
        f"scenes/{index + 1:03}.{_PICTURES.get(picture.media_type, 'png')}"
        for index, picture in enumerate(pictures)
    ]
    (making / "scenes").mkdir()
    for name, picture in zip(names, pictures, strict=True):
        (making / name).write_bytes(picture.data)
    encode = sound_name.endswith(".mp3") and story.narration_media_type != MP3
    if encode:
        (making / sound_name).write_bytes(to_mp3(narration))
    else:
        shutil.copyfile(narration, making / sound_name)
    document = json.dumps(manifest(story, names), indent=2, ensure_ascii=False)
    (making / "story.json").write_text(document + "\n", encoding="utf-8")
    (making / "captions.vtt").write_text(webvtt(story), encoding="utf-8")
    media_type = MP3 if encode else story.narration_media_type
    heard = (making / sound_name).read_bytes()
    if media_type not in _PLAYABLE:
        media_type, heard = MP3, to_mp3(narration)
    page = player(story, pictures, Medium(media_type, heard))
    (making / PAGE).write_text(page, encoding="utf-8")
    return [PAGE, "story.json", sound_name, "captions.vtt", *names]


def _move(making: Path, directory: Path, files: Sequence[str]) -> None:
    """Moves finished files to their place; the page, which stands for all of them, comes last."""
    umask = os.umask(0)
    os.umask(umask)
    (directory / "scenes").mkdir(parents=True, exist_ok=True)
    for name in reversed(files):
        (making / name).chmod(0o666 & ~umask)
        (making / name).replace(directory / name)
    for old in (directory / "scenes").iterdir():
        if _A_PICTURE.fullmatch(old.name) and f"scenes/{old.name}" not in files:
            old.unlink()
