"""Choosing tokens: greedy, nucleus, seeds."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from services.text.decoding.sampling import Sampler

LOGITS = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))


def draws(sampler: Sampler, count: int, logits: torch.Tensor = LOGITS) -> Counter[int]:
    return Counter(sampler.pick(logits) for _ in range(count))


def test_temperature_zero_takes_the_likeliest() -> None:
    sampler = Sampler(0.0, 1.0, None)
    assert sampler.greedy
    assert draws(sampler, 20) == {0: 20}


def test_draws_follow_the_probabilities() -> None:
    counted = draws(Sampler(1.0, 1.0, 5), 4000)
    shares = [counted[token] / 4000 for token in range(4)]
    assert shares == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)


def test_a_high_temperature_flattens() -> None:
    counted = draws(Sampler(2.0, 1.0, 5), 4000)
    expected = torch.softmax(LOGITS / 2, 0).tolist()
    assert [counted[t] / 4000 for t in range(4)] == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.4, {0}), (0.5, {0}), (0.79, {0, 1}), (0.9, {0, 1, 2})]
)
def test_the_nucleus_is_the_smallest_set_that_reaches_the_mass(
    top_p: float, kept: set[int]
) -> None:
    assert set(draws(Sampler(1.0, top_p, 1), 500)) == kept


def test_a_nucleus_wider_than_the_quick_look_is_whole() -> None:
    """Over 600 equal tokens, 90 % of the mass is 540 of them, not the first 256."""
    seen = draws(Sampler(1.0, 0.9, 3), 2000, torch.zeros(600))
    assert 500 < len(seen) <= 540


def test_the_nucleus_is_drawn_from_in_proportion() -> None:
    counted = draws(Sampler(1.0, 0.79, 9), 4000)
    assert counted[0] / 4000 == pytest.approx(0.5 / 0.8, abs=0.03)


def test_a_seed_repeats_and_another_differs() -> None:
    flat = torch.zeros(1000)
    first, again, other = (
        [sampler.pick(flat) for _ in range(10)]
        for sampler in (Sampler(1.0, 1.0, 7), Sampler(1.0, 1.0, 7), Sampler(1.0, 1.0, 8))
    )
    assert first == again != other


def test_without_a_seed_every_request_differs() -> None:
    flat = torch.zeros(100_000)
    assert [Sampler(1.0, 1.0, None).pick(flat) for _ in range(3)] != [
        Sampler(1.0, 1.0, None).pick(flat) for _ in range(3)
    ]


def test_the_largest_seed_of_the_contract_is_taken() -> None:
    assert Sampler(1.0, 1.0, 2**53 - 1).pick(LOGITS) in range(4)


@pytest.mark.parametrize("temperature", [1e-9, 1e-3])
def test_tiny_temperatures_do_not_overflow(temperature: float) -> None:
    assert draws(Sampler(temperature, 0.9, 1), 10, LOGITS * 1000) == {0: 10}
