"""Routing: utterances that were kept back, settings in words, and the time of a decision.

    python -m tests.bench.routing     the tables, with what was read wrongly

400 labelled utterances in `data/routing.tsv`, written and split before the router existed; only
the half `kept` counts. Every way of reading sees the same ones: n-grams of characters and, where
they leave it open, sentence embeddings (the default); embeddings always; n-grams alone (without the
sentence model's weights); and the nearest example by embedding, which is what most routers do.
Times are medians of single decisions.
"""

from __future__ import annotations

import csv
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import Settings
from models.catalog import Catalog
from models.sentences import sentence_encoder
from orchestrator.forward import Routes
from orchestrator.routing.choice import Models
from orchestrator.routing.examples import expand
from orchestrator.routing.intents import Intent
from orchestrator.routing.reader import Encoder, Reader
from orchestrator.routing.router import Question, Router
from orchestrator.routing.settings import find
from orchestrator.routing.utterance import read, words

DATA = Path(__file__).parent / "data"
Row = Mapping[str, str]
Decide = Callable[[str], Intent]


def table(name: str) -> list[Row]:
    """A labelled file."""
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _absent() -> Encoder:
    raise FailedPreconditionError("left out", reason="WEIGHTS_NOT_FETCHED")


def _router(reader: Reader) -> Decide:
    settings, catalog = Settings(), Catalog.builtin()
    router = Router(Models(Routes(settings.services, catalog), catalog), reader)
    return lambda text: router.decide(Question(text)).intent


def _nearest() -> Decide:
    encoder, examples = sentence_encoder(), expand(7, 1)
    known = encoder.encode([read(example.text).embedded for example in examples])

    def decide(text: str) -> Intent:
        vector = encoder.encode([read(text).embedded])[0]
        return examples[int(np.argmax(known @ vector))].intent

    return decide


WAYS: Mapping[str, Callable[[], Decide]] = {
    "characters, then sentences": lambda: _router(Reader()),
    "sentences always": lambda: _router(Reader(plain=2)),
    "characters alone": lambda: _router(Reader(_absent)),
    "nearest example": _nearest,
}


def rows() -> list[dict[str, object]]:
    """One row a way of reading."""
    utterances = table("routing.tsv")
    kept = [row for row in utterances if row["split"] == "kept"]
    found = []
    for name, way in WAYS.items():
        decide = way()
        decide("warm up")
        times, spent, right = [], [], Counter[str]()
        for row in kept:
            started, worked = time.perf_counter(), time.process_time()
            intent = decide(row["utterance"])
            times.append(time.perf_counter() - started)
            spent.append(time.process_time() - worked)
            right[row["language"]] += intent == row["intent"]
        many = Counter(row["language"] for row in kept)
        found.append(
            {
                "read by": name,
                "kept back, right": f"{right.total() / len(kept):.1%}",
                "English": f"{right['en']} of {many['en']}",
                "French": f"{right['fr']} of {many['fr']}",
                "ms a decision": f"{statistics.median(times) * 1000:.1f}",
                "of them on the processor": f"{statistics.median(spent) * 1000:.1f}",
                "target": "≥ 95 %, ≤ 10 ms" if name == "characters, then sentences" else "",
            }
        )
    return found


def confusion() -> list[dict[str, object]]:
    """What was kept back: labels by row, decisions by column."""
    decide = WAYS["characters, then sentences"]()
    counts: Counter[tuple[str, str]] = Counter()
    for row in table("routing.tsv"):
        if row["split"] == "kept":
            counts[row["intent"], decide(row["utterance"]).value] += 1
    names = [intent.value for intent in Intent]
    return [{"labelled": a, **{b: counts[a, b] or "" for b in names}} for a in names]


def wrong() -> list[dict[str, object]]:
    """Every labelled utterance that is read wrongly."""
    decide = WAYS["characters, then sentences"]()
    found: list[dict[str, object]] = []
    for row in table("routing.tsv"):
        intent = decide(row["utterance"])
        if intent != row["intent"]:
            found.append({"utterance": row["utterance"], "is": row["intent"], "read as": intent})
    return found


def settings() -> str:
    """How many of the labelled settings are found."""
    good, utterances = 0, table("parameters.tsv")
    for row in utterances:
        found = {}
        for one in find(row["utterance"], Intent(row["intent"])):
            if one.name == "aspect" and "x" in one.value:
                found["width"], found["height"] = one.value.split("x")
            else:
                found[one.name] = one.value.replace("ogg_opus", "ogg")
        expected = dict(pair.split("=") for pair in (row["expected"] or "").split(";") if pair)
        good += found == expected
    return f"Settings in words: {good} of {len(utterances)} utterances without a mistake."


def chance() -> str:
    """How many of those kept back the examples happen to hold word by word."""
    learnt = {" ".join(words(example.text)) for example in expand(7, 4)}
    kept = [row["utterance"] for row in table("routing.tsv") if row["split"] == "kept"]
    same = sum(" ".join(words(text)) in learnt for text in kept)
    return f"Of the {len(kept)} kept back, {same} stand among the examples word by word."


if __name__ == "__main__":
    from tests.bench.__main__ import table as markdown

    for part in (rows(), confusion(), wrong()):
        print(markdown(part), end="\n\n")
    print(settings(), chance(), sep="\n")
