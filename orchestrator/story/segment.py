"""Paragraphs into sentences, with exact offsets.

`sentencex` (Wikimedia, MIT) finds the ends; this module mends what its rules miss in English and
French, and cuts what is too long for a caption list. Nothing is lost on the way: the sentences and
the white space between them are the text. It does not know scenes or voices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import sentencex

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story.domain import PARAGRAPH_BREAK, Script, Sentence
from orchestrator.story.ingest import Document, speakable

MAX_SENTENCES = 10_000
_LONG = 400
_TITLE_WORDS = 8

_INITIALS = re.compile(r"(?:^|[\s“«\"(])(?:[A-ZÀ-Ý]\.){1,3}\s*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s“«\"(’'])(?:M|MM|Mme|Mmes|Mlle|Mlles|Mgr|Dr|Pr|Me|Ste?|apr|av|env|cf|Mr|Mrs|Ms|vs|vol|no|n°)\.\s*$"
)
_CONTINUES = re.compile(r"[\s\"'“”‘’«»(—–-]*[a-zà-ÿœæ]")
_ELLIPSIS = re.compile(r"(?<=[^\s.…])(?:…|\.{3})[!?]*\s+(?=[\"“«‘—]?\s?[A-ZÀ-Ý])")
_OPENED = re.compile(r"[«“„(]\s*\Z")
_INNER_ENDS = (
    re.compile(r"[.!?…]+[\"'”’»)\]]*\s+"),
    re.compile(r"[;:,—–][\"'”’»)\]]*\s+"),
    re.compile(r"\s+"),
)


def script(
    document: Document, *, title: str = "", language: str, notes: tuple[str, ...] = ()
) -> Script:
    """Splits a document into sentences.

    Args:
        document: What the text says.
        title: Wins over the document's own; without either the first words are the title.
        language: BCP-47 of the text.
        notes: Added to the document's.

    Raises:
        InvalidArgumentError: `text` has more than 10,000 sentences.
    """
    sentences: list[Sentence] = []
    offset = 0
    for number, paragraph in enumerate(document.paragraphs):
        position = offset
        for piece in split(paragraph, language):
            text = piece.strip()
            start = position + len(piece) - len(piece.lstrip())
            sentences.append(Sentence(len(sentences), text, start, start + len(text), number))
            position += len(piece)
        offset += len(paragraph) + len(PARAGRAPH_BREAK)
    if len(sentences) > MAX_SENTENCES:
        raise InvalidArgumentError(
            "text", f"has {len(sentences):,} sentences; at most {MAX_SENTENCES:,} can be told."
        )
    return Script(
        title or document.title or first_words(sentences[0].text),
        language,
        document.paragraphs,
        document.breaks,
        tuple(sentences),
        (*document.notes, *notes),
    )


def first_words(text: str) -> str:
    """A title made from the beginning of a text."""
    words = text.split()
    if len(words) <= _TITLE_WORDS:
        return text.rstrip(".,;:…")[:120]
    return " ".join(words[:_TITLE_WORDS]).rstrip(".,;:!?…")[:120] + " …"


def split(paragraph: str, language: str) -> list[str]:
    """The sentences of a paragraph, each with the white space after it: joined, they are it."""
    found = _marks_with_their_words(sentencex.segment(language, paragraph))
    pieces = [part for sentence in found for part in _open_up(sentence)]
    if "".join(pieces) != paragraph:  # never seen; a text must not change on its way to the voice
        pieces = [paragraph]
    whole: list[str] = []
    for piece in pieces:
        if whole and _belongs(whole[-1], piece):
            whole[-1] += piece
        else:
            whole.append(piece)
    return [part for piece in whole for part in _shorten(piece)]


def _marks_with_their_words(pieces: Iterable[str]) -> Iterator[str]:
    """Moves an opening mark from the end of a sentence to the one that it opens: `« Où vas-tu ?`"""
    held = ""
    for piece in pieces:
        whole = held + piece
        match = _OPENED.search(whole)
        held = match[0] if match and match.start() else ""
        yield whole[: len(whole) - len(held)]
    if held:
        yield held


def _belongs(before: str, piece: str) -> bool:
    """Whether a piece goes on with the sentence before it."""
    return (
        not speakable(piece)
        or not speakable(before)
        or _CONTINUES.match(piece) is not None
        or _ABBREVIATION.search(before) is not None
        or (_INITIALS.search(before) is not None and len(before.split()) == 1)
    )


def _open_up(piece: str) -> Iterator[str]:
    """Splits after an ellipsis that ends a sentence, unless someone is still speaking."""
    start = 0
    for match in _ELLIPSIS.finditer(piece):
        if not _in_quotation(piece[start : match.start()]):
            yield piece[start : match.end()]
            start = match.end()
    yield piece[start:]


def _in_quotation(text: str) -> bool:
    return (
        text.count("“") > text.count("”")
        or text.count("«") > text.count("»")
        or text.count('"') % 2 == 1
    )


def _shorten(piece: str) -> Iterator[str]:
    """Cuts what is longer than 400 characters at the best place before that."""
    while len(piece.rstrip()) > _LONG:
        cut = next(
            (
                end
                for pattern in _INNER_ENDS
                for end in (_last_end(pattern, piece),)
                if end and speakable(piece[:end]) and speakable(piece[end:])
            ),
            0,
        )
        if not cut:
            break
        yield piece[:cut]
        piece = piece[cut:]
    yield piece


def _last_end(pattern: re.Pattern[str], piece: str) -> int:
    """Where the last match within the limit ends, at least a quarter of the way in; else 0."""
    ends = [match.end() for match in pattern.finditer(piece, 0, _LONG)]
    return next((end for end in reversed(ends) if end >= _LONG // 4), 0)
