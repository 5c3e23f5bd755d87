"""Opens a language model's files with transformers: safetensors, or GGUF converted once.

No code from a checkpoint is ever run, and no pickle read. It does not know how text is generated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights

# Reading GGUF takes 15 to 20 s of CPU for 135 million parameters, what it is converted to 0.2 s.
_RECIPE = "safetensors-1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model in memory, ready to run.

    Attributes:
        model: In evaluation mode, on its device.
        tokenizer: With its chat template.
        fast_tokenizer: The same one's core, which decodes token by token.
        end_tokens: Ids that end an answer.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    fast_tokenizer: Tokenizer
    end_tokens: frozenset[int]


def open_checkpoint(card: ModelCard, weights: Weights, placement: Placement) -> Checkpoint:
    """Reads the model and its tokenizer.

    Args:
        card: Its options name the GGUF file (`gguf_file`), if that is what the weights are, and
            may fix the arithmetic on the CPU (`cpu_dtype`).
        weights: Its files.
        placement: Where it shall run.

    Raises:
        FailedPreconditionError: The files are not a chat model that transformers knows.
    """
    # A service's standard error is its log.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    dtype = compute_dtype(card, placement)
    gguf = card.options.get("gguf_file")
    folder = weights.directory
    if gguf:
        source = weights.path(gguf)
        key = f"{_RECIPE}-{str(dtype).removeprefix('torch.')}"
        folder = weights.derived(key, lambda target: convert_gguf(source, target, dtype))
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            device_map={"": placement.device} if placement.is_cuda else None,
            attn_implementation="sdpa",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise FailedPreconditionError(
            f"The files of {card.id!r} cannot be opened as a language model in safetensors form.",
            reason="MODEL_FILES_UNREADABLE",
            metadata={"model": card.id},
        ) from error
    core = getattr(tokenizer, "backend_tokenizer", None)
    if tokenizer.chat_template is None or not isinstance(core, Tokenizer):
        raise FailedPreconditionError(
            f"The tokenizer of {card.id!r} has no chat template, or is not a fast tokenizer.",
            reason="MODEL_NOT_A_CHAT_MODEL",
            metadata={"model": card.id},
        )
    return Checkpoint(model, tokenizer, core, _end_tokens(model, tokenizer))


def compute_dtype(card: ModelCard, placement: Placement) -> torch.dtype:
    """The arithmetic to run in.

    On a CPU that multiplies bfloat16 natively, that is taken instead of float32: steps take half to
    two thirds of the time, and answers do not depend on who else is in the batch (see
    `decoding.rows`). The card's option `cpu_dtype` overrides it.
    """
    if placement.is_cuda or placement.dtype != "float32":
        return _dtype(placement.dtype)
    if chosen := card.options.get("cpu_dtype"):
        return _dtype(str(chosen))
    native: bool = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def convert_gguf(source: Path, target: Path, dtype: torch.dtype) -> None:
    """Writes a GGUF model into a folder as safetensors, unpacked, with its tokenizer.

    Args:
        source: The verified `.gguf` file.
        target: An empty folder.
        dtype: Of the numbers written.
    """
    folder, name = source.parent, source.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=dtype,
        local_files_only=True,
        trust_remote_code=False,
    )
    # The weights are plain numbers by now; the saved model must not claim to be quantised.
    vars(model).pop("hf_quantizer", None)
    vars(model.config).pop("quantization_config", None)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _dtype(name: str) -> torch.dtype:
    known = {
        "float32": torch.float32,
        "float16": torch.float16,
        "bfloat16": torch.bfloat16,
    }
    if name not in known:
        raise FailedPreconditionError(
            f"{name!r} is not one of {', '.join(known)}.", reason="DTYPE_NOT_SUPPORTED"
        )
    return known[name]


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    configured: Any = getattr(model.generation_config, "eos_token_id", None)
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in [*ids, tokenizer.eos_token_id] if isinstance(i, int))
