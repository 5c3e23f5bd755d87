"""The text service as a process: `python -m services.text --address … --model …`."""

from __future__ import annotations

from lanternist.v1 import text_pb2
from services.base.process import ServiceDefinition, main
from services.text.servicer import TextServicer

if __name__ == "__main__":
    main(
        ServiceDefinition(
            modality="text",
            descriptor=text_pb2.DESCRIPTOR.services_by_name["TextService"],
            servicer=TextServicer,
        )
    )
