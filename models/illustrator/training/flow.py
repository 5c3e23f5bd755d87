"""Flow matching: straight lines between pictures and noise, and walking along them.

Time is the share of noise: x(t) = (1 - t) picture + t noise, and a network predicts the velocity
noise - picture. This module knows no data and no training.

Lipman et al. 2023, arXiv:2210.02747; Liu et al. 2023, arXiv:2209.03003. Guidance: Ho & Salimans
2022, arXiv:2207.12598. Times drawn from a logistic normal: Esser et al. 2024, arXiv:2403.03206.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from diffusers import DPMSolverMultistepScheduler, UniPCMultistepScheduler
from torch import Tensor

from models.illustrator.conditions import Conditions
from models.illustrator.transformer import predicted_flow

TIMESTEPS = 1000
"""The transformer is told time as 0 … 1000."""


def draw_times(
    count: int, generator: torch.Generator, *, shift: float, uniform_share: float
) -> Tensor:
    """Times to train at: float32, (count,).

    Args:
        count: How many.
        generator: Of the lots.
        shift: Mean of the logit.
        uniform_share: Share drawn evenly, so that no time is left out.
    """
    times = torch.sigmoid(torch.randn(count, generator=generator) + shift)
    evenly = torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < uniform_share, evenly, times)


def noised(latents: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """The points at `times` of the lines from latents to noise."""
    share = times.view(-1, 1, 1, 1)
    return (1 - share) * latents + share * noise


def velocity(transformer: Any, points: Tensor, times: Tensor, conditions: Conditions) -> Tensor:
    """What the network predicts at these points: float32, shaped as `points`."""
    return predicted_flow(transformer, points, times * TIMESTEPS, conditions)


def guided_velocity(
    transformer: Any, points: Tensor, times: Tensor, double: Conditions, scale: float
) -> Tensor:
    """The velocity, led away from what the empty caption gives.

    Args:
        transformer: The network.
        points: (batch, channels, height, width).
        times: (batch,).
        double: Conditions of twice the batch: the empty ones first.
        scale: 1 for no guidance.
    """
    both = velocity(transformer, torch.cat([points] * 2), torch.cat([times] * 2), double)
    without, with_words = both.chunk(2)
    return without + scale * (with_words - without)


def scheduler_for(*, shift: float, order: int) -> Any:
    """The sampler that a pipeline of ours is stored with.

    Args:
        shift: Of the times; above 1 spends more steps on noise.
        order: 2 for many steps; 1, plain Euler on these lines, for a student of few.
    """
    # Of second order, UniPC came nearer to the converged picture than DPM-Solver++ at 8 and 12
    # steps (docs/decisions.md). Words that training never had made noise of a picture with either.
    kind = DPMSolverMultistepScheduler if order == 1 else UniPCMultistepScheduler
    return kind(
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=shift,
        solver_order=order,
        final_sigmas_type="zero",
    )


def step_times(steps: int, shift: float) -> list[float]:
    """Times at which a sampler stands, from noise to picture: `steps` + 1 numbers."""
    scheduler = scheduler_for(shift=shift, order=1)
    scheduler.set_timesteps(steps)
    return [float(sigma) for sigma in scheduler.sigmas]


@torch.no_grad()
def walk(
    transformer: Any, points: Tensor, times: Sequence[Tensor], double: Conditions, scale: float
) -> Tensor:
    """Follows the guided velocity through the given times, second order from the second step on.

    Args:
        transformer: The network.
        points: Where to begin.
        times: Each (batch,), falling.
        double: As in `guided_velocity`.
        scale: Of the guidance.
    """
    before: Tensor | None = None
    for start, end in pairwise(times):
        found = guided_velocity(transformer, points, start, double, scale)
        # Adams-Bashforth; the steps of one walk are equally long.
        used = found if before is None else 1.5 * found - 0.5 * before
        points = points + (end - start).view(-1, 1, 1, 1) * used
        before = found
    return points
