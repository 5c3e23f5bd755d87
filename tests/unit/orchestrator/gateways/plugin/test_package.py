"""The app package: fits Microsoft's schemas, and says what the MCP server serves."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image
from typer.testing import CliRunner

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.cli import app
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.server import build_server
from orchestrator.gateways.plugin.manifests import Access, Publisher
from orchestrator.gateways.plugin.package import build, checked_url

SCHEMAS = Path(__file__).parent / "schemas"
URL = "https://stories.example.org/lanternist"
PUBLISHER = Publisher("Example", URL, f"{URL}/privacy", f"{URL}/terms")


def _opened(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _fits(value: Any, schema: str) -> None:
    # The files name draft 4 and use words of draft 7, so the newer one checks more.
    loaded = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(loaded).validate(value)


@pytest.mark.parametrize(
    ("runtime", "access"),
    [("mcp", Access()), ("mcp", Access("oauth", "secret-1")), ("openapi", Access("api-key", "k"))],
)
async def test_every_manifest_fits_its_schema(runtime: Any, access: Access) -> None:
    package = await build(URL, "1.2.3", publisher=PUBLISHER, runtime=runtime, access=access)
    files = _opened(package)
    manifest = json.loads(files["manifest.json"])
    agent = json.loads(files["declarativeAgent.json"])
    plugin = json.loads(files["ai-plugin.json"])
    _fits(manifest, "app-1.30.json")
    _fits(agent, "declarative-agent-1.8.json")
    _fits(plugin, "plugin-2.4.json")
    assert manifest["copilotAgents"]["declarativeAgents"][0]["file"] in files
    assert agent["actions"][0]["file"] in files
    assert manifest["validDomains"] == ["stories.example.org"]
    assert plugin["runtimes"][0]["auth"].get("reference_id", "") == access.reference


def test_the_schemas_refuse_what_is_wrong() -> None:
    with pytest.raises(jsonschema.ValidationError):
        _fits({"schema_version": "v2.4", "namespace": "x"}, "plugin-2.4.json")
    with pytest.raises(jsonschema.ValidationError):
        _fits({"version": "v1.7", "name": "x", "description": "y"}, "declarative-agent-1.8.json")
    with pytest.raises(jsonschema.ValidationError):
        _fits({"manifestVersion": "1.30"}, "app-1.30.json")


async def test_the_tools_are_those_that_the_server_lists() -> None:
    files = _opened(await build(URL, "1.2.3", publisher=PUBLISHER))
    plugin, tools = (
        json.loads(files["ai-plugin.json"]),
        json.loads(files["mcp-tools.json"])["tools"],
    )
    served = {tool.name for tool in await build_server(Link()).list_tools()}
    assert {tool["name"] for tool in tools} == served
    assert all(tool["description"] and "properties" in tool["inputSchema"] for tool in tools)
    runtime = plugin["runtimes"][0]
    assert runtime["type"] == "RemoteMCPServer"
    assert runtime["spec"]["url"] == f"{URL}/mcp"
    assert runtime["spec"]["mcp_tool_description"]["file"] in files
    assert set(runtime["run_for_functions"]) == served


async def test_only_operations_with_json_are_offered_over_openapi() -> None:
    package = await build(URL, "1.2.3", publisher=PUBLISHER, runtime="openapi")
    plugin = json.loads(_opened(package)["ai-plugin.json"])
    names = {function["name"] for function in plugin["functions"]}
    assert {"listModels", "createChatCompletion", "createImage"} <= names
    assert not names & {"createSpeech", "createTranscription", "createImageEdit"}
    assert plugin["runtimes"][0]["spec"]["url"] == f"{URL}/openapi.json"


async def test_the_icons_have_the_sizes_and_colours_that_are_asked_for() -> None:
    files = _opened(await build(URL, "1.2.3", publisher=PUBLISHER))
    color = Image.open(io.BytesIO(files["color.png"]))
    outline = Image.open(io.BytesIO(files["outline.png"]))
    assert (color.size, color.mode) == ((192, 192), "RGB")
    assert (outline.size, outline.mode) == ((32, 32), "RGBA")
    pixels = list(outline.get_flattened_data())
    assert all(pixel[:3] == (255, 255, 255) for pixel in pixels)
    drawn = sum(pixel[3] > 128 for pixel in pixels) / len(pixels)
    assert 0.1 < drawn < 0.5
    assert outline.getpixel((0, 0))[3] == 0


async def test_the_same_content_gives_the_same_bytes_and_the_same_app() -> None:
    first, second = [await build(URL, "1.2.3", publisher=PUBLISHER) for _ in range(2)]
    assert first == second
    other = await build("https://else.example.org", "1.2.3", publisher=PUBLISHER)
    ids = [json.loads(_opened(package)["manifest.json"])["id"] for package in (first, other)]
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://x", "https://", "https://u:p@example.org", "https://a?b=c"]
)
def test_only_https_addresses_are_taken(url: str) -> None:
    with pytest.raises(InvalidArgumentError, match="url"):
        checked_url(url)


async def test_a_reference_goes_with_its_kind() -> None:
    with pytest.raises(InvalidArgumentError, match="auth_reference"):
        await build(URL, "1.2.3", publisher=PUBLISHER, access=Access("oauth"))


def test_the_command_writes_a_package(tmp_path: Path) -> None:
    target = tmp_path / "app.zip"
    run = CliRunner().invoke(app, ["plugin", "build", "--url", URL, "-o", str(target)])
    assert run.exit_code == 0, run.output
    assert "manifest.json" in _opened(target.read_bytes())
