"""`lanternist ask`: finds out what is asked, has it done, and writes what is made.

Text goes to standard output as it comes; pictures, sound and stories into files. It knows the
assistant's contract and where files go, and takes no decision.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, LanternistError
from lanternist.runtime.settings import MODALITIES, ModalityName, load_settings
from lanternist.runtime.validation import validate
from lanternist.v1 import assistant_pb2, text_pb2
from orchestrator.assistant.conversation import INTENTS
from orchestrator.cli.activity import Activity
from orchestrator.cli.answers import Answers
from orchestrator.cli.attachments import Attachment, attach, attachment
from orchestrator.cli.files import text_argument
from orchestrator.cli.probe import answers as server_answers
from orchestrator.cli.routing import LocalRouter, line, routing_json
from orchestrator.cli.session import Address, Json, Server, Verbose, reporting, run
from orchestrator.clients.assistant import AssistantClient
from orchestrator.clients.channel import Connection
from orchestrator.routing.intents import Intent
from orchestrator.routing.router import Decision

app = typer.Typer()

_LINES_AT_ONCE = 64

_NUMBERS = {intent.value: number for number, intent in INTENTS.items()}


@app.command()
def ask(
    prompt: Annotated[str, typer.Argument(help="What you want; - reads standard input.")],
    *,
    attached: Annotated[
        list[Path] | None,
        typer.Option(
            "--attach",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A recording or a picture.",
        ),
    ] = None,
    intent: Annotated[
        Intent | None, typer.Option(help="What is wanted, if the words shall not decide.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model id; by default one is chosen.")] = "",
    compare: Annotated[
        str, typer.Option(metavar="A,B", help="Models that answer side by side.")
    ] = "",
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            file_okay=False,
            help="For what is made; by default here.",
        ),
    ] = Path(),
    seed: Annotated[int | None, typer.Option(min=0, help="Makes the same again.")] = None,
    local_only: Annotated[bool, typer.Option(help="Only models of the server's machines.")] = False,
    route_only: Annotated[
        bool, typer.Option(help="Only say what would be done; with -, of each line, as JSON.")
    ] = False,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Ask for anything: an answer, a picture, speech, a transcript, a story."""
    request = assistant_pb2.RespondRequest(
        intent=_NUMBERS[intent.value] if intent else assistant_pb2.INTENT_UNSPECIFIED,
        model=model,
        compare=[name.strip() for name in compare.split(",")] if compare else [],
        constraints=assistant_pb2.ModelConstraints(local_only=local_only),
        parameters=assistant_pb2.AssistantParameters(seed=seed),
    )
    attachments = [attachment(path) for path in attached or ()]
    if route_only:
        with reporting(verbose):
            _route(prompt, request, attachments, as_json=as_json)
        return
    _say(request, text_argument(prompt))
    needs, models = _needs(request, attachments, address, verbose)
    gathered = Answers(output, quiet=as_json)

    async def work(connection: Connection) -> None:
        with contextlib.ExitStack() as stack:
            activity = stack.enter_context(Activity("thinking"))
            await attach(request, attachments, connection)
            events = AssistantClient(connection).Respond(request, Call())
            async with contextlib.aclosing(events):
                async for event in events:
                    await gathered.take(event, activity, stack, connection)

    run(Server(address, verbose), needs, work, models=models)
    if as_json:
        typer.echo(json.dumps(gathered.facts(), indent=2, ensure_ascii=False))
    if gathered.all_failed:
        raise typer.Exit(1)


def _say(request: assistant_pb2.RespondRequest, text: str) -> None:
    """Puts the words into the request, in place of those before."""
    del request.messages[:]
    message = request.messages.add(role=text_pb2.CHAT_ROLE_USER)
    message.parts.add(text=text)


def _route(
    prompt: str,
    request: assistant_pb2.RespondRequest,
    attachments: list[Attachment],
    *,
    as_json: bool,
) -> None:
    router = LocalRouter(load_settings())

    def routed(text: str) -> assistant_pb2.RoutingDecision:
        _say(request, text)
        _stand_in(request, attachments)
        validate(request)
        return router.routing(request)

    if prompt != "-":
        routing = routed(prompt)
        if as_json:
            typer.echo(json.dumps(routing_json(routing), indent=2, ensure_ascii=False))
        else:
            typer.echo(_in_words(routing))
        return
    for texts in _lines():
        router.ahead(texts)
        for text in texts:
            try:
                facts = routing_json(routed(text))
            except InvalidArgumentError as error:
                facts = {"error": error.message}
            sys.stdout.write(line(text, facts) + "\n")
        sys.stdout.flush()


def _stand_in(request: assistant_pb2.RespondRequest, attachments: list[Attachment]) -> None:
    """Puts a byte for each attachment: a decision does not look into files."""
    for one in attachments:
        request.messages[-1].parts.add(**{f"{one.kind}_data": b"\0"})


def _lines() -> Iterator[list[str]]:
    """Lines of standard input, some at a time; one by one when a person types them."""
    stream = typer.get_text_stream("stdin")
    lines = (text.strip() for text in stream if text.strip())
    while texts := list(itertools.islice(lines, 1 if stream.isatty() else _LINES_AT_ONCE)):
        yield texts


def _in_words(routing: assistant_pb2.RoutingDecision) -> str:
    facts = routing_json(routing)
    steps = " → ".join(facts["steps"])
    who = f" with {', '.join(facts['models'])}" if facts["models"] else ""
    told = [f"{steps}{who}", f"  {routing.why}"]
    told += [f"  {one.name}: {one.value} (“{one.words}”)" for one in routing.found]
    told += [f"  {note}" for note in (*routing.notes, routing.could_also) if note]
    return "\n".join(told)


def _needs(
    request: assistant_pb2.RespondRequest,
    attachments: list[Attachment],
    address: str | None,
    verbose: bool,
) -> tuple[list[ModalityName], dict[ModalityName, str | tuple[str, ...]]]:
    """Services that a stack of our own must have, and its models, as this process would decide."""
    with reporting(verbose):
        settings = load_settings(address=address)
        if server_answers(settings.address):
            return list(MODALITIES), {}
        wanted = assistant_pb2.RespondRequest()
        wanted.CopyFrom(request)
        _stand_in(wanted, attachments)
        try:
            decision: Decision | None = LocalRouter(settings).decide(wanted)
        except LanternistError:
            decision = None  # let the server say what is wrong
        if decision is None or Intent.STORY in decision.steps or not decision.models:
            return list(MODALITIES), {}
        needs = [step.modality for step in decision.steps if step.modality]
        last = needs[-1]
        return list(dict.fromkeys(needs)), {last: decision.models}
