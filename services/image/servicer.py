"""`ImageService`: messages of the contract to requests of the engine, its events back to messages.

Pictures are encoded on the model's thread, and a caller's picture is decoded on another, never on
the event loop. Nothing here knows a model, a file format's details, or a transport.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnimplementedError
from lanternist.v1 import image_pb2, progress_pb2, scene_pb2
from models.card import ModelCard
from models.illustrator.scene import Scene, Subject
from services.base.host import HostedModel, Loading, ModelHost
from services.base.worker import Queued
from services.image.decoding import decode, fitted
from services.image.encoding import DEFAULT_QUALITY, ImageFormat, encode, thumbnail
from services.image.engine import (
    VARIATIONS,
    FinishedImage,
    ImageEngine,
    ImageRequest,
    Pixels,
    Preview,
    StepProgress,
    check_varies,
    request_for,
)

CHUNK_BYTES = 256 * 1024
_PREVIEW_PX = 512
_SVG_TYPE = "image/svg+xml"

_FORMATS = {
    image_pb2.IMAGE_ENCODING_UNSPECIFIED: ImageFormat.PNG,
    image_pb2.IMAGE_ENCODING_PNG: ImageFormat.PNG,
    image_pb2.IMAGE_ENCODING_JPEG: ImageFormat.JPEG,
    image_pb2.IMAGE_ENCODING_WEBP: ImageFormat.WEBP,
}


@dataclass(frozen=True, slots=True)
class _File:
    """A finished picture as the caller wants it."""

    image: FinishedImage
    media_type: str
    content: bytes


class ImageServicer:
    """Serves `lanternist.v1.ImageService`.

    Args:
        host: The image models of this process.
    """

    def __init__(self, host: ModelHost[ImageEngine]) -> None:
        self._host = host

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncIterator[image_pb2.GenerateImagesResponse]:
        """Draws pictures; see the contract."""
        model = self._model(request)
        card = model.card
        scene, scene_notes = _scene(request)
        wanted = _request(card, request, scene)
        as_svg = request.encoding == image_pb2.IMAGE_ENCODING_SVG
        if as_svg and "svg" not in card.tags:
            raise _no_vectors(card)
        if request.HasField("source"):
            check_varies(card)  # before its file is opened
            source = await asyncio.to_thread(_source, request.source.content, wanted)
            wanted = replace(wanted, source=source)

        def draw(engine: ImageEngine) -> Iterator[StepProgress | image_pb2.ImagePreview | _File]:
            for event in engine.generate(wanted, call):
                match event:
                    case FinishedImage():
                        yield _svg_file(event, card) if as_svg else _pixel_file(event, request)
                    case Preview():
                        yield _preview(event)
                    case StepProgress():
                        yield event

        response = image_pb2.GenerateImagesResponse
        async with aclosing(model.run(call, draw)) as events:
            async for event in events:
                match event:
                    case Queued(position, wait_ms):
                        status = progress_pb2.QueueStatus(
                            position=position, estimated_wait_ms=wait_ms
                        )
                        yield response(queued=status)
                    case Loading(model_id):
                        yield response(loading=progress_pb2.ModelLoading(model=model_id))
                    case StepProgress(step, step_count, index):
                        progress = image_pb2.StepProgress(
                            step=step, step_count=step_count, image_index=index
                        )
                        yield response(progress=progress)
                    case image_pb2.ImagePreview():
                        yield response(preview=event)
                    case _File(image):
                        yield response(image=_info(event, card, scene_notes))
                        for start in range(0, len(event.content), CHUNK_BYTES):
                            data = event.content[start : start + CHUNK_BYTES]
                            yield response(chunk=image_pb2.ImageChunk(index=image.index, data=data))

    def _model(self, request: image_pb2.GenerateImagesRequest) -> HostedModel[ImageEngine]:
        """The model that was asked for; where none was, the first that can do it."""
        if not request.model and request.HasField("source"):
            able = (model for model in self._host if VARIATIONS in model.card.tags)
            return next(able, self._host.default)
        return self._host.model(request.model)


def _source(content: bytes, wanted: ImageRequest) -> Pixels:
    """A caller's picture, cut to the size asked for: so little of it waits in the queue."""
    return fitted(decode(content, "source.content"), wanted.width, wanted.height)


