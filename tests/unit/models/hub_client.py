"""Resolves cards against a hub at HF_ENDPOINT, in a process of its own, and prints what came of it.

A process of its own, because the hub client reads its endpoint and its cache folder when imported.
Standard input: a JSON list of card facts. Standard output: a JSON list of results.
"""

import json
import sys
from pathlib import Path

from lanternist.runtime.errors import LanternistError
from models.card import ModelCard
from models.progress import ProgressEvent
from models.weights import resolve, state


def _attempt(facts: dict[str, object]) -> dict[str, object]:
    card = ModelCard(modality="image", engine="fake", display_name="Toy", **facts)  # type: ignore[arg-type]
    events: list[ProgressEvent] = []
    before = state(card)
    try:
        weights = resolve(card, progress=events.append)
    except LanternistError as error:
        return {"reason": error.reason, "message": error.message}
    root = weights.directory
    files = {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}
    return {
        "before": before,
        "after": state(card),
        "verified": weights.verified,
        "files": files,
        "leftovers": [p.name for p in Path(root).parent.iterdir() if p.name.startswith("partial")],
        "told_bytes": max((e.done_bytes for e in events if e.stage == "downloading"), default=0),
    }


if __name__ == "__main__":
    json.dump([_attempt(facts) for facts in json.load(sys.stdin)], sys.stdout)
