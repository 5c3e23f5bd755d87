"""A network that learns: its weights, their exact copies, their average, and the optimiser.

On processors that multiply bfloat16 the network's own weights are bfloat16 and the optimiser works
on float32 masters; with float32 the same code keeps two equal copies. This module does not know
what the network is for.

AdamW: Loshchilov & Hutter 2019, arXiv:1711.05101. Averaged weights: Polyak & Juditsky 1992.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from models.illustrator.training.config import Config
from models.illustrator.training.replicas import Batch, Losses, Replicas
from models.illustrator.training.sections import Schedule


def working_precision(config: Config) -> torch.dtype:
    """The type networks compute in on this machine."""
    if config.precision != "auto":
        return torch.bfloat16 if config.precision == "bfloat16" else torch.float32
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    fast = any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)
    return torch.bfloat16 if fast or torch.cuda.is_available() else torch.float32


def cores(config: Config) -> int:
    """How many cores a run works on."""
    return config.threads or len(os.sched_getaffinity(0))


@contextmanager
def one_thread_an_operation() -> Iterator[None]:
    """While replicas learn side by side, none of them needs threads of its own."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Learner:
    """A network under training.

    Args:
        network: In float32; it is cast to `dtype` in place.
        schedule: Of the training.
        dtype: The network computes in.
        replicas: How many work on a batch at once.
    """

    def __init__(
        self, network: nn.Module, schedule: Schedule, dtype: torch.dtype, replicas: int = 1
    ) -> None:
        named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
        self._names = [name for name, _ in named]
        self._masters = [p.detach().clone().float() for _, p in named]
        self._average = [master.clone() for master in self._masters]
        # Not network.to: diffusers would warn of modules to keep in float32, and there are none.
        self.network = nn.Module.to(network, dtype)
        self._weights: list[Tensor] = [p for p in network.parameters() if p.requires_grad]
        self._replicas = Replicas(self.network, replicas)
        self._schedule = schedule
        self.steps = 0
        self.skipped = 0
        matrices = [m for m in self._masters if m.ndim > 1]
        vectors = [m for m in self._masters if m.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": schedule.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=schedule.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )

    def backward(self, losses: Losses, batch: Batch) -> dict[str, float]:
        """Gathers the gradients of a batch for the next step, and returns its losses."""
        return self._replicas.backward(losses, batch)

    @torch.no_grad()
    def step(self, rate: float) -> float:
        """Takes one step along the gradients that were gathered, and clears them.

        A gradient that is not finite changes nothing and is counted in `skipped`.

        Returns:
            The norm of the gradient.
        """
        for master, gradient in zip(self._masters, self._replicas.take_gradients(), strict=True):
            master.grad = gradient
        norm = nn.utils.clip_grad_norm_(self._masters, self._schedule.gradient_clip)
        if not bool(torch.isfinite(norm)):
            self.skipped += 1
            return float("nan")
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        self.steps += 1
        decay = min(self._schedule.ema, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self._average, self._masters, 1 - decay)
        torch._foreach_copy_(self._weights, self._masters)
        return float(norm)

    @contextmanager
    @torch.no_grad()
    def averaged(self) -> Iterator[nn.Module]:
        """The network with its averaged weights, for as long as the context lasts."""
        own = [weight.detach().clone() for weight in self._weights]
        torch._foreach_copy_(self._weights, self._average)
        training = self.network.training
        self.network.eval()
        try:
            yield self.network
        finally:
            torch._foreach_copy_(self._weights, own)
            self.network.train(training)

    def average(self) -> dict[str, Tensor]:
        """The averaged weights by their names in the network, float32; not copies."""
        return dict(zip(self._names, self._average, strict=True))

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name; not copies."""
        state = {"learner.steps": torch.tensor([self.steps, self.skipped])}
        for name, master, mean in zip(self._names, self._masters, self._average, strict=True):
            state[f"master.{name}"] = master
            state[f"average.{name}"] = mean
            moments = self._optimiser.state.get(master, {})
            for kind in ("step", "exp_avg", "exp_avg_sq"):
                if kind in moments:
                    state[f"{kind}.{name}"] = moments[kind]
        return state

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Takes over what `state` gave.

        Raises:
            KeyError, RuntimeError: It is another network's.
        """
        self.steps, self.skipped = (int(n) for n in state["learner.steps"])
        for name, master, mean in zip(self._names, self._masters, self._average, strict=True):
            master.copy_(state[f"master.{name}"])
            mean.copy_(state[f"average.{name}"])
            if f"exp_avg.{name}" in state:
                self._optimiser.state[master] = {
                    kind: state[f"{kind}.{name}"].clone()
                    for kind in ("step", "exp_avg", "exp_avg_sq")
                }
        torch._foreach_copy_(self._weights, self._masters)

    @torch.no_grad()
    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begins with the given weights, float or packed, by their names in the network.

        Raises:
            KeyError, RuntimeError: They are another network's.
        """
        for name, master, mean in zip(self._names, self._masters, self._average, strict=True):
            master.copy_(weights[name])
            mean.copy_(master)
        torch._foreach_copy_(self._weights, self._masters)
