"""`IllustratorImg2ImgPipeline`: pictures made from a picture and words.

The picture is brought to latents, noise is laid over it as far as `strength` says, and the
illustrator draws on from there: a little strength varies it, much of it changes light, hour and
colours. A transformer that takes sketches is shown the whole picture as one, which keeps its
things and faces (without, they dissolve from a strength of 0.4 on). Made from a pipeline that is
loaded, it shares its parts (`from_pipe` makes them float32 unless told otherwise):

    vary = IllustratorImg2ImgPipeline.from_pipe(pipe, dtype=pipe.dtype)
    vary("a fox in the snow", image=picture, strength=0.6).images[0]

It needs an autoencoder with its encoder, which a directory may leave out. This module does not know
where pictures come from.

Meng et al. 2021, arXiv:2108.01073.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import PIL.Image
import torch
from diffusers import ImagePipelineOutput
from torch import Tensor

from models.illustrator.pipeline import IllustratorPipeline


class IllustratorImg2ImgPipeline(IllustratorPipeline):
    """Text and image to image. Its parts are those of `IllustratorPipeline`."""

    _source: Tensor | None = None
    _strength = 1.0

    @property
    def strength(self) -> float:
        """Of the call under way, or the last one."""
        return self._strength

    def prepare_timesteps(self, steps: int) -> Tensor:
        """The last of the scheduler's timesteps, in the share that `strength` is; one at least."""
        timesteps = super().prepare_timesteps(steps)
        first = min(int(steps * (1 - self._strength) + 1e-6), steps - 1)
        self.scheduler.set_begin_index(first * self.scheduler.order)
        return timesteps[first * self.scheduler.order :]

    def prepare_latents(
        self, batch: int, height: int, width: int, generator: Any, latents: Tensor | None
    ) -> Tensor:
        """The source under noise: float32, (batch, channels, height / 16, width / 16)."""
        noise = super().prepare_latents(batch, height, width, generator, latents)
        source = self._source
        if source is None:
            raise ValueError("Give an `image`.")
        if batch % len(source):
            raise ValueError(f"{len(source)} images for a batch of {batch}.")
        source = source.repeat_interleave(batch // len(source), 0)
        first = self.scheduler.timesteps[self.scheduler.begin_index or 0].expand(batch)
        # Schedulers of the flow family call it by either name; the arguments' order differs too.
        if hasattr(self.scheduler, "scale_noise"):
            mixed: Tensor = self.scheduler.scale_noise(source, first, noise)
        else:
            mixed = self.scheduler.add_noise(source, noise, first)
        return mixed

    def prepare_sketches(self, sketch: Any, prompts: int, latents: Tensor) -> Tensor | None:
        """As `IllustratorPipeline`; by default the whole of the source."""
        source = self._source
        if sketch is not None or source is None or not self.takes_sketches:
            return super().prepare_sketches(sketch, prompts, latents)
        covered = torch.cat([source, torch.ones_like(source[:, :1])], dim=1)
        return covered.repeat_interleave(len(latents) // len(covered), 0)

    @torch.no_grad()
    def encode_image(self, image: Any, height: int, width: int) -> Tensor:
        """Latents of pictures: float32, (pictures, channels, height / 16, width / 16).

        Args:
            image: One or several: PIL pictures, cut to the size's aspect; arrays
                (height, width, 3) or tensors (3, height, width), 0 … 1, stretched to it.
            height: Pixels.
            width: Pixels.

        Raises:
            ValueError: It is none of these.
            FailedPreconditionError: The autoencoder was stored without its encoder.
        """
        several = isinstance(image, list | tuple) or getattr(image, "ndim", 0) == 4
        images = list(image) if several else [image]
        mode = "default"
        if images and isinstance(images[0], PIL.Image.Image):
            images, mode = [one.convert("RGB") for one in images], "crop"
        pixels = self.image_processor.preprocess(images, height, width, resize_mode=mode)
        if pixels.shape[1] != 3:
            raise ValueError("`image` must have three channels.")
        encoded = self.vae.encode(pixels.to(self._execution_device), return_dict=False)
        latents: Tensor = encoded[0].float()
        return latents

    @torch.no_grad()
    def __call__(  # type: ignore[override]  # the picture comes second, as in diffusers
        self,
        prompt: str | list[str] | None = None,
        image: Any = None,
        strength: float = 0.6,
        negative_prompt: str | list[str] | None = None,
        *,
        sketch: Any = None,
        height: int | None = None,
        width: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        num_images_per_prompt: int = 1,
        generator: torch.Generator | list[torch.Generator] | None = None,
        latents: Tensor | None = None,
        prompt_embeds: Tensor | None = None,
        prompt_attention_mask: Tensor | None = None,
        negative_prompt_embeds: Tensor | None = None,
        negative_prompt_attention_mask: Tensor | None = None,
        output_type: str = "pil",
        return_dict: bool = True,
        callback_on_step_end: Callable[..., dict[str, Any]] | None = None,
        callback_on_step_end_tensor_inputs: tuple[str, ...] | list[str] = ("latents",),
    ) -> ImagePipelineOutput | tuple[Any]:
        """Draws variations of pictures. What is not said here is as `IllustratorPipeline` has it.

        Args:
            prompt: What to draw; "" leaves it to the picture.
            image: What to begin with, see `encode_image`: one for all, or one for each prompt.
            strength: Above 0, up to 1: share of the steps that are drawn. 1 begins with noise.
            negative_prompt: What to steer away from.
            sketch: The subjects, cut out where they are to stand; by default the whole picture.
            height: Pixels, a multiple of 32; by default as trained. The picture is brought to it.
            width: As `height`.
            num_inference_steps: Steps of the scheduler, of which `strength` is a share.
            guidance_scale: Classifier-free guidance; 1 for none.
            num_images_per_prompt: Pictures of each prompt.
            generator: One for the batch, or one a picture.
            latents: Noise to lay over the picture.
            prompt_embeds: Instead of `prompt`.
            prompt_attention_mask: Of `prompt_embeds`.
            negative_prompt_embeds: Instead of `negative_prompt`.
            negative_prompt_attention_mask: Of `negative_prompt_embeds`.
            output_type: "pil", "np", "pt" or "latent".
            return_dict: False for a plain tuple.
            callback_on_step_end: Called after each step that is drawn.
            callback_on_step_end_tensor_inputs: Names of the tensors it wants: "latents".

        Raises:
            ValueError: The arguments do not fit together.
            FailedPreconditionError: The autoencoder was stored without its encoder.
        """
        if not 0 < strength <= 1:
            raise ValueError("`strength` must be above 0 and at most 1.")
        if image is None:
            raise ValueError("Give an `image`.")
        height, width = height or self.native_size, width or self.native_size
        self.check_inputs(prompt, prompt_embeds, height, width)
        self._strength = strength
        self._source = self.encode_image(image, height, width)
        try:
            return super().__call__(
                prompt,
                negative_prompt,
                sketch=sketch,
                height=height,
                width=width,
                num_inference_steps=num_inference_steps,
                guidance_scale=guidance_scale,
                num_images_per_prompt=num_images_per_prompt,
                generator=generator,
                latents=latents,
                prompt_embeds=prompt_embeds,
                prompt_attention_mask=prompt_attention_mask,
                negative_prompt_embeds=negative_prompt_embeds,
                negative_prompt_attention_mask=negative_prompt_attention_mask,
                output_type=output_type,
                return_dict=return_dict,
                callback_on_step_end=callback_on_step_end,
                callback_on_step_end_tensor_inputs=callback_on_step_end_tensor_inputs,
            )
        finally:
            self._source = None
