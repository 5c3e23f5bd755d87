"""Time, checkpoints, the order of samples, weights and their averages, what is told."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.training import checkpoints
from models.illustrator.training.budget import Alarm, Budget, learning_rate
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import Learner
from models.illustrator.training.replicas import Replicas, rows_of, split
from models.illustrator.training.sections import Schedule
from models.illustrator.training.stream import Stream

SCHEDULE = Schedule(batch=4, learning_rate=0.1, warm_up_steps=10, decay_share=0.4, final_rate=0.1)


class Clock:
    """A clock that goes on by itself, a second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_a_budget_counts_only_the_time_it_is_alive() -> None:
    clock = Clock()
    budget = Budget(10, clock)
    for _ in range(4):
        budget.tick()
    assert (budget.elapsed, budget.share, budget.left_seconds, budget.spent) == (4, 0.4, 6, False)
    clock.now += 1000
    budget.resume(7)
    budget.tick()
    assert budget.elapsed == 8
    for _ in range(2):
        budget.tick()
    assert budget.spent
    assert budget.share == 1


def test_no_time_at_all_is_spent() -> None:
    assert Budget(0).spent
    assert Budget(0).share == 1


def test_alarms_ring_at_intervals() -> None:
    alarm = Alarm(10, elapsed=5)
    assert [at for at in range(5, 50, 3) if alarm.rings(at)] == [17, 29, 41]
    assert not Alarm(0).rings(1e9)


def test_the_rate_rises_stays_and_falls_to_its_share() -> None:
    rates = [learning_rate(SCHEDULE, step, 0.0) for step in (0, 4, 9, 500)]
    assert rates == pytest.approx([0.01, 0.05, 0.1, 0.1])
    falling = [learning_rate(SCHEDULE, 500, share) for share in (0.6, 0.8, 1.0)]
    assert falling == pytest.approx([0.1, 0.055, 0.01])
    constant = SCHEDULE.model_copy(update={"decay_share": 0.0})
    assert learning_rate(constant, 500, 1.0) == 0.1


def test_the_newest_whole_checkpoint_is_read(tmp_path: Path) -> None:
    assert checkpoints.latest(tmp_path) is None
    for step in (1, 2, 3):
        checkpoints.save(tmp_path, step, {"w": torch.full((3,), float(step))}, {"elapsed": step})
    assert len(list(tmp_path.iterdir())) == 2
    newest = tmp_path / "step-000000003.safetensors"
    newest.write_bytes(newest.read_bytes()[:40])
    found = checkpoints.latest(tmp_path)
    assert found is not None
    assert found.step == found.facts["elapsed"] == 2
    assert found.tensors["w"].tolist() == [2, 2, 2]


def test_kill_9_while_saving_leaves_a_checkpoint_that_can_be_read(tmp_path: Path) -> None:
    program = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from models.illustrator.training import checkpoints\n"
        "for step in range(10**6):\n"
        "    weights = {'w': torch.full((300_000,), float(step))}\n"
        "    checkpoints.save(Path(sys.argv[1]), step, weights, {})\n"
        "    print(step, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(3):
        told = int(process.stdout.readline())
    time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = checkpoints.latest(tmp_path)
    assert found is not None
    assert found.step >= told
    assert torch.equal(found.tensors["w"], torch.full((300_000,), float(found.step)))
    for name in (".tmp2rBwGP", ".step-000000009.safetensors.partial"):
        (tmp_path / name).touch()  # whatever the moment of the kill, what may be left is there
    checkpoints.save(tmp_path, found.step + 1, {"w": torch.zeros(1)}, {})
    assert not list(tmp_path.glob(".*"))


def test_a_stream_passes_every_sample_once_before_it_repeats_any() -> None:
    stream = Stream([range(10), range(10, 14)], seed=3)
    taken = [draw for _ in range(20) for draw in stream.take(5, (0.5, 0.5))]
    for epoch in range(4):
        assert max(Counter(d.sample for d in taken if d.epoch == epoch).values()) == 1
    first_pass = {d.sample for d in taken if d.epoch == 0}
    assert first_pass == set(range(14))
    passes = [[d.sample for d in taken if d.epoch == e and d.sample < 10] for e in (0, 1)]
    assert passes[0] != passes[1]


def test_pools_are_mixed_by_their_shares() -> None:
    stream = Stream([range(1000), range(1000, 2000)], seed=3)
    single = sum(draw.sample < 1000 for draw in stream.take(2000, (0.9, 0.1)))
    assert 1740 < single < 1860
    assert all(draw.sample >= 1000 for draw in stream.take(50, (0.0, 1.0)))
    one_pool = Stream([range(5), []], seed=3)
    assert all(draw.sample < 5 for draw in one_pool.take(20, (0.0, 1.0)))


def test_a_stream_goes_on_exactly_where_it_stopped() -> None:
    pools = [range(7), range(7, 30)]
    stream = Stream(pools, seed=3)
    stream.take(25, (0.5, 0.5))
    tensors, facts = stream.state()
    facts = json.loads(json.dumps(facts))
    expected = [stream.take(9, (0.5, 0.5)) for _ in range(5)]
    other = Stream(pools, seed=3)
    assert other.restore(tensors, facts)
    assert [other.take(9, (0.5, 0.5)) for _ in range(5)] == expected


def test_a_stream_over_more_pictures_begins_a_new_pass() -> None:
    stream = Stream([range(7)], seed=3)
    stream.take(3, [1.0])
    grown = Stream([range(9)], seed=3)
    assert not grown.restore(*stream.state())
    assert {(d.sample, d.epoch) for d in grown.take(9, [1.0])} == {(n, 1) for n in range(9)}


