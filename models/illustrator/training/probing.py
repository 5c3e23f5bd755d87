"""The probe's training, on composed pictures and their maps.

First on crops around one subject each: most of a picture is backdrop, and a crop of 96 pixels costs
a seventh. Then on whole pictures, which tell places, hours, and how much is backdrop. Half of the
pictures are softened and all shaken a little in colour, so that the probe does not mistake a
decoder's softness for another thing. Labels: `labels_of`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.illustrator.training.concepts import concept_classes
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Pictures
from models.illustrator.training.learner import Learner, cores, working_precision
from models.illustrator.training.probe import Probe, Reading
from models.illustrator.training.reconstruction import pixels_of
from models.illustrator.training.replicas import Batch
from models.illustrator.training.shards import CELLS, NOTHING, OTHER, Example
from models.illustrator.training.stream import Stream
from models.illustrator.training.vocabulary import COLOURS, TIMES, UNJUDGED, Vocabulary

_IGNORED = -1
_DENSITY_WEIGHT = 0.3
_PRESENCE_WEIGHT = 0.2  # a sum over all concepts: else nothing but it would be learnt at first


@dataclass(frozen=True)
class Labels:
    """What the probe should say of pictures. `_IGNORED` where nothing is asked.

    Attributes:
        concepts: (pictures, rows, columns), int64; 16 of each in a whole picture.
        density: (pictures, rows, columns), float32.
        colours: (pictures, rows, columns), int64: 0 not painted, else 1 + index.
        settings: (pictures,), int64.
        times: (pictures,), int64.
        presence: (pictures, concepts), float32: 1 there, 0 not, -1 not asked.
    """

    concepts: Tensor
    density: Tensor
    colours: Tensor
    settings: Tensor
    times: Tensor
    presence: Tensor


def build_probe(config: Config, vocabulary: Vocabulary) -> Probe:
    """The network that a run's configuration names, untrained."""
    return Probe(
        config.probe.widths,
        config.probe.blocks,
        cell=config.data.picture_size // CELLS,
        concepts=len(vocabulary.judged),
        colours=len(COLOURS),
        settings=len(vocabulary.settings),
        times=len(TIMES),
    )


def labels_of(examples: Sequence[Example], vocabulary: Vocabulary) -> Labels:
    """Labels of composed pictures, or of crops of them.

    Of a crop that does not show something of the picture, nothing is asked about its presence: a
    rest of it too small to fill a cell may show.
    """
    concepts, colours, settings, times = [], [], [], []
    presence = torch.zeros(len(examples), len(vocabulary.judged))
    for row, example in enumerate(examples):
        scene = example.scene
        concepts.append(concept_classes(example.cells, scene, vocabulary))
        table = np.full(256, _IGNORED, np.int64)
        for index, subject in enumerate(scene.subjects):
            painted = subject.colour in COLOURS
            table[index + 1] = COLOURS.index(subject.colour) + 1 if painted else 0
            label = vocabulary.label(subject.noun)
            if label != UNJUDGED:
                shown = example.cells.shape[0] == CELLS or bool((example.cells == index + 1).any())
                presence[row, label] = 1.0 if shown else _IGNORED
        table[[NOTHING, OTHER]] = _IGNORED
        colours.append(table[example.cells])
        settings.append(vocabulary.place(scene.setting))
        times.append(TIMES.index(scene.time_of_day) if scene.time_of_day else TIMES.index("day"))
    return Labels(
        concepts=torch.from_numpy(np.stack(concepts)),
        density=torch.from_numpy(np.stack([e.density for e in examples])).float(),
        colours=torch.from_numpy(np.stack(colours)),
        settings=torch.tensor(settings),
        times=torch.tensor(times),
        presence=presence,
    )


