"""Lines between pictures and noise, and walking along them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models.illustrator.conditions import Conditions
from models.illustrator.training.flow import (
    draw_times,
    guided_velocity,
    noised,
    scheduler_for,
    step_times,
    velocity,
    walk,
)


def conditions(batch: int) -> Conditions:
    return Conditions(torch.zeros(batch, 3, 8), torch.ones(batch, 3))


class Straight:
    """Knows where each picture lies: the velocity of the line through the point and the picture.

    The empty caption, the first half of a doubled batch, gives the velocity towards zero.
    """

    def __init__(self, picture: Tensor) -> None:
        self.picture = picture

    def __call__(self, points: Tensor, *, timestep: Tensor, **_: object) -> tuple[Tensor]:
        at = (timestep / 1000).view(-1, 1, 1, 1)
        target = self.picture.expand_as(points).clone()
        if len(points) > 1:
            target[: len(points) // 2] = 0.0
        return ((points - target) / at,)


def test_lines_end_at_picture_and_noise() -> None:
    picture, noise = torch.randn(2, 4, 4, 4), torch.randn(2, 4, 4, 4)
    assert torch.equal(noised(picture, noise, torch.zeros(2)), picture)
    assert torch.equal(noised(picture, noise, torch.ones(2)), noise)


def test_times_lie_between_and_lean_towards_noise() -> None:
    chance = torch.Generator().manual_seed(0)
    times = draw_times(20_000, chance, shift=0.2, uniform_share=0.0)
    assert 0 < float(times.min()) < float(times.max()) < 1
    assert float(times.median()) == pytest.approx(0.55, abs=0.01)
    evenly = draw_times(20_000, chance, shift=5.0, uniform_share=1.0)
    assert float((evenly < 0.1).float().mean()) == pytest.approx(0.1, abs=0.01)


def test_guidance_leads_away_from_the_empty_caption() -> None:
    picture = torch.full((1, 4, 4, 4), 2.0)
    points, times = torch.ones(1, 4, 4, 4), torch.ones(1)
    network = Straight(picture)
    plain = velocity(network, torch.cat([points] * 2), torch.cat([times] * 2), conditions(2))
    without, told = plain.chunk(2)
    guided = guided_velocity(network, points, times, conditions(2), 3.0)
    assert torch.allclose(guided, without + 3 * (told - without))
    assert torch.allclose(guided_velocity(network, points, times, conditions(2), 1.0), told)


def test_a_walk_along_a_straight_line_ends_at_the_picture() -> None:
    picture, noise = torch.randn(1, 4, 4, 4), torch.randn(1, 4, 4, 4)
    times = [torch.tensor([t]) for t in (1.0, 0.75, 0.5, 0.25, 0.0)]
    for steps in (times, times[::4], times[:3]):
        end = walk(Straight(picture), noise, steps, conditions(2), 1.0)
        assert torch.allclose(end, noised(picture, noise, steps[-1]), atol=1e-5)


def test_a_walk_is_of_second_order() -> None:
    def curve(points: Tensor, *, timestep: Tensor, **_: object) -> tuple[Tensor]:
        return ((3 * (timestep / 1000) ** 2).view(-1, 1, 1, 1).expand_as(points),)

    def error(count: int) -> float:
        times = list(torch.linspace(1, 0, count + 1).view(-1, 1))
        end = walk(curve, torch.ones(1, 1, 1, 1), times, conditions(2), 1.0)
        return abs(float(end))  # x(t) = t³: from 1 to 0

    assert error(20) < error(10) / 3


@pytest.mark.parametrize("order", [1, 2])
def test_the_samplers_of_pipelines_follow_the_flow(order: int) -> None:
    picture, noise = torch.randn(1, 4, 4, 4), torch.randn(1, 4, 4, 4)
    scheduler = scheduler_for(shift=1.5, order=order)
    scheduler.set_timesteps(6)
    points = noised(picture, noise, scheduler.sigmas[:1])
    for timestep, sigma in zip(scheduler.timesteps, scheduler.sigmas, strict=False):
        flow = Straight(picture)(points, timestep=sigma.view(1) * 1000)[0]
        points = scheduler.step(flow, timestep, points, return_dict=False)[0]
    assert torch.allclose(points, picture, atol=1e-4)


def test_the_students_windows_are_the_steps_of_its_sampler() -> None:
    times = step_times(4, 1.5)
    scheduler = scheduler_for(shift=1.5, order=1)
    scheduler.set_timesteps(4)
    assert len(times) == 5
    assert times[0] == pytest.approx(1, abs=1e-3)
    assert times[-1] == 0
    assert times[1] == pytest.approx(1.5 * 0.75 / (1 + 0.5 * 0.75), abs=1e-3)
    assert [round(t * 1000) for t in times[:-1]] == pytest.approx(
        scheduler.timesteps.tolist(), abs=1
    )
