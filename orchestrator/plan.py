"""What to run for each service: its command, its device, its address. Decides; starts nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lanternist.runtime.settings import ModalityName, Settings
from models.placement import Devices, inventory, place, place_all

_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """One service of this installation.

    Attributes:
        modality: Its name.
        address: gRPC address that it answers on.
        command: Program and arguments; empty for a service that is run elsewhere.
        environment: Its whole environment.
    """

    modality: ModalityName
    address: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> bool:
        """Whether somebody else starts and stops it."""
        return not self.command


def make_plans(
    settings: Settings,
    modalities: Sequence[ModalityName],
    socket_directory: Path,
    *,
    devices: Devices | None = None,
) -> list[ServicePlan]:
    """Plans the enabled services among `modalities`, in that order.

    Args:
        settings: The installation's settings.
        modalities: Which services are wanted.
        socket_directory: Where services of this machine put their sockets.
        devices: What the machine has; None: looked up when a setting depends on it.

    Raises:
        InvalidArgumentError: A device setting is malformed.
        FailedPreconditionError: A device is not there.
    """
    enabled = [name for name in modalities if settings.services.of(name).enabled]
    here: dict[str, str] = {
        name: settings.services.of(name).device
        for name in enabled
        if not settings.services.of(name).address
    }
    if devices is None:
        devices = inventory() if any(device != "cpu" for device in here.values()) else Devices()
    placed = place_all(here, devices)
    plans = []
    for name in enabled:
        service = settings.services.of(name)
        if service.address:
            plans.append(ServicePlan(name, service.address))
            continue
        placement = place(
            placed[name].device,
            devices,
            dtype=service.dtype,
            threads=service.threads,
            name=f"services.{name}.dtype",
        )
        inside = placement.inside_service()
        address = f"unix:{socket_directory / name}.sock"
        arguments = [
            *("--address", address),
            *(argument for model in service.models for argument in ("--model", model)),
            *(part for path in settings.card_directories for part in ("--cards", str(path))),
            *("--device", inside.device),
            *("--dtype", inside.dtype),
            *("--threads", str(inside.threads)),
            *("--queue-size", str(service.queue_size)),
            *("--drain-seconds", str(settings.drain_seconds)),
            *("--log-level", settings.log_level),
            "--watch-parent",
        ]
        # -P: a folder called `services` in the working directory must not stand in for ours.
        service_command = (sys.executable, "-P", "-m", f"services.{name}", *arguments)
        leash = (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()))
        environment = {**os.environ, **placement.environment()}
        plans.append(ServicePlan(name, address, (*leash, *service_command), environment))
    return plans
