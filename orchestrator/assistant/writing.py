"""The text step: what the text model is asked, and its answer as it comes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from lanternist.runtime.call import Call
from lanternist.v1 import assistant_pb2, text_pb2
from orchestrator.assistant.work import Outcome, Task
from orchestrator.clients.text import TextClient
from orchestrator.routing.intents import Intent
from orchestrator.story.language import NAMES, base


async def write(
    task: Task, model: str, outcome: Outcome, call: Call
) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
    """Has the text model answer; its words are left in `outcome.written`.

    Raises:
        LanternistError: What the text service raised.
    """
    request = text_request(task, model, outcome.heard)
    with task.lines["text"].open(model) as connection:
        events = TextClient(connection).GenerateText(request, call)
        async with contextlib.aclosing(events):
            async for event in events:
                if event.HasField("delta"):
                    outcome.shown = True
                    outcome.written += event.delta
                elif event.HasField("finish"):
                    outcome.usage.prompt_tokens += event.finish.prompt_tokens
                    outcome.usage.completion_tokens += event.finish.completion_tokens
                yield outcome.event(text=event)


def text_request(task: Task, model: str, heard: str) -> text_pb2.GenerateTextRequest:
    """The conversation with its settings as instructions, and the recording's words at its end."""
    parameters = task.parameters
    messages = [
        text_pb2.ChatMessage(role=m.role, content=m.content) for m in task.conversation.messages
    ]
    last = messages[-1]
    if task.decision.steps[-1] is Intent.SPEECH and task.decision.asked.composed:
        last.content = task.decision.asked.prompt
    if heard:
        last.content = f"{last.content}\n\nTranscript of the recording:\n{heard}".strip()
    wishes = []
    if parameters.sentence_count:
        many = "sentence" if parameters.sentence_count == 1 else "sentences"
        wishes.append(f"Answer in {parameters.sentence_count} {many}.")
    if parameters.language:
        language = NAMES.get(base(parameters.language), parameters.language)
        wishes.append(f"Answer in {language}.")
    if wishes:
        role = text_pb2.CHAT_ROLE_SYSTEM
        messages.insert(0, text_pb2.ChatMessage(role=role, content=" ".join(wishes)))
    request = text_pb2.GenerateTextRequest(
        model=model,
        messages=[message for message in messages if message.content],
        max_tokens=parameters.max_tokens,
        stop=parameters.stop,
    )
    for name in ("temperature", "top_p", "seed"):
        if parameters.HasField(name):
            setattr(request, name, getattr(parameters, name))
    return request
