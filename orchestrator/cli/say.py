"""`lanternist say`: speaks a text into a sound file; the server makes the file, and marks it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import progress_pb2, voice_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.files import check_target, text_argument, whole_file
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.voice import VoiceClient

app = typer.Typer()

_ENCODINGS = {
    ".wav": voice_pb2.AUDIO_ENCODING_WAV,
    ".flac": voice_pb2.AUDIO_ENCODING_FLAC,
    ".mp3": voice_pb2.AUDIO_ENCODING_MP3,
    ".ogg": voice_pb2.AUDIO_ENCODING_OGG_OPUS,
    ".opus": voice_pb2.AUDIO_ENCODING_OGG_OPUS,
}


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What to say; - reads standard input.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="WAV, MP3, FLAC or OGG.")
    ],
    *,
    model: Annotated[str, typer.Option(help="Model id; by default the voice's.")] = "",
    voice: Annotated[str, typer.Option(help="Voice id; by default the language's.")] = "",
    speed: Annotated[float, typer.Option(min=0.5, max=2, help="0.5: half, 2: double.")] = 1.0,
    language: Annotated[str, typer.Option(metavar="TAG", help="BCP-47, for example fr.")] = "",
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Speak a text into a sound file."""
    suffix = check_target(output, tuple(_ENCODINGS))
    request = voice_pb2.SynthesizeRequest(
        model=model,
        text=text_argument(text),
        voice=voice,
        language=language,
        speed=speed,
        encoding=_ENCODINGS[suffix],
        as_file=True,
    )
    speech = _Speech()

    async def work(connection: Connection) -> None:
        with Activity("speaking") as activity, whole_file(output) as file:
            with file.open("wb") as stream:
                events = VoiceClient(connection).Synthesize(request, Call())
                async with contextlib.aclosing(events):
                    async for event in events:
                        activity.watch(event)
                        speech.take(event)
                        stream.write(event.audio)
                        if event.HasField("clause"):
                            activity.reached("speaking", event.clause.end_ms / 1000)
            if not speech.complete:
                raise UnavailableError("The service ended before the speech was complete.")

    run(Server(address, verbose), ["voice"], work, models={"voice": model} if model else None)
    if as_json:
        facts = {"file": str(output), **speech.facts()}
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        typer.echo(str(output))


class _Speech:
    """What a stream of speech said about itself."""

    def __init__(self) -> None:
        self.format = voice_pb2.AudioFormat()
        self.clauses: list[voice_pb2.SpokenClause] = []
        self.duration_ms = 0
        self.complete = False

    def take(self, event: voice_pb2.SynthesizeResponse) -> None:
        """Notes one event of the stream."""
        match event.WhichOneof("event"):
            case "format":
                self.format = event.format
            case "clause":
                self.clauses.append(event.clause)
            case "summary":
                self.duration_ms = event.summary.duration_ms
                self.complete = True

    def facts(self) -> dict[str, Any]:
        """What `--json` shows."""
        return {
            "duration_ms": self.duration_ms,
            "sample_rate_hertz": self.format.sample_rate_hertz,
            "model": self.format.model,
            "voice": self.format.voice,
            "language": self.format.language,
            "marked": self.format.marked,
            "clauses": [
                {
                    "text": clause.text,
                    "start_ms": clause.start_ms,
                    "end_ms": clause.end_ms,
                    "words": words_json(clause.words),
                }
                for clause in self.clauses
            ],
        }


def words_json(words: Any) -> list[dict[str, Any]]:
    """Word timings as `--json` shows them."""

    def entry(word: progress_pb2.WordTiming) -> dict[str, Any]:
        return {"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms}

    return [entry(word) for word in words]
