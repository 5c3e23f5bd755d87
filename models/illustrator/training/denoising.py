"""The transformer's training: from captions and noise towards latents.

Scenes of one subject come first and several later; each pass words them anew. It does not know how
pictures become latents, nor how pictures are drawn in the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn

from models.illustrator.conditions import Conditions
from models.illustrator.scene import Scene
from models.illustrator.sketches import no_sketches, sketch_channels
from models.illustrator.training.captions import caption
from models.illustrator.training.concepts import ConceptHead, concept_classes, token_classes
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents
from models.illustrator.training.flow import draw_times, noised, velocity
from models.illustrator.training.learner import Learner, cores, working_precision
from models.illustrator.training.replicas import Batch
from models.illustrator.training.stream import Draw, Stream
from models.illustrator.training.vocabulary import Vocabulary
from models.illustrator.transformer import IllustratorTransformer

_FIRST_SINGLE_SHARE = 0.9
_VALIDATED = 256
_PREFIX = "transformer."


def build_transformer(config: Config, text_width: int) -> IllustratorTransformer:
    """The network that a run's configuration names, untrained; it predicts 0 at first."""
    section, channels = config.transformer, config.autoencoder.latent_channels
    network = IllustratorTransformer(
        num_attention_heads=section.heads,
        attention_head_dim=section.head_width,
        in_channels=channels + sketch_channels(channels),
        out_channels=channels,
        num_layers=section.layers,
        cross_attention_dim=section.width,
        sample_size=config.latent_size,
        patch_size=section.patch,
        caption_channels=text_width,
        norm_type="ada_norm_single",
        use_additional_conditions=False,
        interpolation_scale=section.position_scale,
    )
    # The fused attention's backward pass is slow on a CPU: without it a step takes a fifth less.
    network.set_attn_processor(AttnProcessor())
    with torch.no_grad():
        for block in network.transformer_blocks:
            for attention in (block.attn1, block.attn2):
                attention.to_out[0].weight.mul_(0.3)
        network.proj_out.weight.zero_()
        network.proj_out.bias.zero_()
    return network


