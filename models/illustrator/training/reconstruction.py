"""The autoencoder's training: pictures through 1/48 of their numbers and back.

First crops, then whole pictures with the encoder frozen, so that the latents stay what they are
while the decoder learns to be crisp. Errors on subjects weigh more than errors on sky. It does not
know what latents are for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Pictures
from models.illustrator.training.learner import Learner, cores, working_precision
from models.illustrator.training.replicas import Batch
from models.illustrator.training.shards import NOTHING, Example
from models.illustrator.training.stream import Stream

_SQUARE_WEIGHT = 0.5
_LATENT_WEIGHT = 1e-3
_NOISY_SHARE = 0.8
_CORNER_STEP = 16  # pixels: crops lie on the grid of the latents
_EDGE = 0.2  # of -1 … 1: a step between neighbours from which they are two sides of an edge


def build_autoencoder(config: Config, **statistics: tuple[float, ...]) -> Any:
    """The network that a run's configuration names, untrained."""
    section = config.autoencoder
    neutral = {
        "latent_mean": (0.0,) * section.latent_channels,
        "latent_deviation": (1.0,) * section.latent_channels,
    }
    return IllustratorAutoencoder(
        latent_channels=section.latent_channels,
        widths=section.widths,
        encoder_blocks=section.encoder_blocks,
        decoder_blocks=section.decoder_blocks,
        **{**neutral, **statistics},
    )


