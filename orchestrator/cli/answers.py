"""The answers of the assistant, shown and written as they come."""

from __future__ import annotations

import contextlib
import mimetypes
from pathlib import Path
from typing import Any

import typer

from lanternist.runtime.call import Call
from lanternist.runtime.status import from_status
from lanternist.v1 import assistant_pb2, story_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.export import export_to
from orchestrator.cli.files import whole_file
from orchestrator.cli.following import tell
from orchestrator.cli.routing import routing_json
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.story import StoryProgress
from orchestrator.routing.utterance import words

_NAME_WORDS = 6
_NAME_CHARS = 60
_SUFFIXES = {"audio/wav": ".wav", "audio/ogg": ".ogg", "image/webp": ".webp", "audio/flac": ".flac"}


class Answers:
    """Takes the events of one `Respond`.

    Args:
        directory: Where files go; made when there is one to write.
        quiet: Whether nothing is shown, because JSON will be.
    """

    def __init__(self, directory: Path, *, quiet: bool) -> None:
        self._directory = directory
        self._quiet = quiet
        self._routing = assistant_pb2.RoutingDecision()
        self._several = False
        self._open_line = False
        self._answers: dict[int, dict[str, Any]] = {}
        self._story = StoryProgress()

    @property
    def all_failed(self) -> bool:
        """Whether no answer came to its end."""
        return bool(self._answers) and all("error" in one for one in self._answers.values())

    def facts(self) -> dict[str, Any]:
        """What `--json` shows."""
        return {
            "routing": routing_json(self._routing),
            "answers": [self._answers[index] for index in sorted(self._answers)],
        }

    async def take(
        self,
        event: assistant_pb2.RespondResponse,
        activity: Activity,
        status: contextlib.ExitStack,
        connection: Connection,
    ) -> None:
        """Shows or writes one event; ends the status line once there is something to read.

        Raises:
            OSError: A file cannot be written.
            LanternistError: What was made cannot be fetched.
        """
        kind = event.WhichOneof("event") or ""
        if kind in ("text", "image", "speech", "transcript"):
            inner = getattr(event, kind)
            activity.watch(inner)
            said = inner.delta if kind == "text" else ""
            if kind == "transcript" and inner.HasField("segment"):
                said = inner.segment.text.strip() + "\n"
            if said:
                answer = self._answer(event.answer)
                role = "text" if kind == "text" else "transcript"
                answer[role] = answer.get(role, "") + said
                if not (self._several or self._quiet):
                    status.close()
                    self._write(said)
            return
        match kind:
            case "routing":
                self._decided(event.routing)
            case "fallback":
                reason = from_status(event.fallback.error).message
                self._note(
                    f"{event.fallback.from_model} cannot: {reason} "
                    f"{event.fallback.to_model} answers instead."
                )
            case "story":
                self._story.take(event.story)
                tell(self._story, activity)
            case "failed":
                self._failed(event)
            case "finished":
                status.close()
                await self._finished(event, connection)

    def _decided(self, routing: assistant_pb2.RoutingDecision) -> None:
        self._routing.CopyFrom(routing)
        self._several = len(routing.models) > 1
        for note in (*routing.notes, routing.could_also):
            if note:
                self._note(note)

    def _failed(self, event: assistant_pb2.RespondResponse) -> None:
        error = from_status(event.failed.error)
        answer = self._answer(event.answer)
        answer.update(model=event.failed.model, error=error.message, reason=error.reason)
        self._note(f"{event.failed.model}: {error.message}")

    async def _finished(self, event: assistant_pb2.RespondResponse, connection: Connection) -> None:
        answer = self._answer(event.answer)
        answer["model"] = event.finished.model
        usage = event.finished.usage.ListFields()
        answer["usage"] = {field.name: value for field, value in usage}
        if self._open_line:
            self._write("\n")
        if self._several and answer.get("text") and not self._quiet:
            self._write(f"── {event.finished.model}\n{answer['text'].strip()}\n\n")
        if event.finished.story:
            answer["story"] = event.finished.story
            answer["files"] = [await self._player(event.finished.story, connection)]
        else:
            answer["files"] = [
                await self._fetch(asset.name, asset.media_type, event, place, connection)
                for place, asset in enumerate(event.finished.assets)
            ]
        answer["assets"] = [asset.name for asset in event.finished.assets]
        for file in answer["files"]:
            if not self._quiet:
                self._write(f"{file}\n")

    async def _fetch(
        self,
        name: str,
        media_type: str,
        event: assistant_pb2.RespondResponse,
        place: int,
        connection: Connection,
    ) -> str:
        data = await AssetClient(connection).read(name, Call())
        suffix = _SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"
        many = len(event.finished.assets) > 1
        stem = "-".join(
            filter(
                None,
                (
                    slug(self._routing.prompt) or "answer",
                    event.finished.model if self._several else "",
                    str(place + 1) if many else "",
                ),
            )
        )
        return self._save(data, stem, suffix)

    async def _player(self, story: str, connection: Connection) -> str:
        """The story as one page that plays by itself."""
        request = story_pb2.ExportStoryRequest(name=story, format=story_pb2.EXPORT_FORMAT_HTML)
        self._directory.mkdir(parents=True, exist_ok=True)
        with Activity("writing the page") as activity:
            facts = await export_to(connection, request, self._directory, activity.reached)
        return str(facts["file"])

    def _save(self, data: bytes, stem: str, suffix: str) -> str:
        self._directory.mkdir(parents=True, exist_ok=True)
        path, number = self._directory / f"{stem}{suffix}", 2
        while path.exists():
            path = self._directory / f"{stem}-{number}{suffix}"
            number += 1
        with whole_file(path) as file:
            file.write_bytes(data)
        return str(path)

    def _answer(self, index: int) -> dict[str, Any]:
        return self._answers.setdefault(index, {})

    def _note(self, text: str) -> None:
        if self._open_line:
            self._write("\n")
        typer.secho(f"  {text}", err=True, dim=True)

    def _write(self, text: str) -> None:
        typer.echo(text, nl=False)
        self._open_line = not text.endswith("\n")


def slug(text: str) -> str:
    """A file's stem from a prompt: its first words in ASCII, joined by hyphens."""
    plain = [word for word in words(text) if word.isalnum()]
    return "-".join(plain[:_NAME_WORDS])[:_NAME_CHARS].strip("-")
