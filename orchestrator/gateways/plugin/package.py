"""The app package: manifests, tools and icons in one ZIP file.

The tools are those of our MCP server, taken from the server itself, so that the package never says
anything else than what is served. This module writes no file; it knows no command line.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.server import build_server
from orchestrator.gateways.openai.spec import build_spec
from orchestrator.gateways.plugin import icons, manifests
from orchestrator.gateways.plugin.manifests import Access, Publisher, Runtime

# The same content gives the same bytes, whenever it is built.
_WHEN = (2026, 1, 1, 0, 0, 0)


def checked_url(url: str) -> str:
    """The address of a gateway without the slash at its end.

    Raises:
        InvalidArgumentError: It is not an https address of a host, with a path at most.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query:
        raise InvalidArgumentError("url", "must be an https:// address without user and query")
    return url.rstrip("/")


async def build(
    base_url: str,
    version: str,
    *,
    publisher: Publisher,
    runtime: Runtime = "mcp",
    access: Access | None = None,
) -> bytes:
    """The package as a ZIP file.

    Args:
        base_url: Of the gateway, as `checked_url` gives it.
        version: Of the package, MAJOR.MINOR.PATCH.
        publisher: Who publishes it.
        runtime: What Copilot is to speak to.
        access: How it identifies itself; None: not at all.

    Raises:
        InvalidArgumentError: The access needs a reference.
    """
    access = access or Access()
    if (access.kind == "none") != (not access.reference):
        raise InvalidArgumentError("auth_reference", "goes with oauth and api-key, and only there")
    files: dict[str, Any] = {
        "manifest.json": manifests.app(base_url, version, publisher),
        manifests.AGENT_FILE: manifests.agent(),
    }
    if runtime == "mcp":
        tools = await _tools()
        files[manifests.TOOLS_FILE] = {"tools": tools}
        functions = [{"name": tool["name"], "description": tool["description"]} for tool in tools]
    else:
        functions = _operations(build_spec())
    files[manifests.PLUGIN_FILE] = manifests.plugin(base_url, runtime, access, functions)
    return _zipped(
        {
            **{name: _json(value) for name, value in files.items()},
            manifests.COLOR_FILE: icons.color_icon(),
            manifests.OUTLINE_FILE: icons.outline_icon(),
        }
    )


async def _tools() -> list[dict[str, Any]]:
    """The tools as `tools/list` gives them."""
    listed = await build_server(Link()).list_tools()
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]


def _operations(openapi: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations that take and give JSON: an agent can call no others."""
    return [
        {"name": operation["operationId"], "description": operation["summary"]}
        for path in openapi["paths"].values()
        for operation in path.values()
        if _in_json(operation.get("requestBody")) and _in_json(operation["responses"].get("200"))
    ]


def _in_json(message: Mapping[str, Any] | None) -> bool:
    return message is None or "application/json" in message.get("content", {})


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()
