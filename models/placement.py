"""Placement: which device a service runs on, decided from settings and what the machine has.

The inventory asks the NVIDIA driver (`nvidia-smi -L`, else `/proc/driver/nvidia`), never a deep
learning library, so the orchestrator can place services without loading one. A GPU is handed to a
service by UUID in `CUDA_VISIBLE_DEVICES`, because CUDA may number devices differently from the
driver. This module does not know models or services, and starts nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lanternist.runtime.errors import FailedPreconditionError, InvalidArgumentError

_DTYPES = ("auto", "float32", "float16", "bfloat16")

_SETTING = re.compile(r"^(?:cpu|auto|cuda(?::(\d{1,3}))?)$")
_GPU_LINE = re.compile(r"^GPU (\d+): (.+?) \(UUID: (GPU-[0-9a-fA-F-]+)\)")
_MIG_LINE = re.compile(r"^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)]+)\)")
_BFLOAT16_CAPABILITY = (8, 0)  # Ampere; older cards emulate it slowly or not at all


@dataclass(frozen=True, slots=True)
class Gpu:
    """One CUDA device that this process may hand out.

    Attributes:
        index: Position in the inventory: the N of the setting `cuda:N`.
        uuid: The driver's identifier, `GPU-…` or `MIG-…`.
        name: Product name.
        memory_mib: Total memory in MiB; 0 when unknown.
        compute_capability: (major, minor); None when unknown.
    """

    index: int
    uuid: str
    name: str
    memory_mib: int = 0
    compute_capability: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Devices:
    """What a machine offers: always a CPU, and perhaps GPUs."""

    gpus: tuple[Gpu, ...] = ()

    def __str__(self) -> str:
        if not self.gpus:
            return "no NVIDIA GPU"
        listed = ", ".join(f"{gpu.index}: {gpu.name}" for gpu in self.gpus)
        return f"{len(self.gpus)} NVIDIA GPU{'s'[: len(self.gpus) != 1]} ({listed})"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one engine runs.

    Attributes:
        device: `cpu` or `cuda:N`, in the numbering of the process that holds the object.
        dtype: `float32`, `float16` or `bfloat16`; engines with their own quantisation ignore it.
        threads: CPU threads for the library; 0 leaves the library's default.
        uuid: The GPU behind `device`, when known.
    """

    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 0
    uuid: str = ""

    @property
    def is_cuda(self) -> bool:
        """Whether the engine runs on a GPU."""
        return self.device.startswith("cuda")

    @property
    def index(self) -> int:
        """CUDA ordinal of the device; 0 on the CPU."""
        _, _, ordinal = self.device.partition(":")
        return int(ordinal or 0)

    def environment(self) -> dict[str, str]:
        """Variables for a service process, so that it sees its own device and no other."""
        visible = (self.uuid or str(self.index)) if self.is_cuda else ""
        variables = {"CUDA_VISIBLE_DEVICES": visible}
        if self.threads:
            variables["OMP_NUM_THREADS"] = str(self.threads)
        return variables

    def inside_service(self) -> Placement:
        """The same placement as the service process numbers it: its only GPU is `cuda:0`."""
        return replace(self, device="cuda:0") if self.is_cuda else self


def place(
    setting: str, available: Devices, *, dtype: str = "auto", threads: int = 0, name: str = ""
) -> Placement:
    """Turns a device setting into a placement that this machine can honour.

    Args:
        setting: `cpu`, `cuda` (the first GPU), `cuda:N`, or `auto` (the first GPU, else the CPU).
        available: From `inventory()`.
        dtype: `auto` picks float32 on the CPU, on a GPU bfloat16 from compute capability 8.0 on
            and float16 before.
        threads: CPU threads; 0 leaves the library's default.
        name: The setting's name in messages, for example `image.device`.

    Raises:
        InvalidArgumentError: The setting or the dtype is not of that form.
        FailedPreconditionError: The GPU is not there, or cannot compute in that dtype.
    """
    field = name or "device"
    parsed = _SETTING.match(setting)
    if parsed is None:
        raise InvalidArgumentError(
            field, f"{setting[:40]!r} is not one of cpu, cuda, cuda:N or auto."
        )
    if dtype not in _DTYPES:
        raise InvalidArgumentError(
            field, f"the dtype {dtype[:40]!r} is not one of {', '.join(_DTYPES)}."
        )
    if threads < 0:
        raise InvalidArgumentError(field, "threads must not be negative.")
    if setting == "cpu" or (setting == "auto" and not available.gpus):
        return Placement("cpu", "float32" if dtype == "auto" else dtype, threads)
    index = int(parsed[1] or 0)
    if index >= len(available.gpus):
        raise FailedPreconditionError(
            f"The setting {field} = {setting!r} asks for GPU {index}, but this machine has "
            f"{available}. Set it to 'cpu' or 'auto', or make the GPU visible.",
            reason="DEVICE_NOT_FOUND",
            metadata={"setting": field, "device": setting, "available": str(available)},
        )
    gpu = available.gpus[index]
    return Placement(f"cuda:{index}", _dtype_for(gpu, dtype, field), threads, gpu.uuid)


