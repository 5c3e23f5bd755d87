"""Stories told with the real models: what is heard is what was written, when it says it is."""

from __future__ import annotations

import difflib
import io
import itertools
import json
import re
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from orchestrator.cli import app
from tests.e2e.stack import Stack
from tests.e2e.test_story import tell, told

pytestmark = pytest.mark.weights

ENGLISH = """# The Owl and the Boat

Once there was an old owl who lived in a forest beside the sea. She could not sleep.

One night a little boat came over the water, and in it sat a fox with a lantern. “Good evening,”
said the fox. “Have you lost something?”

“Only my dreams,” said the owl. So they sailed away together, and by morning she was asleep.
"""
FRENCH = """# Le renard

Un petit renard vivait dans la forêt. Un soir, il trouva une lanterne près de la rivière.

« Bonsoir », dit la lanterne. Le renard sourit et la porta jusqu’à la mer.
"""


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("’", "'"))


def agreement(one: str, other: str) -> float:
    """Share of the words that two texts have in common, in order; 1 when they are the same."""
    return difflib.SequenceMatcher(None, words_of(one), words_of(other), autojunk=False).ratio()


def transcript(stack: Stack, sound: Path) -> dict[str, Any]:
    heard = CliRunner().invoke(
        app,
        ["transcribe", str(sound), "--format", "json"],
        env={"LANTERNIST_ADDRESS": stack.address},
    )
    assert heard.exit_code == 0, heard.stderr
    document: dict[str, Any] = json.loads(heard.stdout)
    return document


@pytest.fixture(scope="module")
def english(real_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("english") / "out"
    done = tell(real_stack, "-", "-o", str(out), "--size", "512x384", stdin=ENGLISH)
    assert done.exit_code == 0, done.stderr
    return out


def test_an_english_tale(real_stack: Stack, english: Path) -> None:
    story = told(english)
    assert story["title"] == "The Owl and the Boat"
    assert len(story["scenes"]) >= 2
    prompts = " ".join(scene["prompt"] for scene in story["scenes"])
    assert all(noun in prompts for noun in ("owl", "fox", "boat", "lantern", "forest"))
    written = " ".join(segment["text"] for segment in story["segments"])
    heard = transcript(real_stack, english / "narration.mp3")
    assert agreement(written, " ".join(s["text"] for s in heard["segments"])) > 0.93
    assert abs(heard["duration_ms"] - story["duration_ms"]) < 60


def test_words_are_where_an_independent_ear_hears_them(real_stack: Stack, english: Path) -> None:
    ours = [w for s in told(english)["segments"] for w in s["words"]]
    heard = transcript(real_stack, english / "narration.mp3")
    theirs = [w for s in heard["segments"] for w in s["words"]]
    plain = [[re.sub(r"\W", "", w["text"].lower()) for w in words] for words in (ours, theirs)]
    matching = difflib.SequenceMatcher(None, *plain, autojunk=False).get_matching_blocks()
    off = [
        abs(ours[a + i]["start_ms"] - theirs[b + i]["start_ms"])
        for a, b, size in matching
        for i in range(size)
    ]
    assert len(off) > 50
    # Whisper's own word times are good to about a tenth of a second.
    assert statistics.median(off) < 150


def test_pictures_show_different_scenes(english: Path) -> None:
    seen = []
    for scene in told(english)["scenes"]:
        with Image.open(io.BytesIO((english / scene["image"]).read_bytes())) as image:
            assert image.size == (512, 384)
            seen.append(np.asarray(image.convert("RGB").resize((32, 24)), dtype=np.float32))
    assert all(picture.std() > 10 for picture in seen)
    assert all(np.abs(a - b).mean() > 5 for a, b in itertools.pairwise(seen))


def test_a_french_tale(real_stack: Stack, tmp_path: Path) -> None:
    done = tell(real_stack, "-", "-o", str(tmp_path), "--json", "--size", "256x192", stdin=FRENCH)
    assert done.exit_code == 0, done.stderr
    story = told(tmp_path)
    assert (story["language"], json.loads(done.stdout)["voice"]) == ("fr", "ff_siwis")
    assert any("fox" in scene["prompt"] for scene in story["scenes"])
    written = " ".join(segment["text"] for segment in story["segments"])
    heard = transcript(real_stack, tmp_path / "narration.mp3")
    assert heard["language"] == "fr"
    assert agreement(written, " ".join(s["text"] for s in heard["segments"])) > 0.8
    assert 'lang="fr"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_recording_is_told_on_its_own_clock(
    real_stack: Stack, english: Path, tmp_path: Path
) -> None:
    recording = english / "narration.mp3"
    done = tell(real_stack, str(recording), "-o", str(tmp_path), "--size", "256x192")
    assert done.exit_code == 0, done.stderr
    story = told(tmp_path)
    assert (tmp_path / "narration.mp3").read_bytes() == recording.read_bytes()
    original = told(english)
    assert abs(story["duration_ms"] - original["duration_ms"]) < 60
    assert agreement(
        " ".join(segment["text"] for segment in story["segments"]),
        " ".join(segment["text"] for segment in original["segments"]),
    ) > 0.93  # fmt: skip
    assert story["models"] == {"image": "storybook", "transcription": "whisper-base"}
