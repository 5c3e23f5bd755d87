"""The voice service as a process: `python -m services.voice --address … --model …`."""

from __future__ import annotations

from lanternist.v1 import voice_pb2
from services.base.process import ServiceDefinition, main
from services.voice.servicer import VoiceServicer

if __name__ == "__main__":
    main(
        ServiceDefinition(
            modality="voice",
            descriptor=voice_pb2.DESCRIPTOR.services_by_name["VoiceService"],
            servicer=VoiceServicer,
        )
    )
