"""What each part of a training run can be told: its data, its four networks, what is measured.

A section is a table of a preset's TOML file. This module reads no files; `config` does.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Read once, never changed; a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(Section):
    """How a network is trained; the same for all of them.

    Attributes:
        batch: Samples a step.
        learning_rate: While it is constant.
        warm_up_steps: Steps over which it rises from 0.
        decay_share: Share of the time, at the end, over which it falls linearly.
        final_rate: What it falls to, as a share of `learning_rate`.
        weight_decay: Of AdamW, on matrices.
        ema: Decay of the averaged weights a step, once warmed up.
        gradient_clip: Largest norm of a step's gradient.
        most_steps: Ends the stage early; 0 for time alone.
    """

    batch: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    warm_up_steps: int = Field(default=100, ge=0)
    decay_share: float = Field(default=0.4, ge=0, le=1)
    final_rate: float = Field(default=0.03, ge=0, le=1)
    weight_decay: float = Field(default=0.01, ge=0)
    ema: float = Field(default=0.999, ge=0, lt=1)
    gradient_clip: float = Field(default=1.0, gt=0)
    most_steps: int = Field(default=0, ge=0)


class Data(Section):
    """The pictures.

    Attributes:
        picture_size: Pixels, each side.
        concepts: How many nouns of `concepts.txt`, from its top.
        settings: How many settings, in the order of `models.illustrator.scene.Setting`; 0 for all.
        scenes: Pictures to train on, at most; whole shards are drawn.
        scenes_per_shard: Pictures a file.
        judge_scenes: Pictures of pairs never shown in training, for the probe to train on besides.
        evaluation_scenes: Pictures of each of the held-out sets.
        single_share: Share of the scenes that show one subject.
        held_out_pairs: Share of the pairs of concepts and places never shown in training.
        held_out_wording: Share of the wordings never used in training.
        style: The composer's look.
    """

    picture_size: int = Field(default=256, ge=32, le=1024, multiple_of=32)
    concepts: int = Field(gt=1)
    settings: int = Field(default=0, ge=0)
    scenes: int = Field(gt=0)
    scenes_per_shard: int = Field(default=2048, gt=0)
    judge_scenes: int = Field(default=0, ge=0)
    evaluation_scenes: int = Field(default=512, gt=0)
    single_share: float = Field(default=0.4, gt=0, lt=1)
    held_out_pairs: float = Field(default=0.04, ge=0, lt=0.5)
    held_out_wording: float = Field(default=0.12, ge=0, lt=0.5)
    style: str = "flat"


class Autoencoder(Section):
    """Pictures to latents and back; see `models.illustrator.autoencoder`.

    Attributes:
        latent_channels: Of the latents.
        widths: Channels at 1/4, 1/8, … of the picture.
        encoder_blocks: Residual blocks at each width.
        decoder_blocks: As `encoder_blocks`.
        crop: Pixels of a crop's side, as long as crops are used.
        full_frame_share: Share of the time, at the end, on whole pictures with the encoder frozen.
        subject_weight: How much more an error on a subject counts than one on the backdrop.
        edge_weight: Of the difference of gradients in the loss.
        latent_noise: Deviation of the noise on the raw latents that the decoder learns to bear.
    """

    latent_channels: int = Field(default=16, gt=0)
    widths: tuple[int, ...] = (64, 128, 256)
    encoder_blocks: tuple[int, ...] = (0, 1, 1)
    decoder_blocks: tuple[int, ...] = (2, 2, 2)
    crop: int = Field(default=128, ge=32, multiple_of=32)
    full_frame_share: float = Field(default=0.3, ge=0, le=1)
    subject_weight: float = Field(default=1.0, ge=0)
    edge_weight: float = Field(default=0.5, ge=0)
    latent_noise: float = Field(default=0.2, ge=0)
    schedule: Schedule

    @property
    def factor(self) -> int:
        """Pixels a latent, along each side."""
        return int(4 * 2 ** (len(self.widths) - 1))


class Transformer(Section):
    """The denoiser and its training.

    Attributes:
        layers: Blocks.
        heads: Attention heads, of `head_width` each.
        head_width: Channels of a head.
        patch: Latents of a token's side.
        max_text_tokens: Most tokens read of a caption.
        guidance_dropout: Share of the captions replaced by the empty one.
        time_shift: Mean of the logit of the noise level while training.
        uniform_time_share: Share of the noise levels drawn evenly instead.
        several_from: Share of the time after which scenes of several subjects have their full
            share; before, their share grows with the time.
        concept_loss: Weight of the concept loss on the tokens; 0 leaves its head out.
        concept_layer: After which block the concept loss reads the tokens.
        position_scale: Divides the positions of the tokens: 2 in a run of twice the picture size
            of the one that it starts from, so that places keep their positions.
        sketch_dropout: Share of the pictures, of those with a caption, learnt without their
            sketch. Those without a caption never have one.
        milestone_hours: Hours of training between snapshots kept for evaluation; 0 for none.
    """

    layers: int = Field(default=8, gt=0)
    heads: int = Field(default=7, gt=0)
    head_width: int = Field(default=64, gt=0, multiple_of=8)
    patch: int = Field(default=2, gt=0)
    max_text_tokens: int = Field(default=48, ge=8, le=128)
    guidance_dropout: float = Field(default=0.1, ge=0, lt=1)
    time_shift: float = 0.2
    uniform_time_share: float = Field(default=0.12, ge=0, le=1)
    several_from: float = Field(default=0.3, ge=0, le=1)
    concept_loss: float = Field(default=0.0, ge=0)
    concept_layer: int = Field(default=4, gt=0)
    position_scale: float = Field(default=1.0, gt=0)
    sketch_dropout: float = Field(default=0.15, ge=0, le=1)
    milestone_hours: float = Field(default=1.0, ge=0)
    schedule: Schedule

    @property
    def width(self) -> int:
        """Channels of a token."""
        return self.heads * self.head_width


class Distillation(Section):
    """Many guided steps into few unguided ones.

    Attributes:
        windows: Steps that the student draws in.
        teacher_steps: Guided steps that the teacher takes across one window.
        guidance_scale: Of the teacher.
        points: Times at which the student learns from one crossing.
        shift: Of the noise levels that bound the windows.
    """

    windows: int = Field(default=4, gt=0)
    teacher_steps: int = Field(default=4, gt=0)
    guidance_scale: float = Field(default=3.0, ge=1)
    points: int = Field(default=2, gt=0)
    shift: float = Field(default=1.5, gt=0)
    schedule: Schedule


class Probe(Section):
    """The network that judges pictures.

    Attributes:
        widths: Channels at 1/8 and at 1/16 of the picture.
        blocks: Bottlenecks at the last width.
        crop: Pixels of a crop's side, as long as crops around single subjects are used.
        full_frame_share: Share of the time, at the end, on whole pictures.
        blur_share: Share of the pictures softened while training, as a decoder softens them.
    """

    widths: tuple[int, int] = (96, 256)
    blocks: int = Field(default=4, gt=0)
    crop: int = Field(default=96, ge=32, multiple_of=32)
    full_frame_share: float = Field(default=0.25, ge=0, le=1)
    blur_share: float = Field(default=0.5, ge=0, le=1)
    schedule: Schedule


class Evaluation(Section):
    """What is measured.

    Attributes:
        scenes: Captions drawn of each held-out set.
        steps: Steps of the many-step sampler.
        guidance_scale: Of the many-step sampler.
        batch: Pictures drawn together.
        milestones: Whether snapshots of the training are measured too.
        bits: Of a stored weight of the transformer in the pipeline directories; 16 stores plain
            float16.
        autoencoder_bits: Of one of the autoencoder, whose errors are all seen.
    """

    scenes: int = Field(default=256, gt=0)
    steps: int = Field(default=16, gt=0)
    guidance_scale: float = Field(default=3.0, ge=1)
    batch: int = Field(default=16, gt=0)
    milestones: bool = True
    bits: Literal[4, 5, 6, 8, 16] = 6
    autoencoder_bits: Literal[4, 5, 6, 8, 16] = 6
