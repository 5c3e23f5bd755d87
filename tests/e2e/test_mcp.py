"""The MCP server against a running stack, driven by the SDK's own client over both transports."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import numpy as np
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import AudioContent, ImageContent, ResourceLink
from PIL import Image

from lanternist.v1 import image_pb2, image_pb2_grpc, story_pb2, story_pb2_grpc
from tests.e2e.stack import Stack, command, environment, until

TOOLS = {
    "generate_image",
    "speak",
    "transcribe",
    "tell_story",
    "revise_story",
    "list_models",
    "list_voices",
}


@contextlib.asynccontextmanager
async def _client(stack: Stack, transport: str) -> AsyncIterator[Client]:
    if transport == "http":
        connecting: Any = streamable_http_client(f"http://{stack.http}/mcp")
    else:
        arguments = command("mcp", "--address", stack.address)
        parameters = StdioServerParameters(
            command=sys.executable,
            args=arguments[1:],
            env=environment(stack.data_directory, {}),
        )
        connecting = stdio_client(parameters)
    async with Client(connecting) as client:
        yield client


def _pixels(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


async def _read(client: Client, uri: str) -> bytes:
    contents = (await client.read_resource(uri)).contents[0]
    return base64.b64decode(contents.blob)


@pytest.mark.parametrize("transport", ["http", "stdio"])
async def test_a_session_over_each_transport(fake_stack: Stack, transport: str) -> None:
    async with _client(fake_stack, transport) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        assert all(tool.output_schema for tool in tools.values())

        models = await client.call_tool("list_models", {"modality": "image"})
        listed = models.structured_content["models"]
        assert [model["id"] for model in listed] == ["fake-image", "slow-image"]
        card = await client.read_resource(listed[0]["uri"])
        assert "deterministic" in card.contents[0].text.lower()

        heard: list[float] = []

        async def progress(at: float, total: float | None, message: str | None) -> None:
            heard.append(at)

        arguments = {"prompt": "four red foxes, 16:9", "seed": 7, "width": 256, "height": 128}
        drawn = await client.call_tool("generate_image", arguments, progress_callback=progress)
        assert not drawn.is_error, drawn.content
        picture = drawn.structured_content["pictures"][0]
        assert (picture["width"], picture["height"], picture["seed"]) == (256, 128, 7)
        assert heard == sorted(set(heard)), "progress must rise with every notification"
        previews = [block for block in drawn.content if isinstance(block, ImageContent)]
        links = [block for block in drawn.content if isinstance(block, ResourceLink)]
        assert sum(len(preview.data) for preview in previews) <= 1024 * 1024
        assert [link.uri for link in links] == [picture["uri"]]
        data = await _read(client, picture["uri"])
        assert len(data) == picture["size_bytes"]
        assert np.array_equal(_pixels(data), _drawn_directly(fake_stack, arguments))


def _drawn_directly(stack: Stack, arguments: dict[str, Any]) -> np.ndarray[Any, Any]:
    with grpc.insecure_channel(stack.address) as channel:
        request = image_pb2.GenerateImagesRequest(**arguments)
        events = image_pb2_grpc.ImageServiceStub(channel).GenerateImages(request)
        return _pixels(b"".join(event.chunk.data for event in events))


async def test_speech_comes_with_its_words_and_can_be_transcribed(fake_stack: Stack) -> None:
    async with _client(fake_stack, "http") as client:
        spoken = await client.call_tool("speak", {"text": "Good evening, dear fox."})
        assert not spoken.is_error, spoken.content
        facts = spoken.structured_content
        assert [word["text"].strip(",.") for word in facts["words"]] == [
            "Good",
            "evening",
            "dear",
            "fox",
        ]
        assert any(isinstance(block, AudioContent) for block in spoken.content)
        by_link = await client.call_tool("transcribe", {"audio_uri": facts["file"]["uri"]})
        assert not by_link.is_error, by_link.content
        data = base64.b64encode(await _read(client, facts["file"]["uri"])).decode()
        by_value = await client.call_tool("transcribe", {"audio_base64": data})
        assert by_value.structured_content == by_link.structured_content
        assert abs(by_value.structured_content["duration_ms"] - facts["duration_ms"]) < 200


async def test_a_story_is_told_revised_and_read(fake_stack: Stack) -> None:
    text = "A fox found a lantern in the wood. It shone all night.\n\nIn the morning it was gone."
    async with _client(fake_stack, "http") as client:
        told = await client.call_tool(
            "tell_story", {"text": text, "title": "The Lantern", "exports": ["webvtt"]}
        )
        assert not told.is_error, told.content
        story = told.structured_content
        assert (story["title"], story["state"]) == ("The Lantern", "succeeded")
        assert story["revision"] == 1
        assert story["scenes"][0]["start_ms"] == 0
        assert story["scenes"][-1]["end_ms"] == story["duration_ms"]
        captions = await _read(client, story["exports"][0]["uri"])
        assert captions.startswith(b"WEBVTT")

        change = {"change": "scene", "index": 0, "seed": 99}
        revised = await client.call_tool(
            "revise_story", {"name": story["name"], "changes": [change]}
        )
        assert not revised.is_error, revised.content
        assert revised.structured_content["revision"] == 2
        before, after = story["scenes"], revised.structured_content["scenes"]
        assert before[0]["picture"] != after[0]["picture"]
        assert before[1:] == after[1:]
        read = await client.read_resource(story["uri"])
        assert '"revision":2' in read.contents[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("generate_image", {}, "prompt"),
        ("generate_image", {"prompt": ""}, "prompt"),
        ("generate_image", {"prompt": "x", "count": 99}, "count"),
        ("generate_image", {"prompt": "x", "width": 3}, "width"),
        ("generate_image", {"prompt": "x", "model": "no-such-model"}, "no-such-model"),
        ("generate_image", {"prompt": "x", "colour": "red"}, "colour"),
        ("speak", {"text": "x", "voice": "nobody"}, "nobody"),
        ("speak", {"text": "x", "speed": "fast"}, "speed"),
        ("transcribe", {}, "audio_uri"),
        ("transcribe", {"audio_uri": "file:///etc/passwd"}, "audio_uri"),
        ("transcribe", {"audio_base64": "§§"}, "audio_base64"),
        ("tell_story", {}, "text"),
        ("tell_story", {"text": "a", "topic": "b"}, "text"),
        ("revise_story", {"name": "stories/none", "changes": []}, "changes"),
        ("revise_story", {"name": "../x", "changes": [{"change": "merge", "index": 0}]}, "name"),
    ],
)
async def test_bad_input_is_told_by_name_and_the_next_call_served(
    fake_stack: Stack, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with _client(fake_stack, "http") as client:
        refused = await client.call_tool(tool, arguments)
        assert refused.is_error
        assert told in refused.content[0].text
        assert not (await client.call_tool("list_voices", {})).is_error


@pytest.mark.parametrize(
    "uri",
    [
        "lanternist://assets/../../etc/passwd",
        "lanternist://assets/" + "0" * 64,
        "lanternist://stories/none",
        "lanternist://models/none",
        "file:///etc/passwd",
    ],
)
async def test_resources_that_are_not_there_are_errors(fake_stack: Stack, uri: str) -> None:
    async with _client(fake_stack, "http") as client:
        with pytest.raises(MCPError):
            await client.read_resource(uri)


async def _given_up(client: Client, tool: str, arguments: dict[str, str], once: str = "") -> None:
    """Calls a tool, and leaves as soon as its progress says so."""
    begun = asyncio.Event()

    async def progress(at: float, total: float | None, message: str | None) -> None:
        if once in (message or ""):
            begun.set()

    running = asyncio.create_task(client.call_tool(tool, arguments, progress_callback=progress))
    await asyncio.wait_for(begun.wait(), 60)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_cancelling_a_call_frees_the_engine(fake_stack: Stack) -> None:
    """A slow picture of many steps is given up; the same model then serves at once."""
    async with _client(fake_stack, "http") as client:
        slow = {"prompt": "a slow fox", "model": "slow-image"}
        await _given_up(client, "generate_image", slow)

        def cancelled() -> bool:
            return any(
                entry.get("method") == "lanternist.v1.ImageService.GenerateImages"
                and entry.get("code") == "CANCELLED"
                for entry in fake_stack.log()
            )

        await asyncio.to_thread(until, cancelled)
        quick = await client.call_tool("generate_image", {"prompt": "x", "model": "fake-image"})
        assert not quick.is_error


async def test_cancelling_a_story_ends_it(fake_stack: Stack) -> None:
    async with _client(fake_stack, "http") as client:
        slow = {"text": "A fox ran home. " * 40, "title": "Given up", "image_model": "slow-image"}
        await _given_up(client, "tell_story", slow, once="planned")

    def cancelled() -> bool:
        with grpc.insecure_channel(fake_stack.address) as channel:
            listed = story_pb2_grpc.StoryServiceStub(channel).ListStories(
                story_pb2.ListStoriesRequest()
            )
        (story,) = [one for one in listed.stories if one.title == "Given up"]
        return story.state == story_pb2.STORY_STATE_CANCELLED

    await asyncio.to_thread(until, cancelled)
