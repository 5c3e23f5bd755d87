"""Opening models: only safetensors, only chat models, no code from a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from lanternist.runtime.errors import FailedPreconditionError
from models.placement import Placement
from services.text.checkpoint import compute_dtype, open_checkpoint
from tests.unit.services.text import tiny_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.save(tmp_path_factory.mktemp("tiny"))


def opened(folder: Path, options: str = "{cpu_dtype: float32}") -> object:
    card = tiny_model.card(options)
    return open_checkpoint(card, tiny_model.weights_in(folder), Placement())


def copied(saved: Path, target: Path) -> Path:
    for path in saved.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_a_saved_model_opens_with_its_end_tokens(saved: Path) -> None:
    checkpoint = open_checkpoint(
        tiny_model.card("{cpu_dtype: float32}"), tiny_model.weights_in(saved), Placement()
    )
    assert checkpoint.end_tokens == {257}
    assert checkpoint.model.dtype == torch.float32
    assert not checkpoint.model.training


def test_pickled_weights_are_not_read(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save(tiny_model.tiny_llama().state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(FailedPreconditionError, match="safetensors"):
        opened(folder)


def test_code_in_a_checkpoint_is_not_run(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "surprise"
    config["auto_map"] = {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForCausalLM": "evil.EvilModel",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(FailedPreconditionError):
        opened(folder)
    assert not (tmp_path / "ran").exists()


def test_damaged_weights_are_a_clear_error(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path)
    (folder / "model.safetensors").write_bytes(b"not tensors at all")
    with pytest.raises(FailedPreconditionError, match="tiny"):
        opened(folder)


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    folder = tiny_model.save(tmp_path, template=None)
    with pytest.raises(FailedPreconditionError, match="chat template"):
        opened(folder)


@pytest.mark.parametrize(
    ("options", "placement", "expected"),
    [
        ("{cpu_dtype: float32}", Placement(), torch.float32),
        ("{}", Placement(dtype="bfloat16"), torch.bfloat16),
        ("{cpu_dtype: float32}", Placement("cuda:0", "float16"), torch.float16),
    ],
)
def test_the_arithmetic_follows_placement_and_card(
    options: str, placement: Placement, expected: torch.dtype
) -> None:
    assert compute_dtype(tiny_model.card(options), placement) == expected


@pytest.mark.parametrize("native", [True, False])
def test_cpus_with_bfloat16_use_it(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    expected = torch.bfloat16 if native else torch.float32
    assert compute_dtype(tiny_model.card(), Placement()) == expected


def test_an_unknown_dtype_is_refused() -> None:
    with pytest.raises(FailedPreconditionError, match="int3"):
        compute_dtype(tiny_model.card("{cpu_dtype: int3}"), Placement())
