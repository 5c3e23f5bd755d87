"""Marks: every format against every kind of tampering.

    python -m tests.bench.verification

Each cell is what `lanternist verify` says. The last column turns one random bit at a time, 120 of
them all over the file: what is still called trusted then lies in bytes that C2PA leaves out of its
hashes (headers of the mark's own boxes, padding, the directory at the end of a ZIP).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from orchestrator.provenance.claim import TRAINED, Claim
from orchestrator.provenance.credentials import own
from orchestrator.provenance.marker import Marker
from orchestrator.provenance.reading import look
from orchestrator.provenance.verify import State, verdict
from tests.unit.orchestrator.provenance.media import (
    changed,
    content_of,
    every_kind,
)

CLAIM = Claim("A test", TRAINED, {"image": "a-model"})
NOT_MARKABLE = ("Opus in Ogg", "PSD", "HTML", "WebVTT, SubRip")
FLIPS = 120


def state(data: bytes, anchors: str) -> State:
    """What the mark of a file is worth."""
    return verdict(look(io.BytesIO(data), anchors)).state


def row(media_type: str, plain: bytes, marker: Marker, anchors: str) -> dict[str, object]:
    """One format against everything."""
    marked = marker.mark(plain, media_type, CLAIM)
    content = changed(marked, content_of(plain, marked))
    claim = b"a-model" if b"a-model" in marked else b"YS1tb2Rlb"  # SVG holds it as base64
    told = changed(marked, claim) if claim in marked else changed(marked, b"c2pa:manifest", 400)
    rng = np.random.default_rng(11)
    found = [state(flipped(marked, int(at)), anchors) for at in rng.integers(0, len(marked), FLIPS)]
    return {
        "format": media_type,
        "as marked": state(marked, anchors),
        "unknown signer": state(marked, ""),
        "bit in the media": state(content, anchors),
        "bit in the claim": state(told, anchors),
        "cut short": state(marked[: len(marked) * 9 // 10], anchors),
        "mark stripped": state(plain, anchors),
        "random bits noticed": f"{sum(s is not State.TRUSTED for s in found)} of {FLIPS}",
    }


def flipped(data: bytes, at: int) -> bytes:
    """The file with one bit turned."""
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def rows() -> list[dict[str, object]]:
    """The table."""
    with tempfile.TemporaryDirectory() as directory:
        marker = Marker(own(Path(directory)))
        anchors = (Path(directory) / "root.pem").read_text()
        made = [row(name, plain, marker, anchors) for name, plain in every_kind().items()]
    return made + list(_without(made[0]))


def _without(like: dict[str, object]) -> Iterator[dict[str, object]]:
    for name in NOT_MARKABLE:
        yield {**dict.fromkeys(like, ""), "format": name, "as marked": "has no place for a mark"}


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(rows()))
