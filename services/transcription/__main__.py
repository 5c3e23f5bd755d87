"""The transcription service as a process: `python -m services.transcription --address …`."""

from __future__ import annotations

from lanternist.v1 import transcription_pb2
from services.base.process import ServiceDefinition, main
from services.transcription.servicer import TranscriptionServicer

if __name__ == "__main__":
    main(
        ServiceDefinition(
            modality="transcription",
            descriptor=transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"],
            servicer=TranscriptionServicer,
        )
    )
