"""Who and where: pronouns resolved, and persons and places of scenes, against hand marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.illustrator.library import Library
from orchestrator.story.cast import Cast, Figure
from orchestrator.story.coreference import Reader, Reading
from orchestrator.story.plan import plan_scenes
from tests.bench.marked_scenes import MarkedStory, load


def rows() -> Iterable[Mapping[str, object]]:
    for part in ("tuned", "kept"):
        stories = load(part)
        right, marked, made = _sum(pronouns(story) for story in stories)
        there, due, shown, places, known = _sum(scenes(story) for story in stories)
        yield {
            "stories": f"{len(stories)} {part}",
            "pronouns marked": marked,
            "resolved rightly": f"{right / marked:.0%}",
            "of those resolved, right": f"{right / made:.0%}",
            "who: recall, precision": f"{there / due:.0%}, {there / shown:.0%}",
            "where": f"{places / known:.0%} of {known}",
        }


def read(story: MarkedStory) -> tuple[Cast, list[Reading]]:
    """Reads a story as the planner does."""
    texts = [sentence.text for sentence in story.script.sentences]
    cast = Cast(texts, story.script.language)
    reader = Reader(cast)
    readings = [reader.read(text) for text in texts]
    cast.settle()
    return cast, readings


def same(story: MarkedStory, figure: Figure) -> str:
    """The marked id of a figure; empty when it is none of the marked ones."""
    called = {figure.id, figure.item, *(alias.lower() for alias in (figure.noun, *figure.aliases))}
    library = Library.load()
    for id_, noun in story.cast.items():
        item = library.find(noun)
        if id_ in called or noun in called or figure.name.lower() == id_:
            return id_
        if item is not None and item.key == figure.item and not figure.name:
            return id_
    return ""


def pronouns(story: MarkedStory, *, show: bool = False) -> tuple[int, int, int]:
    """How many marked pronouns are resolved rightly, are marked, and are resolved at all.

    Pronouns that are resolved but mean nobody of the marked cast count as made and wrong.
    """
    cast, readings = read(story)
    marks = {(mark.sentence, mark.end): mark for mark in story.mentions}
    words = set(cast.tongue.pronouns) | set(cast.tongue.objects) | set(cast.tongue.possessives)
    right = made = 0
    for index, reading in enumerate(readings):
        text = story.script.sentences[index].text
        for mention in reading.mentions:
            mark = marks.pop((index, mention.end), None)
            said = text[mention.start : mention.end].lower().strip("- ")
            meant = {same(story, figure) for figure in mention.figures}
            good = mark is not None and meant == mark.whom
            if mark is None and said not in words:
                continue
            made += 1
            right += good
            if show and not good:
                print(f"  {text[:70]!r} {said!r}: {meant}, not {mark and set(mark.whom)}")
    if show:
        for mark in marks.values():
            text = story.script.sentences[mark.sentence].text
            print(f"  {text[:70]!r} {text[mark.start : mark.end]!r}: nobody, not {set(mark.whom)}")
    return right, len(story.mentions), made


def scenes(story: MarkedStory, *, show: bool = False) -> tuple[int, int, int, int, int]:
    """Who and where in the pictures of marked scenes, each judged by the one at its middle.

    Returns:
        Marked persons who are seen, marked, and seen at all; places right, and marked.
    """
    plan = plan_scenes(story.script, 1)
    cast, _ = read(story)
    by_id = {figure.id: figure for figure in cast.figures}
    ends = [scene.first_sentence for scene in story.scenes[1:]] + [len(story.script.sentences)]
    there = due = shown = places = known = 0
    for marked, end in zip(story.scenes, ends, strict=True):
        middle = (marked.first_sentence + end - 1) // 2
        scene = next(one for one in plan.scenes if middle in one.segments).description
        seen = {same(story, by_id[s.character]) or s.noun for s in scene.subjects
                if s.character in by_id}  # fmt: skip
        there += len(seen & marked.who)
        due += len(marked.who)
        shown += len(seen)
        if marked.where:
            known += 1
            places += scene.setting in marked.where
        if show and (seen != marked.who or (marked.where and scene.setting not in marked.where)):
            print(story.name, middle, set(marked.who), seen, set(marked.where), scene.setting)
    return there, due, shown, places, known


def _sum(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))
