"""The image service as a process: `python -m services.image --address … --model …`."""

from __future__ import annotations

from lanternist.v1 import image_pb2
from services.base.process import ServiceDefinition, main
from services.image.servicer import ImageServicer

if __name__ == "__main__":
    main(
        ServiceDefinition(
            modality="image",
            descriptor=image_pb2.DESCRIPTOR.services_by_name["ImageService"],
            servicer=ImageServicer,
        )
    )
