"""A story as one page that needs nothing else: pictures, voice and words in a single HTML file.

Everything that comes from a story is text to the page: escaped in the markup, and in the data block
such that it cannot end it. A content security policy names the page's own style and script by hash
and allows nothing from outside. It does not know services or assets.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from PIL import Image

from orchestrator.story.domain import Segment, Story, Word
from orchestrator.story.language import base
from orchestrator.story.spans import locate

_PLAYER = files("orchestrator.story.export") / "player"
_MARK = re.compile(r"\{\{(\w+)\}\}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")
_FALLBACK_COLOUR = "#8a7a62"

_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "play": "Play",
        "pause": "Pause",
        "previous": "Previous picture",
        "next": "Next picture",
        "position": "Position",
        "speed": "Speed",
        "captions": "Captions",
        "controls": "Playback",
        "text": "The text; click a word to hear it",
        "pictures": "{count} pictures",
        "colophon": "<kbd>space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> move five "
        "seconds, <kbd>↑</kbd> <kbd>↓</kbd> a sentence, <kbd>p</kbd> <kbd>n</kbd> a picture, "
        "<kbd>home</kbd> goes to the beginning, <kbd>c</kbd> turns captions on. Click a word to "
        "hear it. Told by Lanternist; the pictures, and the voice unless it was recorded, are "
        "made by machine.",
    },
    "fr": {
        "play": "Lecture",
        "pause": "Pause",
        "previous": "Image précédente",
        "next": "Image suivante",
        "position": "Position",
        "speed": "Vitesse",
        "captions": "Sous-titres",
        "controls": "Lecture du récit",
        "text": "Le texte ; cliquez sur un mot pour l’entendre",
        "pictures": "{count} images",
        "colophon": "<kbd>espace</kbd> lance et arrête, <kbd>←</kbd> <kbd>→</kbd> avancent de cinq "
        "secondes, <kbd>↑</kbd> <kbd>↓</kbd> d’une phrase, <kbd>p</kbd> <kbd>n</kbd> d’une image, "
        "<kbd>début</kbd> revient au commencement, <kbd>c</kbd> affiche les sous-titres. Cliquez "
        "sur un mot pour l’entendre. Conté par Lanternist ; les images, et la voix si elle n’a pas "
        "été enregistrée, sont l’œuvre d’une machine.",
    },
}


@dataclass(frozen=True, slots=True)
class Medium:
    """The bytes of a picture or a sound, and what they are."""

    media_type: str
    data: bytes

    @property
    def uri(self) -> str:
        """As a `data:` URI, safe inside a quoted attribute."""
        kind = self.media_type if _MEDIA_TYPE.fullmatch(self.media_type) else "text/plain"
        return f"data:{kind};base64,{base64.b64encode(self.data).decode()}"


def player(story: Story, pictures: Sequence[Medium], narration: Medium) -> str:
    """The page.

    Args:
        story: A finished story.
        pictures: The picture of each scene, in order.
        narration: The sound, in a form that browsers play.
    """
    labels = _LABELS.get(base(story.language), _LABELS["en"])
    first = story.scenes[0]
    style = _fill(_part("player.css"), {"aspect": f"{first.width or 4} / {first.height or 3}"})
    script = _part("player.js")
    minutes = _clock(story.duration_ms)
    facts = f"{minutes} · {labels['pictures'].format(count=len(story.scenes))}"
    values = {
        **{f"label_{name}": html.escape(label) for name, label in labels.items()},
        "language": html.escape(story.language),
        "policy": html.escape(_policy(style, script)),
        "title": html.escape(story.title),
        "facts": html.escape(facts),
        "style": style,
        "script": script,
        "scenes": "\n".join(_sections(story, pictures)),
        "colophon": labels["colophon"],
        "duration": minutes,
        "duration_ms": str(story.duration_ms),
        "audio": narration.uri,
        "times": _data(_times(story, pictures, labels)),
    }
    return _fill(_part("player.html"), values)


def _part(name: str) -> str:
    return (_PLAYER / name).read_text(encoding="utf-8")


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Replaces each `{{name}}` once; what is put in is not looked at again."""
    return _MARK.sub(lambda mark: values[mark[1]], template)


def _policy(style: str, script: str) -> str:
    def sha256(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; script-src 'sha256-{sha256(script)}'; "
        f"style-src 'sha256-{sha256(style)}'; img-src data:; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(value: object) -> str:
    """JSON that is safe inside a script element: no `<` can end it or open a comment."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _sections(story: Story, pictures: Sequence[Medium]) -> Iterator[str]:
    """The text, a section a scene, with its picture for browsers without scripts."""
    for scene, picture in zip(story.scenes, pictures, strict=True):
        size = f' width="{scene.width}" height="{scene.height}"' if scene.width else ""
        alt = html.escape(scene.prompt)
        sentences = " ".join(_sentence(story.segments[index]) for index in scene.segments)
        yield (
            f'<section class="scene"><img alt="{alt}"{size} decoding="async" '
            f'src="{picture.uri}">\n<p>{sentences}</p></section>'
        )


def _placed(segment: Segment) -> list[tuple[tuple[int, int], Word]]:
    """The words of a sentence that stand in its text, with their offsets."""
    spans = locate(segment.text, (word.text for word in segment.words))
    return [
        (span, word) for span, word in zip(spans, segment.words, strict=True) if span is not None
    ]


def _sentence(segment: Segment) -> str:
    parts, position = [], 0
    for (start, end), _ in _placed(segment):
        parts.append(html.escape(segment.text[position:start]))
        parts.append(f'<span class="w">{html.escape(segment.text[start:end])}</span>')
        position = end
    parts.append(html.escape(segment.text[position:]))
    return f'<span class="s">{"".join(parts)}</span>'


def _times(
    story: Story, pictures: Sequence[Medium], labels: Mapping[str, str]
) -> dict[str, object]:
    """What the script needs, in milliseconds; words and sentences in the order of the page."""
    words = [word for segment in story.segments for _, word in _placed(segment)]
    return {
        "duration": story.duration_ms,
        "scenes": [scene.start_ms for scene in story.scenes],
        "colours": [_colour(picture) for picture in pictures],
        "sentences": [segment.start_ms for segment in story.segments],
        "words": [word.start_ms for word in words],
        "ends": [word.end_ms for word in words],
        "labels": {name: labels[name] for name in ("play", "pause")},
    }


def _colour(picture: Medium) -> str:
    """The mean colour of a picture, which lights the room around the screen."""
    try:
        with Image.open(io.BytesIO(picture.data)) as image:
            pixel = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    except OSError:
        return _FALLBACK_COLOUR
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in pixel))


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"
