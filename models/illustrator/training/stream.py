"""Which sample comes next: shuffled, from pools mixed by shares, and resumable at any place.

A pool is passed once through before it is shuffled anew, and its order depends on the seed and the
pass alone; so a position is two numbers a pool, and the state of one generator for the mixing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lanternist.runtime.errors import FailedPreconditionError


@dataclass(frozen=True, slots=True)
class Draw:
    """A sample to take: its number, and how often it was taken before."""

    sample: int
    epoch: int


class Stream:
    """An endless order of samples.

    Args:
        pools: Numbers of the samples of each pool; empty pools are left out of the mix.
        seed: Of the order.

    Raises:
        FailedPreconditionError: Every pool is empty.
    """

    def __init__(self, pools: Sequence[Sequence[int]], seed: int) -> None:
        if not any(len(pool) for pool in pools):
            raise FailedPreconditionError(
                "There are no pictures to learn from: run the stage `data` first.",
                reason="NO_TRAINING_DATA",
            )
        self._pools = [torch.tensor(list(pool), dtype=torch.long) for pool in pools]
        self._seed = seed
        self._places = [[0, 0] for _ in pools]
        self._orders = [self._order(pool, 0) for pool in range(len(pools))]
        self._mixing = torch.Generator().manual_seed(seed)

    def take(self, count: int, shares: Sequence[float]) -> list[Draw]:
        """The next `count` samples, each from a pool chosen with probability in its share."""
        weights = torch.tensor(
            [share if len(pool) else 0.0 for share, pool in zip(shares, self._pools, strict=True)]
        )
        if float(weights.sum()) <= 0:
            weights = torch.tensor([float(len(pool) > 0) for pool in self._pools])
        chosen = torch.multinomial(weights, count, replacement=True, generator=self._mixing)
        return [self._next(int(pool)) for pool in chosen]

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and facts that say where the stream stands."""
        sizes = [len(pool) for pool in self._pools]
        facts = {"stream": {"places": [list(p) for p in self._places], "sizes": sizes}}
        return {"stream.mixing": self._mixing.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> bool:
        """Goes to where `state` was taken.

        Returns:
            False if the pools have changed since; the stream then begins a new pass over them.
        """
        self._mixing.set_state(tensors["stream.mixing"])
        stored = facts["stream"]
        same = stored["sizes"] == [len(pool) for pool in self._pools]
        for pool, (epoch, place) in enumerate(stored["places"][: len(self._pools)]):
            self._places[pool] = [epoch, place] if same else [epoch + 1, 0]
            self._orders[pool] = self._order(pool, self._places[pool][0])
        return bool(same)

    def _next(self, pool: int) -> Draw:
        epoch, place = self._places[pool]
        if place >= len(self._pools[pool]):
            epoch, place = epoch + 1, 0
            self._orders[pool] = self._order(pool, epoch)
        self._places[pool] = [epoch, place + 1]
        return Draw(int(self._orders[pool][place]), epoch)

    def _order(self, pool: int, epoch: int) -> Tensor:
        seed = (self._seed * 1_000_003 + pool) * 1_000_003 + epoch
        shuffle = torch.Generator().manual_seed(seed % 2**63)
        samples = self._pools[pool]
        return samples[torch.randperm(len(samples), generator=shuffle)]
