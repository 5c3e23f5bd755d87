import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.catalog import CARDS_DIRECTORY

FRONT = """\
---
license: apache-2.0
language: [en, fr]
pipeline_tag: text-to-image
base_model: someone/something
lanternist:
  id: toy
  modality: image
  engine: fake
  display_name: Toy
  limits: {max_width: 512}
  sources:
    - {kind: hub, repo_id: o/r, paths: {a.bin: deep/a.bin}}
  files:
    - {name: a.bin, size_bytes: 3, sha256: SHA}
---

# Toy

Prose.
""".replace("SHA", "ab" * 32)


def test_reads_hugging_face_keys_and_our_section() -> None:
    card = ModelCard.parse(FRONT, "toy.md")

    assert (card.id, card.modality, card.engine) == ("toy", "image", "fake")
    assert card.license == "apache-2.0"
    assert card.languages == ("en", "fr")
    assert card.base_model == ("someone/something",)
    assert card.limits["max_width"] == 512
    assert card.size_bytes == 3
    assert card.sources[0].label == "hub o/r"
    assert card.body == "# Toy\n\nProse."


def test_a_card_cannot_be_changed() -> None:
    card = ModelCard.parse(FRONT, "toy.md")
    with pytest.raises(ValidationError):
        card.engine = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("license: apache-2.0\n", "", "license"),
        ("license: apache-2.0", "licence: mit\nlicense: apache-2.0", "licence"),
        ("language: [en, fr]", "language: [en, no]", "language"),
        ("  engine: fake\n", "  engine: fake\n  speed: fast\n", "lanternist.speed"),
        ("  engine: fake\n", "", "lanternist: Value error, engine is required"),
        ("modality: image", "modality: smell", "lanternist.modality"),
        ("id: toy", "id: Toy Model", "lanternist.id"),
        ("size_bytes: 3", "size_bytes: 0", "lanternist.files.0.size_bytes"),
        ("ab" * 32, "AB" * 32, "lanternist.files.0.sha256"),
        ("{name: a.bin", "{name: ../a.bin", "lanternist.files.0.name"),
        ("{name: a.bin", "{name: /etc/a.bin", "lanternist.files.0.name"),
        ("deep/a.bin", "deep/../../a.bin", "lanternist.sources.0.hub.paths"),
        ("{a.bin: deep/a.bin}", "{b.bin: b.bin}", "sources.0"),
        ("kind: hub", "kind: torrent", "lanternist.sources.0"),
        ("o/r,", "o/r/../x,", "repo_id"),
        (
            "    - {kind: hub",
            "    - {kind: directory, path: x, extra: 1}\n    - {kind: hub",
            "extra",
        ),
    ],
)
def test_names_the_card_and_the_key_that_is_wrong(old: str, new: str, key: str) -> None:
    assert old in FRONT
    with pytest.raises(FailedPreconditionError, match=r"Model card toy\.md") as caught:
        ModelCard.parse(FRONT.replace(old, new), "toy.md")
    assert key in caught.value.message
    assert caught.value.reason == "MODEL_CARD_INVALID"


@pytest.mark.parametrize("text", ["", "# no front matter", "---\na: [\n---\n", "---\n- 1\n---\n"])
def test_refuses_what_is_no_card(text: str) -> None:
    with pytest.raises(FailedPreconditionError, match=r"Model card x\.md"):
        ModelCard.parse(text, "x.md")


def test_yaml_in_a_card_cannot_make_objects() -> None:
    evil = FRONT.replace("license: apache-2.0", "license: !!python/name:os.system ''")
    with pytest.raises(FailedPreconditionError, match="not YAML"):
        ModelCard.parse(evil, "toy.md")


CARDS = sorted(CARDS_DIRECTORY.glob("*.md"))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_every_shipped_card_is_complete(path: Path) -> None:
    card = ModelCard.parse(path.read_text(encoding="utf-8"), path.name)

    assert card.id == path.stem
    assert card.description.endswith(".")
    assert card.pipeline_tag
    assert card.tested_on
    assert card.not_tested_on
    for heading in ("Intended use", "Limits"):
        assert f"## {heading}\n" in card.body
    assert re.search(r"^## .*licence$", card.body, re.MULTILINE | re.IGNORECASE)
    if card.sources:
        assert "## Provenance of the weights\n" in card.body
    if any(source.kind == "package" for source in card.sources):
        notice = (CARDS_DIRECTORY.parent.parent / "NOTICE").read_text(encoding="utf-8")
        assert path.name in notice
    if card.embedded:
        assert card.license in {"apache-2.0", "mit", "cc0-1.0"}
        # What runs offline is pinned, or lies in the repository under version control.
        in_repository = all(source.kind == "directory" for source in card.sources)
        assert card.files or in_repository
    if card.local and card.sources and not card.files and not card.embedded:
        assert "integrity" in card.body.lower()
