"""Steps of a task by hand, and what they should bring."""

from __future__ import annotations

from typing import Any

from models.illustrator.training.loop import Task


def steps(task: Task, count: int, share: float = 0.0, rate: float = 3e-3) -> list[float]:
    losses = []
    for _ in range(count):
        losses.append(task.learner.backward(task.losses, task.draw(share))["loss"])
        task.learner.step(rate)
    return losses


def improved(losses: list[float]) -> float:
    third = len(losses) // 3
    return sum(losses[-third:]) / sum(losses[:third])


def twin(task: Task, make: Any) -> None:
    """A second task that takes over the first one's state goes on with the same losses."""
    tensors, facts = task.state()
    weights = {name: tensor.clone() for name, tensor in task.learner.state().items()}
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    other = make()
    other.learner.restore(weights)
    other.restore(tensors, facts)
    assert steps(task, 3) == steps(other, 3)
