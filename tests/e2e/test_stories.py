"""Stories as their owners handle them: detached, paused, changed, restored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestrator.cli import app
from tests.e2e.stack import Stack
from tests.e2e.test_story import TALE, told


def lanternist(stack: Stack, *arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(
        app, [*arguments], input=stdin, env={"LANTERNIST_ADDRESS": stack.address}
    )


def asked(stack: Stack, *arguments: str, stdin: str | None = None) -> Any:
    """What a command says with `--json`."""
    done = lanternist(stack, *arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_detached_story_is_paused_changed_and_fetched(fake_stack: Stack, tmp_path: Path) -> None:
    text = TALE.replace("Ember", "Cinder") * 3
    name = asked(fake_stack, "story", "-", "--detach", "--model", "slow-image", stdin=text)["name"]
    assert asked(fake_stack, "stories", "pause", name)["state"] == "paused"
    listed = asked(fake_stack, "stories", "list")["stories"]
    assert (listed[0]["name"], listed[0]["state"]) == (name, "paused")
    assert asked(fake_stack, "stories", "wait", name)["state"] == "paused"
    assert asked(fake_stack, "stories", "resume", name)["state"] == "running"
    out = tmp_path / "out"
    facts = asked(fake_stack, "stories", "wait", name, "-o", str(out))
    assert (facts["state"], facts["revision"]) == ("succeeded", 1)
    first = told(out)
    pictures = {path.name: path.read_bytes() for path in (out / "scenes").iterdir()}

    changed = asked(
        fake_stack, "stories", "revise", name, "-o", str(out),
        "--sentence", "2=One night she ran to the sea.", "--scene", "0:seed=5",
    )  # fmt: skip
    second = told(out)
    assert changed["revision"] == 2
    assert second["segments"][2]["text"] == "One night she ran to the sea."
    reuse = changed["reuse"]
    assert reuse["segments_reused"] + reuse["segments_made"] == len(second["segments"])
    assert reuse["segments_reused"] >= len(first["segments"]) - 2
    assert 1 <= reuse["scenes_made"] <= 2
    kept = {n for n, data in pictures.items() if (out / "scenes" / n).read_bytes() == data}
    assert len(kept) == reuse["scenes_reused"]

    shown = lanternist(fake_stack, "stories", "show", name)
    assert "revision 2: scene 0; sentence 2" in shown.stdout
    back = asked(fake_stack, "stories", "revise", name, "--restore", "1")
    assert back["reuse"]["scenes_made"] <= 2
    asked(fake_stack, "stories", "wait", name, "-o", str(out))
    assert told(out)["segments"] == first["segments"]
    assert asked(fake_stack, "stories", "delete", name) == {"deleted": name}
    assert lanternist(fake_stack, "stories", "show", name).exit_code == 1


def test_a_plan_is_reviewed_and_a_story_cancelled(fake_stack: Stack) -> None:
    name = asked(
        fake_stack, "story", "-", "--detach", "--review", "--model", "slow-image",
        stdin=TALE.replace("Ember", "Spark"),
    )["name"]  # fmt: skip
    assert asked(fake_stack, "stories", "wait", name)["state"] == "paused"
    changed = asked(fake_stack, "stories", "revise", name, "--merge", "0")
    assert (changed["state"], changed["revision"]) == ("paused", 2)
    assert asked(fake_stack, "stories", "cancel", name)["state"] == "cancelled"
    done = lanternist(fake_stack, "stories", "resume", name)
    assert (done.exit_code, "has ended" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("stories", "show", "none"), 1),
        (("stories", "revise", "none"), 2),
        (("stories", "revise", "none", "--scene", "x"), 2),
        (("stories", "revise", "none", "--split", "4"), 2),
        (("stories", "revise", "none", "--telling", "loud"), 2),
        (("story", "-"), 2),
        (("story", "--detach"), 2),
        (("story", "-", "--detach", "--export", "mp4"), 2),
        (("story", "-", "-o", "x", "--review"), 2),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    fake_stack: Stack, arguments: tuple[str, ...], status: int
) -> None:
    done = lanternist(fake_stack, *arguments, stdin="A fox.")
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output


def test_without_a_server_stories_say_so(tmp_path: Path) -> None:
    address = {"LANTERNIST_ADDRESS": "127.0.0.1:9"}
    for arguments in (["stories", "list"], ["story", "-", "--detach"]):
        done = CliRunner().invoke(app, arguments, input="A fox.", env=address)
        assert done.exit_code == 1
        assert "lanternist up" in done.output
