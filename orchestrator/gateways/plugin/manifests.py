"""The three manifests of an app package, as JSON values.

`manifest.json` (Microsoft 365 app, schema 1.30) names a declarative agent (schema 1.8), which names
a plugin (schema 2.4), which names this project's MCP server, or its OpenAI-compatible routes, as
its runtime. This module knows the manifests' forms, not files and not networks.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.gateways.plugin.icons import ACCENT

Runtime = Literal["mcp", "openapi"]
Authentication = Literal["none", "oauth", "api-key"]

AGENT_FILE = "declarativeAgent.json"
PLUGIN_FILE = "ai-plugin.json"
TOOLS_FILE = "mcp-tools.json"
COLOR_FILE = "color.png"
OUTLINE_FILE = "outline.png"

_SCHEMAS = "https://developer.microsoft.com/json-schemas"
_VAULTS = {"none": "None", "oauth": "OAuthPluginVault", "api-key": "ApiKeyPluginVault"}
_SHORT = "Pictures, voices, transcripts and illustrated stories from your own models."
_FULL = (
    "Lanternist puts your own models behind one door: it draws pictures, speaks texts, writes down "
    "recordings, and tells illustrated stories whose pictures change on the narrator's words. What "
    "it makes is marked as made by a machine, and every model has a card that says where its data "
    "comes from."
)
_INSTRUCTIONS = """\
You help people make pictures, speech, transcripts and illustrated stories with Lanternist.

- Call the function that fits what was asked for. Never describe a picture or a sound in words in
  its place, and never say that something was made before a function has returned it.
- Hand on the wish in the user's own words. Put sizes, voices, seeds and counts into their own
  parameters when the user names them, and leave them out when not.
- A story can take minutes. Say so when you begin one, and give the name that you get back, since
  it is needed to change the story later.
- To change a story that is there, revise it; do not tell it again.
- When a result carries notes, pass them on: they say what could not be drawn or spoken.
- When a function fails, say why in its own words and what the user can change. Do not retry more
  than once.
- Say that pictures and voices are made by a machine when somebody might take them for real.
"""
_STARTERS = (
    ("Tell a story", "Tell an illustrated story about a fox who finds a lantern in the forest."),
    ("Draw", "Draw a red boat on a calm lake at sunset."),
    ("Speak", "Read this aloud in a British voice: Good evening, and welcome."),
    ("Choose a model", "Which image models are there, and what may they be used for?"),
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the app: shown to those who install it.

    Attributes:
        name: At most 32 characters.
        website: Address of the pages about it.
        privacy: Address of its privacy statement.
        terms: Address of its terms of use.
    """

    name: str
    website: str
    privacy: str
    terms: str


@dataclass(frozen=True, slots=True)
class Access:
    """How Copilot shows the server that it may call it.

    Attributes:
        kind: Nothing, OAuth, or an API key.
        reference: Id under which the secret was registered with Microsoft; empty for none.
    """

    kind: Authentication = "none"
    reference: str = ""


def app(base_url: str, version: str, publisher: Publisher) -> dict[str, Any]:
    """`manifest.json`.

    Its id follows from the address, so that a package built again updates the installed app.
    """
    host = base_url.split("://", 1)[1].split("/", 1)[0]
    return {
        "$schema": f"{_SCHEMAS}/teams/v1.30/MicrosoftTeams.schema.json",
        "manifestVersion": "1.30",
        "version": version,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{base_url}#lanternist")),
        "developer": {
            "name": publisher.name,
            "websiteUrl": publisher.website,
            "privacyUrl": publisher.privacy,
            "termsOfUseUrl": publisher.terms,
        },
        "name": {"short": "Lanternist", "full": "Lanternist: pictures, voices and stories"},
        "description": {"short": _SHORT, "full": _FULL},
        "icons": {"color": COLOR_FILE, "outline": OUTLINE_FILE},
        "accentColor": ACCENT,
        "copilotAgents": {"declarativeAgents": [{"id": "lanternist", "file": AGENT_FILE}]},
        "validDomains": [host],
    }


def agent() -> dict[str, Any]:
    """`declarativeAgent.json`: the agent around the plugin."""
    return {
        "$schema": f"{_SCHEMAS}/copilot/declarative-agent/v1.8/schema.json",
        "version": "v1.8",
        "name": "Lanternist",
        "description": _FULL,
        "instructions": _INSTRUCTIONS,
        "disclaimer": {"text": "Pictures, voices and tales are made by machine-learning models."},
        "conversation_starters": [{"title": title, "text": text} for title, text in _STARTERS],
        "actions": [{"id": "lanternist", "file": PLUGIN_FILE}],
    }


def plugin(
    base_url: str, runtime: Runtime, access: Access, functions: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """`ai-plugin.json`: what can be called, and where.

    Args:
        base_url: Of the gateway, without a slash at its end.
        runtime: What Copilot speaks to.
        access: How it identifies itself.
        functions: Function objects of the schema.
    """
    spec: dict[str, Any]
    if runtime == "mcp":
        spec = {"url": f"{base_url}/mcp", "mcp_tool_description": {"file": TOOLS_FILE}}
    else:
        spec = {"url": f"{base_url}/openapi.json", "progress_style": "ShowUsage"}
    auth = {"type": _VAULTS[access.kind]}
    if access.reference:
        auth["reference_id"] = access.reference
    return {
        "$schema": f"{_SCHEMAS}/copilot/plugin/v2.4/schema.json",
        "schema_version": "v2.4",
        "name_for_human": "Lanternist",
        "description_for_human": _SHORT,
        "description_for_model": _FULL,
        "namespace": "lanternist",
        "functions": list(functions),
        "runtimes": [
            {
                "type": "RemoteMCPServer" if runtime == "mcp" else "OpenApi",
                "auth": auth,
                "spec": spec,
                "run_for_functions": [function["name"] for function in functions],
            }
        ],
        "capabilities": {
            "conversation_starters": [{"title": title, "text": text} for title, text in _STARTERS]
        },
    }
