"""One network on several cores: replicas that share its weights, each on a thread of its own.

Each takes its part of a batch forwards and backwards with one thread, and the gradients are added
up. PyTorch's own way, several threads inside every operation, makes them wait for each other
thousands of times a step; beside other work on the machine that is many times slower, above all in
the backward pass of convolutions. Here they meet once a step. The parts and the order of the sum
are fixed, so a step is repeatable. This module does not know what is learnt.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch
from torch import Tensor, nn

Batch = Mapping[str, Tensor | Sequence[object]]
"""Columns of equally many rows, one a sample."""

Losses = Callable[[nn.Module, Batch], Mapping[str, Tensor]]
"""A network and its part of a batch to losses; "loss", a mean over the rows, is followed."""


class Replicas:
    """A network and its twins.

    Args:
        network: Its weights stay where they are; who changes them in place changes them for all.
        count: Of the replicas, the network among them.
    """

    def __init__(self, network: nn.Module, count: int) -> None:
        self._networks = [network, *(_twin(network) for _ in range(count - 1))]
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="replica") if count > 1 else None

    def backward(self, losses: Losses, batch: Batch) -> dict[str, float]:
        """Adds the gradients of a batch's mean loss to the replicas', and returns its losses."""
        parts = split(batch, len(self._networks))
        rows = rows_of(batch)

        def work(network: nn.Module, part: Batch) -> dict[str, float]:
            share = rows_of(part) / rows
            found = losses(network, part)
            (found["loss"] * share).backward()  # type: ignore[no-untyped-call]  # untyped in torch
            return {name: float(value.detach()) * share for name, value in found.items()}

        workers = self._networks[: len(parts)]
        if self._pool is None or len(parts) == 1:
            told = [work(network, part) for network, part in zip(workers, parts, strict=True)]
        else:
            told = list(self._pool.map(work, workers, parts))
        return {name: sum(one[name] for one in told) for name in told[0]}

    def take_gradients(self) -> list[Tensor | None]:
        """The sum of the replicas' gradients, float32, in the order of the weights; then clears."""
        rows = zip(*(_weights(network) for network in self._networks), strict=True)
        return [_taken(twins) for twins in rows]


def rows_of(batch: Batch) -> int:
    """How many samples a batch holds."""
    return len(next(iter(batch.values())))


def split(batch: Batch, parts: int) -> list[Batch]:
    """At most so many parts of nearly equal size, none of them empty."""
    rows = rows_of(batch)
    parts = min(parts, rows)
    ends = [rows * part // parts for part in range(parts + 1)]
    return [
        {name: column[start:end] for name, column in batch.items()} for start, end in pairwise(ends)
    ]


def _weights(network: nn.Module) -> list[Tensor]:
    return [weight for weight in network.parameters() if weight.requires_grad]


def _twin(network: nn.Module) -> nn.Module:
    """Another network on the same weights, with gradients of its own."""
    twin = copy.deepcopy(network)
    for own, shared in zip(twin.parameters(), network.parameters(), strict=True):
        own.data = shared.data
    return twin


@torch.no_grad()
def _taken(twins: Sequence[Tensor]) -> Tensor | None:
    total: Tensor | None = None
    for weight in twins:
        if weight.grad is not None:
            part = weight.grad.float()
            total = part if total is None else total + part
            weight.grad = None
    return total