def place_all(settings: Mapping[str, str], available: Devices) -> dict[str, Placement]:
    """Places several services at once: each `auto` takes the GPU that the fewest others use.

    Args:
        settings: Service name → device setting.
        available: From `inventory()`.

    Raises:
        InvalidArgumentError, FailedPreconditionError: As `place`; names `<service>.device`.
    """
    load = dict.fromkeys(range(len(available.gpus)), 0)
    placed: dict[str, Placement] = {}
    # The explicit ones first: they are not free to move out of an automatic one's way.
    for service in sorted(settings, key=lambda service: settings[service] == "auto"):
        setting = settings[service]
        if setting == "auto" and load:
            setting = f"cuda:{min(load, key=lambda index: (load[index], index))}"
        placement = place(setting, available, name=f"{service}.device")
        if placement.is_cuda:
            load[placement.index] += 1
        placed[service] = placement
    return {service: placed[service] for service in settings}


def inventory(environment: Mapping[str, str] | None = None) -> Devices:
    """The GPUs that this process may use, as the driver lists them.

    Honours `CUDA_VISIBLE_DEVICES` (indices in the driver's order, or UUIDs): what an operator has
    hidden from the orchestrator is not handed to a service. Never raises: a broken driver means
    no GPU.
    """
    env = os.environ if environment is None else environment
    gpus = parse_nvidia_smi(_run("nvidia-smi", "-L")) or _from_proc(Path("/proc/driver/nvidia"))
    if gpus:
        query = "--query-gpu=uuid,memory.total,compute_cap"
        gpus = with_details(gpus, _run("nvidia-smi", query, "--format=csv,noheader,nounits"))
    return Devices(visible(gpus, env.get("CUDA_VISIBLE_DEVICES")))


def parse_nvidia_smi(listing: str) -> tuple[Gpu, ...]:
    """Reads the output of `nvidia-smi -L`; MIG slices take the place of the GPU they divide."""
    gpus: list[Gpu] = []
    parent: Gpu | None = None
    for line in listing.splitlines():
        if whole := _GPU_LINE.match(line):
            parent = Gpu(len(gpus), whole[3], whole[2])
            gpus.append(parent)
        elif (part := _MIG_LINE.match(line)) and parent is not None:
            if gpus[-1] is parent:
                gpus.pop()
            gpus.append(Gpu(len(gpus), part[2], f"{parent.name} MIG {part[1]}"))
    return tuple(gpus)


def with_details(gpus: Sequence[Gpu], table: str) -> tuple[Gpu, ...]:
    """Adds memory and compute capability from `nvidia-smi --query-gpu`; unknown values stay so."""
    rows = (tuple(cell.strip() for cell in line.split(",")) for line in table.splitlines())
    known = {row[0]: row[1:] for row in rows if len(row) == 3}
    detailed = []
    for gpu in gpus:
        memory, capability = known.get(gpu.uuid, ("", ""))
        major, _, minor = capability.partition(".")
        version = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
        size = int(memory) if memory.isdigit() else 0
        detailed.append(replace(gpu, memory_mib=size, compute_capability=version))
    return tuple(detailed)


def visible(gpus: Sequence[Gpu], setting: str | None) -> tuple[Gpu, ...]:
    """Keeps what `CUDA_VISIBLE_DEVICES` shows, in its order, renumbered from 0.

    As in CUDA, the list ends at the first entry that names no device; UUIDs may be shortened.
    """
    if setting is None:
        return tuple(gpus)
    shown: list[Gpu] = []
    for entry in (part.strip() for part in setting.split(",")):
        match = [
            gpu
            for gpu in gpus
            if (entry.isdigit() and gpu.index == int(entry))
            or (entry.startswith(("GPU-", "MIG-")) and gpu.uuid.startswith(entry))
        ]
        if len(match) != 1:
            break
        shown.append(replace(match[0], index=len(shown)))
    return tuple(shown)


def _dtype_for(gpu: Gpu, dtype: str, field: str) -> str:
    capability = gpu.compute_capability
    if dtype == "auto":
        return "bfloat16" if capability and capability >= _BFLOAT16_CAPABILITY else "float16"
    if dtype == "bfloat16" and capability and capability < _BFLOAT16_CAPABILITY:
        raise FailedPreconditionError(
            f"The setting {field} asks for bfloat16, which {gpu.name} does not compute in. "
            "Use float16 or auto.",
            reason="DTYPE_NOT_SUPPORTED",
            metadata={"setting": field, "gpu": gpu.name},
        )
    return dtype


def _run(*command: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, found on PATH, without a shell
            [program, *command[1:]], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _from_proc(root: Path) -> tuple[Gpu, ...]:
    """Reads `/proc/driver/nvidia/gpus/*/information`, for machines without `nvidia-smi`."""
    gpus: list[Gpu] = []
    for path in sorted(root.glob("gpus/*/information")):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        facts = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
        minor = facts.get("Device Minor", "")
        # A container sees the host's /proc, but only the device nodes that were given to it.
        if minor and not Path(f"/dev/nvidia{minor}").exists():
            continue
        gpus.append(Gpu(len(gpus), facts.get("GPU UUID", ""), facts.get("Model", "NVIDIA GPU")))
    return tuple(gpus)
