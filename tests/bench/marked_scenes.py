"""Reads the hand-marked stories of `tests/bench/data/scenes`; its README explains the marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from orchestrator.story import ingest, segment
from orchestrator.story.domain import PARAGRAPH_BREAK, Script

DIRECTORY = Path(__file__).parent / "data" / "scenes"
_MARK = re.compile(r"\[\[(?P<scene>[^\]]*)\]\]\s*|\{(?P<whom>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class MarkedScene:
    """A scene as a reader marked it; an empty `where` or `when` was left open."""

    first_sentence: int
    who: frozenset[str]
    where: frozenset[str]
    when: str


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """A pronoun, possessive or description, by its offsets in its sentence, and whom it means."""

    sentence: int
    start: int
    end: int
    whom: frozenset[str]


@dataclass
class MarkedStory:
    """One story; `part` is "tuned" or "kept", `cast` tells the noun of each id."""

    name: str
    part: str
    cast: dict[str, str]
    script: Script
    scenes: list[MarkedScene] = field(default_factory=list)
    mentions: list[MarkedMention] = field(default_factory=list)

    @property
    def boundaries(self) -> set[int]:
        """Sentences before which a scene begins, without the first."""
        return {scene.first_sentence for scene in self.scenes} - {0}


def load(part: str = "") -> list[MarkedStory]:
    """All marked stories by name, or those of one part."""
    paths = sorted(path for path in DIRECTORY.glob("*.md") if path.name != "README.md")
    stories = [_read(path) for path in paths]
    return [story for story in stories if part in ("", story.part)]


def _read(path: Path) -> MarkedStory:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    facts = yaml.safe_load(head)
    plain: list[str] = []
    marks: list[tuple[int, re.Match[str]]] = []
    offset = position = 0
    body = PARAGRAPH_BREAK.join(part.strip() for part in body.strip().split("\n\n"))
    for match in _MARK.finditer(body):
        plain.append(body[position : match.start()])
        offset += match.start() - position
        position = match.end()
        marks.append((offset, match))
    text = "".join(plain) + body[position:]
    script = segment.script(ingest.read(text), language=facts["language"])
    if script.text != text:
        raise ValueError(f"{path.name}: the text changes when it is read.")
    story = MarkedStory(path.stem, facts["part"], facts["cast"], script)
    starts = {sentence.start: sentence.index for sentence in script.sentences}
    for at, match in marks:
        if match["scene"] is not None:
            who, where, when = (part.strip() for part in match["scene"].split("|"))
            story.scenes.append(
                MarkedScene(starts[at], frozenset(who.split()), _either(where), _open(when))
            )
        else:
            sentence = next(one for one in script.sentences if one.start < at <= one.end)
            word = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", text[:at])
            assert word is not None
            story.mentions.append(
                MarkedMention(
                    sentence.index,
                    word.start() - sentence.start,
                    word.end() - sentence.start,
                    frozenset(match["whom"].split("+")),
                )
            )
    return story


def _either(where: str) -> frozenset[str]:
    return frozenset(filter(None, _open(where).split("/")))


def _open(value: str) -> str:
    return "" if value == "-" else value
