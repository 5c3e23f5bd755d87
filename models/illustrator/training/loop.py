"""The training loop that every network of this package goes through.

Draw, step, tell, validate, save; stop when the time is spent or the process is told to. A run that
is killed and resumed takes the very steps that it would have taken (on one machine, with as many
threads, as far as the clock allows: the learning rate follows the time). It does not know what is
learnt: a `Task` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from lanternist.runtime.errors import CancelledError, InternalError
from models.illustrator.training import checkpoints
from models.illustrator.training.budget import Alarm, Budget, learning_rate
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import Learner
from models.illustrator.training.replicas import Batch
from models.illustrator.training.sections import Schedule
from models.illustrator.training.stopping import stop_signals

_MOST_SKIPPED = 50
_SMOOTHING = 0.98


class Task(Protocol):
    """What is learnt. All that its next batch depends on is in its state."""

    learner: Learner

    def draw(self, share: float) -> Batch:
        """The next batch, with all that is random about it.

        Args:
            share: Of the time, how much is spent.
        """

    def losses(self, network: nn.Module, batch: Batch) -> Mapping[str, Tensor]:
        """Losses of a part of a batch, scalars; "loss", a mean over its rows, is followed.

        Called from several threads at once, each with a replica of the learner's network.
        """

    def validate(self) -> Mapping[str, float]:
        """Figures on held-out samples, with the averaged weights. Changes no state."""

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON facts from which `restore` goes on."""

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Goes back to where `state` was taken."""


@dataclass
class Loop:
    """How a task is trained.

    Attributes:
        stage: Its name.
        task: What is learnt.
        schedule: Batch, rates.
        budget: Time.
        journal: Told of everything.
        folder: Of the checkpoints.
        checkpoint_seconds: Between them.
        validate_seconds: Between validations.
        milestone_seconds: Between calls of `on_milestone`; 0 for none.
        on_milestone: Called with the seconds spent.
    """

    stage: str
    task: Task
    schedule: Schedule
    budget: Budget
    journal: Journal
    folder: Path
    checkpoint_seconds: float
    validate_seconds: float
    milestone_seconds: float = 0.0
    on_milestone: Callable[[float], None] = lambda seconds: None
    _means: dict[str, float] = field(default_factory=dict)

    def run(self, *, resume: bool) -> dict[str, float]:
        """Trains until the time is spent.

        Args:
            resume: Go on from the newest checkpoint, if there is one.

        Returns:
            The figures of the last validation.

        Raises:
            CancelledError: The process was told to stop; a checkpoint was written before.
            InternalError: The gradients are no numbers any more.
        """
        step = self._restored() if resume else 0
        elapsed = self.budget.elapsed
        saving = Alarm(self.checkpoint_seconds, elapsed)
        validating = Alarm(self.validate_seconds, elapsed)
        milestones = Alarm(self.milestone_seconds, elapsed)
        first, started = step, elapsed
        with stop_signals() as stopped:
            while not self._finished(step):
                norm = self._step(step)
                step += 1
                self.budget.tick()
                now = self.budget.elapsed
                self.journal.progress(
                    self.stage,
                    step=step,
                    samples=step * self.schedule.batch,
                    rate=(step - first) * self.schedule.batch / max(1e-9, now - started),
                    budget=self.budget,
                    rate_now=learning_rate(self.schedule, step, self.budget.share),
                    gradient=norm,
                    **self._means,
                )
                if stopped.is_set():
                    self._save(step)
                    raise CancelledError(f"The stage `{self.stage}` was stopped at step {step}.")
                if milestones.rings(now):
                    self.on_milestone(now)
                if validating.rings(now):
                    self._validate(step)
                if saving.rings(now):
                    self._save(step)
        self._save(step)
        return self._validate(step)

    def _finished(self, step: int) -> bool:
        return self.budget.spent or bool(
            self.schedule.most_steps and step >= self.schedule.most_steps
        )

    def _step(self, step: int) -> float:
        share = self.budget.share
        losses = self.task.learner.backward(self.task.losses, self.task.draw(share))
        norm = self.task.learner.step(learning_rate(self.schedule, step, share))
        if self.task.learner.skipped > _MOST_SKIPPED:
            raise InternalError(f"The stage `{self.stage}` diverged: gradients are not numbers.")
        for name, value in losses.items():
            self._means[name] = _SMOOTHING * self._means.get(name, value) + (1 - _SMOOTHING) * value
        return norm

    def _validate(self, step: int) -> dict[str, float]:
        figures = {name: float(value) for name, value in self.task.validate().items()}
        samples = step * self.schedule.batch
        self.journal.note(
            self.stage, "validation", step=step, samples=samples,
            elapsed_seconds=round(self.budget.elapsed, 1), **figures,
        )  # fmt: skip
        return figures

    def _save(self, step: int) -> None:
        tensors, facts = self.task.state()
        tensors = {**self.task.learner.state(), **tensors, "torch.random": torch.get_rng_state()}
        checkpoints.save(self.folder, step, tensors, {"elapsed": self.budget.elapsed, **facts})

    def _restored(self) -> int:
        found = checkpoints.latest(self.folder)
        if found is None:
            return 0
        self.task.learner.restore(found.tensors)
        self.task.restore(found.tensors, found.facts)
        torch.set_rng_state(found.tensors["torch.random"])
        self.budget.resume(float(found.facts["elapsed"]))
        self.journal.note(
            self.stage, "resumed", step=found.step, elapsed_seconds=round(self.budget.elapsed, 1)
        )
        return found.step
