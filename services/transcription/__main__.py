"""The transcription service as a process: `python -m services.transcription --address …`."""

from __future__ import annotations

import os

from lanternist.v1 import transcription_pb2
from services.base.process import ServiceDefinition, main
from services.transcription.servicer import TranscriptionServicer

if __name__ == "__main__":
    # Threads that spin while they wait starve each other as soon as the services share cores: a
    # token of the text model then takes 500 ms in the median instead of 100. The library that
    # computes is not loaded yet, and reads this when it is.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main(
        ServiceDefinition(
            modality="transcription",
            descriptor=transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"],
            servicer=TranscriptionServicer,
        )
    )
