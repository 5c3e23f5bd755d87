"""8-bit convolutions as products: the same numbers, another way."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.placement import Placement
from services.voice.integer_convolutions import convolutions_to_products
from services.voice.onnx_graph import open_session

CHANNELS, OUTPUTS = 6, 5


def quantised_model(
    kernel: int, dilation: int = 1, pads: tuple[int, int] = (0, 0), *, bias: bool, stride: int = 1
) -> onnx.ModelProto:
    """A convolution as onnxruntime's dynamic quantisation writes it."""
    numbers = np.random.default_rng(kernel)
    constants = {
        "w": numbers.integers(0, 255, (OUTPUTS, CHANNELS, kernel)).astype(np.uint8),
        "w_zero": np.array(119, np.uint8),
        "w_scale": np.array(0.01, np.float32),
        "bias": numbers.standard_normal(OUTPUTS).astype(np.float32),
        "shape": np.array([1, -1, 1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["x_q", "x_scale", "x_zero"]),
        node("Mul", ["x_scale", "w_scale"], ["scale"]),
        node(
            "ConvInteger", ["x_q", "w", "x_zero", "w_zero"], ["conv"], kernel_shape=[kernel],
            dilations=[dilation], pads=list(pads), strides=[stride], group=1,
        ),
    ]  # fmt: skip
    summed = "conv"
    if bias:
        nodes += [
            node("Div", ["bias", "scale"], ["divided"]),
            node("Floor", ["divided"], ["floored"]),
            node("Cast", ["floored"], ["bias_q"], to=TensorProto.INT32),
            node("Reshape", ["bias_q", "shape"], ["bias_r"]),
            node("Add", ["conv", "bias_r"], ["summed"]),
        ]
        summed = "summed"
    nodes += [
        node("Cast", [summed], ["float"], to=TensorProto.FLOAT),
        node("Mul", ["float", "scale"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "quantised",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, "time"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, OUTPUTS, "out"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("kernel", "dilation", "pads"),
    [
        (1, 1, (0, 0)),
        (3, 1, (1, 1)),
        (5, 1, (0, 0)),
        (3, 5, (5, 5)),
        (7, 3, (9, 9)),
        (2, 1, (1, 0)),
    ],
)
def test_the_product_gives_what_the_convolution_gave(
    kernel: int, dilation: int, pads: tuple[int, int], bias: bool
) -> None:
    original = quantised_model(kernel, dilation, pads, bias=bias)
    rewritten = onnx.ModelProto()
    rewritten.CopyFrom(original)
    assert convolutions_to_products(rewritten) == 1
    assert "ConvInteger" not in {node.op_type for node in rewritten.graph.node}
    onnx.checker.check_model(rewritten)
    x = np.random.default_rng(1).standard_normal((1, CHANNELS, 40)).astype(np.float32)
    expected = ort.InferenceSession(
        original.SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {"x": x})[0]
    got = open_session(rewritten, Placement(threads=1)).run(None, {"x": x})[0]
    assert got.shape == expected.shape
    # One step of the integer scale: the bias is no longer rounded down to one.
    step = 0.01 * (x.max() - x.min()) / 255
    assert np.abs(got - expected).max() <= step * 1.01 + 1e-5


def test_a_convolution_of_another_kind_stays() -> None:
    model = quantised_model(3, bias=True, stride=2)
    before = model.SerializeToString()
    assert convolutions_to_products(model) == 0
    assert model.SerializeToString() == before
