"""The MCP server: its tools and resources put together.

The same server answers over stdio (`lanternist mcp`) and over streamable HTTP (`/mcp`).
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent

from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.lists import add_lists, add_resources
from orchestrator.gateways.mcp.media import add_media_tools
from orchestrator.gateways.mcp.stories import add_story_tools

_INSTRUCTIONS = """\
Lanternist draws pictures, speaks, writes down recordings, and tells illustrated stories whose \
pictures change on the narrator's words. Results carry small previews; the files themselves are \
behind the resource links. Stories take minutes: give them a long time-out, or call with \
wait=false and read the story's resource. Pass on what `notes` say.\
"""


def build_server(link: Link) -> MCPServer[Any]:
    """A server whose tools reach the orchestrator through `link`."""
    server: MCPServer[Any] = MCPServer(
        "lanternist",
        title="Lanternist",
        instructions=_INSTRUCTIONS,
        version=version("lanternist"),
        log_level="WARNING",
    )
    add_media_tools(server, link)
    add_story_tools(server, link)
    add_lists(server, link)
    add_resources(server, link)
    server.middleware.append(_strict(server))
    return server


def _strict(server: MCPServer[Any]) -> Any:
    """Refuses arguments that a tool does not have; the SDK would leave them out without a word."""

    async def refuse(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = ctx.params or {}
        if ctx.method == "tools/call" and isinstance(params.get("arguments"), dict):
            tools = {tool.name: tool.input_schema for tool in await server.list_tools()}
            known = tools.get(str(params.get("name")), {}).get("properties", params["arguments"])
            if unknown := sorted(set(params["arguments"]) - set(known)):
                message = f"{unknown[0]}: this tool has no such argument."
                return CallToolResult(content=[TextContent(text=message)], is_error=True)
        return await call_next(ctx)

    return refuse