def test_nothing_to_learn_from_is_an_error() -> None:
    with pytest.raises(FailedPreconditionError, match="data"):
        Stream([[], []], seed=3)


def learner(dtype: torch.dtype = torch.float32) -> Learner:
    torch.manual_seed(0)
    return Learner(nn.Linear(4, 4), SCHEDULE.model_copy(update={"ema": 0.9}), dtype)


def train(one: Learner, steps: int, rate: float = 0.01) -> None:
    chance = torch.Generator().manual_seed(one.steps)
    for _ in range(steps):
        x = torch.randn(8, 4, generator=chance).to(next(one.network.parameters()).dtype)
        (one.network(x).float() - 1).square().mean().backward()
        one.step(rate)


def test_small_steps_are_not_lost_to_rounding() -> None:
    """Added to bfloat16 weights of about 1, steps of 1e-5 would vanish; the masters keep them."""
    one = learner(torch.bfloat16)
    before = one.state()["master.weight"].clone()
    for _ in range(5):
        one.network(torch.ones(1, 4, dtype=torch.bfloat16)).sum().backward()
        one.step(1e-5)
    moved = before - one.state()["master.weight"]
    assert one.network.weight.dtype == torch.bfloat16
    assert float(moved.mean()) == pytest.approx(5e-5, rel=0.05)


def test_the_average_follows_the_weights_and_leaves_them_alone() -> None:
    one = learner()
    train(one, 30)
    own = one.network.weight.detach().clone()
    with one.averaged() as network:
        assert torch.equal(network.weight, one.average()["weight"])
        assert not torch.equal(network.weight, own)
    assert torch.equal(one.network.weight, own)
    train(one, 200, rate=0.0)
    assert torch.allclose(one.average()["weight"], one.network.weight, atol=1e-5)


def test_a_gradient_that_is_no_number_changes_nothing() -> None:
    one = learner()
    before = one.network.weight.detach().clone()
    (one.network(torch.ones(1, 4)) * float("inf")).sum().backward()
    assert one.step(0.1) != one.step(0.1)  # nan
    assert torch.equal(one.network.weight, before)
    assert one.skipped >= 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_restored_learner_takes_the_same_steps(dtype: torch.dtype) -> None:
    one = learner(dtype)
    train(one, 7)
    state = {name: tensor.clone() for name, tensor in one.state().items()}
    other = learner(dtype)
    other.restore(state)
    for each in (one, other):
        train(each, 5)
    for name, tensor in one.state().items():
        assert torch.equal(tensor, other.state()[name]), name


def test_starting_from_weights_starts_the_average_there_too() -> None:
    one, other = learner(), learner()
    train(one, 5)
    other.start_from(one.average())
    assert torch.equal(other.network.weight, one.average()["weight"])
    with pytest.raises(KeyError):
        other.start_from({"bias": torch.zeros(4)})


def test_the_journal_writes_lines_for_programs_and_for_people(tmp_path: Path) -> None:
    out = io.StringIO()
    journal = Journal(tmp_path / "deep" / "log.jsonl", out, every=0.0)
    budget = Budget(60, Clock())
    budget.tick()
    journal.note("data", "drawn", pictures=7)
    journal.progress("train", step=3, samples=12, rate=1.5, budget=budget, loss=0.25)
    lines = [json.loads(x) for x in (tmp_path / "deep" / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["drawn", "progress"]
    assert lines[0]["pictures"] == 7
    assert (lines[1]["loss"], lines[1]["samples_per_second"], lines[1]["left_seconds"]) == (
        0.25, 1.5, 59.0,
    )  # fmt: skip
    assert "step 3  12 seen  1.5/s  loss 0.25" in out.getvalue()


def test_progress_is_told_at_intervals_only(tmp_path: Path) -> None:
    out = io.StringIO()
    journal = Journal(tmp_path / "log.jsonl", out, every=3600)
    for step in range(50):
        journal.progress("train", step=step, samples=step, rate=1.0, budget=Budget(60))
    assert out.getvalue().count("\n") <= 1


def test_batches_are_split_into_parts_that_lack_nothing() -> None:
    batch = {"x": torch.arange(7), "words": list("abcdefg")}
    parts = split(batch, 3)
    assert [rows_of(part) for part in parts] == [2, 2, 3]
    assert torch.cat([part["x"] for part in parts]).tolist() == list(range(7))  # type: ignore[misc]
    assert "".join("".join(part["words"]) for part in parts) == "abcdefg"  # type: ignore[arg-type]
    assert len(split({"x": torch.arange(2)}, 5)) == 2


def test_replicas_share_weights_and_add_up_gradients() -> None:
    torch.manual_seed(0)
    network = nn.Linear(3, 1)
    replicas = Replicas(network, 3)
    batch = {"x": torch.randn(7, 3)}

    def loss(one: nn.Module, part: Any) -> dict[str, torch.Tensor]:
        return {"loss": one(part["x"]).square().mean()}

    with torch.no_grad():
        network.weight.mul_(2.0)  # seen by all
    told = replicas.backward(loss, batch)
    found = replicas.take_gradients()
    whole = loss(network, batch)["loss"]
    assert told["loss"] == pytest.approx(float(whole.detach()))
    whole.backward()
    for weight, gradient in zip(network.parameters(), found, strict=True):
        assert gradient is not None
        assert torch.allclose(gradient, weight.grad)
    network.zero_grad()
    assert replicas.take_gradients() == [None, None]


def test_what_fails_in_a_replica_fails_the_step() -> None:
    def wrong(one: nn.Module, part: Any) -> dict[str, torch.Tensor]:
        raise ValueError("a broken picture")

    with pytest.raises(ValueError, match="a broken picture"):
        Replicas(nn.Linear(3, 1), 2).backward(wrong, {"x": torch.randn(4, 3)})
