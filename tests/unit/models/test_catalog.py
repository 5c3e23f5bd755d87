from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError, NotFoundError
from models.card import SERVED_MODALITIES, ModelCard
from models.catalog import CARDS_DIRECTORY, Catalog

OWN = """\
---
license: mit
lanternist: {id: ID, modality: voice, engine: fake, display_name: Mine}
---
Prose.
"""


def test_the_built_in_catalog_holds_the_offline_default() -> None:
    catalog = Catalog.builtin()

    assert len(catalog) == len(list(CARDS_DIRECTORY.glob("*.md")))
    for modality in SERVED_MODALITIES:
        assert next(card for card in catalog if card.modality == modality).embedded
    assert catalog.get("kokoro-82m").engine == "kokoro"
    assert "storybook" in catalog


def test_an_unknown_model_is_not_found_and_names_the_field() -> None:
    with pytest.raises(NotFoundError, match="kokoro-82m") as caught:
        Catalog.builtin().get("gpt-9", field="voice.model")
    assert caught.value.field == "voice.model"
    assert caught.value.reason == "MODEL_NOT_FOUND"


def test_a_user_adds_cards_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(OWN.replace("ID", "mine"), encoding="utf-8")
    (tmp_path / "README.md").write_text("no card", encoding="utf-8")

    assert Catalog.builtin(tmp_path).get("mine").display_name == "Mine"


def test_refuses_a_second_card_of_the_same_id(tmp_path: Path) -> None:
    (tmp_path / "kokoro-82m.md").write_text(OWN.replace("ID", "kokoro-82m"), encoding="utf-8")
    with pytest.raises(FailedPreconditionError, match="Two model cards have the id 'kokoro-82m'"):
        Catalog.builtin(tmp_path)


def test_refuses_a_card_that_is_not_named_like_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(OWN.replace("ID", "yours"), encoding="utf-8")
    with pytest.raises(FailedPreconditionError, match=r"mine\.md: lanternist\.id is 'yours'"):
        Catalog.builtin(tmp_path)


def test_refuses_a_component_without_a_card() -> None:
    card = ModelCard(
        id="a", modality="image", engine="fake", display_name="A", components={"vae": "b"}
    )
    with pytest.raises(FailedPreconditionError, match=r"components\.vae names 'b'"):
        Catalog([card])


def test_refuses_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match="'none' does not exist"):
        Catalog.builtin(tmp_path / "none")
