"""Chaos: parts of a running installation are killed at random, and what that cost is counted."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.storm import storm

KILLS = 32


def rows() -> list[Mapping[str, object]]:
    """One storm."""
    return [storm(KILLS, seed=1).row()]
