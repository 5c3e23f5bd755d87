"""Attribution: who says each quotation, against speakers marked by hand.

Twelve texts of this project's own, English and French, marked before the rules were made; the rules
never saw the kept half. A quotation is right when at least four fifths of its letters are given to
its speaker. Leaks are the letters of the narrator that somebody else would say. The baseline gives
every quotation to the name or noun that was mentioned last.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.story import ingest, segment
from orchestrator.story.attribution import Dialogue, attribute
from orchestrator.story.domain import NARRATOR, Script
from tests.bench.__main__ import table

DATA = Path(__file__).parent / "data" / "dialogue"
_MARK = re.compile(r"\{([a-z-]+):([^{}]*)\}")
_ENOUGH = 0.8


@dataclass(frozen=True)
class Marked:
    """A text with its speakers.

    Attributes:
        name: Of the file.
        kept: Whether it was kept back.
        script: The text.
        quotes: Start, end and speaker of each quotation in the script's text.
        same: Names of one speaker.
    """

    name: str
    kept: bool
    script: Script
    quotes: tuple[tuple[int, int, str], ...]
    same: Mapping[str, str]


def read(path: Path) -> Marked:
    """A marked text."""
    header, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    facts = [line.partition(":")[::2] for line in header.splitlines()]
    same = {
        word: value.split()[0] for key, value in facts if key == "same" for word in value.split()
    }
    language = dict(facts)["language"].strip()
    plain = _MARK.sub(lambda mark: mark[2], body)
    script = segment.script(ingest.read(plain), language=language)
    quotes, position = [], 0
    for mark in _MARK.finditer(body):
        wanted = ingest.clean(mark[2])
        start = script.text.find(" ".join(wanted.split("\n")[0].split()), position)
        assert start >= 0, (path.name, wanted)
        position = start + len(wanted)
        quotes.append((start, position, same.get(mark[1], mark[1])))
    return Marked(path.stem, dict(facts)["kept"].strip() == "yes", script, tuple(quotes), same)


def texts() -> list[Marked]:
    """Every marked text."""
    return [read(path) for path in sorted(DATA.glob("*.txt"))]


def speakers(dialogue: Dialogue, length: int, same: Mapping[str, str]) -> list[str]:
    """Who says each character of a text."""
    said = [NARRATOR] * length
    for line in dialogue.lines:
        said[line.start : line.end] = [same.get(line.speaker, line.speaker)] * (
            line.end - line.start
        )
    return said


def judge(marked: Marked, said: list[str]) -> list[tuple[int, int, str, str]]:
    """The quotations given to the wrong speaker: start, end, who it is, who it was taken for."""
    wrong = []
    for start, end, speaker in marked.quotes:
        letters = [said[at] for at in range(start, end) if marked.script.text[at].isalnum()]
        if letters.count(speaker) < _ENOUGH * len(letters):
            wrong.append((start, end, speaker, max(set(letters), key=letters.count)))
    return wrong


def leaks(marked: Marked, said: list[str]) -> tuple[int, int]:
    """Letters of the narrator given to somebody else, and letters of the narrator."""
    spoken = {at for start, end, _ in marked.quotes for at in range(start, end)}
    told = [
        at for at, letter in enumerate(marked.script.text)
        if letter.isalnum() and at not in spoken
    ]  # fmt: skip
    return sum(said[at] != NARRATOR for at in told), len(told)


def _last_named(marked: Marked, dialogue: Dialogue) -> list[str]:
    """The baseline: each quotation is the last named speaker's."""
    said = [NARRATOR] * len(marked.script.text)
    keys = {
        key: marked.same.get(person.id, person.id)
        for person in dialogue.people
        for key in person.keys
    }
    for line in dialogue.lines:
        before = re.findall(r"[^\W\d_]+", marked.script.text[: line.start].lower())
        who = next((keys[word] for word in reversed(before) if word in keys), NARRATOR)
        said[line.start : line.end] = [who] * (line.end - line.start)
    return said


def rows() -> list[Mapping[str, object]]:
    """One row a language and half."""
    counts: dict[tuple[str, bool], list[float]] = defaultdict(lambda: [0.0] * 7)
    for marked in texts():
        dialogue = attribute(marked.script)
        said = speakers(dialogue, len(marked.script.text), marked.same)
        wrong = judge(marked, said)
        sure = {line.start for line in dialogue.lines if line.confidence >= 0.9}
        sum_ = counts[marked.script.language, marked.kept]
        sum_[0] += len(marked.quotes)
        sum_[1] += len(marked.quotes) - len(wrong)
        sum_[2] += len(marked.quotes) - len(judge(marked, _last_named(marked, dialogue)))
        sum_[3] += leaks(marked, said)[0]
        sum_[4] += leaks(marked, said)[1]
        sum_[5] += sum(start in sure for start, _, _ in marked.quotes)
        sum_[6] += sum(start in sure for start, _, _, _ in wrong)
    return [
        {
            "language": language,
            "texts": "kept back" if kept else "seen while made",
            "quotations": int(total),
            "right": f"{right / total:.1%}",
            "last named (baseline)": f"{baseline / total:.1%}",
            "leaks": f"{leaked / told:.1%}",
            "sure (≥ 0.9)": f"{sure / total:.0%}",
            "wrong though sure": int(wrong_though_sure),
        }
        for (language, kept), (
            total, right, baseline, leaked, told, sure, wrong_though_sure,
        ) in sorted(counts.items())
    ]  # fmt: skip


def _show(kept: bool) -> None:
    """Prints the mistakes."""
    for marked in texts():
        if marked.kept != kept:
            continue
        said = speakers(attribute(marked.script), len(marked.script.text), marked.same)
        for start, end, speaker, taken in judge(marked, said):
            print(f"{marked.name}: {speaker} not {taken}: {marked.script.text[start:end]}")


if __name__ == "__main__":
    if sys.argv[1:] == ["mistakes"]:
        _show(kept=False)
    print(table(rows()))
