"""Sketches in training: shown to the transformer, withheld now and then, learnt from."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models.illustrator.sketches import NO_SKETCH
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents, Pictures
from models.illustrator.training.denoising import (
    Denoiser,
    DenoisingTask,
    build_transformer,
    sketches_of,
)
from tests.unit.models.illustrator.training.lessons import steps


@pytest.fixture
def reader(config: Config, encoder_folder: Any) -> CaptionReader:
    told = config.model_copy(update={"text_encoder": str(encoder_folder)})
    return CaptionReader.load(told, torch.float32)


def test_sketches_lie_beside_their_pictures(pictures: Pictures, latents: Latents) -> None:
    for number in (0, 7, 15, 23):
        example = pictures.example(number)
        assert example.sketch.shape == (*example.picture.shape[:2], 4)
        assert example.scene == latents.scene(number)
        covered = sketches_of(latents, [number])[0, -1] / 20  # as the fixture scaled them
        solid = torch.from_numpy((example.sketch[..., 3] == 255).astype("float32"))
        shares = torch.nn.functional.avg_pool2d(solid[None], 16)[0]
        assert (covered - shares).abs().max() < 0.6
        assert torch.equal(covered > 0.9, shares > 0.9) or (covered - shares).abs().mean() < 0.1


def test_some_pictures_are_learnt_without(
    config: Config, latents: Latents, reader: CaptionReader
) -> None:
    task = DenoisingTask(config, latents, {}, reader)
    heard: list[torch.Tensor] = []
    network = build_transformer(config, reader.width)
    network.register_forward_pre_hook(lambda _, given: heard.append(given[0]))
    without = 0
    for _ in range(40):
        batch: Any = task.draw(0.5)
        without += int((~batch["sketched"]).sum())
        task.losses(Denoiser(network, None, 1), batch)
        coverage = heard[-1][:, -1]
        assert torch.equal((coverage == NO_SKETCH).all(dim=(1, 2)), ~batch["sketched"])
    share = config.transformer.sketch_dropout
    assert 0.4 * share < without / (40 * len(heard[-1])) < 2 * share


def test_a_sketch_helps(config: Config, latents: Latents, reader: CaptionReader) -> None:
    plain = config.transformer.model_copy(update={"concept_loss": 0.0})
    told = config.model_copy(update={"transformer": plain})
    task = DenoisingTask(told, latents, {"shown": latents}, reader)
    before = task.validate()
    assert set(before) == {"loss_shown", "words_shown"}
    assert before["loss_shown"] == pytest.approx(before["words_shown"])  # it predicts 0 yet
    steps(task, 150, share=0.5, rate=5e-3)
    after = task.validate()
    assert after["loss_shown"] < after["words_shown"] < before["words_shown"]


def test_weights_that_took_no_sketches_go_on_as_they_were(
    config: Config, latents: Latents, reader: CaptionReader, tmp_path: Any
) -> None:
    from models.illustrator.training.inheritance import trained_weights
    from models.illustrator.transformer import IllustratorTransformer

    network = build_transformer(config, reader.width)
    torch.nn.init.normal_(network.proj_out.weight, std=0.2)
    channels = network.config.out_channels
    facts = {k: v for k, v in network.config.items() if not k.startswith("_")}
    older = IllustratorTransformer(**{**facts, "in_channels": channels})
    state = network.state_dict()
    state["pos_embed.proj.weight"] = state["pos_embed.proj.weight"][:, :channels]
    older.load_state_dict(state)
    older.save_pretrained(tmp_path / "transformer")
    own = DenoisingTask(config, latents, {}, reader).weights()
    network.load_state_dict(trained_weights(tmp_path, own))
    points = torch.randn(1, network.config.in_channels, 4, 4)
    words: dict[str, Any] = {
        "encoder_hidden_states": torch.randn(1, 3, reader.width),
        "timestep": torch.tensor([500.0]),
        "return_dict": False,
    }
    with torch.no_grad():
        found = network.eval()(points, **words)[0]
        assert torch.allclose(found, older.eval()(points[:, :channels], **words)[0], atol=1e-5)
