"""Gives generated requests the names of models that are there: else most would end as 404.

And small pictures: sixteen of 4096 × 4096 pixels say no more than one of 64 × 64.
"""

from __future__ import annotations

import io
import re
import wave
from typing import Any

import schemathesis
from PIL import Image

_FAKES = {
    "/v1/chat/completions": "fake-text",
    "/v1/responses": "fake-text",
    "/v1/images/generations": "fake-image",
    "/v1/images/edits": "fake-image",
    "/v1/images/variations": "fake-image",
    "/v1/audio/speech": "fake-voice",
    "/v1/audio/transcriptions": "fake-transcription",
}
_SIZE = re.compile("auto|[0-9]{2,4}x[0-9]{2,4}")
# Of each form, the fields whose values need not be texts to mean what they say.
_FORMS: dict[str, dict[str, Any]] = {
    "/v1/audio/transcriptions": {"stream": bool, "temperature": int | float, "file": object},
    "/v1/images/edits": {"n": int, "seed": int, "output_compression": int, "image": object},
    "/v1/images/variations": {"n": int, "seed": int, "output_compression": int, "image": object},
}
_ID = re.compile("[A-Za-z0-9._:/-]{1,200}")


def _tone() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\x00\x10\x00\xf0" * 8000)
    return target.getvalue()


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(target, "PNG")
    return target.getvalue()


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Replaces a model's name where it is well-formed; what is meant to be wrong stays wrong."""
    if isinstance(body, dict):
        if context.operation.path.startswith("/v1/images/"):
            body = _small(body)
        if isinstance(body.get("tools"), list):
            tools = [_small(tool) if isinstance(tool, dict) else tool for tool in body["tools"]]
            body = {**body, "tools": tools}
        model = body.get("model")
        if isinstance(model, str) and _ID.fullmatch(model):
            body = {**body, "model": _FAKES.get(context.operation.path, model)}
        if "file" in body and not isinstance(body["file"], dict | list):
            body = {**body, "file": _tone()}
        form = context.operation.path in _FORMS
        if form and "image" in body and not isinstance(body["image"], dict | list):
            body = {**body, "image": _picture()}
        voice = body.get("voice")
        if isinstance(voice, str) and 0 < len(voice) <= 100:
            body = {**body, "voice": "fake-en"}
    return body


@schemathesis.hook
def filter_body(context: Any, body: Any) -> bool:
    """Leaves out forms whose wrong values are right ones on the wire, where everything is text.

    A null, a number or a list of one are the texts "null", "5" and their only entry there.
    """
    own = _FORMS.get(context.operation.path)
    if own is None or not isinstance(body, dict):
        return True
    return all(
        isinstance(value, str | own.get(name, str))
        for name, value in body.items()
        if not name.startswith("timestamp_granularities")
    )


def _small(options: dict[str, Any]) -> dict[str, Any]:
    size = options.get("size")
    fits = size is None or (isinstance(size, str) and _SIZE.fullmatch(size))
    return {**options, "size": "64x64"} if fits else options
