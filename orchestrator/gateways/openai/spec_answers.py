"""The answers of the OpenAI interface as JSON Schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_TRUTH: Schema = {"type": "boolean"}


def ref(name: str) -> Schema:
    """A reference to one of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(optional: Schema | None = None, /, **properties: Any) -> Schema:
    """An object whose properties are all there, and perhaps some more."""
    every = {**properties, **(optional or {})}
    return {"type": "object", "properties": every, "required": list(properties)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


_STATE = _one_of("serving", "not_serving", "unknown")
_DURATION = _object(type={"const": "duration"}, seconds=_WHOLE)
_SEGMENT = _object(id=_WHOLE, start=_NUMBER, end=_NUMBER, text=_TEXT)
_WORD = _object(word=_TEXT, start=_NUMBER, end=_NUMBER)

ANSWERS: dict[str, Schema] = {
    "Error": _object(
        error=_object(message=_TEXT, type=_TEXT, param=_maybe(_TEXT), code=_maybe(_TEXT))
    ),
    "Health": _object(
        {"services": {"type": "object", "additionalProperties": _STATE}}, status=_STATE
    ),
    "Model": _object(
        id=_TEXT,
        object={"const": "model"},
        created=_WHOLE,
        owned_by=_TEXT,
        modality=_one_of("image", "voice", "text", "transcription"),
        display_name=_TEXT,
        description=_TEXT,
        license=_TEXT,
        languages=_list(_TEXT),
        speed_class=_TEXT,
        default=_TRUTH,
    ),
    "ModelList": _object(object={"const": "list"}, data=_list(ref("Model"))),
    "ChatCompletion": _object(
        id=_TEXT,
        object={"const": "chat.completion"},
        created=_WHOLE,
        model=_TEXT,
        choices=_list(
            _object(
                index=_WHOLE,
                message=_object(role={"const": "assistant"}, content=_TEXT),
                finish_reason=_one_of("stop", "length", "content_filter"),
            )
        ),
        usage=_object(prompt_tokens=_WHOLE, completion_tokens=_WHOLE, total_tokens=_WHOLE),
    ),
    "Response": _object(
        id=_TEXT,
        object={"const": "response"},
        created_at=_WHOLE,
        status=_one_of("completed", "incomplete"),
        model=_TEXT,
        output=_list(
            _object(id=_TEXT, type=_one_of("message", "image_generation_call"), status=_TEXT)
        ),
        usage=_object(input_tokens=_WHOLE, output_tokens=_WHOLE, total_tokens=_WHOLE),
        store={"const": False},
    ),
    "Images": _object(
        created=_WHOLE,
        data=_list(_object({"notes": _list(_TEXT)}, b64_json=_TEXT, seed=_WHOLE, marked=_TRUTH)),
        background={"const": "opaque"},
        output_format=_one_of("png", "jpeg", "webp", "svg"),
        quality=_one_of("auto", "low", "medium", "high"),
        size={"type": "string", "pattern": "^[0-9]+x[0-9]+$"},
    ),
    "Transcription": _object(
        {
            "task": {"const": "transcribe"},
            "language": _TEXT,
            "duration": _NUMBER,
            "segments": _list(_SEGMENT),
            "words": _list(_WORD),
        },
        text=_TEXT,
        usage=_DURATION,
    ),
}
"""Every answer by its name in the document."""
