"""`lanternist transcribe`: writes down what is said in a recording."""

from __future__ import annotations

import contextlib
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lanternist.runtime.call import Call
from lanternist.v1 import transcription_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.files import whole_file
from orchestrator.cli.say import words_json
from orchestrator.cli.session import Address, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.transcription import TranscriptionClient
from orchestrator.subtitles import subrip, webvtt

app = typer.Typer()


class Format(StrEnum):
    """How a transcript is written."""

    TEXT = "text"
    JSON = "json"
    VTT = "vtt"
    SRT = "srt"


@app.command()
def transcribe(
    recording: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, readable=True, help="Any audio file."
        ),
    ],
    *,
    written: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="By default stdout.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model id; by default the server's.")] = "",
    language: Annotated[
        str, typer.Option(metavar="TAG", help="BCP-47, for example fr; by default detected.")
    ] = "",
    prompt: Annotated[str, typer.Option(help="Names and terms that may occur.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Write down what is said in a recording."""
    form = Format.JSON if as_json else written
    config = transcription_pb2.TranscriptionConfig(
        model=model,
        language=language,
        prompt=prompt,
        skip_word_timings=form is not Format.JSON,
    )
    segments: list[transcription_pb2.TranscriptSegment] = []
    summary = transcription_pb2.TranscriptSummary()
    # Plain text to a terminal is shown as it is heard; anything else is written when it is whole.
    live = form is Format.TEXT and output is None

    async def work(connection: Connection) -> None:
        with Activity("listening") as activity:
            events = TranscriptionClient(connection).transcribe_file(recording, config, Call())
            async with contextlib.aclosing(events):
                async for event in events:
                    activity.watch(event)
                    if event.HasField("segment"):
                        segments.append(event.segment)
                        activity.reached("listening", event.segment.end_ms / 1000)
                        if live:
                            typer.echo(event.segment.text.strip())
                    elif event.HasField("summary"):
                        summary.CopyFrom(event.summary)
            if output is not None:
                with whole_file(output) as file:
                    file.write_text(_WRITERS[form](segments, summary), encoding="utf-8")

    needs = {"transcription": model} if model else None
    run(Server(address, verbose), ["transcription"], work, models=needs)  # type: ignore[arg-type]
    if output is None and not live:
        sys.stdout.write(_WRITERS[form](segments, summary))


Segments = list[transcription_pb2.TranscriptSegment]
Summary = transcription_pb2.TranscriptSummary


def _text(segments: Segments, _: Summary) -> str:
    return "".join(f"{segment.text.strip()}\n" for segment in segments)


def _json(segments: Segments, summary: Summary) -> str:
    facts: dict[str, Any] = {
        "language": summary.language,
        "duration_ms": summary.duration_ms,
        "model": summary.model,
        "segments": [
            {
                "index": segment.index,
                "text": segment.text.strip(),
                "start_ms": segment.start_ms,
                "end_ms": segment.end_ms,
                "words": words_json(segment.words),
            }
            for segment in segments
        ],
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def _vtt(segments: Segments, _: Summary) -> str:
    return webvtt(segments)


def _srt(segments: Segments, _: Summary) -> str:
    return subrip(segments)


_WRITERS = {Format.TEXT: _text, Format.JSON: _json, Format.VTT: _vtt, Format.SRT: _srt}
