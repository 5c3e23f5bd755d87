"""Plain text or Markdown in, the paragraphs that are to be spoken out.

Markdown is read for what a narrator would read aloud: emphasis, links and lists keep their words;
code, pictures, tags and link targets go. The first heading is the title, later headings and ruled
lines are breaks of the tale. This module does not know sentences or scenes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lanternist.runtime.errors import InvalidArgumentError

_MAX_FRONT_MATTER = 4_000
# Brackets; the reader's time grows with the square of their depth.
_MAX_NESTED = 50
_MAX_TITLE = 200
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_HIDDEN_HTML = re.compile(
    r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_HTML_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>|<[!?][^<>]*>", re.DOTALL)

# Indented text is a paragraph here, not code: that is how people indent tales.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MARKDOWN.disable("code")


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says.

    Attributes:
        title: From the front matter or the first heading; empty when neither gives one.
        language: From the front matter; empty when it gives none.
        paragraphs: What is spoken; each holds at least one letter or digit.
        breaks: Indices of paragraphs that begin a new part of the tale.
        notes: What was left out.
    """

    title: str
    language: str
    paragraphs: tuple[str, ...]
    breaks: frozenset[int]
    notes: tuple[str, ...] = ()


def read(text: str) -> Document:
    """Reads a text as Markdown, which plain text is too.

    Raises:
        InvalidArgumentError: `text` holds nothing that can be told.
    """
    source = clean(text)
    title, language, body = _front_matter(source)
    pages = _Pages(title=title)
    pages.turn(_MARKDOWN.parse(body))
    if not pages.paragraphs and speakable(pages.title):
        pages.paragraphs.append(pages.title)
    if not pages.paragraphs:
        raise InvalidArgumentError(
            "text", "holds nothing to tell: give at least one word.", reason="NOTHING_TO_TELL"
        )
    return Document(
        pages.title[:_MAX_TITLE],
        language,
        tuple(pages.paragraphs),
        frozenset(index for index in pages.breaks if index < len(pages.paragraphs)),
        tuple(pages.notes),
    )


def clean(text: str) -> str:
    """Composed characters, `\\n` line ends, nothing invisible that would upset a voice."""
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    unified = _INVISIBLE.sub(lambda match: "\n" if match[0] in "\u2028\u2029" else "", unified)
    return "".join(
        letter
        for letter in unified
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs", "Co", "Cn"}
    )


def speakable(text: str) -> bool:
    """Whether a voice has anything to say: a letter or a digit."""
    return any(letter.isalnum() for letter in text)


def _one_line(text: str) -> str:
    """White space becomes single spaces; a no-break space stays what it is."""
    return _SPACE.sub(" ", text).strip()


def _front_matter(text: str) -> tuple[str, str, str]:
    """Title, language and the rest; text that only looks like front matter is text."""
    match = _FRONT_MATTER.match(text)
    nested = match is not None and match[1].count("[") + match[1].count("{") > _MAX_NESTED
    if match is None or nested or len(match[1]) > _MAX_FRONT_MATTER:
        return "", "", text
    try:
        facts = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506 (BaseLoader makes strings only)
    except (yaml.YAMLError, RecursionError):
        return "", "", text
    if not isinstance(facts, dict):
        return "", "", text

    def value(*names: str) -> str:
        found = next((facts[name] for name in names if name in facts), "")
        return _one_line(found) if isinstance(found, str) else ""

    language = value("language", "lang")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", language):
        language = ""
    return value("title"), language, text[match.end() :]


@dataclass
class _Pages:
    """Collects paragraphs while the Markdown's tokens go by."""

    title: str = ""
    paragraphs: list[str] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    _marker: str = ""
    _cells: list[str] | None = None
    _heading: Token | None = None

    def turn(self, tokens: Sequence[Token]) -> None:
        for index, token in enumerate(tokens):
            match token.type:
                case "heading_open":
                    self._heading = token
                case "heading_close":
                    self._heading = None
                case "list_item_open":
                    self._marker = _lone_marker(tokens, index)
                case "list_item_close":
                    self._say(self._marker)  # a number and nothing else: `42.`
                    self._marker = ""
                case "tr_open":
                    self._cells = []
                case "tr_close":
                    row, self._cells = self._cells or [], None
                    self._say(", ".join(cell for cell in row if cell))
                case "hr":
                    self._break()
                case "fence":
                    self._leave_out("Code blocks are not told.")
                case "html_block":
                    self._say(_without_tags(token.content))
                case "inline":
                    self._line(token)

    def _line(self, token: Token) -> None:
        text = _one_line("".join(self._inline(token.children or ())))
        if self._cells is not None:
            self._cells.append(text)
        elif self._heading is None:
            self._say(self._marker + text)
            self._marker = ""
        elif self._heading.markup == "-" and (
            "\n" in token.content or _SENTENCE_END.search(token.content)
        ):
            # Prose with a ruled line right below it: Markdown takes that for a heading.
            self._say(text)
            self._break()
        elif not self.title and not self.paragraphs:
            self.title = text if speakable(text) else ""
        elif self.title != text or self.paragraphs:
            self._break()
            self._say(text)

    def _inline(self, children: Sequence[Token]) -> Iterator[str]:
        address = False
        for child in children:
            match child.type:
                case "text" | "code_inline" if not address:
                    yield child.content
                case "softbreak" | "hardbreak":
                    yield " "
                case "html_inline" if child.content.lower().startswith("<br"):
                    yield " "
                case "image":
                    self._leave_out("Pictures in the text are not told.")
                case "link_open":
                    address = child.info == "auto"
                case "link_close":
                    address = False

    def _say(self, text: str) -> None:
        text = _one_line(text)
        if speakable(text):
            self.paragraphs.append(text)
        elif text:
            # `* * *` and its relatives, where Markdown does not know them.
            self._break()

    def _break(self) -> None:
        if self.paragraphs:
            self.breaks.add(len(self.paragraphs))

    def _leave_out(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _lone_marker(tokens: Sequence[Token], index: int) -> str:
    """`1984. ` for a paragraph that only looks like a list of one item; empty for a real list."""
    opened = tokens[index]
    before = tokens[index - 1]
    if before.type != "ordered_list_open":
        return ""
    if len(opened.info) > 2:  # a year, say
        return f"{opened.info}{opened.markup} "
    for later in range(index + 1, len(tokens)):
        token = tokens[later]
        if token.level == opened.level and token.type == "list_item_open":
            return ""
        if token.level < opened.level:
            break
    return f"{opened.info}{opened.markup} "


def _without_tags(html: str) -> str:
    return unescape(_HTML_TAG.sub(" ", _HIDDEN_HTML.sub(" ", html)))
