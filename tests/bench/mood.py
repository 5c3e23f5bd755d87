"""Mood: how a sentence should be told, against moods marked by hand.

Sentences of this project's own, marked before the rules were made; every second one was kept back.
A wrong mood is heard as the wrong feeling, a missed one only as an even voice, so both are counted.
The baseline tells everything in the commonest mood of the text. Sentences and word lists are by one
hand: take the figures for an upper bound.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from orchestrator.story.mood import EVEN, moods
from tests.bench.__main__ import table

DATA = Path(__file__).parent / "data"


def sentences(language: str) -> list[tuple[str, str]]:
    """Mood and sentence; `EVEN` for none."""
    lines = (DATA / f"moods_{language}.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" | ", 1) for line in lines if line and not line.startswith("#")]
    return [(EVEN if mood == "even" else mood, sentence) for mood, sentence in pairs]


def judge(language: str, *, kept: bool) -> list[tuple[str, str, str]]:
    """Marked mood, found mood and sentence."""
    chosen = sentences(language)[1 if kept else 0 :: 2]
    return [(mood, moods([sentence], language)[0], sentence) for mood, sentence in chosen]


def rows() -> list[Mapping[str, object]]:
    """One row a language and half."""
    measured: list[Mapping[str, object]] = []
    for language in ("en", "fr"):
        for kept in (False, True):
            found = judge(language, kept=kept)
            commonest = Counter(mood for mood, _, _ in found).most_common(1)[0][1]
            right = sum(mood == taken for mood, taken, _ in found)
            even = sum(taken == EVEN != mood for mood, taken, _ in found)
            wrong = len(found) - right - even
            measured.append(
                {
                    "language": language,
                    "sentences": "kept back" if kept else "seen while made",
                    "count": len(found),
                    "right": f"{right / len(found):.0%}",
                    "told evenly instead": f"{even / len(found):.0%}",
                    "told in a wrong mood": f"{wrong / len(found):.0%}",
                    "commonest mood (baseline)": f"{commonest / len(found):.0%}",
                }
            )
    return measured


if __name__ == "__main__":
    if sys.argv[1:] == ["mistakes"]:
        for language in ("en", "fr"):
            for mood, taken, sentence in judge(language, kept=False):
                if mood != taken:
                    print(f"{mood or 'even'} not {taken or 'even'}: {sentence}")
    print(table(rows()))
