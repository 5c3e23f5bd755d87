"""What the report says of its judge, and how it names what was judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.illustrator.training.evaluation import JUDGE_FROM, _names, judge_of
from models.illustrator.training.sheet import report_text


def results(**shares: float) -> dict[str, Any]:
    """Of composed pictures: all right, but for the shares given as seen_subject and so on."""
    return {
        f"composed/{name}": {
            figure: {"share": shares.get(f"{name}_{figure}", 1.0), "cases": 100}
            for figure in ("subject", "absent", "setting")
        }
        for name in ("seen", "unseen")
    }


@pytest.mark.parametrize("weak", ["seen_subject", "seen_absent", "unseen_subject", "unseen_absent"])
def test_a_judge_is_as_good_as_its_weakest_figure(weak: str) -> None:
    assert judge_of(results())["fit"]
    assert judge_of(results(**{weak: JUDGE_FROM}))["fit"]
    assert judge_of(results(**{weak: 0.96})) == {"accuracy": 0.96, "needed": 0.97, "fit": False}
    assert judge_of(results(seen_setting=0.5))["fit"]


@pytest.mark.parametrize(("share", "said"), [(0.981, "to 98.1%."), (0.9, "not fit to judge")])
def test_the_report_says_whether_to_believe_it(share: float, said: str) -> None:
    measured = results(unseen_absent=share)
    document = {
        "preset": "tiny",
        "training_seconds": {},
        "autoencoder": {},
        "judge": judge_of(measured),
        "results": measured,
    }
    assert said in report_text(document, {})


def test_pipelines_of_one_name_are_told_apart() -> None:
    folders = [Path("/a/one/many-steps"), Path("/a/two/many-steps"), Path("/a/weights")]
    assert _names(folders) == ["one-many-steps", "two-many-steps", "a-weights"]
    assert _names(folders[1:]) == ["many-steps", "weights"]
    assert _names([]) == []
    assert _names([folders[0], folders[0]]) == ["0-many-steps", "1-many-steps"]
