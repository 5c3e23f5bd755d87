"""What a file's mark is worth: trusted, valid, tampered or unmarked, and what it says.

The file is read in a process of its own, so that no file can harm this one. This module does not
know where files come from.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.provenance.claim import GENERATION

MAX_BYTES = 4 << 30
MAX_FINDINGS = 50
_MAX_TEXT = 500
_SECONDS = 600.0
_STATES = {"Trusted": "TRUSTED", "Valid": "VALID"}
_UNREADABLE = "lanternist.unreadable"


class State(StrEnum):
    """What a mark is worth; the names are those of the contract."""

    TRUSTED = "TRUSTED"
    VALID = "VALID"
    TAMPERED = "TAMPERED"
    UNMARKED = "UNMARKED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a file's origin.

    Attributes:
        state: What the mark is worth; the rest says what it claims, true or not.
        claim_generator: The program that made the claim, with its version.
        signer: Name on the signer's certificate.
        sign_time: When it was signed; None without a time stamp.
        digital_source_type: IPTC digital source type, a URI.
        model: Ids of the models that made it.
        actions: In order.
        ingredients: Titles of what it was made from.
        findings: Codes of the C2PA specification; at most 50.
    """

    state: State
    claim_generator: str = ""
    signer: str = ""
    sign_time: datetime | None = None
    digital_source_type: str = ""
    model: str = ""
    actions: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    findings: tuple[str, ...] = field(default=())

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        time = self.sign_time and self.sign_time.isoformat()
        return {**asdict(self), "state": self.state.value, "sign_time": time}


async def verify(path: Path, anchors: str) -> Verdict:
    """Reads the mark of a file.

    Args:
        path: Any file, at most 4 GiB.
        anchors: Certificates of the trusted, PEM.

    Raises:
        InvalidArgumentError: The file is too large.
        OSError: It cannot be read.
    """
    question = await asyncio.to_thread(_question, path, anchors)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "orchestrator.provenance.reading",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            answer, _ = await child.communicate(question.encode())
        found = json.loads(answer) if child.returncode == 0 else {"broken": "Crashed"}
    except TimeoutError:
        found = {"broken": "Timeout"}
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return verdict(found)


def _question(path: Path, anchors: str) -> str:
    """What `reading` is asked."""
    with path.open("rb") as file:  # what cannot be read is the caller's to know, not a finding
        if file.seek(0, os.SEEK_END) > MAX_BYTES:
            raise InvalidArgumentError("file", f"must be at most {MAX_BYTES >> 30} GiB")
    return json.dumps({"path": str(path.absolute()), "anchors": anchors})


def verdict(found: dict[str, Any]) -> Verdict:
    """What `reading` found, judged."""
    if "broken" in found:
        return Verdict(State.TAMPERED, findings=(f"{_UNREADABLE}: {found['broken']}",))
    report = found.get("report")
    if report is None:
        return Verdict(State.UNMARKED)
    manifest = report.get("manifests", {}).get(report.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    actions = [action for data in _data(manifest, "c2pa.actions") for action in _actions(data)]
    sources = [str(a["digitalSourceType"]) for a in actions if a.get("digitalSourceType")]
    models = [model for data in _data(manifest, GENERATION) for model in _models(data)]
    return Verdict(
        State(_STATES.get(str(report.get("validation_state")), "TAMPERED")),
        claim_generator=_program(manifest),
        signer=_text(signature.get("common_name") or signature.get("issuer")),
        sign_time=_time(signature.get("time")),
        digital_source_type=_text(sources[0] if sources else ""),
        model=_text(", ".join(dict.fromkeys(models))),
        actions=tuple(_text(action.get("action")) for action in actions)[:MAX_FINDINGS],
        ingredients=tuple(_text(part.get("title")) for part in manifest.get("ingredients", [])),
        findings=tuple(_findings(report))[:MAX_FINDINGS],
    )


def _data(manifest: dict[str, Any], label: str) -> Iterator[dict[str, Any]]:
    """The contents of the assertions of a kind, whatever their version."""
    for assertion in manifest.get("assertions", []):
        name = str(assertion.get("label", ""))
        if (name == label or name.startswith(f"{label}.")) and isinstance(
            assertion.get("data"), dict
        ):
            yield assertion["data"]


def _actions(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [action for action in data.get("actions", []) if isinstance(action, dict)]


def _models(data: dict[str, Any]) -> list[str]:
    models = data.get("models")
    return [str(model) for model in models.values() if model] if isinstance(models, dict) else []


def _program(manifest: dict[str, Any]) -> str:
    programs = manifest.get("claim_generator_info") or [{}]
    first = programs[0] if isinstance(programs[0], dict) else {}
    name = first.get("name") or manifest.get("claim_generator") or ""
    return _text(f"{name} {first.get('version', '')}".strip())


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _findings(report: dict[str, Any]) -> Iterator[str]:
    """Failures first; then what is worth knowing, and what went well."""
    results = report.get("validation_results") or {}
    active = results.get("activeManifest") or {}
    for part in results.get("ingredientDeltas") or []:
        deltas = part.get("validationDeltas") or {}
        yield from (f"ingredient: {_text(f.get('code'))}" for f in deltas.get("failure", []))
    for kind in ("failure", "informational", "success"):
        yield from dict.fromkeys(_text(finding.get("code")) for finding in active.get(kind, []))


def _text(value: Any) -> str:
    """A stranger's text, at a length and of characters that can be shown."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(value or ""))
    return shown[:_MAX_TEXT]
