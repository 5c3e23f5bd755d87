"""Scenes: where pictures change, against hand-marked stories.

Pk (Beeferman, Berger and Lafferty, 1999) and WindowDiff (Pevzner and Hearst, 2002): lower is
better; F1 of the boundaries themselves: higher is better. Each story is cut as it is written, and
run together without its paragraphs, as a recording is heard. Pacing is free (1 to 120 s), since
readers marked meaning, not time; one row shows the default pacing.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from models.sentences import sentence_encoder
from orchestrator.story import ingest, segment
from orchestrator.story.domain import Script
from orchestrator.story.pacing import Pacing
from orchestrator.story.plan import plan_scenes
from tests.bench.marked_scenes import MarkedStory, load

FREE = Pacing(1_000, 120_000)
Cutter = Callable[[Script], set[int]]


def rows() -> Iterable[Mapping[str, object]]:
    """Every way of cutting, on the stories that were looked at and on those kept back."""
    window = _window(load("tuned"))
    ways: dict[str, tuple[Cutter, bool]] = {
        "every sentence": (lambda script: set(range(1, len(script.sentences))), False),
        f"every {window} sentences": (
            lambda script: set(range(window, len(script.sentences), window)),
            False,
        ),
        "words alone, as written": (lambda script: _planned(script, FREE, encoded=False), False),
        "words and encoder, as written": (lambda script: _planned(script, FREE), False),
        "the same, default pacing": (lambda script: _planned(script, Pacing()), False),
        "words alone, run together": (lambda script: _planned(script, FREE, encoded=False), True),
        "words and encoder, run together": (lambda script: _planned(script, FREE), True),
    }
    for name, (cut, together) in ways.items():
        row: dict[str, object] = {"cut": name}
        for part in ("tuned", "kept"):
            figures = [score(story, cut, together=together) for story in load(part)]
            for measure, values in zip(
                ("Pk", "WindowDiff", "F1"), zip(*figures, strict=True), strict=True
            ):
                row[f"{measure}, {part}"] = f"{statistics.fmean(values):.2f}"
        yield row


def score(story: MarkedStory, cut: Cutter, *, together: bool) -> tuple[float, float, float]:
    """Pk, WindowDiff and boundary F1 of a way of cutting one story."""
    script = _run_together(story.script) if together else story.script
    count, marked = len(story.script.sentences), story.boundaries
    found = cut(script)
    k = max(2, round(count / (len(marked) + 1) / 2))
    return pk(marked, found, count, k), window_diff(marked, found, count, k), f1(marked, found)


def pk(marked: set[int], found: set[int], count: int, k: int) -> float:
    """Share of sentence pairs `k` apart of which only one side says that they are in one scene."""
    pairs = range(count - k)
    wrong = sum(
        bool(_between(marked, at, at + k)) != bool(_between(found, at, at + k)) for at in pairs
    )
    return wrong / max(1, len(pairs))


def window_diff(marked: set[int], found: set[int], count: int, k: int) -> float:
    """Share of windows of `k` sentences in which the numbers of boundaries differ."""
    windows = range(count - k)
    wrong = sum(_between(marked, at, at + k) != _between(found, at, at + k) for at in windows)
    return wrong / max(1, len(windows))


def f1(marked: set[int], found: set[int]) -> float:
    """F1 of boundaries, to the sentence."""
    return 2 * len(marked & found) / max(1, len(marked) + len(found))


def _between(boundaries: set[int], first: int, last: int) -> int:
    return sum(first < boundary <= last for boundary in boundaries)


def _window(stories: Sequence[MarkedStory]) -> int:
    """The length of a scene that fits the tuned stories as a whole best: a strong baseline."""
    sentences = sum(len(story.script.sentences) for story in stories)
    return round(sentences / sum(len(story.scenes) for story in stories))


def _planned(script: Script, pacing: Pacing, *, encoded: bool = True) -> set[int]:
    vectors = None
    if encoded:
        vectors = sentence_encoder().encode([sentence.text for sentence in script.sentences])
    plan = plan_scenes(script, 1, pacing=pacing, vectors=vectors)
    return {scene.segments[0] for scene in plan.scenes} - {0}


def _run_together(script: Script) -> Script:
    """The same sentences in one paragraph."""
    text = " ".join(sentence.text for sentence in script.sentences)
    joined = segment.script(ingest.read(text), language=script.language)
    if len(joined.sentences) == len(script.sentences):
        return joined
    # The splitter itself needs a paragraph here and there: keep its sentences as they were.
    sentences = tuple(replace(sentence, paragraph=0) for sentence in script.sentences)
    return replace(script, sentences=sentences)
