"""Presets, and what makes two configurations the same run."""

from pathlib import Path

import pytest

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from models.illustrator.training.config import STAGES, Config, load_config


@pytest.mark.parametrize("preset", ["smoke", "full", "large"])
def test_presets_are_whole(preset: str) -> None:
    config = load_config(preset)
    assert config.name == preset
    assert set(config.shares) <= set(STAGES)
    assert config.latent_size * config.autoencoder.factor == config.data.picture_size


@pytest.mark.parametrize("preset", ["full", "large"])
def test_the_real_presets_spend_most_of_their_hours_on_the_transformer(preset: str) -> None:
    config = load_config(preset, hours=20)
    seconds = {stage: config.seconds(stage) for stage in STAGES}
    assert max(seconds, key=lambda stage: seconds[stage]) == "train"
    assert sum(seconds.values()) <= 20 * 3600


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(NotFoundError):
        load_config("gigantic")


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("concepts = 5", "concepts = 5\nkittens = 3"),
        ("picture_size = 64", "picture_size = 65"),
        ("train = 0.1", "train = 0.9"),
        ("train = 0.1", "trian = 0.1"),
        ("concept_layer = 1", "concept_layer = 3"),
        ("hours = 1.0", "hours = 0"),
        ("hours = 1.0", "hours = nan"),
        ("[data]", "[data"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_it(tmp_path: Path, find: str, replace: str) -> None:
    tiny = Path(__file__).with_name("tiny.toml").read_text(encoding="utf-8")
    assert find in tiny
    path = tmp_path / "wrong.toml"
    path.write_text(tiny.replace(find, replace), encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match=r"wrong\.toml"):
        load_config(str(path))


def test_a_run_may_go_on_with_more_time_and_scenes_but_not_with_another_network(
    config: Config,
) -> None:
    def changed(section: str, **update: object) -> Config:
        part = getattr(config, section).model_copy(update=update)
        return config.model_copy(update={section: part})

    sections = ("data", "autoencoder", "transformer")
    own = config.fingerprint(*sections)
    assert config.model_copy(update={"hours": 9.0}).fingerprint(*sections) == own
    assert changed("data", scenes=99).fingerprint(*sections) == own
    faster = config.transformer.schedule.model_copy(update={"learning_rate": 1.0})
    assert changed("transformer", schedule=faster).fingerprint(*sections) == own
    assert changed("transformer", layers=3).fingerprint(*sections) != own
    assert changed("data", picture_size=128).fingerprint(*sections) != own
    assert config.model_copy(update={"seed": 7}).fingerprint(*sections) != own
