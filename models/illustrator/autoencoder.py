"""The illustrator's autoencoder: 256 × 256 pixels to 16 × 16 latents of 16 channels, and back.

Convolutions without normalisation layers, so that a flat area stays exactly flat. Latents leave the
encoder and enter the decoder with mean 0 and deviation 1 a channel; the statistics are part of the
configuration. The encoder is optional: drawing needs only the decoder.

Pixel (un)shuffling: Shi et al. 2016, arXiv:1609.05158.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from diffusers.models.autoencoders.vae import DecoderOutput
from diffusers.utils import BaseOutput
from torch import Tensor, nn

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.packing import PackedWeights

_PIXEL_BLOCK = 4  # pixels of a 4 × 4 block become channels before the first convolution


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(x)))), same shape (batch, channels, height, width)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(0.2)  # near the identity, so that deep stacks start to learn

    def forward(self, x: Tensor) -> Tensor:
        """Adds what the two convolutions make of `x` to it."""
        silu = nn.functional.silu
        changed: Tensor = self.second(silu(self.first(silu(x))))
        return x + changed


@dataclass
class EncoderOutput(BaseOutput):  # type: ignore[misc]  # diffusers ships no types
    """Latents of deviation 1, shape (batch, latent_channels, height / 16, width / 16)."""

    latents: Tensor


def _encoder(latent_channels: int, widths: tuple[int, ...], blocks: tuple[int, ...]) -> nn.Module:
    layers: list[nn.Module] = [
        nn.PixelUnshuffle(_PIXEL_BLOCK),
        nn.Conv2d(3 * _PIXEL_BLOCK**2, widths[0], 3, padding=1),
    ]
    for stage, width in enumerate(widths):
        if stage:
            layers.append(nn.Conv2d(widths[stage - 1], width, 3, stride=2, padding=1))
        layers += [ResidualBlock(width) for _ in range(blocks[stage])]
    return nn.Sequential(*layers, nn.SiLU(), nn.Conv2d(widths[-1], latent_channels, 3, padding=1))


def _decoder(latent_channels: int, widths: tuple[int, ...], blocks: tuple[int, ...]) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(latent_channels, widths[-1], 3, padding=1)]
    for stage in reversed(range(len(widths))):
        layers += [ResidualBlock(widths[stage]) for _ in range(blocks[stage])]
        if stage:
            layers += [nn.Conv2d(widths[stage], widths[stage - 1] * 4, 1), nn.PixelShuffle(2)]
    layers += [nn.SiLU(), nn.Conv2d(widths[0], 3 * _PIXEL_BLOCK**2, 3, padding=1)]
    return nn.Sequential(*layers, nn.PixelShuffle(_PIXEL_BLOCK))


class IllustratorAutoencoder(PackedWeights, ModelMixin, ConfigMixin):  # type: ignore[misc]  # as EncoderOutput
    """Pictures to latents and back.

    Args:
        latent_channels: Channels of the latents.
        widths: Channels at 1/4, 1/8, … of the picture's size.
        encoder_blocks: Residual blocks of each width in the encoder; empty for no encoder.
        decoder_blocks: Residual blocks of each width in the decoder.
        latent_mean: Mean of the raw latents, one a channel.
        latent_deviation: Standard deviation of the raw latents, one a channel.
    """

    @register_to_config  # type: ignore[untyped-decorator]  # as EncoderOutput
    def __init__(
        self,
        *,
        latent_channels: int = 16,
        widths: tuple[int, ...] = (64, 128, 256),
        encoder_blocks: tuple[int, ...] = (0, 1, 1),
        decoder_blocks: tuple[int, ...] = (2, 2, 2),
        latent_mean: tuple[float, ...] = (0.0,) * 16,
        latent_deviation: tuple[float, ...] = (1.0,) * 16,
    ) -> None:
        super().__init__()
        self.encoder = (
            _encoder(latent_channels, tuple(widths), tuple(encoder_blocks))
            if encoder_blocks
            else None
        )
        self.decoder = _decoder(latent_channels, tuple(widths), tuple(decoder_blocks))
        # Not buffers: they must keep float32 whatever type the weights are cast to.
        self._mean = torch.tensor(tuple(latent_mean)).view(1, -1, 1, 1)
        self._deviation = torch.tensor(tuple(latent_deviation)).view(1, -1, 1, 1)

    @property
    def scale_factor(self) -> int:
        """Pixels a latent, along each side."""
        return int(_PIXEL_BLOCK * 2 ** (len(self.config.widths) - 1))

    def encode(self, pixels: Tensor, return_dict: bool = True) -> EncoderOutput | tuple[Tensor]:
        """Encodes pictures.

        Args:
            pixels: Shape (batch, 3, height, width), -1 … 1; sides multiples of `scale_factor`.
            return_dict: False for a plain tuple.

        Raises:
            FailedPreconditionError: These weights have no encoder.
        """
        if self.encoder is None:
            raise FailedPreconditionError(
                "This autoencoder was stored without its encoder.", reason="NO_ENCODER"
            )
        raw: Tensor = self.encoder(pixels.to(self.dtype)).float()
        latents = (raw - self._mean.to(raw.device)) / self._deviation.to(raw.device)
        return EncoderOutput(latents=latents) if return_dict else (latents,)

    def decode(self, latents: Tensor, return_dict: bool = True) -> DecoderOutput | tuple[Tensor]:
        """Decodes latents of deviation 1 to pictures, float32, about -1 … 1."""
        raw = latents.float() * self._deviation.to(latents.device) + self._mean.to(latents.device)
        pixels: Tensor = self.decoder(raw.to(self.dtype)).float()
        return DecoderOutput(sample=pixels) if return_dict else (pixels,)

    def forward(self, pixels: Tensor) -> Tensor:
        """Encodes and decodes, for training: shape (batch, 3, height, width) in and out."""
        decoded: Tensor = self.decode(self.encode(pixels).latents).sample  # type: ignore[union-attr]  # return_dict is True
        return decoded
