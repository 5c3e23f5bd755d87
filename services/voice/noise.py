"""Makes the noise inside a VITS graph a constant, so that the same text always sounds the same.

The exported graphs draw random numbers on every run, which no seed reaches from outside. Each
drawing node is replaced by a look-up in a table of standard normal numbers, as long as the noise
that is asked for (the table repeats when it is shorter). It does not know what the noise is for.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

_CHANNELS = 256
_FRAMES = 4096
_TABLE = "constant_noise"


def make_noise_constant(model: onnx.ModelProto, seed: int) -> int:
    """Replaces every `RandomNormalLike` of a graph, in place.

    Args:
        model: Its noise must be of shape (1, up to 256 channels, any length).
        seed: Which numbers the table holds.

    Returns:
        How many nodes were replaced.
    """
    nodes: list[onnx.NodeProto] = []
    replaced = 0
    for node in model.graph.node:
        if node.op_type == "RandomNormalLike":
            nodes.extend(_look_up(node.input[0], node.output[0], f"{_TABLE}_{replaced}"))
            replaced += 1
        else:
            nodes.append(node)
    if replaced:
        table = np.random.default_rng(seed).standard_normal((1, _CHANNELS, _FRAMES))
        model.graph.initializer.extend(
            (
                numpy_helper.from_array(table.astype(np.float32), _TABLE),
                numpy_helper.from_array(np.array(0, np.int64), f"{_TABLE}_zero"),
                numpy_helper.from_array(np.array(1, np.int64), f"{_TABLE}_one"),
                numpy_helper.from_array(np.array(2, np.int64), f"{_TABLE}_two"),
                numpy_helper.from_array(np.array(_FRAMES, np.int64), f"{_TABLE}_frames"),
            )
        )
        del model.graph.node[:]
        model.graph.node.extend(nodes)
    return replaced


def _look_up(like: str, output: str, name: str) -> list[onnx.NodeProto]:
    """Nodes that cut the table to the shape of `like`."""
    zero, one = f"{_TABLE}_zero", f"{_TABLE}_one"
    return [
        helper.make_node("Shape", [like], [f"{name}_shape"]),
        helper.make_node("Gather", [f"{name}_shape", one], [f"{name}_channels"]),
        helper.make_node("Gather", [f"{name}_shape", f"{_TABLE}_two"], [f"{name}_length"]),
        helper.make_node("Range", [zero, f"{name}_channels", one], [f"{name}_rows"]),
        helper.make_node("Range", [zero, f"{name}_length", one], [f"{name}_places"]),
        helper.make_node("Mod", [f"{name}_places", f"{_TABLE}_frames"], [f"{name}_columns"]),
        helper.make_node("Gather", [_TABLE, f"{name}_rows"], [f"{name}_cut"], axis=1),
        helper.make_node("Gather", [f"{name}_cut", f"{name}_columns"], [output], axis=2),
    ]
