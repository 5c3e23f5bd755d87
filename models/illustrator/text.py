"""What the illustrator reads: captions as token states of a frozen sentence encoder.

The encoder is all-MiniLM-L6-v2 (Apache-2.0): 6 layers, width 384. Its states before pooling go to
the transformer's cross-attention, scaled to about unit deviation. This module does not know how
pictures are made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer, BertModel

from models.catalog import Catalog
from models.weights import resolve

TEXT_ENCODER_CARD = "all-minilm-l6-v2"


def load_text_encoder(
    directory: Path | None = None, dtype: torch.dtype = torch.float32
) -> tuple[Any, Any]:
    """Loads tokenizer and encoder, ready for inference.

    Args:
        directory: The encoder's files; None takes them from the catalog, fetching them if needed.
        dtype: Of the encoder's weights.

    Raises:
        UnavailableError, DataLossError, FailedPreconditionError: As `models.weights.resolve`.
    """
    if directory is None:
        directory = resolve(Catalog.builtin().get(TEXT_ENCODER_CARD)).directory
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    encoder: Any = BertModel.from_pretrained(
        directory,
        local_files_only=True,
        use_safetensors=True,
        dtype=dtype,
    )
    return tokenizer, encoder.eval().requires_grad_(False)


@torch.no_grad()
def encode_captions(
    tokenizer: Any, encoder: Any, captions: Sequence[str], *, scale: float, max_tokens: int
) -> tuple[Tensor, Tensor]:
    """Encodes captions, padded to the longest of them.

    Args:
        tokenizer: Of the encoder.
        encoder: A BERT-like model.
        captions: Any texts; what goes beyond `max_tokens` is left out.
        scale: Multiplies the states.
        max_tokens: Most tokens of a caption, its two marks among them.

    Returns:
        States, (captions, tokens, width) in the encoder's dtype, 0 where there is no token;
        mask, (captions, tokens), bool, True where there is one.
    """
    tokens = tokenizer(
        list(captions), padding=True, truncation=True, max_length=max_tokens, return_tensors="pt"
    ).to(encoder.device)
    states = encoder(
        input_ids=tokens.input_ids, attention_mask=tokens.attention_mask
    ).last_hidden_state
    mask = tokens.attention_mask.bool()
    return states * mask.unsqueeze(-1) * scale, mask


def one_each(negative: str | Sequence[str], prompts: int) -> list[str]:
    """Negative prompts for so many prompts: one for all, or one for each.

    Raises:
        ValueError: There are more or fewer than that.
    """
    given = [negative] if isinstance(negative, str) else list(negative)
    if len(given) not in {1, prompts}:
        raise ValueError(f"{len(given)} negative prompts for {prompts} prompts.")
    return given * (prompts // len(given))
