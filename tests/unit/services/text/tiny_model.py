"""A language model with random weights: real in every part, saying nothing. Quickly made."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from models.card import ModelCard
from models.weights import Weights

END = "<|im_end|>"
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTEXT_TOKENS = 512


def byte_tokenizer() -> Tokenizer:
    """A token a byte: every character beyond ASCII spans several tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: n for n, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", END])
    return tokenizer


def chat_tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=byte_tokenizer(), eos_token=END)
    tokenizer.chat_template = template
    return tokenizer


def tiny_llama(dtype: torch.dtype = torch.float32) -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=258,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        bos_token_id=None,
        eos_token_id=257,
        initializer_range=0.3,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config).eval().to(dtype)
    with torch.no_grad():  # it shall say printable ASCII, whatever it says
        printable = torch.zeros(258, dtype=torch.bool)
        ids = byte_tokenizer().encode("".join(map(chr, range(33, 127)))).ids
        printable[ids] = True
        model.lm_head.weight[~printable] = 0
        # Hidden states vary in sign, so a row of zeros can win: let the printable ones be larger.
        model.lm_head.weight[printable] *= 4
    return model


def save(folder: Path, template: str | None = TEMPLATE) -> Path:
    """Saves the model as users have it, safetensors and tokenizer in a folder."""
    tiny_llama().save_pretrained(folder)
    chat_tokenizer(template).save_pretrained(folder)
    return folder


def card(options: str = "{}", defaults: str = "{}") -> ModelCard:
    return ModelCard.parse(
        "---\nlicense: apache-2.0\nlanternist:\n  id: tiny\n  modality: text\n"
        f"  engine: transformers\n  display_name: Tiny\n  options: {options}\n"
        f"  defaults: {defaults}\n---\nFor tests.\n",
        "tiny.md",
    )


def weights_in(folder: Path) -> Weights:
    return Weights(card(), folder, False, MappingProxyType({}))
