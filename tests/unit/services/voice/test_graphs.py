"""Changes to ONNX graphs, on graphs small enough to see through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from lanternist.runtime.errors import DataLossError, FailedPreconditionError
from models.placement import Placement
from services.voice.noise import make_noise_constant
from services.voice.onnx_graph import open_session, read_graph, show_tensor


def noisy_model() -> onnx.ModelProto:
    """y = x + noise, by way of an inner tensor."""
    shape = [1, "channels", "length"]
    nodes = [
        helper.make_node("RandomNormalLike", ["x"], ["noise"]),
        helper.make_node("Add", ["x", "noise"], ["inner"]),
        helper.make_node("Identity", ["inner"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "noisy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_noise_becomes_the_same_every_time_and_stays_normal() -> None:
    model = noisy_model()
    assert make_noise_constant(model, seed=3) == 1
    session = open_session(model, Placement(threads=1))
    x = np.zeros((1, 192, 5000), np.float32)
    first, second = session.run(None, {"x": x})[0], session.run(None, {"x": x})[0]
    assert np.array_equal(first, second)
    assert first.shape == x.shape
    assert abs(float(first.mean())) < 0.01
    assert float(first.std()) == pytest.approx(1.0, abs=0.01)


def test_the_noise_depends_on_the_seed() -> None:
    outputs = []
    for seed in (1, 2):
        model = noisy_model()
        make_noise_constant(model, seed)
        outputs.append(
            open_session(model, Placement(threads=1)).run(
                None, {"x": np.zeros((1, 2, 9), np.float32)}
            )[0]
        )
    assert not np.array_equal(*outputs)


def test_an_inner_tensor_can_be_seen() -> None:
    model = noisy_model()
    show_tensor(model, "inner")
    show_tensor(model, "inner")
    y, inner = open_session(model, Placement(threads=1)).run(
        ["y", "inner"], {"x": np.ones((1, 2, 3), np.float32)}
    )
    assert np.array_equal(y, inner)


def test_a_tensor_that_is_not_there_is_named() -> None:
    with pytest.raises(FailedPreconditionError, match="'nowhere'"):
        show_tensor(noisy_model(), "nowhere")


def test_a_broken_file_is_data_loss(tmp_path: Path) -> None:
    file = tmp_path / "voice.onnx"
    file.write_bytes(b"\xff\xfenot a model")
    with pytest.raises(DataLossError, match=r"voice\.onnx is not an ONNX model"):
        read_graph(file)


def test_a_gpu_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(FailedPreconditionError, match="no CUDA provider"):
        open_session(noisy_model(), Placement(device="cuda:0"))
