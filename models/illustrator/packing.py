"""Weights in few bits: matrices as small integers with one scale a group of neighbours.

A weight matrix of a small model loses nothing that can be seen when it is stored with 6 bits a
number, and takes 39 % of the bytes of float16. Stored so, a model of ours fits into the repository.
The numbers are unpacked when a model is loaded: what runs is an ordinary float model. This module
does not know which models there are.

Method: symmetric uniform quantisation, round to nearest, with the clipping point of each group
chosen by least squared error (as in Nagel et al. 2021, arXiv:2106.08295, section 3.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lanternist.runtime.errors import DataLossError

PACKED_FILE = "packed.safetensors"

_HEADER = "packed"
_SMALLEST = 4096  # numbers; tensors below stay float16, they weigh nothing
_CLIPPING = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)


def quantise(weight: Tensor, bits: int, group: int) -> tuple[Tensor, Tensor]:
    """Turns a weight into integers and scales.

    Args:
        weight: Any shape (rows, …); flattened to (rows, columns), padded to whole groups.
        bits: 2 to 8.
        group: Neighbouring numbers of a row that share a scale.

    Returns:
        Integers 0 … 2**bits - 1, uint8, shape (rows, groups, group), the zero at 2**(bits - 1);
        scales, float16, shape (rows, groups, 1).
    """
    rows = weight.detach().float().reshape(weight.shape[0], -1)
    padded = torch.nn.functional.pad(rows, (0, -rows.shape[1] % group))
    grouped = padded.reshape(rows.shape[0], -1, group)
    top = 2 ** (bits - 1) - 1
    peak = grouped.abs().amax(-1, keepdim=True)
    best_scale = torch.zeros_like(peak)
    best_error = torch.full_like(peak, torch.inf)
    for share in _CLIPPING:
        scale = (peak * share / top).half().float().clamp_min(1e-7)
        error = ((grouped / scale).round().clamp(-top - 1, top) * scale - grouped).square()
        error = error.sum(-1, keepdim=True)
        best_scale = torch.where(error < best_error, scale, best_scale)
        best_error = torch.minimum(error, best_error)
    levels = (grouped / best_scale).round().clamp(-top - 1, top) + (top + 1)
    return levels.to(torch.uint8), best_scale.half()


def _to_bytes(levels: Tensor, bits: int) -> Tensor:
    """The low `bits` bits of each number, one after another, most significant first."""
    spread = np.unpackbits(levels.reshape(-1, 1).numpy(), axis=1)[:, 8 - bits :]
    return torch.from_numpy(np.packbits(spread.reshape(-1)))


def _from_bytes(packed: Tensor, bits: int, count: int) -> Tensor:
    spread = np.unpackbits(packed.numpy(), count=count * bits).reshape(count, bits)
    return torch.from_numpy(np.packbits(spread, axis=1)[:, 0] >> (8 - bits))


def save_packed(
    state: Mapping[str, Tensor], path: Path, *, bits: int = 6, group: int = 64, notice: str = ""
) -> None:
    """Writes a state dict: matrices packed, small tensors as float16.

    Args:
        state: Names to float tensors.
        path: The safetensors file to write.
        bits: Bits a number, 2 to 8.
        group: Numbers that share a float16 scale.
        notice: Licence notice for the file's header.
    """
    stored: dict[str, Tensor] = {}
    shapes: dict[str, list[int]] = {}
    for name, tensor in state.items():
        if tensor.ndim < 2 or tensor.numel() < _SMALLEST:
            stored[name] = tensor.detach().half().contiguous()
            continue
        levels, scales = quantise(tensor, bits, group)
        stored[f"{name}.levels"] = _to_bytes(levels, bits)
        stored[f"{name}.scales"] = scales.squeeze(-1).contiguous()
        shapes[name] = list(tensor.shape)
    header = {"bits": bits, "group": group, "notice": notice, "shapes": shapes}
    # One entry: safetensors writes several in no fixed order, and equal weights give equal files.
    save_file(stored, path, {_HEADER: json.dumps(header)})


def load_packed(path: Path) -> dict[str, Tensor]:
    """Reads a state dict written by `save_packed`, as float32.

    Raises:
        DataLossError: The file is not of that form.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[_HEADER])
            bits, group = int(header["bits"]), int(header["group"])
            shapes: dict[str, list[int]] = header["shapes"]
            state = {
                name: file.get_tensor(name).float()
                for name in file.keys()  # noqa: SIM118 - not a mapping: keys() is its only iterator
                if name.rpartition(".")[0] not in shapes
            }
            for name, shape in shapes.items():
                scales = file.get_tensor(f"{name}.scales").float()
                packed = file.get_tensor(f"{name}.levels")
                levels = _from_bytes(packed, bits, scales.numel() * group).float()
                grouped = levels.sub_(2 ** (bits - 1)).reshape(*scales.shape, group)
                rows = grouped.mul_(scales.unsqueeze(-1)).reshape(shape[0], -1)
                columns = int(np.prod(shape[1:]))
                state[name] = rows[:, :columns].reshape(shape).contiguous()
    except (SafetensorError, KeyError, ValueError, OSError, RuntimeError) as error:
        raise DataLossError(f"The weights file {path.name} is damaged: {error}.") from error
    return state


class PackedWeights:
    """Mixin, before `ModelMixin`: the model's directory may hold packed weights.

    `save_pretrained` writes plain weights, as every diffusers model does.
    """

    def save_packed(
        self: Any, directory: Path, *, bits: int = 6, group: int = 64, notice: str = ""
    ) -> None:
        """Writes config and packed weights into `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        config = json.loads(self.to_json_string())
        config.pop("_name_or_path", None)  # a path of the machine that made it
        text = json.dumps(config, indent=2, sort_keys=True)
        (directory / "config.json").write_text(f"{text}\n", encoding="utf-8")
        path = directory / PACKED_FILE
        save_packed(self.state_dict(), path, bits=bits, group=group, notice=notice)

    @classmethod
    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        """Loads packed weights where they are, plain ones as diffusers does where they are not.

        Raises:
            DataLossError: The packed file is damaged, or is another model's.
        """
        directory = Path(pretrained_model_name_or_path, kwargs.get("subfolder") or "")
        if not (directory / PACKED_FILE).is_file():
            return super().from_pretrained(  # type: ignore[misc]  # of ModelMixin, the next base
                pretrained_model_name_or_path, **kwargs
            )
        model = cls.from_config(cls.load_config(directory))
        try:
            model.load_state_dict(load_packed(directory / PACKED_FILE))
        except RuntimeError as error:
            raise DataLossError(
                f"The weights file {PACKED_FILE} does not fit {cls.__name__}."
            ) from error
        model.register_to_config(_name_or_path=str(pretrained_model_name_or_path))
        dtype = kwargs.get("torch_dtype") or kwargs.get("dtype") or torch.float32
        # Not model.to: diffusers would warn of modules to keep in float32, of which there are none.
        return torch.nn.Module.to(model, dtype=dtype).eval()
