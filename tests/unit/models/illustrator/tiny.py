"""A pipeline so small that it draws at once, of random weights that are always the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from transformers import BertConfig, BertModel, BertTokenizer

from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.transformer import IllustratorTransformer

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "fox", "owl", "snow"]


def text_encoder() -> tuple[BertTokenizer, BertModel]:
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)})
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    return tokenizer, BertModel(config).eval()


def tiny_pipeline(*, sketches: bool = False) -> IllustratorPipeline:
    """64 × 64 pixels; eight words. With `sketches`, it takes them and has an encoder."""
    torch.manual_seed(0)
    tokenizer, encoder = text_encoder()
    transformer = IllustratorTransformer(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=9 if sketches else 4,
        out_channels=4,
        num_layers=1,
        cross_attention_dim=16,
        sample_size=4,
        patch_size=2,
        caption_channels=16,
        use_additional_conditions=False,
    )
    autoencoder = IllustratorAutoencoder(
        latent_channels=4,
        widths=(8, 8, 8),
        encoder_blocks=(0, 0, 0) if sketches else (),
        latent_mean=(0.0,) * 4,
        latent_deviation=(1.0,) * 4,
    )
    made = IllustratorPipeline(
        tokenizer=tokenizer,
        text_encoder=encoder,
        transformer=transformer.eval(),
        vae=autoencoder.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.5),
        text_scale=2.0,
        max_text_tokens=8,
    )
    made.set_progress_bar_config(disable=True)
    return made


def seeded(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def draw(pipe: IllustratorPipeline, prompt: Any = "a fox", **options: Any) -> np.ndarray[Any, Any]:
    options = {"num_inference_steps": 2, "output_type": "np", "generator": seeded(1), **options}
    images: np.ndarray[Any, Any] = pipe(prompt, **options).images
    return images
