"""One small file of every kind that this program makes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from PIL import Image

from orchestrator.story.export.audio import FORMS, write_audio
from orchestrator.story.export.epub import write_epub
from orchestrator.story.export.film import Print, write_film
from tests.unit.orchestrator.story.tale import files_of, tale

PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def picture(media_type: str) -> bytes:
    noise = np.random.default_rng(5).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, PICTURES[media_type])
    return file.getvalue()


def sound(name: str) -> bytes:
    with TemporaryDirectory() as directory:
        source, target = Path(directory) / "a.wav", Path(directory) / "b"
        soundfile.write(source, np.sin(np.arange(24_000) * 0.06) * 0.3, 24_000)
        write_audio(target, FORMS[name], source)
        return target.read_bytes()


def whole_story(media_type: str) -> bytes:
    with TemporaryDirectory() as directory:
        target = Path(directory) / "whole"
        material = files_of(tale(starts=(0, 300), duration=600), Path(directory))
        if media_type == "video/mp4":
            write_film(target, material.story, material.load, material.narration, Print(128, 128))
        else:
            mp3 = Path(directory) / "a.mp3"
            write_audio(mp3, FORMS["mp3"], material.narration)
            write_epub(target, material.story, material.media(), mp3, "audio/mpeg")
        return target.read_bytes()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("story/a.txt", "a tale " * 99)
    return file.getvalue()


def every_kind() -> dict[str, bytes]:
    """Bytes by media type; every one that can be marked."""
    return {
        **{media_type: picture(media_type) for media_type in PICTURES},
        "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h4v4z"/></svg>',
        "audio/mpeg": sound("mp3"),
        "audio/mp4": sound("m4a"),
        "audio/flac": sound("flac"),
        "audio/wav": sound("wav"),
        "video/mp4": whole_story("video/mp4"),
        "application/epub+zip": whole_story("application/epub+zip"),
        "application/zip": archive(),
    }


def changed(data: bytes, near: bytes, offset: int = 0) -> bytes:
    """The file with one bit of it turned, that many bytes behind a landmark."""
    at = data.index(near) + offset
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def content_of(plain: bytes, marked: bytes) -> bytes:
    """Some bytes of what is seen or heard: of the plain file, and found once in the marked one."""
    windows = (plain[at : at + 12] for at in range(len(plain) // 2, len(plain) - 12))
    return next(window for window in windows if marked.count(window) == 1)
