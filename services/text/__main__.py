"""The text service as a process: `python -m services.text --address … --model …`."""

from __future__ import annotations

import os

from lanternist.v1 import text_pb2
from services.base.process import ServiceDefinition, main
from services.text.servicer import TextServicer

if __name__ == "__main__":
    # Threads that spin while they wait starve each other as soon as the services share cores: a
    # token of the text model then takes 500 ms in the median instead of 100. The library that
    # computes is not loaded yet, and reads this when it is.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main(
        ServiceDefinition(
            modality="text",
            descriptor=text_pb2.DESCRIPTOR.services_by_name["TextService"],
            servicer=TextServicer,
        )
    )