def cropped(example: Example, place: Sequence[float], cells: int) -> Example:
    """A square around a cell of one of the subjects; anywhere, if no cell shows any.

    Args:
        example: A whole picture.
        place: Four numbers 0 … 1: which subject, which of its cells, and how far that is from the
            middle of the square, down and across.
        cells: The square's side.
    """
    subjects = [i for i in np.unique(example.cells).tolist() if i not in (NOTHING, OTHER)]
    which, cell, *off = place
    chosen = np.argwhere(
        example.cells == subjects[int(which * len(subjects))]
        if subjects
        else np.ones_like(example.cells)
    )
    middle = chosen[int(cell * len(chosen))]
    top, left = (
        max(0, min(int(m) - cells // 2 + int(o * 3) - 1, CELLS - cells))
        for m, o in zip(middle, off, strict=True)
    )
    pixels = example.picture.shape[0] // CELLS
    rows, columns = slice(top, top + cells), slice(left, left + cells)
    return replace(
        example,
        picture=example.picture[
            top * pixels : (top + cells) * pixels, left * pixels : (left + cells) * pixels
        ],
        cells=example.cells[rows, columns],
        density=example.density[rows, columns],
    )


def probe_loss(reading: Reading, labels: Labels) -> dict[str, Tensor]:
    """The losses of a batch; "loss" is their sum."""
    cross = nn.functional.cross_entropy
    # Most cells show nothing; the subjects' cells are what matters.
    shown = labels.concepts > 0
    weights = torch.where(shown, 3.0, 1.0) * (labels.concepts != _IGNORED)
    where = cross(reading.concepts, labels.concepts, ignore_index=_IGNORED, reduction="none")
    concept = (where * weights).sum() / weights.sum().clamp_min(1.0)
    density = _DENSITY_WEIGHT * _poisson(reading.density, labels.density).sum() / len(labels.times)
    colour = _masked_cross(reading.colours, labels.colours)
    setting = cross(reading.settings, labels.settings)
    time = _masked_cross(reading.times, labels.times)
    asked = labels.presence >= 0
    there = nn.functional.binary_cross_entropy_with_logits(
        reading.presence, labels.presence.clamp_min(0), reduction="none"
    )
    presence = _PRESENCE_WEIGHT * (there * asked).sum() / len(there)
    parts = {
        "concept": concept, "density": density, "colour": 0.5 * colour,
        "setting": setting, "time": 0.3 * time, "presence": presence,
    }  # fmt: skip
    return {"loss": torch.stack(list(parts.values())).sum(), **parts}


def _poisson(rate: Tensor, count: Tensor) -> Tensor:
    """Deviance / 2 of counts from Poisson rates; a square would not feel a tenth of a thing."""
    return torch.xlogy(count, count) - count * rate.clamp_min(1e-6).log() - count + rate


def _masked_cross(logits: Tensor, labels: Tensor) -> Tensor:
    if not bool((labels != _IGNORED).any()):
        return logits.sum() * 0.0
    return nn.functional.cross_entropy(logits, labels, ignore_index=_IGNORED)


class ProbeTask:
    """See `models.illustrator.training.loop.Task`.

    Args:
        config: Of the run.
        pictures: To learn from.
        held_out: To validate on.
    """

    def __init__(self, config: Config, pictures: Pictures, held_out: Pictures) -> None:
        self._config = config
        self._pictures = pictures
        self._vocabulary = Vocabulary.of(config.data)
        torch.manual_seed(config.seed + 2)
        network: Any = build_probe(config, self._vocabulary)
        self._dtype = working_precision(config)
        network = network.to(memory_format=torch.channels_last)
        self.learner = Learner(network, config.probe.schedule, self._dtype, cores(config))
        self._stream = Stream([range(len(pictures))], config.seed + 2)
        self._chance = torch.Generator().manual_seed(config.seed + 2)
        self._held_out = [held_out.example(i) for i in range(min(128, len(held_out)))]

    def draw(self, share: float) -> Batch:
        """Pictures, where to crop them, and how they are disturbed; late, whole ones, but fewer."""
        settings, size = self._config.probe, self._config.data.picture_size
        cells, batch = min(settings.crop * CELLS // size, CELLS), settings.schedule.batch
        if share >= 1 - settings.full_frame_share:  # as many pixels as before
            cells, batch = CELLS, max(1, round(batch * (cells / CELLS) ** 2))
        side = cells * size // CELLS
        draws = self._stream.take(batch, [1.0])
        soft = torch.rand(batch, generator=self._chance) < settings.blur_share
        gain = 1 + 0.1 * (torch.rand(batch, 3, 1, 1, generator=self._chance) - 0.5)
        noise = torch.randn(batch, 3, side, side, generator=self._chance) * 0.03
        places = torch.rand(batch, 4, generator=self._chance)
        samples = [draw.sample for draw in draws]
        return {"samples": samples, "places": places, "soft": soft, "gain": gain, "noise": noise}

    def losses(self, network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        """What the probe says of these pictures, against their maps and scenes."""
        examples = [self._pictures.example(sample) for sample in batch["samples"]]
        cells = batch["noise"].shape[-1] * CELLS // self._config.data.picture_size
        if cells < CELLS:
            places = batch["places"].tolist()
            examples = [cropped(e, p, cells) for e, p in zip(examples, places, strict=True)]
        pixels = _disturbed(pixels_of(examples), batch["soft"], batch["gain"], batch["noise"])
        inputs = pixels.to(self._dtype).contiguous(memory_format=torch.channels_last)
        return probe_loss(network(inputs), labels_of(examples, self._vocabulary))

    def validate(self) -> Mapping[str, float]:
        """The loss on held-out pictures, with how many settings are right."""
        with self.learner.averaged() as network, torch.no_grad():
            losses, right = [], 0
            for first in range(0, len(self._held_out), 32):
                part = self._held_out[first : first + 32]
                inputs = pixels_of(part).to(self._dtype)
                reading = network(inputs.contiguous(memory_format=torch.channels_last))
                labels = labels_of(part, self._vocabulary)
                losses.append(float(probe_loss(reading, labels)["loss"]))
                right += int((reading.settings.argmax(dim=1) == labels.settings).sum())
        share = right / max(1, len(self._held_out))
        return {"loss_seen": sum(losses) / max(1, len(losses)), "settings": share}

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Where the pictures and the disturbance stand."""
        tensors, facts = self._stream.state()
        return {**tensors, "chance": self._chance.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """As `state`."""
        self._stream.restore(tensors, facts)
        self._chance.set_state(tensors["chance"])


def _disturbed(pixels: Tensor, soft: Tensor, gain: Tensor, noise: Tensor) -> Tensor:
    """Some pictures softened by halving and doubling, all a little lighter or darker."""
    if bool(soft.any()):
        half = nn.functional.interpolate(pixels[soft], scale_factor=0.5, mode="area")
        pixels = pixels.clone()
        pixels[soft] = nn.functional.interpolate(half, scale_factor=2.0, mode="bilinear")
    return (pixels * gain + noise).clamp(-1, 1)
