"""Rewrites a graph's 8-bit convolutions as matrix products, which CPUs run a third faster.

onnxruntime computes `ConvInteger` with both sides unsigned, on a slow path; `MatMulInteger` with
signed weights uses the processor's own 8-bit dot products (VNNI and its kin) and is fused with the
scaling that follows. A convolution over time is such a product, of the input's shifted copies laid
side by side (im2col). The integers are the same; only the bias is added after scaling instead of
being rounded before it. Measured on Kokoro: 0.36 CPU seconds a second of speech instead of 0.53.

It knows the pattern that onnxruntime's dynamic quantisation writes, and no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_TO_END = np.iinfo(np.int64).max
_TIME_AXIS = 1


@dataclass(frozen=True, slots=True)
class _Convolution:
    """One convolution as quantisation wrote it: `Mul(Cast(ConvInteger(...) [+ bias]), scale)`."""

    node: onnx.NodeProto
    add: onnx.NodeProto | None
    cast: onnx.NodeProto
    scale: onnx.NodeProto
    bias: str
    kernel: int
    dilation: int
    pads: tuple[int, int]

    def nodes(self) -> Iterator[onnx.NodeProto]:
        """The nodes that the product replaces, all but the last."""
        yield self.node
        if self.add is not None:
            yield self.add
        yield self.cast


class _Graph:
    """A graph being rewritten, with its edges indexed."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.producer = {output: node for node in graph.node for output in node.output}
        self.consumers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.consumers.setdefault(name, []).append(node)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in self.constants:
            tensor = numpy_helper.from_array(np.asarray(value), name)
            self.constants[name] = tensor
            self.graph.initializer.append(tensor)
        return name

    def array(self, name: str) -> NDArray[np.generic]:
        return np.asarray(numpy_helper.to_array(self.constants[name]))

    def only_consumer(self, node: onnx.NodeProto, op_type: str) -> onnx.NodeProto | None:
        consumers = self.consumers.get(node.output[0], [])
        if len(consumers) == 1 and consumers[0].op_type == op_type:
            return consumers[0]
        return None


def convolutions_to_products(model: onnx.ModelProto) -> int:
    """Rewrites, in place, every convolution of the pattern; leaves the others as they are.

    Returns:
        How many were rewritten.
    """
    graph = _Graph(model.graph)
    replaced: set[int] = set()
    products: dict[int, list[onnx.NodeProto]] = {}
    transposed: set[str] = set()
    for node in model.graph.node:
        found = _recognise(graph, node) if node.op_type == "ConvInteger" else None
        if found is not None:
            products[id(found.scale)] = list(_product(graph, found, transposed))
            replaced.update(id(old) for old in found.nodes())
    if products:
        nodes = []
        for node in model.graph.node:
            if id(node) in products:
                nodes.extend(products[id(node)])
            elif id(node) not in replaced:
                nodes.append(node)
        _rebuild(model.graph, nodes)
    return len(products)


def _recognise(graph: _Graph, node: onnx.NodeProto) -> _Convolution | None:
    attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    kernel = attributes.get("kernel_shape", [])
    plain = list(attributes.get("strides", [1])) == [1] and attributes.get("group", 1) == 1
    if len(kernel) != 1 or not plain or len(node.input) != 4:
        return None
    weights, zero = node.input[1], node.input[3]
    if not {weights, zero} <= graph.constants.keys() or graph.array(weights).dtype != np.uint8:
        return None
    add = graph.only_consumer(node, "Add")
    cast = graph.only_consumer(add if add is not None else node, "Cast")
    scale = graph.only_consumer(cast, "Mul") if cast is not None else None
    if cast is None or scale is None:
        return None
    bias = _float_bias(graph, node, add) if add is not None else ""
    if bias is None:
        return None
    pads = attributes.get("pads", [0, 0])
    return _Convolution(
        node=node,
        add=add,
        cast=cast,
        scale=scale,
        bias=bias,
        kernel=kernel[0],
        dilation=attributes.get("dilations", [1])[0],
        pads=(pads[0], pads[1]),
    )


