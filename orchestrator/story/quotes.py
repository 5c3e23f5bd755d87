"""Where somebody speaks: the quotations of a text, apart from what is told between them.

Knows “ ”, « », „ “, straight and single marks, the dashes of French dialogue, quotations that go
on for paragraphs, and the tags inside a French one: « Entrez, dit-il. J’ai faim. » It does not know
who speaks.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.story.ingest import speakable
from orchestrator.story.language import base
from orchestrator.story.speech_words import speech_words

_DASH = re.compile(r"\s*[—–―]\s*|\s*-\s+")
_TURN = re.compile(r"(?<=[.?!…»])\s+(?=[—–―]\s)")
# A closing mark takes the comma or full stop behind it along.
_TAIL = re.compile(r"[,.;:!?…]*")
_PAIRS = {"“": "”", "«": "»", "„": "“”"}
_NAME = r"[A-ZÀ-ÖØ-Ý][\w’'-]+"
# Someone tells after all: "— Oui, dit-il. Il prit son chapeau."
_TOLD = re.compile(
    r"(?:Il|Elle|Ils|Elles)\s+(?!(?:fait|plaît|sait)\b)(?:(?:se|lui|leur|y|en|ne|le|la|les)\s+|[sl]['’])?"
    r"(?:\w+(?:(?<!r)a|èrent|irent|urent|aient|ait)|prit|mit|fit|sortit|sourit|vit|tendit)\b"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Something said in one breath, marks included.

    Attributes:
        start: Offset of its first character in its paragraph.
        end: Offset after its last character.
        relation: `same` when it goes on with the speech of the quote before it, `other` when
            somebody else begins; empty when the marks do not tell.
    """

    start: int
    end: int
    relation: str = ""


def quotes_of(paragraphs: Sequence[str], language: str) -> list[list[Quote]]:
    """The quotations of each paragraph, in order."""
    reader = _Reader(paragraphs, language)
    return [list(reader.read(paragraph)) for paragraph in paragraphs]


class _Reader:
    """Reads one paragraph after another; a quotation may stay open between them."""

    def __init__(self, paragraphs: Sequence[str], language: str) -> None:
        whole = "\n".join(paragraphs)
        self._single = not re.search('[“«„"]', whole) and bool(re.search("[‘']", whole))
        self._french = base(language) == "fr"
        self._dashes = self._french or sum(map(_begins_with_dash, paragraphs)) > 2
        self._incise = _incise(language) if self._french else None
        self._open = False

    def read(self, paragraph: str) -> Iterator[Quote]:
        """The quotations of the next paragraph."""
        dash = _DASH.match(paragraph) if self._dashes else None
        if dash is not None and speakable(paragraph):
            self._open = False
            yield from self._speeches(paragraph, dash.end(), len(paragraph), "other")
            return
        continued = self._open and paragraph[:1] in "“«\"‘'„"
        self._open = False
        for number, (start, end, closed) in enumerate(self._marked(paragraph)):
            self._open = not closed
            relation = "same" if continued and number == 0 else ""
            yield from self._speeches(paragraph, start, end, relation)

    def _marked(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """What stands between marks, marks included, and whether it is closed."""
        position = 0
        while (start := self._opening(text, position)) >= 0:
            end = self._closing(text, start)
            closed = end >= 0
            tail = _TAIL.match(text, end + 1) if closed else None
            end = tail.end() if tail is not None else len(text)
            if speakable(text[start:end]):
                yield start, end, closed
            position = end

    def _opening(self, text: str, position: int) -> int:
        if self._single:
            match = re.compile(r"(?<!\w)[‘'](?=[\w¡¿…—])").search(text, position)
        else:
            match = re.compile('[“«„"]').search(text, position)
        return match.start() if match else -1

    def _closing(self, text: str, start: int) -> int:
        mark = text[start]
        if self._single:
            # An apostrophe looks the same: the end of a speech has a mark of its own before it.
            match = re.compile(r"(?<=[.,!?…—–-])[’'](?!\w)").search(text, start + 1)
            return match.start() if match else -1
        if mark == '"':
            return text.find('"', start + 1)
        depth = 0
        for at in range(start, len(text)):
            if text[at] == mark:
                depth += 1
            elif text[at] in _PAIRS[mark]:
                depth -= 1
                if depth == 0:
                    return at
        return -1

    def _speeches(self, text: str, start: int, end: int, relation: str) -> Iterator[Quote]:
        """A French quotation without the tags inside it; each dash in it is another's turn."""
        if self._incise is None:
            yield Quote(start, end, relation)
            return
        bounds = [start, *(m.end() for m in _TURN.finditer(text, start, end)), end]
        for number, (first, last) in enumerate(itertools.pairwise(bounds)):
            yield from self._without_tags(text, first, last, "other" if number else relation)

    def _without_tags(self, text: str, start: int, end: int, relation: str) -> Iterator[Quote]:
        assert self._incise is not None
        position = start
        for tag in self._incise.finditer(text, start, end):
            if tag.start("tag") < position or not speakable(text[position : tag.start("tag")]):
                continue
            yield Quote(position, _strip(text, tag.start("tag")), relation)
            relation, position = "same", _skip(text, tag.end())
            # The speech goes on after a tag, unless somebody tells.
            if _TOLD.match(text, position) and text[tag.end() - 1] in ".!?…":
                return
        if speakable(text[position:end]):
            yield Quote(_skip(text, position), end, relation)


def _begins_with_dash(paragraph: str) -> bool:
    return re.match(r"\s*[—–―]\s*\w", paragraph) is not None


def _skip(text: str, position: int) -> int:
    return position + len(text[position:]) - len(text[position:].lstrip())


def _strip(text: str, position: int) -> int:
    return len(text[:position].rstrip())


def _incise(language: str) -> re.Pattern[str]:
    """A tag inside a speech: after a mark, an inverted verb and its subject, up to a mark."""
    words = speech_words(language)
    verbs = "|".join(sorted((re.escape(v).replace("'", "['’]") for v in words.verbs), key=len))
    determiner = r"(?:l[ea]s?\s|l['’]|une?\s|son\s|sa\s|mon\s|ma\s|ce(?:tte|t)?\s|notre\s|leur\s)"
    article = r"(?:le\s|la\s|l['’]|une?\s|son\s|sa\s)"
    return re.compile(
        rf"(?:(?<=[,?!…»])|(?<=\?\s)|(?<=!\s))\s*(?P<tag>"
        rf"(?:{words.loose_verbs}|(?i:{verbs}))(?:-t)?-(?:il|elle|on|ils|elles|je)\b"
        rf"|(?:{verbs})\s+(?:{determiner}\w|{_NAME})"
        rf"|(?<=[?!…]\s){words.loose_verbs}\s+(?:{article}\w|{_NAME})"
        rf")[^.,;:!?…»]*(?:[.,;:!?…]+|(?=»)|$)"
    )
