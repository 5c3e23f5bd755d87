"""What files say about themselves: names of chapters, languages, file names. Text only."""

from __future__ import annotations

import re
import unicodedata

from orchestrator.story.domain import Scene, Story
from orchestrator.story.language import base

_CHAPTER_CHARS = 60
_FILE_NAME_CHARS = 80
# Codes of ISO 639-2/T for the languages of the voices that there are; others are `und`.
_CODES = {
    "en": "eng", "fr": "fra", "es": "spa", "it": "ita", "pt": "por", "ja": "jpn", "hi": "hin",
    "zh": "zho", "de": "deu", "nl": "nld", "pl": "pol", "ru": "rus", "uk": "ukr", "el": "ell",
    "sv": "swe", "da": "dan", "no": "nor", "nb": "nob", "fi": "fin", "cs": "ces", "tr": "tur",
    "ar": "ara", "he": "heb", "ko": "kor", "vi": "vie", "ro": "ron", "hu": "hun", "ca": "cat",
}  # fmt: skip
_NOT_IN_NAMES = re.compile(r"[^\w\s().,'’+&!-]|[\x00-\x1f\x7f]", re.UNICODE)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def chapter_title(story: Story, scene: Scene) -> str:
    """The first words that are told while a picture is shown, at most 60 characters."""
    text = " ".join(" ".join(story.segments[index].text for index in scene.segments[:2]).split())
    if len(text) <= _CHAPTER_CHARS:
        return text or f"{scene.index + 1}"
    cut = text[:_CHAPTER_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:—–-")
    return f"{cut or text[:_CHAPTER_CHARS]}…"


def iso639_2(language: str) -> str:
    """The three letters by which media files name a language (BCP-47 in)."""
    return _CODES.get(base(language), "und")


def file_name(title: str, suffix: str) -> str:
    """A name that every file system takes, made from a title.

    Args:
        title: Anything.
        suffix: For example `.mp4`.
    """
    plain = unicodedata.normalize("NFC", title)
    words = " ".join(_NOT_IN_NAMES.sub(" ", plain).split())[:_FILE_NAME_CHARS]
    stem = words.strip(" .-")
    while len(stem.encode()) > 200:  # file systems count bytes
        stem = stem[:-1]
    if not stem or _DEVICES.fullmatch(stem):
        stem = "story"
    return f"{stem}{suffix}"
