"""The voices in the repository are what their listing says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import models
from lanternist.runtime.errors import DataLossError
from services.voice.style_vectors import StyleVectors

DIRECTORY = Path(models.__file__).parent / "voices"


def test_every_voice_is_listed_and_verified() -> None:
    styles = StyleVectors.builtin("kokoro-82m")
    styles.load()
    assert {file.stem for file in DIRECTORY.glob("*.bin")} == {v.id for v in styles.voices}
    assert {v.language for v in styles.voices} == {"en-US", "en-GB", "fr-FR"}
    assert {v.gender for v in styles.voices if v.language.startswith("en")} == {"female", "male"}
    assert all(v.model == "kokoro-82m" and v.license == "Apache-2.0" for v in styles.voices)


def test_a_style_is_chosen_by_length() -> None:
    styles = StyleVectors.builtin("m")
    styles.load()
    for count in (0, 1, 2, 510, 9999):
        assert styles.style("af_heart", count).shape == (1, 256)
    assert (styles.style("af_heart", 1) != styles.style("af_heart", 2)).any()
    assert (styles.style("af_heart", 0) == styles.style("af_heart", 1)).all()


def test_a_changed_or_missing_voice_is_data_loss(tmp_path: Path) -> None:
    listing = json.loads((DIRECTORY / "voices.json").read_text())
    listing["voices"] = listing["voices"][:1]
    (tmp_path / "voices.json").write_text(json.dumps(listing))
    styles = StyleVectors(tmp_path / "voices.json", "m")
    with pytest.raises(DataLossError, match="cannot be read"):
        styles.load()
    file = tmp_path / listing["voices"][0]["file"]
    shutil.copy(DIRECTORY / file.name, file)
    styles.load()
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataLossError, match="SHA-256"):
        styles.load()
