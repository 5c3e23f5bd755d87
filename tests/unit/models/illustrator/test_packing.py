"""Packed weights: small, close, repeatable, and recognised when damaged."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lanternist.runtime.errors import DataLossError
from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.packing import PACKED_FILE, load_packed, quantise, save_packed


def weights(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.05


@settings(max_examples=30, deadline=None)
@given(
    bits=st.integers(2, 8),
    group=st.sampled_from([16, 64, 100]),
    rows=st.integers(1, 9),
    columns=st.integers(1, 300),
    seed=st.integers(0, 2**16),
)
def test_each_number_stays_within_half_a_step_or_at_the_clipping_point(
    bits: int, group: int, rows: int, columns: int, seed: int
) -> None:
    weight = weights(rows, columns, seed=seed)
    levels, scales = quantise(weight, bits, group)
    assert int(levels.max()) < 2**bits
    back = ((levels.float() - 2 ** (bits - 1)) * scales.float()).reshape(rows, -1)[:, :columns]
    step = scales.float().expand_as(levels.float()).reshape(rows, -1)[:, :columns]
    top = (2 ** (bits - 1) - 1) * step
    inside = weight.abs() <= top
    assert ((back - weight).abs()[inside] <= step[inside] * 0.5001).all()
    assert (back.sign() * weight.sign() >= 0).all()


@pytest.mark.parametrize(("bits", "most"), [(8, 0.008), (6, 0.03), (4, 0.12)])
def test_a_file_gives_back_nearly_what_went_in(tmp_path: Path, bits: int, most: float) -> None:
    state = {"a.weight": weights(70, 130), "b.weight": weights(32, 16, 3, 3), "b.bias": weights(32)}
    path = tmp_path / PACKED_FILE
    save_packed(state, path, bits=bits)
    found = load_packed(path)
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        assert found[name].shape == tensor.shape
        assert found[name].dtype == torch.float32
        assert (found[name] - tensor).norm() / tensor.norm() < most
    assert torch.equal(found["b.bias"], state["b.bias"].half().float())


def test_six_bits_take_two_fifths_of_float16(tmp_path: Path) -> None:
    save_packed({"w": weights(512, 512)}, tmp_path / PACKED_FILE, notice="by us")
    size = (tmp_path / PACKED_FILE).stat().st_size
    assert size / (2 * 512 * 512) == pytest.approx(6.25 / 16, abs=0.002)
    assert b"by us" in (tmp_path / PACKED_FILE).read_bytes()[:400]


def test_equal_weights_give_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_packed({"w": weights(80, 80), "b": weights(80)}, tmp_path / name, notice="by us")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_matrix_of_zeros_stays_zero(tmp_path: Path) -> None:
    save_packed({"w": torch.zeros(128, 64)}, tmp_path / PACKED_FILE)
    assert torch.equal(load_packed(tmp_path / PACKED_FILE)["w"], torch.zeros(128, 64))


def small_autoencoder() -> IllustratorAutoencoder:
    torch.manual_seed(0)
    return IllustratorAutoencoder(
        latent_channels=4,
        widths=(16, 32),
        encoder_blocks=(),
        decoder_blocks=(1, 1),
        latent_mean=(0.0,) * 4,
        latent_deviation=(1.0,) * 4,
    )


def test_a_model_loads_from_its_packed_directory(tmp_path: Path) -> None:
    model = small_autoencoder()
    model.save_packed(tmp_path, bits=8)
    again = IllustratorAutoencoder.from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert again.dtype == torch.bfloat16
    assert not again.training
    assert str(tmp_path) not in (tmp_path / "config.json").read_text()
    latents = torch.randn(1, 4, 8, 8)
    difference = again.float().decode(latents).sample - model.decode(latents).sample
    assert difference.abs().mean() < 0.02 * model.decode(latents).sample.abs().mean()


def test_a_model_saved_plainly_loads_plainly(tmp_path: Path) -> None:
    model = small_autoencoder()
    model.save_pretrained(tmp_path)
    again = IllustratorAutoencoder.from_pretrained(tmp_path)
    latents = torch.randn(1, 4, 8, 8)
    assert torch.equal(again.decode(latents).sample, model.decode(latents).sample)


@pytest.mark.parametrize("damage", ["truncate", "garbage", "empty", "foreign"])
def test_a_damaged_file_is_data_loss(tmp_path: Path, damage: str) -> None:
    small_autoencoder().save_packed(tmp_path)
    path = tmp_path / PACKED_FILE
    content = path.read_bytes()
    if damage == "foreign":
        save_packed({"something.else": weights(80, 80)}, path)
    else:
        path.write_bytes(
            {"truncate": content[:-100], "garbage": b"\xff" * 500, "empty": b""}[damage]
        )
    with pytest.raises(DataLossError) as caught:
        IllustratorAutoencoder.from_pretrained(tmp_path)
    assert str(tmp_path) not in caught.value.message
