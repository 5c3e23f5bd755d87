"""Which writer makes which format of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lanternist.v1 import story_pb2
from orchestrator.story.domain import Story
from orchestrator.story.export import bundle, epub, film, psd
from orchestrator.story.export.audio import FORMS, Form, write_audio
from orchestrator.story.export.captions import cues, subrip, webvtt
from orchestrator.story.export.html import Medium, player
from orchestrator.story.export.lettering import unknown_letters
from orchestrator.story.export.material import Material
from orchestrator.story.export.request import Wanted

Told = Callable[[float], None]
Write = Callable[[Path, Material, Wanted, Told], tuple[str, ...]]
"""Writes a file and returns notes for the maker."""

_SHOWN_LETTERS = 12
_MUCH_HIDDEN = 0.6


@dataclass(frozen=True, slots=True)
class Kind:
    """A format.

    Attributes:
        media_type: As the internet calls it.
        suffix: Of file names.
        write: Writes it.
        pictures: Whether pictures are in it.
        sound: Whether the narration is in it.
        played: Whether browsers and readers of books play it: the narration is wanted as MP3.
    """

    media_type: str
    suffix: str
    write: Write
    pictures: bool = True
    sound: bool = True
    played: bool = False

    @property
    def media(self) -> bool:
        """Whether anything is in it that a mark is for."""
        return self.pictures or self.sound


def _film(path: Path, material: Material, wanted: Wanted, told: Told) -> tuple[str, ...]:
    assert wanted.film is not None
    story = material.story
    film.write_film(path, story, material.load, material.narration, wanted.film, progress=told)
    return tuple(_film_notes(story, wanted.film))


def _film_notes(story: Story, how: film.Print) -> Iterator[str]:
    unknown = unknown_letters(cue.text for cue in cues(story)) if how.burn_captions else ""
    if unknown:
        letters = " ".join(unknown[:_SHOWN_LETTERS])
        yield f"Letters that cannot be drawn into the frames were left out: {letters}"
    first = story.scenes[0]
    if first.width and first.height:
        shapes = sorted((how.width / how.height, first.width / first.height))
        if shapes[0] / shapes[1] < _MUCH_HIDDEN:
            yield (
                f"The camera sees {shapes[0] / shapes[1]:.0%} of a picture at a time: for a film "
                "of this shape, tell the story with pictures of that shape."
            )


def _page(path: Path, material: Material, _: Wanted, told: Told) -> tuple[str, ...]:
    told(0.0)
    sound = Medium(material.story.narration_media_type, material.narration.read_bytes())
    page = player(material.story, material.media(), sound)
    path.write_text(page, encoding="utf-8")
    return ()


def _book(path: Path, material: Material, _: Wanted, told: Told) -> tuple[str, ...]:
    told(0.0)
    media_type = material.story.narration_media_type
    epub.write_epub(path, material.story, material.media(), material.narration, media_type)
    return ()


def _archive(path: Path, material: Material, _: Wanted, told: Told) -> tuple[str, ...]:
    told(0.0)
    bundle.write_zip(path, material.story, material.media(), material.narration, "narration.mp3")
    return ()


def _layers(path: Path, material: Material, wanted: Wanted, _: Told) -> tuple[str, ...]:
    assert wanted.scene is not None
    scene = material.story.scenes[wanted.scene]
    return psd.write_psd(path, material.story, scene, material.load(scene))


def _audio(
    form: Form, path: Path, material: Material, _: Wanted, told: Told
) -> tuple[str, ...]:  # fmt: skip
    write_audio(path, form, material.narration, story=material.story, progress=told)
    return ()


def _vtt(path: Path, material: Material, _: Wanted, __: Told) -> tuple[str, ...]:
    path.write_text(webvtt(material.story), encoding="utf-8")
    return ()


def _srt(path: Path, material: Material, _: Wanted, __: Told) -> tuple[str, ...]:
    path.write_text(subrip(material.story), encoding="utf-8")
    return ()


def _sound(form: Form) -> Kind:
    return Kind(form.media_type, form.suffix, partial(_audio, form), pictures=False)


KINDS: Mapping[int, Kind] = {
    story_pb2.EXPORT_FORMAT_HTML: Kind("text/html", ".html", _page, played=True),
    story_pb2.EXPORT_FORMAT_MP4: Kind("video/mp4", ".mp4", _film),
    story_pb2.EXPORT_FORMAT_EPUB: Kind(epub.MEDIA_TYPE, ".epub", _book, played=True),
    story_pb2.EXPORT_FORMAT_WEBVTT: Kind("text/vtt", ".vtt", _vtt, pictures=False, sound=False),
    story_pb2.EXPORT_FORMAT_SRT: Kind(
        "application/x-subrip", ".srt", _srt, pictures=False, sound=False
    ),
    story_pb2.EXPORT_FORMAT_PSD: Kind(psd.MEDIA_TYPE, ".psd", _layers, sound=False),
    story_pb2.EXPORT_FORMAT_ZIP: Kind(bundle.MEDIA_TYPE, ".zip", _archive, played=True),
    story_pb2.EXPORT_FORMAT_MP3: _sound(FORMS["mp3"]),
    story_pb2.EXPORT_FORMAT_M4A: _sound(FORMS["m4a"]),
    story_pb2.EXPORT_FORMAT_FLAC: _sound(FORMS["flac"]),
    story_pb2.EXPORT_FORMAT_WAV: _sound(FORMS["wav"]),
    story_pb2.EXPORT_FORMAT_OPUS: _sound(FORMS["opus"]),
}