def _request(
    card: ModelCard, request: image_pb2.GenerateImagesRequest, scene: Scene | None
) -> ImageRequest:
    return request_for(
        card,
        prompt=request.prompt,
        scene=scene,
        style=request.style or None,
        negative_prompt=request.negative_prompt or None,
        width=request.width or None,
        height=request.height or None,
        # Chosen below 2^32, so that it is short to read and to type.
        seed=request.seed if request.HasField("seed") else secrets.randbelow(2**32),
        step_count=request.step_count or None,
        guidance_scale=request.guidance_scale if request.HasField("guidance_scale") else None,
        count=request.count or 1,
        preview_interval=request.preview_interval,
        strength=request.source.strength or None,
    )


def _scene(request: image_pb2.GenerateImagesRequest) -> tuple[Scene | None, tuple[str, ...]]:
    """The described scene, and notes on what of the description cannot be."""
    if not request.HasField("scene"):
        return None, ()
    described = request.scene
    notes = []
    subjects = []
    for position, subject in enumerate(described.subjects):
        target = subject.relation_target if subject.relation else None
        if target is not None and (target >= len(described.subjects) or target == position):
            notes.append(
                f"scene.subjects[{position}] stands {subject.relation} subject {target}, "
                "which is not another subject of the scene."
            )
            target = None
        subjects.append(_subject(subject, target))
    return Scene(
        subjects=tuple(subjects),
        setting=described.setting,
        time_of_day=described.time_of_day,
        weather=described.weather,
        season=described.season,
        mood=described.mood,
        framing=described.framing,
    ), tuple(notes)


def _subject(subject: scene_pb2.Subject, target: int | None) -> Subject:
    return Subject(
        noun=subject.noun,
        count=subject.count or 1,
        colour=subject.colour,
        size=subject.size,
        place=subject.place,
        relation=subject.relation if target is not None else "",
        relation_target=target,
        character=subject.character_id,
        pose=subject.pose,
    )


def _pixel_file(image: FinishedImage, request: image_pb2.GenerateImagesRequest) -> _File:
    image_format = _FORMATS[request.encoding]
    content = encode(
        image.pixels,
        image_format,
        quality=request.quality or DEFAULT_QUALITY,
        parameters=image.parameters,
    )
    return _File(image, image_format.media_type, content)


def _svg_file(image: FinishedImage, card: ModelCard) -> _File:
    if image.svg is None:
        raise _no_vectors(card)
    return _File(image, _SVG_TYPE, image.svg.encode())


def _no_vectors(card: ModelCard) -> UnimplementedError:
    return UnimplementedError(
        f"The model {card.id} draws pixels, not vectors: ask for PNG, JPEG or WebP.",
        reason="ENCODING_NOT_SUPPORTED",
        metadata={"model": card.id},
    )


def _preview(preview: Preview) -> image_pb2.ImagePreview:
    return image_pb2.ImagePreview(
        image_index=preview.index, step=preview.step, jpeg=thumbnail(preview.pixels, _PREVIEW_PX)
    )


def _info(file: _File, card: ModelCard, scene_notes: tuple[str, ...]) -> image_pb2.ImageInfo:
    height, width = file.image.pixels.shape[:2]
    return image_pb2.ImageInfo(
        index=file.image.index,
        model=card.id,
        seed=file.image.seed,
        width=width,
        height=height,
        media_type=file.media_type,
        size_bytes=len(file.content),
        notes=[*scene_notes, *file.image.notes],
        subject_visibility=file.image.visibility,
    )
