"""The tools for single pictures, speech and recordings."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import assistant_pb2, image_pb2, progress_pb2, voice_pb2
from orchestrator.clients.assets import AssetClient
from orchestrator.gateways.mcp import previews, results
from orchestrator.gateways.mcp.answers import Answer, answer, request
from orchestrator.gateways.mcp.failures import as_tool_errors
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.report import Report

_CHUNK_BYTES = 1024 * 1024
_IMAGES = {
    "png": image_pb2.IMAGE_ENCODING_PNG,
    "jpeg": image_pb2.IMAGE_ENCODING_JPEG,
    "webp": image_pb2.IMAGE_ENCODING_WEBP,
    "svg": image_pb2.IMAGE_ENCODING_SVG,
}
_SOUNDS = {
    "mp3": voice_pb2.AUDIO_ENCODING_MP3,
    "opus": voice_pb2.AUDIO_ENCODING_OGG_OPUS,
    "flac": voice_pb2.AUDIO_ENCODING_FLAC,
    "wav": voice_pb2.AUDIO_ENCODING_WAV,
}
_MAKES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)

Model = Annotated[
    str, Field(max_length=100, description="Model id from list_models. Empty: the default.")
]
Seed = Annotated[
    int | None,
    Field(ge=0, le=2**53 - 1, description="The same seed and settings give the same result."),
]


def add_media_tools(server: MCPServer[Any], link: Link) -> None:
    """Gives a server `generate_image`, `speak` and `transcribe`."""

    @server.tool(title="Generate images", annotations=_MAKES)
    async def generate_image(
        ctx: Context[Any, Any],
        *,
        prompt: Annotated[
            str, Field(min_length=1, max_length=100_000, description="What to draw.")
        ],
        model: Model = "",
        count: Annotated[int, Field(ge=1, le=8, description="How many pictures.")] = 1,
        width: Annotated[
            int, Field(ge=0, le=4096, description="Pixels, 64 to 4096. 0: the model's default.")
        ] = 0,
        height: Annotated[
            int, Field(ge=0, le=4096, description="Pixels, 64 to 4096. 0: the model's default.")
        ] = 0,
        style: Annotated[str, Field(max_length=1000, description="Look, e.g. paper-cut.")] = "",
        negative_prompt: Annotated[
            str, Field(max_length=10_000, description="What to avoid.")
        ] = "",
        seed: Seed = None,
        format: Annotated[Literal["png", "jpeg", "webp", "svg"], Field()] = "png",
    ) -> Annotated[CallToolResult, results.Pictures]:
        """Draw pictures from words. Returns previews and links to the full files."""
        with as_tool_errors():
            parameters = assistant_pb2.AssistantParameters(
                count=count,
                width=width,
                height=height,
                style=style,
                negative_prompt=negative_prompt,
                seed=seed,
                image_encoding=_IMAGES[format],
            )
            part = assistant_pb2.MessagePart(text=prompt)
            asked = request(assistant_pb2.INTENT_IMAGE, [part], parameters, model)
            made = await answer(link, asked, Report(ctx))
            return await _pictures(link, made)

    @server.tool(title="Speak", annotations=_MAKES)
    async def speak(
        ctx: Context[Any, Any],
        *,
        text: Annotated[str, Field(min_length=1, max_length=200_000, description="What to say.")],
        voice: Annotated[
            str,
            Field(max_length=100, description="Voice id from list_voices. Empty: one that fits."),
        ] = "",
        language: Annotated[
            str, Field(max_length=35, description="BCP-47, e.g. en-GB. Empty: the voice's own.")
        ] = "",
        speed: Annotated[float, Field(ge=0.5, le=2, description="1 is the usual rate.")] = 1.0,
        model: Model = "",
        format: Annotated[Literal["mp3", "opus", "flac", "wav"], Field()] = "mp3",
    ) -> Annotated[CallToolResult, results.Speech]:
        """Read a text aloud. Returns the sound and the time of every word."""
        with as_tool_errors():
            parameters = assistant_pb2.AssistantParameters(
                voice=voice, language=language, speed=speed, audio_encoding=_SOUNDS[format]
            )
            part = assistant_pb2.MessagePart(text=text)
            asked = request(assistant_pb2.INTENT_SPEECH, [part], parameters, model)
            made = await answer(link, asked, Report(ctx))
            return await _speech(link, made)

    @server.tool(title="Transcribe", annotations=_READS)
    async def transcribe(
        ctx: Context[Any, Any],
        *,
        audio_uri: Annotated[
            str, Field(max_length=200, description="A recording, lanternist://assets/…")
        ] = "",
        audio_base64: Annotated[
            str, Field(description="Or the recording's file itself, in base64.")
        ] = "",
        language: Annotated[str, Field(max_length=35, description="BCP-47. Empty: detected.")] = "",
        model: Model = "",
        word_times: Annotated[bool, Field(description="Whether to time every word.")] = True,
    ) -> Annotated[CallToolResult, results.Transcript]:
        """Write down what is said in a recording, with times."""
        with as_tool_errors():
            parameters = assistant_pb2.AssistantParameters(
                language=language, skip_word_timings=not word_times
            )
            parts = _recording(audio_uri, audio_base64)
            asked = request(assistant_pb2.INTENT_TRANSCRIPTION, parts, parameters, model)
            return _transcript(await answer(link, asked, Report(ctx)))


async def _pictures(link: Link, made: Answer) -> CallToolResult:
    assets = AssetClient(await link.connection())
    pictures = [
        results.Picture(
            **results.file(asset).model_dump(),
            width=info.width,
            height=info.height,
            seed=info.seed,
        )
        for asset, info in zip(made.assets, made.pictures, strict=True)
    ]
    files = [
        (await assets.read(asset.name, link.call()), asset.media_type) for asset in made.assets
    ]
    facts = results.Pictures(model=made.model, pictures=pictures, notes=made.notes)
    words = f"{len(pictures)} picture{'s' if len(pictures) > 1 else ''} by {made.model}."
    summary = " ".join([words, *made.notes])
    return results.result(facts, summary, previews.of_pictures(files), pictures)


async def _speech(link: Link, made: Answer) -> CallToolResult:
    assets = AssetClient(await link.connection())
    asset = made.assets[0]
    file = results.file(asset)
    data = await assets.read(asset.name, link.call())
    facts = results.Speech(
        model=made.model,
        voice=made.format.voice,
        language=made.format.language,
        duration_ms=made.duration_ms,
        file=file,
        words=[word for clause in made.clauses for word in _words(clause.words)],
        notes=made.notes,
    )
    words = f"{made.duration_ms / 1000:.1f} s of speech by {made.format.voice} ({made.model})."
    preview = previews.of_speech(data, asset.media_type)
    shown = [preview] if preview is not None else []
    return results.result(facts, " ".join([words, *made.notes]), shown, [file])


def _transcript(made: Answer) -> CallToolResult:
    text = " ".join(segment.text.strip() for segment in made.segments)
    facts = results.Transcript(
        model=made.model,
        language=made.language,
        duration_ms=made.duration_ms,
        text=text,
        segments=[
            results.Segment(
                text=segment.text,
                start_ms=segment.start_ms,
                end_ms=segment.end_ms,
                words=_words(segment.words),
            )
            for segment in made.segments
        ],
        notes=made.notes,
    )
    return results.result(facts, text or "Nothing was said.", [], [])


def _words(words: Iterable[progress_pb2.WordTiming]) -> list[results.Word]:
    return [results.Word(text=w.text, start_ms=w.start_ms, end_ms=w.end_ms) for w in words]


def _recording(uri: str, encoded: str) -> Sequence[assistant_pb2.MessagePart]:
    """The parts of a message that bring a recording.

    Raises:
        InvalidArgumentError: None is given, or two, or one that is not what it should be.
    """
    if bool(uri) == bool(encoded):
        raise InvalidArgumentError("audio_uri", "give either audio_uri or audio_base64")
    if uri:
        return [assistant_pb2.MessagePart(audio=results.asset_name(uri, "audio_uri"))]
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise InvalidArgumentError("audio_base64", "is not base64") from error
    if not data:
        raise InvalidArgumentError("audio_base64", "is empty")
    chunks = range(0, len(data), _CHUNK_BYTES)
    return [assistant_pb2.MessagePart(audio_data=data[at : at + _CHUNK_BYTES]) for at in chunks]
