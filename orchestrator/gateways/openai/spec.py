"""`/openapi.json`: what this server takes and answers, as OpenAPI 3.1 has it said.

Requests are described by the very models that read them; answers by `spec_answers`. A test drives
the running server with what this document allows and what it does not.
"""

from __future__ import annotations

import functools
from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from orchestrator.gateways.openai.chat import ChatRequest
from orchestrator.gateways.openai.edits import EditRequest, VariationRequest
from orchestrator.gateways.openai.fields import PLAIN, Body
from orchestrator.gateways.openai.hearing import TranscriptionRequest
from orchestrator.gateways.openai.pictures import ImageRequest
from orchestrator.gateways.openai.response_request import ResponseRequest
from orchestrator.gateways.openai.spec_answers import ANSWERS, ref
from orchestrator.gateways.openai.speech import SpeechRequest

_REQUESTS: tuple[type[Body], ...] = (ChatRequest, ResponseRequest, ImageRequest, SpeechRequest)
# Of each event, as tools read it.
_EVENT = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}
_EVENTS = {"text/event-stream": {"schema": _EVENT}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_AUDIO = ("audio/mpeg", "audio/ogg", "audio/aac", "audio/flac", "audio/wav", "audio/pcm")
_FILE = {"type": "string", "format": "binary"}
_REFUSALS = {
    "400": "The request is wrong, or asks for what is not supported; `param` names the field.",
    "401": "The token is missing or wrong.",
    "403": "A page of another site is asking.",
    "404": "There is no such model, voice or address.",
    "408": "The request came too slowly.",
    "413": "The request is too large.",
    "415": "The body is of the wrong type.",
    "421": "The server does not go by that name.",
    "429": "Too much is under way; `Retry-After` says when to come back.",
    "503": "The service is restarting; `Retry-After` says when to come back.",
}


def spec_routes() -> list[BaseRoute]:
    """The address of the document."""

    async def spec(request: Request) -> JSONResponse:
        return JSONResponse(build_spec())

    return [Route("/openapi.json", spec, methods=["GET"])]


@functools.cache
def build_spec() -> dict[str, Any]:
    """The whole document."""
    _, requests = models_json_schema(
        [(model, "validation") for model in _REQUESTS],
        ref_template="#/components/schemas/{model}",
    )
    schemas = requests["$defs"]
    # Read as a list of one message; pydantic describes what it is made into.
    taken = schemas["ResponseRequest"]["properties"]
    taken["input"] = {"anyOf": [{"type": "string", **PLAIN}, taken["input"]]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lanternist",
            "version": "1",
            "summary": "Image, voice, text and transcription models behind OpenAI's interface.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"bearer": []}],
        "paths": _paths(),
        "components": {
            "schemas": {**schemas, **ANSWERS},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    no_words = _form({"file": _FILE, "model": {"type": "string"}}, required=("file", "model"))
    audio = dict.fromkeys(_AUDIO, _BYTES)
    made = {
        "/v1/models": ("get", "listModels", "Lists the models.", None, _json("ModelList")),
        "/v1/models/{model}": ("get", "getModel", "Tells of one model.", None, _json("Model")),
        "/v1/chat/completions": (
            "post",
            "createChatCompletion",
            "Continues a conversation.",
            _body("ChatRequest"),
            {**_json("ChatCompletion"), **_EVENTS},
        ),
        "/v1/responses": (
            "post",
            "createResponse",
            "Answers with text, or with a picture.",
            _body("ResponseRequest"),
            {**_json("Response"), **_EVENTS},
        ),
        "/v1/images/generations": (
            "post",
            "createImage",
            "Draws pictures.",
            _body("ImageRequest"),
            {**_json("Images"), **_EVENTS},
        ),
        "/v1/images/edits": (
            "post",
            "createImageEdit",
            "Draws pictures from a picture and words.",
            _form_of(EditRequest, "image"),
            _json("Images"),
        ),
        "/v1/images/variations": (
            "post",
            "createImageVariation",
            "Draws variations of a picture.",
            _form_of(VariationRequest, "image"),
            _json("Images"),
        ),
        "/v1/audio/speech": (
            "post", "createSpeech", "Speaks.", _body("SpeechRequest"), {**audio, **_EVENTS},
        ),
        "/v1/audio/transcriptions": (
            "post",
            "createTranscription",
            "Writes down what is said.",
            _form_of(TranscriptionRequest, "file"),
            {
                **_json("Transcription"),
                **_EVENTS,
                **dict.fromkeys(("text/plain", "application/x-subrip", "text/vtt"), _BYTES),
            },
        ),
        "/v1/audio/translations": (
            "post", "createTranslation", "Refuses: no model here does it.", no_words, None,
        ),
    }  # fmt: skip
    paths = {path: _operation(*facts) for path, facts in made.items()}
    paths["/v1/models/{model}"]["get"]["parameters"] = [
        {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    for path, name, summary in (
        ("/health", "health", "Whether everything serves."),
        ("/health/ready", "ready", "Whether everything serves."),
        ("/health/live", "live", "Whether this server answers."),
    ):
        paths[path] = _operation("get", name, summary, None, _json("Health"))
        paths[path]["get"]["responses"]["503"] = _answer("Not everything serves.", _json("Health"))
    text = {"text/plain": {"schema": {"type": "string"}}}
    paths["/metrics"] = _operation("get", "metrics", "Counters for Prometheus.", None, text)
    return paths


def _operation(
    method: str,
    name: str,
    summary: str,
    body: dict[str, Any] | None,
    content: dict[str, Any] | None,
) -> dict[str, Any]:
    refusals = {status: _answer(said, _json("Error")) for status, said in _REFUSALS.items()}
    responses = {**refusals, "default": _answer("A defect of ours.", _json("Error"))}
    if content is not None:
        responses = {"200": _answer("Done.", content), **responses}
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "responses": responses}
    return {method: {**operation, "requestBody": body} if body else operation}


def _answer(said: str, content: dict[str, Any]) -> dict[str, Any]:
    header = {"schema": {"type": "string"}, "description": "Id of the request, for the log."}
    return {"description": said, "headers": {"x-request-id": header}, "content": content}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": ref(name)}}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": _json(name)}


def _form(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _form_of(kind: type[Body], file: str) -> dict[str, Any]:
    """A form with a file. Its fields are never null: they are there or not.

    Those that change no answer are not described: where anything is right, tools that look for
    what is wrong make forms that they cannot check themselves.
    """
    schema = kind.model_json_schema()
    properties: dict[str, Any] = {file: _FILE}
    for name, described in schema["properties"].items():
        kinds = [kind for kind in described.get("anyOf", [described]) if kind != {"type": "null"}]
        if "enum" in kinds[0]:
            values = [v for v in kinds[0]["enum"] if isinstance(v, str)]
            if not values:
                continue
            kinds[0] = {"type": "string", "enum": values}
        if "type" not in kinds[0]:
            continue
        key = f"{name}[]" if kinds[0]["type"] == "array" else name
        properties[key] = kinds[0]
    form = _form(properties, (file, *schema.get("required", ())))
    form["content"]["multipart/form-data"]["schema"]["additionalProperties"] = False
    return form
