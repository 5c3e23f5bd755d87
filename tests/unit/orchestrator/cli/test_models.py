import hashlib
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from models.catalog import Catalog
from models.progress import ProgressEvent
from models.weights import resolve
from orchestrator.cli.model_progress import ModelProgress
from orchestrator.cli.models import app

CARD = """\
---
license: mit
lanternist:
  id: toy
  modality: voice
  engine: fake
  display_name: Toy
  description: A toy.
  sources:
    - {kind: directory, path: DIRECTORY}
  files:
    - {name: a.txt, size_bytes: 7, sha256: SHA256}
---

# Prose about the toy
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERNIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LANTERNIST_CARD_DIRECTORIES", json.dumps([str(tmp_path / "cards")]))
    monkeypatch.delenv("LANTERNIST_MODEL_PATH", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "cards").mkdir()
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a.txt").write_bytes(b"weights")
    card = CARD.replace("DIRECTORY", str(tmp_path / "weights"))
    card = card.replace("SHA256", hashlib.sha256(b"weights").hexdigest())
    (tmp_path / "cards" / "toy.md").write_text(card, encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_lists_every_model_with_its_state() -> None:
    result = run("list", "--json")
    assert result.exit_code == 0
    listed = {model["id"]: model for model in json.loads(result.stdout)}
    assert set(listed) == {"toy", *(card.id for card in Catalog.builtin())}
    assert listed["toy"]["state"] == "in repository"
    assert listed["kokoro-82m"]["state"] == "not fetched"
    assert listed["storybook"]["state"] == "no weights"
    assert listed["openai-compatible"]["state"] == "upstream"
    assert listed["kokoro-82m"]["size_bytes"] == 92361271


def test_lists_one_modality_as_a_table() -> None:
    result = run("list", "--modality", "transcription")
    assert result.exit_code == 0
    assert "whisper-large-v3-turbo" in result.stdout
    assert "kokoro-82m" not in result.stdout


def test_shows_a_card() -> None:
    result = run("show", "toy")
    assert result.exit_code == 0
    assert "Prose about the toy" in result.stdout
    whole = json.loads(run("show", "toy", "--json").stdout)
    assert whole["body"] == "# Prose about the toy"
    assert whole["files"][0]["size_bytes"] == 7


def test_pulls_and_verifies(tmp_path: Path) -> None:
    result = run("pull", "toy", "storybook", "toy", "--verify", "--json")
    assert result.exit_code == 0
    toy, storybook = json.loads(result.stdout)
    assert (toy["id"], toy["verified"], toy["error"]) == ("toy", True, None)
    assert toy["directory"] == str(tmp_path / "weights")
    assert (storybook["id"], storybook["directory"]) == ("storybook", None)


def test_a_pull_that_fails_goes_on_and_exits_with_one(tmp_path: Path) -> None:
    (tmp_path / "weights" / "a.txt").write_bytes(b"weighty")
    result = run("pull", "toy", "storybook")
    assert result.exit_code == 1
    assert "toy: The weights of toy could not be had" in result.stderr.replace("\n", " ")
    assert "toy" not in result.stdout
    assert "storybook: has no weights to fetch" in result.stdout
    failed = json.loads(run("pull", "toy", "--json").stdout)
    assert failed[0]["error"] == "CHECKSUM_MISMATCH"


@pytest.mark.parametrize(
    "arguments",
    [
        ("pull",),
        ("pull", "toy", "--embedded"),
        ("pull", "nope"),
        ("show", "nope"),
        ("list", "--modality", "smell"),
        ("list", "--colour"),
    ],
)
def test_wrong_usage_exits_with_two(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_wrong_card_exits_with_one_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "cards" / "broken.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    result = run("list")
    assert result.exit_code == 1
    assert "Model card broken.md: lanternist" in result.stderr


def test_progress_is_a_line_a_download_in_a_log(tmp_path: Path) -> None:
    text = StringIO()
    with ModelProgress(Console(file=text, force_terminal=False)) as progress:
        for done in range(0, 100, 10):
            progress(ProgressEvent("toy", "downloading", "toy==1.0", done, 100))
        progress(ProgressEvent("toy", "verifying", "a.txt", 50, 100))
        progress(ProgressEvent("toy", "waiting", "toy"))
    assert text.getvalue().splitlines() == [
        "toy: downloading toy==1.0",
        "toy: waiting for another process to fetch toy",
    ]


def test_progress_is_a_bar_on_a_terminal() -> None:
    text = StringIO()
    with ModelProgress(Console(file=text, force_terminal=True, width=120)) as progress:
        progress(ProgressEvent("toy", "downloading", "toy==1.0", 0, None))
        progress(ProgressEvent("toy", "downloading", "toy==1.0", 50, 100))
        progress(ProgressEvent("toy", "verifying", "a.txt", 100, 100))
    assert "verifying a.txt" in text.getvalue()


def test_progress_may_be_given_to_resolve() -> None:
    card = Catalog.builtin().get("storybook")
    with ModelProgress(Console(file=StringIO())) as progress:
        assert resolve(card, progress=progress).root is None


def test_the_command_loads_no_deep_learning_library() -> None:
    probe = "import sys, orchestrator.cli.models; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "models.weights" in loaded
    assert not loaded & {"torch", "diffusers", "transformers", "onnxruntime", "faster_whisper"}
