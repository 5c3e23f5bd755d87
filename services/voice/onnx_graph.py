"""Opens ONNX voice models on the device they were placed on, with inner tensors made visible.

Both engines need more of their graphs than the exporters show: the predicted durations, and for
VITS a say in its noise. The file on disk stays as it is verified; the graph is changed in memory.
It does not know what the tensors mean.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime as ort

from lanternist.runtime.errors import DataLossError, FailedPreconditionError
from models.placement import Placement


def read_graph(path: Path) -> onnx.ModelProto:
    """Reads a model file.

    Raises:
        DataLossError: It is no ONNX model.
    """
    try:
        return onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf raises several unrelated types on broken bytes
        raise DataLossError(f"{path.name} is not an ONNX model.", reason="BROKEN_MODEL") from error


def show_tensor(model: onnx.ModelProto, tensor: str) -> None:
    """Adds an inner tensor of float32 to the graph's outputs, in place.

    Raises:
        FailedPreconditionError: The graph has no such tensor.
    """
    if not any(tensor in node.output for node in model.graph.node):
        raise FailedPreconditionError(
            f"The model has no tensor {tensor!r}; its card names the wrong one.",
            reason="TENSOR_MISSING",
        )
    if all(output.name != tensor for output in model.graph.output):
        shown = onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(shown)


def open_session(model: onnx.ModelProto, placement: Placement) -> ort.InferenceSession:
    """Makes a session on the placement's device, with its number of threads.

    Raises:
        FailedPreconditionError: The placement asks for a GPU that onnxruntime cannot use here.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = placement.threads
    options.inter_op_num_threads = 1
    # Idle threads that spin cost 0.72 CPU seconds a second of speech instead of 0.54, and starve
    # the other services of the machine; on idle cores they would gain 5 % of the time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(
        model.SerializeToString(), sess_options=options, providers=_providers(placement)
    )


def _providers(placement: Placement) -> list[str | tuple[str, dict[str, str]]]:
    if not placement.is_cuda:
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise FailedPreconditionError(
            f"The voice service is placed on {placement.device}, but this onnxruntime has no CUDA "
            "provider; install the extra `gpu` instead of `cpu`.",
            reason="DEVICE_UNAVAILABLE",
        )
    number = placement.device.partition(":")[2] or "0"
    return [("CUDAExecutionProvider", {"device_id": number}), "CPUExecutionProvider"]
