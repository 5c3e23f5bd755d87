"""Weights that lie in a directory: verified in place, or unpinned; never a pickle."""

import logging
import shutil
from pathlib import Path

import pytest

from lanternist.runtime.errors import DataLossError, FailedPreconditionError
from models.card import DirectorySource, ModelCard
from models.weights import resolve, state

from .conftest import pinned

BIG = bytes(range(256)) * 20_000


def test_a_directory_source_is_verified_in_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "a.bin").write_bytes(BIG)
    card = ModelCard(
        id="toy",
        modality="image",
        engine="fake",
        display_name="Toy",
        files=(pinned("a.bin", BIG),),
        sources=(DirectorySource(kind="directory", path=folder),),
    )
    assert resolve(card).directory == folder
    assert state(card) == "in repository"

    (folder / "a.bin").write_bytes(b"X" + BIG[1:])
    with caplog.at_level(logging.WARNING), pytest.raises(DataLossError):
        resolve(card)
    assert "a.bin is damaged" in caplog.text
    assert str(folder) not in caplog.text

    shutil.rmtree(folder)
    with pytest.raises(FailedPreconditionError, match="own: is not complete"):
        resolve(card)


def test_an_unpinned_directory_is_used_but_not_called_verified(tmp_path: Path) -> None:
    (tmp_path / "pipe" / "unet").mkdir(parents=True)
    (tmp_path / "pipe" / "unet" / "model.safetensors").write_bytes(BIG)
    card = ModelCard(
        id="mine",
        modality="image",
        engine="fake",
        display_name="Mine",
        sources=(DirectorySource(kind="directory", path=tmp_path / "pipe"),),
    )
    weights = resolve(card)
    assert not weights.verified
    assert weights.path("unet/model.safetensors").is_file()
    for name in ("../secret", "/etc/passwd", "unet", "none"):
        with pytest.raises(FailedPreconditionError, match="has no file"):
            weights.path(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pytorch_model.bin", b"\x80\x02}q\x00."),
        ("weights.safetensors", b"PK\x03\x04data.pkl"),
        ("old.pkl", b"(dp0\n."),
    ],
)
def test_a_pickle_is_refused_whatever_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    card = ModelCard(
        id="mine",
        modality="image",
        engine="fake",
        display_name="Mine",
        sources=(DirectorySource(kind="directory", path=tmp_path),),
    )
    with pytest.raises(FailedPreconditionError, match="is a pickle") as caught:
        resolve(card)
    assert caught.value.reason == "PICKLE_REFUSED"


def test_a_model_without_weights_resolves_to_none() -> None:
    card = ModelCard(id="plain", modality="image", engine="fake", display_name="Plain")
    weights = resolve(card)
    assert weights.root is None
    assert state(card) == "no weights"
    with pytest.raises(FailedPreconditionError, match="has no weights"):
        _ = weights.directory
