"""What draws, learnt on a few pictures: losses fall, figures mean something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.scene import Scene, Subject
from models.illustrator.training.concepts import ConceptHead, concept_classes, token_classes
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents, Pictures
from models.illustrator.training.denoising import DenoisingTask, build_transformer
from models.illustrator.training.distillation import DistillationTask
from models.illustrator.training.encoding import encode_shard
from models.illustrator.training.reconstruction import (
    ReconstructionTask,
    finish_autoencoder,
    pixels_of,
    reconstruction_figures,
    subject_weights,
)
from models.illustrator.training.shards import NOTHING, OTHER, Shard
from models.illustrator.training.vocabulary import UNJUDGED, Vocabulary
from tests.unit.models.illustrator.training.lessons import improved, steps, twin


@pytest.fixture
def reconstruction(config: Config, pictures: Pictures, seen: Pictures) -> ReconstructionTask:
    return ReconstructionTask(config, pictures, seen)


def test_the_autoencoder_learns_and_goes_on_exactly(
    reconstruction: ReconstructionTask, config: Config, pictures: Pictures, seen: Pictures
) -> None:
    before = reconstruction.validate()
    assert improved(steps(reconstruction, 45)) < 0.9
    after = reconstruction.validate()
    assert after["psnr"] > before["psnr"] + 1
    twin(reconstruction, lambda: ReconstructionTask(config, pictures, seen))


def test_on_whole_pictures_the_encoder_stays_as_it_is(reconstruction: ReconstructionTask) -> None:
    steps(reconstruction, 3)
    network: Any = reconstruction.learner.network
    encoder = [p.detach().clone() for p in network.encoder.parameters()]
    decoder = [p.detach().clone() for p in network.decoder.parameters()]
    steps(reconstruction, 3, share=0.95)
    after = list(network.encoder.parameters())
    assert all(torch.equal(a, b) for a, b in zip(encoder, after, strict=True))
    changed = zip(decoder, network.decoder.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in changed)


def test_the_finished_autoencoder_gives_latents_of_deviation_one(
    reconstruction: ReconstructionTask,
    config: Config,
    pictures: Pictures,
    pictures_folder: Path,
    tmp_path: Path,
) -> None:
    steps(reconstruction, 20)
    finish_autoencoder(config, reconstruction, pictures, tmp_path)
    network: Any = IllustratorAutoencoder.from_pretrained(tmp_path).eval()
    shard = Shard(next(pictures_folder.glob("train-several-*")))
    latents = torch.from_numpy(encode_shard(network, shard)[0]).float()
    assert latents.shape == (12, 4, 4, 4)
    assert latents.mean(dim=(0, 2, 3)).abs().max() < 0.5
    assert latents.std(dim=(0, 2, 3)) == pytest.approx(torch.ones(4), abs=0.3)
    pixels = pixels_of([shard.example(n) for n in range(4)])
    again = network.decode(torch.from_numpy(encode_shard(network, shard)[0])[:4].float()).sample
    assert torch.allclose(again, network(pixels), atol=0.05)


def test_perfect_pictures_have_no_edge_error(seen: Pictures) -> None:
    pixels = pixels_of([seen.example(n) for n in range(3)])
    assert -1 <= float(pixels.min()) < float(pixels.max()) <= 1
    perfect = reconstruction_figures(lambda x: x, pixels)
    assert perfect["psnr"] == pytest.approx(100)
    assert perfect["edge_error"] == 0
    flat = reconstruction_figures(lambda x: x.mean(dim=(2, 3), keepdim=True).expand_as(x), pixels)
    assert flat["edge_error"] == pytest.approx(1, abs=0.01)
    shifted = reconstruction_figures(lambda x: x + 0.02, pixels.clamp(-0.9, 0.9))
    assert shifted["psnr"] == pytest.approx(40, abs=0.1)  # 0.01 of the peak


def test_subjects_weigh_more_and_the_mean_stays_one(seen: Pictures) -> None:
    examples = [seen.example(n) for n in range(4)]
    weights = subject_weights(examples, 1.0)
    assert weights.mean(dim=(1, 2, 3)) == pytest.approx(torch.ones(4), abs=1e-4)
    on_subject = torch.from_numpy(examples[0].cells != NOTHING).repeat_interleave(4, 0)
    on_subject = on_subject.repeat_interleave(4, 1)
    one = weights[0, 0]
    ratio = float(one[on_subject].mean() / one[~on_subject].mean())
    assert ratio == pytest.approx(2)


def test_cells_become_classes_and_classes_tokens(vocabulary: Vocabulary) -> None:
    scene = Scene((Subject("rabbit"), Subject("zeppelin")))
    shard = torch.zeros(16, 16, dtype=torch.uint8)
    shard[0:4, 0:4] = 1
    shard[8:12, 8:12] = 2
    shard[0, 15] = OTHER
    classes = torch.from_numpy(concept_classes(shard.numpy(), scene, vocabulary))
    assert vocabulary.label("zeppelin") == UNJUDGED
    assert int(classes[0, 0]) == vocabulary.label("rabbit") + 1 == 4
    assert int(classes[9, 9]) == int(classes[0, 15]) == -1
    assert int(classes[15, 0]) == 0
    tokens = token_classes(classes[None], 4).view(4, 4)
    assert tokens.tolist() == [[4, 0, 0, 0], [0, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, 0]]
    assert torch.equal(token_classes(classes[None], 16).view(16, 16), classes)
    assert token_classes(classes[None], 32).view(32, 32)[1, 1] == 4
    classes[0:2, 0:3] = 2  # six cells of one concept, ten of another
    assert int(token_classes(classes[None], 4)[0, 0]) == 4


def test_the_concept_head_asks_only_what_was_told() -> None:
    torch.manual_seed(0)
    head = ConceptHead(8, concepts=3, settings=2)
    tokens = torch.randn(2, 4, 8)
    wanted, settings = torch.tensor([[0, 1, 2, -1], [3, 3, 3, 3]]), torch.tensor([0, 1])
    told = torch.tensor([True, False])
    alone = head.loss(tokens[:1], wanted[:1], settings[:1], told[:1])
    assert torch.allclose(head.loss(tokens, wanted, settings, told), alone)
    assert float(head.loss(tokens, wanted, settings, torch.tensor([False, False]))) == 0


@pytest.fixture
def denoising(
    config: Config, latents: Latents, seen_latents: Latents, reader: CaptionReader
) -> DenoisingTask:
    reader.measure_scale(["a fox", "two dogs in the hills"])
    return DenoisingTask(config, latents, {"seen": seen_latents}, reader)


def test_the_transformer_learns_and_goes_on_exactly(
    denoising: DenoisingTask,
    config: Config,
    latents: Latents,
    seen_latents: Latents,
    reader: CaptionReader,
) -> None:
    before = denoising.validate()["loss_seen"]
    assert improved(steps(denoising, 60, rate=5e-3)) < 0.9
    assert denoising.validate()["loss_seen"] < before
    twin(denoising, lambda: DenoisingTask(config, latents, {"seen": seen_latents}, reader))


def test_validation_repeats_itself(denoising: DenoisingTask) -> None:
    once = denoising.validate()
    assert denoising.validate() == once
    steps(denoising, 1)
    assert denoising.validate() != once


def test_the_concept_loss_is_an_option_that_leaves_no_trace(
    config: Config, latents: Latents, reader: CaptionReader, denoising: DenoisingTask
) -> None:
    told = denoising.learner.backward(denoising.losses, denoising.draw(0.0))
    assert set(told) == {"loss", "flow", "concept"}
    assert told["loss"] == pytest.approx(told["flow"] + 0.1 * told["concept"])
    plain = config.transformer.model_copy(update={"concept_loss": 0.0})
    without = DenoisingTask(config.model_copy(update={"transformer": plain}), latents, {}, reader)
    assert set(without.learner.backward(without.losses, without.draw(0.0))) == {"loss"}
    assert set(without.weights()) == set(denoising.weights())
    build_transformer(config, reader.width).load_state_dict(denoising.weights())


def test_single_subjects_come_first(denoising: DenoisingTask) -> None:
    shares = [denoising._single_share(share) for share in (0.0, 0.15, 0.3, 1.0)]
    assert shares == pytest.approx([0.9, 0.7, 0.5, 0.5])


def test_some_captions_are_withheld(denoising: DenoisingTask) -> None:
    told = [str(text) for _ in range(60) for text in denoising.draw(0.5)["captions"]]
    assert 0.04 < told.count("") / len(told) < 0.18
    assert len(set(told)) > 150  # 24 scenes: each pass words them anew


def test_replicas_learn_what_one_network_learns(
    config: Config, latents: Latents, reader: CaptionReader
) -> None:
    """Two of them, side by side, on the halves of each batch."""
    plain = config.transformer.model_copy(update={"concept_loss": 0.0})
    two = config.model_copy(update={"threads": 2, "transformer": plain})
    one = two.model_copy(update={"threads": 1})
    tasks = [DenoisingTask(c, latents, {}, reader) for c in (one, two, two)]
    losses = [steps(task, 12) for task in tasks]
    assert losses[1] == losses[2]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    apart = [task.learner.state()["master.transformer.proj_out.weight"] for task in tasks]
    assert torch.equal(apart[1], apart[2])
    assert torch.allclose(apart[0], apart[1], atol=1e-3)


def test_the_student_learns_where_the_teacher_gets_to(
    config: Config, latents: Latents, seen_latents: Latents, reader: CaptionReader
) -> None:
    torch.manual_seed(1)
    teacher = build_transformer(config, reader.width)
    torch.nn.init.normal_(teacher.proj_out.weight, std=0.5)
    weights = dict(teacher.state_dict())

    def make() -> DistillationTask:
        return DistillationTask(config, latents, seen_latents, reader, weights)

    task = make()
    before = task.validate()["loss_seen"]
    frozen = {name: tensor.clone() for name, tensor in task._teacher.state_dict().items()}
    steps(task, 30, rate=2e-3)
    assert task.validate()["loss_seen"] < 0.9 * before
    assert all(torch.equal(frozen[n], t) for n, t in task._teacher.state_dict().items())
    twin(task, make)


def test_a_student_of_a_straight_teacher_has_nothing_to_learn(
    config: Config, latents: Latents, seen_latents: Latents, reader: CaptionReader
) -> None:
    """A network that predicts 0 everywhere walks nowhere, and its student predicts 0 as well."""
    still = dict(build_transformer(config, reader.width).state_dict())
    task = DistillationTask(config, latents, seen_latents, reader, still)
    assert task.validate()["loss_seen"] == 0
