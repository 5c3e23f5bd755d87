"""Tiny pipelines, saved once a test run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.unit.services.image import tiny_pipelines


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_stable_diffusion(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def latent_consistency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("lcm")
    return tiny_pipelines.save_stable_diffusion(directory, latent_consistency=True)


@pytest.fixture(scope="session")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_flux(tmp_path_factory.mktemp("flux"))


@pytest.fixture(scope="session")
def pixart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_pixart(tmp_path_factory.mktemp("pixart"))


@pytest.fixture(scope="session")
def z_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_z_image(tmp_path_factory.mktemp("z-image"))
