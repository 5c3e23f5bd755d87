"""A short storm: three kills, each of another kind. `make chaos` is the long one."""

from __future__ import annotations

from tests.chaos.storm import storm


def test_kills_lose_nothing_and_cost_only_what_was_in_flight() -> None:
    toll = storm(kills=3, seed=34)
    assert set(toll.kills) == {"orchestrator", "image", "voice"}
    assert toll.lost == []
    assert toll.beyond == []
    assert toll.stories["finished"] == toll.stories["told"] >= 3
