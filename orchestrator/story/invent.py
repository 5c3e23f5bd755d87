"""A tale about a topic, written by the text model, before it is told.

Small models wander: they greet, explain, repeat themselves and stop in the middle of a word. What
they write is cleaned, judged, and asked for again with another seed when it is no tale. The topic
is only ever what the tale is about; what comes back is only ever read aloud. This module does not
know what happens to the tale.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError, UnavailableError
from lanternist.v1 import story_pb2, text_pb2
from orchestrator.story.language import NAMES, base, detect
from orchestrator.story.patience import persist
from orchestrator.story.segment import split
from orchestrator.story.steps import Result, Steps, key

_VERSION = 1
_ATTEMPTS = 3
_TOKENS = 500
_TEMPERATURE = 0.7
_MOST_CHARS = 20_000
_LEAST_WORDS = 40
_LEAST_SENTENCES = 3

_SYSTEM = "You are a storyteller. You write short, simple tales that are read aloud to children."
_TASK = (
    "Write a short story in {language} about this: {topic}\n"
    "Tell it in the past tense, in short sentences, with a beginning, a middle and a happy end. "
    "Write only the story."
)
_PREAMBLE = re.compile(
    r"^(?:sure|certainly|of course|okay|here(?:'s| is| are)|voici|bien sûr)\b[^\n]*\n+",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^\s*(?:#+\s*|\*\*)?(?:title|titre)?\s*:?\s*[\"“*]*([^\n\"”*]{2,80})[\"”*]*\s*\n",
    re.IGNORECASE,
)
_AFTERWORD = re.compile(
    r"\n\s*(?:(?:note|moral|remember|this story|i hope|let me know|feel free)\b.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_THE_END = re.compile(r"\s*(?:\*\*)?(?:the end|fin)[.!*]*\s*\Z", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:as an ai|i (?:can(?:'|no)t|am unable to)|i'm sorry|je ne peux pas vous)\b", re.IGNORECASE
)
_FULL_STOP = re.compile(r"[.!?…][\"”»’')]*\s*\Z")


class Writer(Protocol):
    """What inventing needs of the text service."""

    def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        """Continues a conversation."""


class Author:
    """Has tales written.

    Args:
        writer: The text service.
        steps: Remembers what was written before.
        call: Makes the deadline and ids of each attempt.
    """

    def __init__(self, writer: Writer, steps: Steps, call: Callable[[], Call]) -> None:
        self._writer = writer
        self._steps = steps
        self._call = call

    async def write(self, request: story_pb2.CreateStoryRequest) -> str:
        """Writes the tale of a resolved request with a topic; Markdown, its title a heading.

        Raises:
            FailedPreconditionError: The model wrote no tale that can be told, however often it was
                asked.
            LanternistError: What the text service raised, for good.
        """
        inputs = {
            "topic": request.topic,
            "language": request.language,
            "model": request.text_model,
            "seed": request.seed,
        }
        result = await self._steps.once(key("invent", _VERSION, inputs), lambda: self._try(request))
        return str(result["tale"])

    async def _try(self, request: story_pb2.CreateStoryRequest) -> Result:
        problem = ""
        for attempt in range(_ATTEMPTS):
            raw = await persist(
                functools.partial(self._ask, request, request.seed + attempt), step="invent"
            )
            tale = cleaned(raw, request.language)
            problem = flaw(tale, request.language)
            if not problem:
                return {"tale": tale}
        raise FailedPreconditionError(
            f"The text model wrote no tale about this topic that can be told: {problem}. Try other "
            "words for the topic, or another `text_model`.",
            reason="NO_TALE_WRITTEN",
            metadata={"field": "topic", "attempts": str(_ATTEMPTS)},
        )

    async def _ask(self, request: story_pb2.CreateStoryRequest, seed: int) -> str:
        language = NAMES.get(base(request.language), request.language)
        topic = " ".join(request.topic.split())
        messages = [
            text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_SYSTEM, content=_SYSTEM),
            text_pb2.ChatMessage(
                role=text_pb2.CHAT_ROLE_USER, content=_TASK.format(language=language, topic=topic)
            ),
        ]
        asked = text_pb2.GenerateTextRequest(
            model=request.text_model,
            messages=messages,
            max_tokens=_TOKENS,
            temperature=_TEMPERATURE,
            seed=seed % (1 << 53),
        )
        written = ""
        async with contextlib.aclosing(self._writer.GenerateText(asked, self._call())) as events:
            async for event in events:
                match event.WhichOneof("event"):
                    case "delta":
                        written += event.delta
                    case "finish":
                        return written
                if len(written) > _MOST_CHARS:
                    return written
        raise UnavailableError("The text service ended before the tale did.")


def cleaned(raw: str, language: str) -> str:
    """What a model wrote, without what is not the tale: Markdown, its title a heading."""
    text = raw.strip().strip("`").strip()
    text = _PREAMBLE.sub("", text, count=1).strip()
    title = ""
    match = _TITLE.match(text)
    if match and not _FULL_STOP.search(match[1]) and match.end() < len(text):
        title, text = match[1].strip(" *#"), text[match.end() :].strip()
    text = _THE_END.sub("", _AFTERWORD.sub("", text))
    paragraphs: list[str] = []
    seen: set[str] = set()
    for paragraph in re.split(r"\n\s*\n|\n(?=[A-ZÀ-Ý“\"«—])", text):
        kept = ""
        for sentence in split(" ".join(paragraph.split()), language):
            plain = re.sub(r"\W+", " ", sentence).strip().lower()
            if len(plain.split()) > 3 and plain in seen:
                continue  # it goes round in circles
            seen.add(plain)
            kept += sentence
        if kept.strip():
            paragraphs.append(kept.strip())
    if paragraphs and not _FULL_STOP.search(paragraphs[-1]):
        whole = split(paragraphs[-1], language)[:-1]
        paragraphs[-1:] = ["".join(whole).strip()] if whole else []
    return "\n\n".join([f"# {title}"] * bool(title) + paragraphs)


def flaw(tale: str, language: str) -> str:
    """Why something is no tale that can be told; empty when it is one."""
    body = re.sub(r"^# .*\n+", "", tale)
    words = re.findall(r"[^\W\d_]+", body)
    if _REFUSAL.search(body[:400]):
        return "it refused"
    if len(words) < _LEAST_WORDS or len(split(body, language)) < _LEAST_SENTENCES:
        return "it wrote too little"
    seems = detect(body)
    if seems and seems != base(language):
        return f"it wrote {NAMES[seems]}, not {NAMES.get(base(language), language)}"
    if len({word.lower() for word in words}) < len(words) / 8:
        return "it repeated itself"
    return ""
