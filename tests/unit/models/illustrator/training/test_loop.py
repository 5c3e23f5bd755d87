"""The loop: it learns, stops, saves, and goes on with the very steps it would have taken."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lanternist.runtime.errors import CancelledError, InternalError
from models.illustrator.training import checkpoints
from models.illustrator.training.budget import Budget
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import Learner
from models.illustrator.training.loop import Loop
from models.illustrator.training.replicas import Batch
from models.illustrator.training.sections import Schedule
from models.illustrator.training.stream import Stream

SCHEDULE = Schedule(batch=4, learning_rate=0.05, warm_up_steps=3, decay_share=0.5, ema=0.9)


class Killed(BaseException):
    """Stands for kill -9: nothing in between handles it."""


class Ticks:
    """A clock that goes on a second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Line:
    """A task: fit a line to points that come with noise."""

    def __init__(self, *, killed_at: int = -1, replicas: int = 1) -> None:
        torch.manual_seed(0)
        self.learner = Learner(nn.Linear(3, 1), SCHEDULE, torch.float32, replicas)
        self.stream = Stream([range(40)], seed=1)
        self.chance = torch.Generator().manual_seed(1)
        self.killed_at = killed_at
        self.seen: list[int] = []
        self.shares: list[float] = []

    def draw(self, share: float) -> Batch:
        if self.learner.steps == self.killed_at:
            raise Killed
        self.shares.append(share)
        samples = torch.tensor([draw.sample for draw in self.stream.take(4, [1.0])])
        self.seen += samples.tolist()
        x = torch.stack([samples, samples % 7, samples % 3], 1) / 10.0
        y = x.sum(1, keepdim=True) + 0.1 * torch.randn(4, 1, generator=self.chance)
        return {"x": x, "y": y}

    def losses(self, network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        return {"loss": (network(batch["x"]) - batch["y"]).square().mean()}

    def validate(self) -> Mapping[str, float]:
        with self.learner.averaged() as network:
            torch.randn(5)  # a validation may draw lots: no step may depend on them
            return {"slope": float(network.weight.detach().sum())}

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, facts = self.stream.state()
        return {**tensors, "chance": self.chance.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        self.stream.restore(tensors, facts)
        self.chance.set_state(tensors["chance"])


def loop(task: Line, folder: Path, seconds: float = 40.0, **options: Any) -> Loop:
    return Loop(
        stage="line",
        task=task,
        schedule=SCHEDULE,
        budget=Budget(seconds, Ticks()),
        journal=Journal(folder / "log.jsonl", io.StringIO()),
        folder=folder / "checkpoints",
        **{"checkpoint_seconds": 6.0, "validate_seconds": 5.0, **options},
    )


def test_it_learns_until_its_time_is_spent(tmp_path: Path) -> None:
    task = Line()
    figures = loop(task, tmp_path, seconds=300).run(resume=False)
    assert figures["slope"] == pytest.approx(3.0, abs=0.15)
    assert task.learner.steps == 300
    assert task.shares == sorted(task.shares)
    assert task.shares[-1] < 1


@pytest.mark.parametrize("replicas", [1, 3])
def test_a_killed_run_goes_on_with_the_steps_that_it_would_have_taken(
    tmp_path: Path, replicas: int
) -> None:
    whole = Line(replicas=replicas)
    loop(whole, tmp_path / "whole").run(resume=False)
    killed = Line(killed_at=23, replicas=replicas)
    with pytest.raises(Killed):
        loop(killed, tmp_path / "killed").run(resume=False)
    found = checkpoints.latest(tmp_path / "killed" / "checkpoints")
    assert found is not None
    assert 0 < found.step < 23  # the steps since then are lost, and taken again
    torch.randn(99)
    resumed = Line(replicas=replicas)
    loop(resumed, tmp_path / "killed").run(resume=True)
    assert resumed.learner.steps == whole.learner.steps == 40
    assert whole.seen == killed.seen[: found.step * 4] + resumed.seen
    assert whole.shares == killed.shares[: found.step] + resumed.shares
    for name, tensor in whole.learner.state().items():
        assert torch.equal(tensor, resumed.learner.state()[name]), name


def test_more_time_takes_a_finished_run_further(tmp_path: Path) -> None:
    loop(Line(), tmp_path, seconds=10).run(resume=False)
    longer = Line()
    loop(longer, tmp_path, seconds=15).run(resume=True)
    assert longer.learner.steps == 15
    done = Line()
    loop(done, tmp_path, seconds=15).run(resume=True)
    assert done.seen == []


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    for _ in range(2):
        task = Line()
        loop(task, tmp_path, seconds=10).run(resume=False)
        assert len(task.seen) == 40


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_after_a_checkpoint(tmp_path: Path, number: signal.Signals) -> None:
    class Stopped(Line):
        def draw(self, share: float) -> Batch:
            if self.learner.steps == 4:
                os.kill(os.getpid(), number)
            return super().draw(share)

    before = signal.getsignal(number)
    with pytest.raises(CancelledError, match="step 5"):
        loop(Stopped(), tmp_path).run(resume=False)
    assert signal.getsignal(number) is before
    found = checkpoints.latest(tmp_path / "checkpoints")
    assert found is not None
    assert found.step == 5


def test_a_run_that_diverges_says_so(tmp_path: Path) -> None:
    class Wild(Line):
        def losses(self, network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
            return {"loss": super().losses(network, batch)["loss"] * float("nan")}

    with pytest.raises(InternalError, match="not numbers"):
        loop(Wild(), tmp_path, seconds=1000).run(resume=False)


def test_milestones_come_at_intervals(tmp_path: Path) -> None:
    kept: list[float] = []
    loop(Line(), tmp_path, milestone_seconds=12, on_milestone=kept.append).run(resume=False)
    assert kept == [12, 24, 36]


def test_most_steps_end_it_early(tmp_path: Path) -> None:
    task = Line()
    short = loop(task, tmp_path)
    short.schedule = SCHEDULE.model_copy(update={"most_steps": 7})
    short.run(resume=False)
    assert task.learner.steps == 7