def _float_bias(graph: _Graph, node: onnx.NodeProto, add: onnx.NodeProto) -> str | None:
    """Up from the rounded bias, `Reshape(Cast(Floor(Div(bias, scale))))`, to the bias itself."""
    name = next(name for name in add.input if name != node.output[0])
    for op_type in ("Reshape", "Cast", "Floor", "Div"):
        source = graph.producer.get(name)
        if source is None or source.op_type != op_type:
            return None
        name = source.input[0]
    return name if name in graph.constants else None


def _product(graph: _Graph, found: _Convolution, transposed: set[str]) -> Iterator[onnx.NodeProto]:
    """The same convolution as a product: time runs along rows, channels along columns."""
    data, weights, data_zero, zero = found.node.input
    prefix = found.node.output[0]
    signed = (graph.array(weights).astype(np.int16) - 128).astype(np.int8)
    matrix = graph.constant(
        f"{weights}_signed", signed.transpose(2, 1, 0).reshape(-1, signed.shape[0]).copy()
    )
    matrix_zero = graph.constant(
        f"{zero}_signed", (graph.array(zero).astype(np.int16) - 128).astype(np.int8)
    )
    rows = f"{data}_rows"
    if data not in transposed:
        transposed.add(data)
        yield helper.make_node("Transpose", [data], [rows], perm=[0, 2, 1])
    if any(found.pads):
        before, after = found.pads
        shape = graph.constant(
            f"pads_{before}_{after}", np.array([0, before, 0, 0, after, 0], np.int64)
        )
        yield helper.make_node("Pad", [rows, shape, data_zero], [f"{prefix}_padded"])
        rows = f"{prefix}_padded"
    if found.kernel > 1:
        shifted = []
        for tap in range(found.kernel):
            end = -found.dilation * (found.kernel - 1 - tap) or _TO_END
            cut = [
                graph.constant(f"place_{at}", np.array([at], np.int64))
                for at in (tap * found.dilation, end, _TIME_AXIS)
            ]
            shifted.append(f"{prefix}_shifted_{tap}")
            yield helper.make_node("Slice", [rows, *cut], [shifted[-1]])
        rows = f"{prefix}_columns"
        yield helper.make_node("Concat", shifted, [rows], axis=2)
    factor = next(name for name in found.scale.input if name != found.cast.output[0])
    yield helper.make_node(
        "MatMulInteger", [rows, matrix, data_zero, matrix_zero], [f"{prefix}_product"]
    )
    yield helper.make_node(
        "Cast", [f"{prefix}_product"], [f"{prefix}_float"], to=onnx.TensorProto.FLOAT
    )
    yield helper.make_node("Mul", [f"{prefix}_float", factor], [f"{prefix}_scaled"])
    result = f"{prefix}_scaled"
    if found.bias:
        yield helper.make_node("Add", [result, found.bias], [f"{prefix}_biased"])
        result = f"{prefix}_biased"
    yield helper.make_node("Transpose", [result], [found.scale.output[0]], perm=[0, 2, 1])


def _rebuild(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts the nodes in an order that runs, without those and the constants nobody uses now."""
    kept = nodes
    while True:
        used = {name for node in kept for name in node.input}
        used.update(output.name for output in graph.output)
        alive = [node for node in kept if used.intersection(node.output)]
        if len(alive) == len(kept):
            break
        kept = alive
    ready = {"", *(item.name for item in graph.input), *(item.name for item in graph.initializer)}
    ordered: list[onnx.NodeProto] = []
    while kept:
        waiting = []
        for node in kept:
            if ready.issuperset(node.input):
                ordered.append(node)
                ready.update(node.output)
            else:
                waiting.append(node)
        assert len(waiting) < len(kept), "the rewritten graph has a circle"
        kept = waiting
    constants = [item for item in graph.initializer if item.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(ordered)
    graph.initializer.extend(constants)
