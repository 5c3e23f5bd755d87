"""The addresses of the OpenAI interface, and what answers at each."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from lanternist.runtime.settings import Settings
from orchestrator.clients.assistant import AssistantClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.models import ModelClient
from orchestrator.clients.specialists import Specialists
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai import edits, hearing, pictures, responses, speech
from orchestrator.gateways.openai.answering import endpoint
from orchestrator.gateways.openai.catalogue import Catalogue
from orchestrator.gateways.openai.chat import Chat
from orchestrator.gateways.openai.naming import Naming


def openai_routes(connection: Connection, settings: Settings, metrics: Metrics) -> list[BaseRoute]:
    """Everything under `/v1`.

    Args:
        connection: To the orchestrator.
        settings: Aliases.
        metrics: Counts what is made.
    """
    models = ModelClient(connection)
    specialists = Specialists.behind(connection)
    naming = Naming(models, specialists.voice, settings.model_aliases, settings.voice_aliases)
    catalogue = Catalogue(models, naming)
    chat = Chat(specialists.text, naming, metrics)
    respond = responses.Responses(specialists, AssistantClient(connection), naming, metrics)
    draw = pictures.Pictures(specialists.image, naming, metrics)
    redraw = edits.Edits(draw, naming)
    speak = speech.Speech(specialists.voice, naming, metrics)
    listen = hearing.Hearing(specialists.transcription, naming, metrics)
    listed = [
        ("GET", "/models", catalogue.list, {}),
        ("GET", "/models/{model}", catalogue.get, {"name": "model"}),
        ("POST", "/chat/completions", chat.complete, {}),
        ("POST", "/responses", respond.create, responses.RENAMES),
        ("POST", "/images/generations", draw.generate, pictures.RENAMES),
        ("POST", "/images/edits", redraw.edit, edits.RENAMES),
        ("POST", "/images/variations", redraw.vary, edits.RENAMES),
        ("POST", "/audio/speech", speak.speak, speech.RENAMES),
        ("POST", "/audio/transcriptions", listen.transcribe, hearing.RENAMES),
        ("POST", "/audio/translations", listen.translate, {}),
    ]
    return [
        Route(f"/v1{path}", endpoint(work, renames), methods=[method])
        for method, path, work, renames in listed
    ]
