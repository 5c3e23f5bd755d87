"""Text-to-image pipelines with random weights: real in every part, drawing nothing.

They are built, saved and loaded as users do, in a second, without a download.
"""

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    PixArtAlphaPipeline,
    PixArtTransformer2DModel,
    StableDiffusionPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from models.card import ModelCard
from models.weights import Weights

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _clip_tokenizer() -> CLIPTokenizer:
    words = ["<|startoftext|>", "<|endoftext|>", *_LETTERS, *(f"{c}</w>" for c in _LETTERS)]
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16)


def _clip_encoder(width: int) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=64,
            hidden_size=width,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=16,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )


def _t5(width: int) -> tuple[T5Tokenizer, T5EncoderModel]:
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    words += [(letter, -3.0) for letter in _LETTERS]
    tokenizer = T5Tokenizer(vocab=words, extra_ids=0, model_max_length=32)
    config = T5Config(
        vocab_size=64, d_model=width, d_kv=8, d_ff=32, num_layers=2, num_heads=2, pad_token_id=0
    )
    return tokenizer, T5EncoderModel(config)


def _vae(latent_channels: int) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=latent_channels,
        norm_num_groups=8,
        sample_size=64,
        shift_factor=0.1,
    )


def save_stable_diffusion(directory: Path, *, latent_consistency: bool = False) -> Path:
    """A Stable-Diffusion-style pipeline: U-Net, CLIP, noise prediction.

    As a latent consistency model it has no negative prompt.
    """
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=8,
        norm_num_groups=8,
        time_cond_proj_dim=16 if latent_consistency else None,
    )
    kind = LatentConsistencyModelPipeline if latent_consistency else StableDiffusionPipeline
    kind(
        vae=_vae(4),
        text_encoder=_clip_encoder(16),
        tokenizer=_clip_tokenizer(),
        unet=unet,
        scheduler=LCMScheduler()
        if latent_consistency
        else DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(directory)
    return directory


def save_flux(directory: Path) -> Path:
    """A flow-matching pipeline: Flux, distilled, packed latents, two text encoders."""
    torch.manual_seed(0)
    transformer = FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=16,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=False,
    )
    t5_tokenizer, t5_encoder = _t5(32)
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
        vae=_vae(4),
        text_encoder=_clip_encoder(16),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=t5_encoder,
        tokenizer_2=t5_tokenizer,
        transformer=transformer,
    ).save_pretrained(directory)
    return directory


def save_z_image(directory: Path) -> Path:
    """A flow-matching pipeline whose text encoder is a language model that reads a chat."""
    torch.manual_seed(0)
    alphabet = sorted(ByteLevel.alphabet())
    words = {word: number for number, word in enumerate(["<|endoftext|>", *alphabet])}
    tokenizer = Qwen2Tokenizer(vocab=words, merges=[], model_max_length=512)
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    encoder = Qwen3Model(
        Qwen3Config(
            vocab_size=len(words),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
        )
    )
    transformer = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[4, 6, 6],
        axes_lens=[1024, 64, 64],
    )
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(4),
        text_encoder=encoder,
        tokenizer=tokenizer,
        transformer=transformer,
    ).save_pretrained(directory)
    return directory


def save_pixart(directory: Path) -> Path:
    """A pipeline whose call knows no step callback."""
    torch.manual_seed(0)
    tokenizer, encoder = _t5(32)
    transformer = PixArtTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=4,
        out_channels=8,
        num_layers=1,
        cross_attention_dim=16,
        sample_size=8,
        caption_channels=32,
        use_additional_conditions=False,
    )
    PixArtAlphaPipeline(
        tokenizer=tokenizer,
        text_encoder=encoder,
        vae=_vae(4),
        transformer=transformer,
        scheduler=DDIMScheduler(),
    ).save_pretrained(directory)
    return directory


def card_for(model_id: str, **facts: object) -> ModelCard:
    """A card for a tiny pipeline: 64 × 64 pixels by default, up to 128."""
    limits = {
        "min_width": 32, "max_width": 128, "min_height": 32, "max_height": 128,
        "size_multiple": 16, "max_steps": 100, "max_guidance_scale": 10, "max_count": 4,
        "max_prompt_chars": 2000,
    }  # fmt: skip
    defaults = {"width": 64, "height": 64, "step_count": 4, "guidance_scale": 2.0}
    return ModelCard.model_validate(
        {
            "id": model_id,
            "modality": "image",
            "engine": "diffusers",
            "display_name": model_id,
            "limits": {**limits, **facts.pop("limits", {})},  # type: ignore[dict-item]
            "defaults": {**defaults, **facts.pop("defaults", {})},  # type: ignore[dict-item]
            **facts,
        }
    )


def weights_in(directory: Path, card: ModelCard) -> Weights:
    """Weights that lie in a directory, as a user's own card names them."""
    return Weights(card=card, root=directory, verified=False, components={})
