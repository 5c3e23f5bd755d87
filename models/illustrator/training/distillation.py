"""Few steps instead of many: a student learns where the guided teacher gets to.

Time is cut into as many windows as the student may take steps. From a noised latent at the upper
end of a window the teacher walks, guided, in small steps to the lower end; the student learns the
velocity of the straight line between the two ends, at points along it. Guidance is learnt with it,
so the student needs one pass a step instead of two.

Piecewise rectified flow: Yan et al. 2024, arXiv:2405.07510.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from models.illustrator.conditions import joined
from models.illustrator.sketches import no_sketches
from models.illustrator.training.captions import caption
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents
from models.illustrator.training.denoising import build_transformer, sketches_of
from models.illustrator.training.flow import noised, step_times, velocity, walk
from models.illustrator.training.learner import Learner, cores, working_precision
from models.illustrator.training.replicas import Batch
from models.illustrator.training.stream import Stream
from models.illustrator.training.vocabulary import Vocabulary

_VALIDATED = 32


class DistillationTask:
    """See `models.illustrator.training.loop.Task`.

    Args:
        config: Of the run.
        latents: To begin the windows from.
        held_out: To validate on.
        reader: Reads captions; its scale is set.
        teacher: Weights of the trained transformer.
    """

    def __init__(
        self,
        config: Config,
        latents: Latents,
        held_out: Latents,
        reader: CaptionReader,
        teacher: Mapping[str, Tensor],
    ) -> None:
        self._config = config
        self._settings = config.distillation
        self._latents = latents
        self._held_out = held_out
        self._reader = reader
        self._vocabulary = Vocabulary.of(config.data)
        dtype = working_precision(config)
        self._teacher = build_transformer(config, reader.width)
        self._teacher.load_state_dict(dict(teacher))
        self._teacher = self._teacher.to(dtype).eval().requires_grad_(False)
        student: nn.Module = build_transformer(config, reader.width)
        self.learner = Learner(student, self._settings.schedule, dtype, cores(config))
        self.learner.start_from(teacher)
        self._stream = Stream(latents.pools(), config.seed + 1)
        self._chance = torch.Generator().manual_seed(config.seed + 1)
        self._bounds = torch.tensor(step_times(self._settings.windows, self._settings.shift))

    def draw(self, share: float) -> Batch:
        """Scenes and the windows to cross; `share` changes nothing here."""
        single = self._config.data.single_share
        draws = self._stream.take(self._settings.schedule.batch, (single, 1 - single))
        captions = [
            caption(
                self._latents.scene(d.sample),
                self._vocabulary,
                f"distil:{self._config.seed}:{d.sample}:{d.epoch}",
            )
            for d in draws
        ]
        return self._crossings(self._latents, [d.sample for d in draws], captions, self._chance)

    def losses(self, network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        """How far the student is from the straight lines across the windows."""
        settings, window = self._settings, batch["windows"]
        upper, lower = self._bounds[window], self._bounds[window + 1]
        start = noised(batch["latents"], batch["noise"], upper)
        told = self._reader.read(batch["captions"]).sketched(batch["sketches"])
        empty = self._reader.read([""] * len(window)).sketched(no_sketches(start))
        double = joined([empty, told])
        small = torch.linspace(0, 1, settings.teacher_steps + 1)
        times = [upper + (lower - upper) * share for share in small]
        end = walk(self._teacher, start, times, double, settings.guidance_scale)
        line = (start - end) / (upper - lower).view(-1, 1, 1, 1)
        total = start.new_zeros(())
        for along in batch["along"].unbind(1):
            at = upper + (lower - upper) * along
            between = start + (at - upper).view(-1, 1, 1, 1) * line
            found = velocity(network, between, at, told)
            total = total + (found - line).square().mean()
        return {"loss": total / settings.points}

    def validate(self) -> Mapping[str, float]:
        """The loss on fixed crossings of held-out scenes."""
        numbers = range(min(_VALIDATED, len(self._held_out)))
        captions = [
            caption(self._held_out.scene(i), self._vocabulary, f"validation:{i}") for i in numbers
        ]
        chance = torch.Generator().manual_seed(1)
        batch = self._crossings(self._held_out, numbers, captions, chance)
        with self.learner.averaged() as network, torch.no_grad():
            return {"loss_seen": float(self.losses(network, batch)["loss"])}

    def weights(self) -> dict[str, Tensor]:
        """The student's averaged weights."""
        return self.learner.average()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Where the samples and the noise stand."""
        tensors, facts = self._stream.state()
        return {**tensors, "chance": self._chance.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """As `state`."""
        self._stream.restore(tensors, facts)
        self._chance.set_state(tensors["chance"])

    def _crossings(
        self,
        source: Latents,
        numbers: Sequence[int],
        captions: list[str],
        chance: torch.Generator,
    ) -> Batch:
        latents = torch.from_numpy(source.latents(numbers)).float()
        along = torch.rand(len(latents), self._settings.points, generator=chance)
        along[:, 0] = 0.0  # the upper end is where sampling with one step a window always looks
        return {
            "latents": latents,
            "captions": captions,
            "sketches": sketches_of(source, numbers),
            "windows": torch.randint(self._settings.windows, (len(latents),), generator=chance),
            "noise": torch.randn(latents.shape, generator=chance),
            "along": along,
        }
