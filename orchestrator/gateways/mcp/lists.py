"""The tools that look things up, and the resources: files, stories and model cards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from lanternist.v1 import asset_pb2, model_pb2, story_pb2, voice_pb2
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.models import ModelClient
from orchestrator.clients.story import StoryClient
from orchestrator.clients.voice import VoiceClient
from orchestrator.gateways.mcp import results
from orchestrator.gateways.mcp.failures import as_resource_errors, as_tool_errors
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.stories import describe

# A resource travels in one message, in base64; larger files are for the other doors.
MAX_RESOURCE_BYTES = 64 * 1024 * 1024

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_MODALITIES = {
    "": model_pb2.MODALITY_UNSPECIFIED,
    "image": model_pb2.MODALITY_IMAGE,
    "voice": model_pb2.MODALITY_VOICE,
    "text": model_pb2.MODALITY_TEXT,
    "transcription": model_pb2.MODALITY_TRANSCRIPTION,
}


def add_lists(server: MCPServer[Any], link: Link) -> None:
    """Gives a server `list_models` and `list_voices`."""

    @server.tool(title="List models", annotations=_READS)
    async def list_models(
        modality: Annotated[
            Literal["", "image", "voice", "text", "transcription"], Field(description="Empty: all.")
        ] = "",
    ) -> Annotated[CallToolResult, results.Models]:
        """List the models that can be asked for, with the facts of their cards."""
        with as_tool_errors():
            client = ModelClient(await link.connection())
            request = model_pb2.ListModelsRequest(modality=_MODALITIES[modality])
            found = (await client.ListModels(request, link.call())).models
        facts = results.Models(models=[_model(model) for model in found])
        lines = [f"{model.id} ({model.modality}): {model.description}" for model in facts.models]
        return results.result(facts, "\n".join(lines), [], [])

    @server.tool(title="List voices", annotations=_READS)
    async def list_voices(
        language: Annotated[
            str, Field(max_length=35, description="BCP-47; en matches en-GB. Empty: all.")
        ] = "",
        model: Annotated[str, Field(max_length=100, description="Empty: of all models.")] = "",
    ) -> Annotated[CallToolResult, results.Voices]:
        """List the voices that can speak."""
        with as_tool_errors():
            client = VoiceClient(await link.connection())
            request = voice_pb2.ListVoicesRequest(model=model, language=language)
            found = (await client.ListVoices(request, link.call())).voices
        facts = results.Voices(
            voices=[
                results.VoiceFacts(
                    id=voice.id,
                    name=voice.display_name,
                    language=voice.language,
                    gender=voice.gender,
                    license=voice.license,
                    model=voice.model,
                )
                for voice in found
            ]
        )
        lines = [f"{v.id}: {v.name}, {v.language} {v.gender}".strip() for v in facts.voices]
        return results.result(facts, "\n".join(lines), [], [])


def _model(model: model_pb2.Model) -> results.ModelFacts:
    return results.ModelFacts(
        id=model.id,
        modality=model_pb2.Modality.Name(model.modality).removeprefix("MODALITY_").lower(),
        name=model.display_name,
        description=model.description,
        license=model.license,
        languages=list(model.languages),
        speed_class=model.speed_class,
        local=model.local,
        default=model.default_model,
        state=model_pb2.ModelState.Name(model.state).removeprefix("MODEL_STATE_").lower(),
        uri=f"lanternist://{model.name}",
    )


def add_resources(server: MCPServer[Any], link: Link) -> None:
    """Gives a server the resources that results name."""

    @server.resource(
        results.ASSET_URI,
        name="asset",
        title="A stored file",
        description="Bytes of a picture, a sound or an export, by their SHA-256.",
        mime_type="application/octet-stream",
    )
    async def asset(sha256: str) -> bytes:
        with as_resource_errors():
            name = results.asset_name(f"assets/{sha256}", "uri")
            assets = AssetClient(await link.connection())
            facts = await assets.GetAsset(asset_pb2.GetAssetRequest(name=name), link.call())
            if facts.size_bytes > MAX_RESOURCE_BYTES:
                raise ResourceError(
                    f"{name} has {facts.size_bytes:,} bytes; resources give at most "
                    f"{MAX_RESOURCE_BYTES:,}. Fetch it by gRPC (AssetService.DownloadAsset)."
                )
            return await assets.read(name, link.call())

    @server.resource(
        results.STORY_URI,
        name="story",
        title="A story",
        description="A story as it stands, also while it is being made.",
        mime_type="application/json",
    )
    async def story(story: str) -> str:
        with as_resource_errors():
            request = story_pb2.GetStoryRequest(name=results.story_name(f"stories/{story}", "uri"))
            connection = await link.connection()
            found = await StoryClient(connection).GetStory(request, link.call())
            return (await describe(link, AssetClient(connection), found)).model_dump_json()

    @server.resource(
        results.MODEL_URI,
        name="model",
        title="A model card",
        description="What a model is for, its limits, data, licence and figures, in Markdown.",
        mime_type="text/markdown",
    )
    async def model(model: str) -> str:
        with as_resource_errors():
            request = model_pb2.GetModelRequest(name=f"models/{model}")
            return (await ModelClient(await link.connection()).GetModel(request, link.call())).card
