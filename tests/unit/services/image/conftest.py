"""Tiny pipelines, saved once a test run."""

from pathlib import Path

import pytest

from tests.unit.services.image import tiny_pipelines


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
