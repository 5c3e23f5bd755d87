"""A conversation of the contract as the router and the model services need it.

Pure translation: which words are new, which recording and picture come with them, what was said
before. Nothing is decided and nothing fetched here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import assistant_pb2, text_pb2
from orchestrator.routing.choice import Constraints
from orchestrator.routing.intents import Intent
from orchestrator.routing.router import Question

INTENTS = {
    assistant_pb2.INTENT_TEXT: Intent.TEXT,
    assistant_pb2.INTENT_IMAGE: Intent.IMAGE,
    assistant_pb2.INTENT_SPEECH: Intent.SPEECH,
    assistant_pb2.INTENT_TRANSCRIPTION: Intent.TRANSCRIPTION,
    assistant_pb2.INTENT_STORY: Intent.STORY,
}
_MEDIA = {"image": "[a picture]", "audio": "[a recording]"}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording in a message: an asset, or the bytes of a file.

    Attributes:
        asset: Its resource name; empty for bytes.
        data: The file.
        field: Where the request has it.
    """

    asset: str
    data: bytes
    field: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request, read.

    Attributes:
        question: For the router.
        messages: The words, oldest first; the last message's are the question's text.
        recording: Of the last message, if it has one.
    """

    question: Question
    messages: tuple[text_pb2.ChatMessage, ...]
    recording: Recording | None

    @property
    def said_before(self) -> str:
        """The newest words of the assistant; else the user's; empty when there are none."""
        earlier = self.messages[:-1]
        for role in (text_pb2.CHAT_ROLE_ASSISTANT, text_pb2.CHAT_ROLE_USER):
            for message in reversed(earlier):
                if message.role == role and message.content not in _MEDIA.values():
                    return message.content
        return ""

    @property
    def asked_before(self) -> str:
        """The user's words before the last message; empty when there are none."""
        asked = [m.content for m in self.messages[:-1] if m.role == text_pb2.CHAT_ROLE_USER]
        return asked[-1] if asked else ""


def read(request: assistant_pb2.RespondRequest) -> Conversation:
    """Reads a request.

    Raises:
        InvalidArgumentError: The last message says nothing and has nothing, or several recordings.
    """
    place = len(request.messages) - 1
    last = request.messages[place]
    recordings = list(_recordings(last, f"messages[{place}]"))
    if len(recordings) > 1:
        raise InvalidArgumentError(recordings[1].field, "is the second recording; send one")
    pictured = any(part.WhichOneof("part") in ("image", "image_data") for part in last.parts)
    words = _words(last)
    if not words and not recordings:
        raise InvalidArgumentError(f"messages[{place}]", "says nothing")
    messages = tuple(
        text_pb2.ChatMessage(role=message.role, content=_words(message) or _stand_in(message))
        for message in request.messages
    )
    constraints = request.constraints
    question = Question(
        text=words,
        recording=bool(recordings),
        picture=pictured,
        intent=INTENTS.get(request.intent),
        model=request.model,
        compare=tuple(request.compare),
        verbatim=request.verbatim,
        constraints=Constraints(
            constraints.local_only, constraints.region, constraints.max_cost_class
        ),
        language=request.parameters.language,
        earlier=tuple(m.content for m in reversed(messages[:-1]) if m.content),
    )
    return Conversation(question, messages, recordings[0] if recordings else None)


def _words(message: assistant_pb2.AssistantMessage) -> str:
    return "\n\n".join(part.text for part in message.parts if part.text.strip()).strip()


def _stand_in(message: assistant_pb2.AssistantMessage) -> str:
    kinds = [(part.WhichOneof("part") or "").removesuffix("_data") for part in message.parts]
    return next((_MEDIA[kind] for kind in kinds if kind in _MEDIA), "")


def _recordings(message: assistant_pb2.AssistantMessage, field: str) -> Iterator[Recording]:
    """Recordings of a message; inline pieces that follow each other are one."""
    pending, begun = bytearray(), 0
    for place, part in enumerate(message.parts):
        kind = part.WhichOneof("part")
        if kind == "audio_data":
            begun = begun if pending else place
            pending += part.audio_data
            continue
        if pending:
            yield Recording("", bytes(pending), f"{field}.parts[{begun}].audio_data")
            pending.clear()
        if kind == "audio":
            yield Recording(part.audio, b"", f"{field}.parts[{place}].audio")
    if pending:
        yield Recording("", bytes(pending), f"{field}.parts[{begun}].audio_data")