class Denoiser(nn.Module):
    """The transformer, and beside it the head of the concept loss, if there is one.

    Args:
        transformer: The network.
        head: Reads concepts off the tokens.
        layer: After which block it reads.
    """

    def __init__(self, transformer: nn.Module, head: ConceptHead | None, layer: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.head = head
        self._layer = layer

    def forward(
        self, points: Tensor, times: Tensor, conditions: Conditions
    ) -> tuple[Tensor, Tensor | None]:
        """The velocity, and, if there is a head, the tokens half-way: (batch, tokens, width)."""
        if self.head is None:
            return velocity(self.transformer, points, times, conditions), None
        kept: list[Tensor] = []
        blocks: Any = self.transformer.transformer_blocks
        hook = blocks[self._layer - 1].register_forward_hook(lambda _, __, out: kept.append(out))
        try:
            predicted = velocity(self.transformer, points, times, conditions)
        finally:
            hook.remove()
        return predicted, kept[0]


class DenoisingTask:
    """See `models.illustrator.training.loop.Task`.

    Args:
        config: Of the run.
        latents: To learn from.
        held_out: Sets to validate on, by name.
        reader: Reads captions; its scale is set.
    """

    def __init__(
        self,
        config: Config,
        latents: Latents,
        held_out: Mapping[str, Latents],
        reader: CaptionReader,
    ) -> None:
        self._config = config
        self._settings = config.transformer
        self._latents = latents
        self._reader = reader
        self._vocabulary = Vocabulary.of(config.data)
        torch.manual_seed(config.seed)
        head = None
        if self._settings.concept_loss > 0:
            sizes = len(self._vocabulary.judged), len(self._vocabulary.settings)
            head = ConceptHead(self._settings.width, *sizes)
        transformer = build_transformer(config, reader.width)
        self._denoiser = Denoiser(transformer, head, self._settings.concept_layer)
        self.learner = Learner(
            self._denoiser, self._settings.schedule, working_precision(config), cores(config)
        )
        self._stream = Stream(latents.pools(), config.seed)
        self._chance = torch.Generator().manual_seed(config.seed)
        self._held_out = {name: self._fixed(one) for name, one in held_out.items()}

    def draw(self, share: float) -> Batch:
        """Scenes, worded anew, some without words or sketch; with times and noise."""
        single = self._single_share(share)
        draws = self._stream.take(self._settings.schedule.batch, (single, 1 - single))
        told = torch.rand(len(draws), generator=self._chance) >= self._settings.guidance_dropout
        times = draw_times(
            len(draws),
            self._chance,
            shift=self._settings.time_shift,
            uniform_share=self._settings.uniform_time_share,
        )
        size = self._config.latent_size
        shape = (len(draws), self._config.autoencoder.latent_channels, size, size)
        scenes = [self._latents.scene(draw.sample) for draw in draws]
        captions = [
            self._caption(scene, draw) if said else ""
            for scene, draw, said in zip(scenes, draws, told, strict=True)
        ]
        # Guidance leads away from what is drawn when nothing is said: neither words nor sketch.
        shown = torch.rand(len(draws), generator=self._chance) >= self._settings.sketch_dropout
        return {
            "samples": [draw.sample for draw in draws],
            "scenes": scenes,
            "captions": captions,
            "sketched": told & shown,
            "told": told,
            "times": times,
            "noise": torch.randn(shape, generator=self._chance),
        }

    def losses(self, network: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        """How far the predicted velocities are from those of the lines."""
        noise, times = batch["noise"], batch["times"]
        latents = self._tensor(self._latents, batch["samples"])
        sketches = sketches_of(self._latents, batch["samples"])
        sketches = torch.where(batch["sketched"].view(-1, 1, 1, 1), sketches, no_sketches(latents))
        conditions = self._reader.read(batch["captions"]).sketched(sketches)
        predicted, tokens = network(noised(latents, noise, times), times, conditions)
        flow = (predicted - (noise - latents)).square().mean()
        if tokens is None:
            return {"loss": flow}
        concept = self._concept_loss(network.head, tokens, batch)
        total = flow + self._settings.concept_loss * concept
        return {"loss": total, "flow": flow, "concept": concept}

    def validate(self) -> Mapping[str, float]:
        """The loss at fixed times and noise, on each held-out set: sketched, and of words alone."""
        figures = {}
        with self.learner.averaged():
            for name, fixed in self._held_out.items():
                words = replace(fixed, sketches=no_sketches(fixed.latents))
                figures[f"loss_{name}"] = self._loss(fixed)
                figures[f"words_{name}"] = self._loss(words)
        return figures

    @torch.no_grad()
    def _loss(self, fixed: _Fixed) -> float:
        errors = []
        for first in range(0, len(fixed.latents), 64):
            part = slice(first, first + 64)
            latents, noise, times = fixed.latents[part], fixed.noise[part], fixed.times[part]
            told = self._reader.read(fixed.captions[part]).sketched(fixed.sketches[part])
            predicted, _ = self._denoiser(noised(latents, noise, times), times, told)
            errors.append((predicted - (noise - latents)).square().mean(dim=(1, 2, 3)))
        return float(torch.cat(errors).mean())

    def weights(self) -> dict[str, Tensor]:
        """The averaged weights of the transformer, without the head."""
        average = self.learner.average()
        return {k.removeprefix(_PREFIX): v for k, v in average.items() if k.startswith(_PREFIX)}

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begins with the weights of a trained transformer.

        Raises:
            KeyError, RuntimeError: They are another network's.
        """
        given = {f"{_PREFIX}{name}": tensor for name, tensor in weights.items()}
        self.learner.start_from({**self.learner.average(), **given})

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Where the samples and the noise stand."""
        tensors, facts = self._stream.state()
        return {**tensors, "chance": self._chance.get_state()}, facts

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """As `state`."""
        self._stream.restore(tensors, facts)
        self._chance.set_state(tensors["chance"])

    def _single_share(self, share: float) -> float:
        """Mostly scenes of one subject at first; what the data holds from `several_from` on."""
        final = self._config.data.single_share
        risen = min(1.0, share / max(self._settings.several_from, 1e-9))
        return _FIRST_SINGLE_SHARE + (final - _FIRST_SINGLE_SHARE) * risen

    def _caption(self, scene: Scene, draw: Draw) -> str:
        name = f"{self._config.seed}:{draw.sample}:{draw.epoch}"
        return caption(scene, self._vocabulary, name)

    def _concept_loss(self, head: Any, tokens: Tensor, batch: Any) -> Tensor:
        cells = self._latents.cells(batch["samples"])
        classes = torch.stack([
            torch.from_numpy(concept_classes(one, scene, self._vocabulary))
            for one, scene in zip(cells, batch["scenes"], strict=True)
        ])  # fmt: skip
        side = self._config.latent_size // self._settings.patch
        places = torch.tensor([self._vocabulary.place(s.setting) for s in batch["scenes"]])
        loss: Tensor = head.loss(tokens, token_classes(classes, side), places, batch["told"])
        return loss

    def _fixed(self, held_out: Latents) -> _Fixed:
        numbers = range(min(_VALIDATED, len(held_out)))
        latents = self._tensor(held_out, numbers)
        chance = torch.Generator().manual_seed(1)
        times = torch.sigmoid(torch.randn(len(numbers), generator=chance))
        noise = torch.randn(latents.shape, generator=chance)
        captions = [
            caption(held_out.scene(i), self._vocabulary, f"validation:{i}") for i in numbers
        ]
        return _Fixed(latents, sketches_of(held_out, numbers), noise, times, captions)

    @staticmethod
    def _tensor(latents: Latents, numbers: Sequence[int]) -> Tensor:
        return torch.from_numpy(latents.latents(numbers)).float()


@dataclass(frozen=True)
class _Fixed:
    """A held-out set as it is validated on, each time the same."""

    latents: Tensor
    sketches: Tensor
    noise: Tensor
    times: Tensor
    captions: list[str]


def sketches_of(latents: Latents, numbers: Sequence[int]) -> Tensor:
    """Encoded sketches: float32, (numbers, channels + 1, height, width)."""
    return torch.from_numpy(latents.sketches(numbers)).float()