class ReconstructionTask:
    """See `models.illustrator.training.loop.Task`.

    Args:
        config: Of the run.
        pictures: To learn from.
        held_out: To validate on.
    """

    def __init__(self, config: Config, pictures: Pictures, held_out: Pictures) -> None:
        self._settings = config.autoencoder
        self._pictures = pictures
        self._size = config.data.picture_size
        torch.manual_seed(config.seed)
        network: Any = build_autoencoder(config).to(memory_format=torch.channels_last)
        self._dtype = working_precision(config)
        self.learner = Learner(network, self._settings.schedule, self._dtype, cores(config))
        self._stream = Stream([range(len(pictures))], config.seed)
        self._chance = torch.Generator().manual_seed(config.seed)
        count = min(64, len(held_out))
        self._held_out = pixels_of([held_out.example(i) for i in range(count)])

    def draw(self, share: float) -> Batch:
        """Pictures with crops to take of them, or, late, whole ones for the decoder alone."""
        settings = self._settings
        frozen = share >= 1 - settings.full_frame_share
        side = self._size if frozen else min(settings.crop, self._size)
        batch = settings.schedule.batch
        if frozen:  # as many pixels as before
            batch = max(1, round(batch * (min(settings.crop, self._size) / self._size) ** 2))
        draws = self._stream.take(batch, [1.0])
        places = (self._size - side) // _CORNER_STEP + 1
        corners = torch.randint(places, (batch, 2), generator=self._chance) * _CORNER_STEP
        latents = (batch, settings.latent_channels, *[side // settings.factor] * 2)
        noise = torch.randn(latents, generator=self._chance) * settings.latent_noise
        noisy = torch.rand(batch, 1, 1, 1, generator=self._chance) < _NOISY_SHARE
        return {
            "samples": [draw.sample for draw in draws],
            "corners": corners,
            "sides": torch.full((batch,), side),
            "noise": noise * noisy,
            "frozen": torch.full((batch,), frozen),
        }

    def losses(self, network: Any, batch: Any) -> Mapping[str, Tensor]:
        """How far pictures are from themselves after the way there and back."""
        settings = self._settings
        examples = [self._pictures.example(sample) for sample in batch["samples"]]
        windows = list(zip(batch["corners"].tolist(), batch["sides"].tolist(), strict=True))
        pixels = _cropped(pixels_of(examples), windows)
        weights = _cropped(subject_weights(examples, settings.subject_weight), windows)
        inputs = pixels.to(self._dtype).contiguous(memory_format=torch.channels_last)
        with torch.set_grad_enabled(not bool(batch["frozen"][0])):
            raw = network.encoder(inputs).float()
        decoded = network.decoder((raw + batch["noise"]).to(self._dtype)).float()
        error = decoded - pixels
        colour = (weights * error.abs()).mean()
        edges = sum((w * g.abs()).mean() for g, w in _gradients(error, weights))
        total = (
            colour
            + settings.edge_weight * edges
            + _SQUARE_WEIGHT * error.square().mean()
            + _LATENT_WEIGHT * raw.square().mean()
        )
        return {"loss": total, "colour": colour}

    def validate(self) -> Mapping[str, float]:
        """PSNR and edge error on held-out pictures."""
        with self.learner.averaged() as network:
            return reconstruction_figures(network, self._held_out)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Where the pictures and the noise stand."""
        tensors, facts = self._stream.state()
        return {**tensors, "chance": self._chance.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """As `state`."""
        self._stream.restore(tensors, facts)
        self._chance.set_state(tensors["chance"])


def _cropped(images: Tensor, windows: Sequence[tuple[Sequence[int], int]]) -> Tensor:
    """A square of each image: (images, channels, side, side)."""
    return torch.stack([
        image[:, y : y + side, x : x + side]
        for image, ((y, x), side) in zip(images, windows, strict=True)
    ])  # fmt: skip


def pixels_of(examples: Sequence[Example]) -> Tensor:
    """Pictures as float32, (examples, 3, height, width), -1 … 1."""
    stacked = torch.from_numpy(np.stack([example.picture for example in examples]))
    return stacked.permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def subject_weights(examples: Sequence[Example], extra: float) -> Tensor:
    """Weights of pixels: (examples, 1, height, width), mean 1, `1 + extra` to 1 on subjects."""
    size = examples[0].picture.shape[0]
    cells = torch.from_numpy(np.stack([example.cells for example in examples]) != NOTHING)
    weights = 1.0 + extra * cells.float().unsqueeze(1)
    weights = weights / weights.mean(dim=(2, 3), keepdim=True)
    return nn.functional.interpolate(weights, size=(size, size), mode="nearest")


def _gradients(error: Tensor, weights: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Differences of neighbours across and down, each with its weights."""
    return [
        (error[..., 1:] - error[..., :-1], weights[..., 1:]),
        (error[..., 1:, :] - error[..., :-1, :], weights[..., 1:, :]),
    ]


@torch.no_grad()
def reconstruction_figures(network: Any, pixels: Tensor, batch: int = 16) -> dict[str, float]:
    """How well pictures come back.

    Args:
        network: The autoencoder.
        pixels: (pictures, 3, height, width), -1 … 1.
        batch: Pictures at a time.

    Returns:
        `psnr`: mean over pictures, decibels, peak 1; `edge_error`: mean error of the differences of
        neighbours where the picture has an edge, as a share of those differences.
    """
    ratios, wrong, height = [], 0.0, 0.0
    for part in torch.split(pixels, batch):
        decoded = network(part.contiguous(memory_format=torch.channels_last)).clamp(-1, 1)
        ratios.append(((decoded - part) / 2).square().mean(dim=(1, 2, 3)))
        for (got, _), (meant, _) in zip(
            _gradients(decoded, decoded), _gradients(part, part), strict=True
        ):
            edge = meant.abs() > _EDGE
            wrong += float((got - meant).abs()[edge].sum())
            height += float(meant.abs()[edge].sum())
    squares = torch.cat(ratios).clamp_min(1e-10)
    return {"psnr": float((-10 * squares.log10()).mean()), "edge_error": wrong / max(height, 1e-9)}


@torch.no_grad()
def finish_autoencoder(
    config: Config, task: ReconstructionTask, pictures: Pictures, folder: Path
) -> dict[str, float]:
    """Measures the latents, and stores the averaged network that gives them mean 0, deviation 1.

    Returns:
        Figures of the stored network, with the latents' range.
    """
    count = min(512, len(pictures))
    step = max(1, len(pictures) // count)
    chosen = [pictures.example(i * step) for i in range(count)]
    with task.learner.averaged() as trained:
        network: Any = trained
        raw = torch.cat([network.encode(pixels_of(chosen[i : i + 16])).latents
                         for i in range(0, count, 16)])  # fmt: skip
    mean, deviation = raw.mean(dim=(0, 2, 3)), raw.std(dim=(0, 2, 3)).clamp_min(1e-4)
    finished = build_autoencoder(
        config, latent_mean=tuple(mean.tolist()), latent_deviation=tuple(deviation.tolist())
    )
    weights = task.learner.average()
    finished.load_state_dict(weights)
    finished.save_pretrained(folder)
    spread = {"least_deviation": float(deviation.min()), "most_deviation": float(deviation.max())}
    return {**task.validate(), **spread}
