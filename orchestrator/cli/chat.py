"""`lanternist chat`: asks the text model and writes its answer as it comes."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Annotated, Any

import typer

from lanternist.runtime.call import Call
from lanternist.v1 import text_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.files import text_argument
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.text import TextClient

app = typer.Typer()


@app.command()
def chat(
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads standard input.")],
    *,
    model: Annotated[str, typer.Option(help="Model id; by default the server's.")] = "",
    system: Annotated[str, typer.Option(help="Instructions for the whole answer.")] = "",
    max_tokens: Annotated[int, typer.Option(min=0, max=32768, help="Most tokens.")] = 0,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="0: always the likeliest words.")
    ] = None,
    top_p: Annotated[float | None, typer.Option(min=0, max=1, help="Nucleus sampling.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Gives the same answer again.")] = None,
    stop: Annotated[list[str] | None, typer.Option(help="Text that ends the answer.")] = None,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Ask the text model."""
    messages = [
        text_pb2.ChatMessage(role=role, content=content)
        for role, content in (
            (text_pb2.CHAT_ROLE_SYSTEM, system),
            (text_pb2.CHAT_ROLE_USER, text_argument(prompt)),
        )
        if content or role == text_pb2.CHAT_ROLE_USER
    ]
    request = text_pb2.GenerateTextRequest(
        model=model,
        messages=messages,
        max_tokens=max_tokens,
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        stop=stop or [],
    )
    answer: list[str] = []
    finish = text_pb2.TextFinish()

    async def work(connection: Connection) -> None:
        with contextlib.ExitStack() as stack:
            activity = stack.enter_context(Activity("thinking"))
            events = TextClient(connection).GenerateText(request, Call())
            async with contextlib.aclosing(events):
                async for event in events:
                    activity.watch(event)
                    if event.HasField("delta"):
                        stack.close()  # the answer takes the status line's place
                        answer.append(event.delta)
                        _write("" if as_json else event.delta)
                    elif event.HasField("finish"):
                        finish.CopyFrom(event.finish)

    run(Server(address, verbose), ["text"], work, models={"text": model} if model else None)
    _write(_facts("".join(answer), finish) if as_json else "\n")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _facts(text: str, finish: text_pb2.TextFinish) -> str:
    reason = text_pb2.FinishReason.Name(finish.reason).removeprefix("FINISH_REASON_").lower()
    facts: dict[str, Any] = {
        "text": text,
        "finish_reason": reason,
        "prompt_tokens": finish.prompt_tokens,
        "completion_tokens": finish.completion_tokens,
        "model": finish.model,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
