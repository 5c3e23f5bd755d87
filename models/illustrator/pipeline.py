"""`IllustratorPipeline`: words to pictures with the illustrator's weights, as diffusers does it.

An ordinary `DiffusionPipeline`: generators, guidance, negative prompts, several images a prompt,
given latents or embeddings, step callbacks, any scheduler of the flow family.

    pipe = IllustratorPipeline.from_pretrained("models/illustrator/weights")
    pipe("a fox in the snow", generator=torch.Generator().manual_seed(7)).images[0]

Or with no import of ours, if diffusers may run this file:

    DiffusionPipeline.from_pretrained("models/illustrator/weights",
                                      custom_pipeline="models/illustrator", trust_remote_code=True)

The directory holds all but the text encoder, which comes from the catalog unless it is passed in or
stored with the rest. This module does not know requests, files or services.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline, ImagePipelineOutput
from diffusers.image_processor import VaeImageProcessor
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.conditions import Conditions, given, joined
from models.illustrator.sketches import no_sketches, sketches_beside
from models.illustrator.text import encode_captions, load_text_encoder, one_each
from models.illustrator.transformer import IllustratorTransformer, predicted_flow


class IllustratorPipeline(DiffusionPipeline):  # type: ignore[misc]  # diffusers ships no types
    """Text to image.

    Args:
        tokenizer: Of the text encoder; None for the catalog's.
        text_encoder: A BERT-like sentence encoder; None for the catalog's.
        transformer: Predicts the flow.
        vae: Decodes latents.
        scheduler: A scheduler for flow prediction.
        text_scale: Brings the encoder's states to unit deviation.
        max_text_tokens: Most tokens that are read of a prompt.
        default_steps: Of a call that does not say how many.
        default_guidance_scale: Of a call that does not say which; 1 for a student, which has
            learnt its teacher's guidance.
    """

    model_cpu_offload_seq = "text_encoder->transformer->vae"
    _callback_tensor_inputs = ("latents",)
    _optional_components = ["tokenizer", "text_encoder"]  # noqa: RUF012 - diffusers adds lists to it

    def __init__(
        self,
        *,
        tokenizer: Any = None,
        text_encoder: Any = None,
        transformer: IllustratorTransformer,
        vae: IllustratorAutoencoder,
        scheduler: Any,
        text_scale: float = 1.0,
        max_text_tokens: int = 28,
        default_steps: int = 6,
        default_guidance_scale: float = 2.0,
    ) -> None:
        super().__init__()
        if tokenizer is None or text_encoder is None:
            tokenizer, text_encoder = load_text_encoder(None, transformer.dtype)
        parts = {"transformer": transformer, "vae": vae, "scheduler": scheduler}
        parts |= {"tokenizer": tokenizer, "text_encoder": text_encoder}
        self.register_modules(**parts)
        self.register_to_config(
            text_scale=text_scale,
            max_text_tokens=max_text_tokens,
            default_steps=default_steps,
            default_guidance_scale=default_guidance_scale,
        )
        self.image_processor = VaeImageProcessor(vae_scale_factor=vae.scale_factor)
        self._guidance_scale = 1.0
        self._num_timesteps = 0
        self._interrupt = False

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: Any,
        *,
        text_encoder_directory: Path | None = None,
        **kwargs: Any,
    ) -> Any:
        """As `DiffusionPipeline.from_pretrained`, with the text encoder from elsewhere if need be.

        Args:
            pretrained_model_name_or_path: A directory.
            text_encoder_directory: Of the text encoder; None for that directory, or the catalog.
            kwargs: As diffusers has them.
        """
        if text_encoder_directory is not None:
            dtype = kwargs.get("dtype") or kwargs.get("torch_dtype") or torch.float32
            tokenizer, encoder = load_text_encoder(text_encoder_directory, dtype)
            kwargs |= {"tokenizer": tokenizer, "text_encoder": encoder}
        return super().from_pretrained(pretrained_model_name_or_path, **kwargs)

    @property
    def guidance_scale(self) -> float:
        """Of the call under way, or the last one."""
        return self._guidance_scale

    @property
    def num_timesteps(self) -> int:
        """Steps of the call under way, or the last one."""
        return self._num_timesteps

    @property
    def interrupt(self) -> bool:
        """Set `_interrupt` from a callback to end the call after the step under way."""
        return self._interrupt

    @property
    def do_classifier_free_guidance(self) -> bool:
        """Whether each step runs the transformer for the negative prompt as well."""
        return self._guidance_scale > 1.0

    @property
    def native_size(self) -> int:
        """Pixels of the sides of a picture that it draws by default."""
        return int(self.transformer.config.sample_size * self.vae.scale_factor)

    @property
    def takes_sketches(self) -> bool:
        """Whether the transformer has been taught with sketches."""
        return bool(self.transformer.config.in_channels > self.transformer.config.out_channels)

    def encode_prompt(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """States (captions, tokens, width) and mask (captions, tokens) of captions."""
        return encode_captions(
            self.tokenizer,
            self.text_encoder,
            captions,
            scale=self.config.text_scale,
            max_tokens=self.config.max_text_tokens,
        )

    def check_inputs(self, prompt: Any, prompt_embeds: Any, height: int, width: int) -> None:
        """Raises ValueError for a call that cannot work."""
        if (prompt is None) == (prompt_embeds is None):
            raise ValueError("Give `prompt` or `prompt_embeds`, one of the two.")
        block = self.vae.scale_factor * self.transformer.config.patch_size
        if height <= 0 or width <= 0 or height % block or width % block:
            raise ValueError(f"`height` and `width` must be multiples of {block}.")

    def prepare_timesteps(self, steps: int) -> Tensor:
        """The scheduler's timesteps to go through, the noisiest first."""
        self.scheduler.set_timesteps(steps, device=self._execution_device)
        timesteps: Tensor = self.scheduler.timesteps
        return timesteps

    def prepare_latents(
        self, batch: int, height: int, width: int, generator: Any, latents: Tensor | None
    ) -> Tensor:
        """The noise to start from: float32, (batch, channels, height / 16, width / 16)."""
        factor = self.vae.scale_factor
        channels = self.transformer.config.out_channels
        shape = (batch, channels, height // factor, width // factor)
        if isinstance(generator, list) and len(generator) != batch:
            raise ValueError(f"{len(generator)} generators for a batch of {batch}.")
        if latents is None:
            latents = randn_tensor(
                shape, generator=generator, device=self._execution_device, dtype=torch.float32
            )
        elif tuple(latents.shape) != shape:
            raise ValueError(f"`latents` must have the shape {shape}.")
        scaled: Tensor = latents.to(self._execution_device, torch.float32)
        return scaled.mul(float(getattr(self.scheduler, "init_noise_sigma", 1.0)))

    def prepare_sketches(self, sketch: Any, prompts: int, latents: Tensor) -> Tensor | None:
        """What stands beside the latents, as `sketches_beside`; None if nothing is to stand there.

        Raises:
            ValueError: As `sketches_beside`, or the transformer takes no sketches.
            FailedPreconditionError: The autoencoder was stored without its encoder.
        """
        if sketch is not None and not self.takes_sketches:
            raise ValueError("This pipeline takes no `sketch`.")
        return sketches_beside(self.vae, sketch, latents, prompts) if self.takes_sketches else None

    def _flow(self, latents: Tensor, timestep: Tensor, conditions: Conditions) -> Tensor:
        """The flow at `timestep`, guided: float32, shaped as the latents."""
        guided = self.do_classifier_free_guidance
        doubled = torch.cat([latents, latents]) if guided else latents
        flow = predicted_flow(self.transformer, doubled, timestep.expand(len(doubled)), conditions)
        if not guided:
            return flow
        negative, positive = flow.chunk(2)
        return negative + self._guidance_scale * (positive - negative)

    @torch.no_grad()
    def __call__(
        self,
        prompt: str | list[str] | None = None,
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
        """Draws `num_images_per_prompt` pictures for each prompt, those of a prompt together.

        Args:
            prompt: What to draw.
            negative_prompt: What to steer away from; used when `guidance_scale` is above 1.
            sketch: The subjects, cut out where they are to stand, such as
                `models.illustrator.composer.Composition.sketch` gives: one for all, or a list of
                one for each prompt or each picture; see `cutouts_of`. Without, the weights place
                subjects themselves, and less well.
            height: Pixels, a multiple of 32; by default what the weights were trained for.
            width: As `height`.
            num_inference_steps: Steps of the scheduler; by default as the weights were made for.
            guidance_scale: Classifier-free guidance (arXiv:2207.12598); 1 for none. As the steps.
            num_images_per_prompt: Pictures of each prompt.
            generator: One for the batch, or one a picture.
            latents: Noise to start from, (pictures, 16, height / 16, width / 16).
            prompt_embeds: Instead of `prompt`: states as `encode_prompt` gives them.
            prompt_attention_mask: Of `prompt_embeds`; all tokens when left out.
            negative_prompt_embeds: Instead of `negative_prompt`.
            negative_prompt_attention_mask: Of `negative_prompt_embeds`.
            output_type: "pil", "np" (float32 0 … 1, height × width × 3), "pt" or "latent".
            return_dict: False for a plain tuple.
            callback_on_step_end: Called as `f(pipeline, step, timestep, tensors)` after each step;
                a "latents" in what it returns replaces the latents.
            callback_on_step_end_tensor_inputs: Names of the tensors it wants: "latents".

        Raises:
            ValueError: The arguments do not fit together.
        """
        height, width = height or self.native_size, width or self.native_size
        self.check_inputs(prompt, prompt_embeds, height, width)
        scale = self.config.default_guidance_scale if guidance_scale is None else guidance_scale
        self._guidance_scale = scale
        self._interrupt = False

        captions = [prompt] if isinstance(prompt, str) else prompt
        embedded = given(prompt_embeds, prompt_attention_mask)
        positive = embedded or Conditions(*self.encode_prompt(captions or [""]))
        prompts = len(positive.mask)
        halves = [positive]
        if self.do_classifier_free_guidance:
            embedded = given(negative_prompt_embeds, negative_prompt_attention_mask)
            unwanted = one_each(negative_prompt or "", prompts)
            halves.insert(0, embedded or Conditions(*self.encode_prompt(unwanted)))
        conditions = joined([half.repeated(num_images_per_prompt) for half in halves])
        conditions = conditions.to(self._execution_device, self.transformer.dtype)

        timesteps = self.prepare_timesteps(num_inference_steps or self.config.default_steps)
        self._num_timesteps = len(timesteps)
        batch = prompts * num_images_per_prompt
        latents = self.prepare_latents(batch, height, width, generator, latents)
        sketches = self.prepare_sketches(sketch, prompts, latents)
        if sketches is not None and self.do_classifier_free_guidance:
            # Guidance leads towards the sketch as well as towards the words.
            sketches = torch.cat([no_sketches(latents), sketches])
        conditions = conditions.sketched(sketches)
        with self.progress_bar(total=len(timesteps)) as progress:
            for step, timestep in enumerate(timesteps):
                if self._interrupt:
                    continue
                flow = self._flow(latents, timestep, conditions)
                latents = self.scheduler.step(flow, timestep, latents, return_dict=False)[0]
                if callback_on_step_end is not None:
                    tensors = {"latents": latents} if callback_on_step_end_tensor_inputs else {}
                    changed = callback_on_step_end(self, step, timestep, tensors) or {}
                    latents = changed.get("latents", latents)
                progress.update()

        images: Any = latents
        if output_type != "latent":
            decoded = self.vae.decode(latents, return_dict=False)[0]
            images = self.image_processor.postprocess(decoded, output_type=output_type)
        self.maybe_free_model_hooks()
        return ImagePipelineOutput(images=images) if return_dict else (images,)
