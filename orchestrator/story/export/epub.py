"""A story as a book that reads itself aloud: EPUB 3 with media overlays, a part a scene.

Each sentence is marked while it is spoken; its sound begins with its first word and lasts until the
next one begins. Entries are stored, not deflated: pictures and sound would not shrink, and a C2PA
manifest is only taken by such files. https://www.w3.org/TR/epub-33/
"""

from __future__ import annotations

import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import jinja2

from orchestrator.story.domain import NARRATOR, Scene, Story
from orchestrator.story.export.html import Medium
from orchestrator.story.export.tags import chapter_title
from orchestrator.story.language import base

MEDIA_TYPE = "application/epub+zip"
_BOOK = files("orchestrator.story.export") / "book"
_FOLDER = "EPUB"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur", "yi"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}

_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "contents": "Contents",
        "landmarks": "Landmarks",
        "cover": "Cover",
        "beginning": "Beginning",
        "description": "An illustrated tale that is read aloud. Its pictures, and its voice unless "
        "it was recorded, are made by machine.",
        "summary": "Every picture has a description, every sentence is spoken and marked as it is "
        "spoken. The text can be read without pictures or sound.",
    },
    "fr": {
        "contents": "Sommaire",
        "landmarks": "Repères",
        "cover": "Couverture",
        "beginning": "Début",
        "description": "Un récit illustré, lu à voix haute. Les images, et la voix si elle n’a pas "
        "été enregistrée, sont l’œuvre d’une machine.",
        "summary": "Chaque image a une description, chaque phrase est dite et surlignée pendant "
        "qu’elle est dite. Le texte se lit aussi sans images ni son.",
    },
}


@dataclass(frozen=True, slots=True)
class _File:
    id: str
    href: str
    media_type: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class _Sentence:
    index: int
    text: str
    speaker: str
    begin: str
    end: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    title: str
    alt: str
    picture: _File
    sentences: tuple[_Sentence, ...]
    duration: str


def write_epub(
    target: Path, story: Story, pictures: Sequence[Medium], narration: Path, media_type: str
) -> None:
    """Writes the book.

    Args:
        target: The file; what was there is replaced.
        story: A finished story.
        pictures: The picture of each scene, in order: PNG, JPEG or SVG.
        narration: The sound, MP3 or AAC in MP4.
        media_type: Of the sound.

    Raises:
        OSError: A file cannot be read or written.
    """
    sound = _File("narration", "narration.mp3", media_type)
    if media_type == "audio/mp4":
        sound = _File("narration", "narration.m4a", media_type)
    shown = [_picture(scene, medium) for scene, medium in zip(story.scenes, pictures, strict=True)]
    parts = [
        _part(story, scene, picture) for scene, picture in zip(story.scenes, shown, strict=True)
    ]
    # The same picture in two files would break the rule that the cover is one of its own.
    cover = _File("cover-image", f"cover.{_SUFFIXES[pictures[0].media_type]}",
                  pictures[0].media_type, story.scenes[0].prompt)  # fmt: skip
    values = _values(story, parts)
    values.update(parts=parts, pictures=shown, cover=cover, sound=sound)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as book:
        _put(book, "mimetype", MEDIA_TYPE.encode())
        _put(book, "META-INF/container.xml", (_BOOK / "container.xml").read_bytes())
        for name in ("package.opf", "nav.xhtml", "cover.xhtml", "style.css"):
            _put(book, f"{_FOLDER}/{name}", _fill(name, values))
        for part in parts:
            for suffix in ("xhtml", "smil"):
                content = _fill(f"part.{suffix}", {**values, "part": part})
                _put(book, f"{_FOLDER}/{part.id}.{suffix}", content)
        _put(book, f"{_FOLDER}/{cover.href}", pictures[0].data)
        for picture, medium in zip(shown, pictures, strict=True):
            _put(book, f"{_FOLDER}/{picture.href}", medium.data)
        book.write(narration, f"{_FOLDER}/{sound.href}")


def _values(story: Story, parts: Sequence[_Part]) -> dict[str, object]:
    labels = _LABELS.get(base(story.language), _LABELS["en"])
    # Equal stories are one book; a changed one is another.
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"lanternist:{story.name}:{story.narration}")
    told = sum(sentence.duration_ms for part in parts for sentence in part.sentences)
    return {
        "labels": labels,
        "title": story.title,
        "language": story.language if _LANGUAGE.fullmatch(story.language) else "und",
        "direction": "rtl" if base(story.language) in _RIGHT_TO_LEFT else "ltr",
        "identifier": f"urn:uuid:{identity}",
        "modified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": _clock(told),
        "narrator": story.voice,
        "description": labels["description"],
        "summary": labels["summary"],
    }


def _picture(scene: Scene, medium: Medium) -> _File:
    name = f"picture-{scene.index + 1:03}"
    return _File(name, f"{name}.{_SUFFIXES[medium.media_type]}", medium.media_type, scene.prompt)


def _part(story: Story, scene: Scene, picture: _File) -> _Part:
    sentences = tuple(_sentences(story, scene))
    return _Part(
        id=f"scene-{scene.index + 1:03}",
        title=chapter_title(story, scene),
        alt=scene.prompt,
        picture=picture,
        sentences=sentences,
        duration=_clock(sum(sentence.duration_ms for sentence in sentences)),
    )


def _sentences(story: Story, scene: Scene) -> Iterator[_Sentence]:
    names = {character.id: character.name or character.id for character in story.cast}
    for index in scene.segments:
        segment = story.segments[index]
        last = index + 1 == len(story.segments)
        end = story.duration_ms if last else story.segments[index + 1].start_ms
        told = segment.speaker in ("", NARRATOR)
        yield _Sentence(
            index=index,
            text=segment.text,
            speaker="" if told else names.get(segment.speaker, segment.speaker),
            begin=_clock(segment.start_ms),
            end=_clock(max(end, segment.start_ms + 1)),
            duration_ms=max(end - segment.start_ms, 1),
        )


def _clock(milliseconds: int) -> str:
    """A SMIL clock value, `H:MM:SS.mmm`."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{thousandths:03}"


def _only_xml(value: object) -> object:
    """A value without the characters that XML cannot say."""
    return _NOT_XML.sub("", value) if isinstance(value, str) else value


def _fill(name: str, values: Mapping[str, object]) -> bytes:
    return _TEMPLATES.get_template(name).render(values).encode()


def _put(book: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed time: equal content makes equal entries.
    book.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: (_BOOK / name).read_text(encoding="utf-8")),
    autoescape=True,
    finalize=_only_xml,
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
)
