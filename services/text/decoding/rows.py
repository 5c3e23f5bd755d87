"""`RowDecoder`: one model, one key/value cache, a row of it for each request being answered.

Rows are filled from the left and have lengths of their own, so a request joins by filling the next
free row and leaves by letting the last row take its place; nothing is padded, merged or recomputed.
(transformers' `DynamicCache` grows by copying itself at every token and needs equal lengths.)
It does not know requests, text or sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, CacheLayerMixin

from lanternist.runtime.errors import FailedPreconditionError

_GROW_BY = 256

# Attention reads a whole number of tiles and masks the rest. On CPUs with bfloat16 arithmetic this
# makes an answer the same, bit for bit, whoever else is in the batch: sums are taken over the same
# vector lanes whatever the longest row's length (measured: 27 of 260 outputs differ without it).
_TILE = 64


class _Span:
    """Where the tokens of the current forward pass go."""

    def __init__(self) -> None:
        self.first_row = 0
        self.rows = 1
        self.start = 0  # where the new tokens go, unless they scatter
        self.new = 0  # tokens a row
        self.reach = 0  # how far attention looks
        self.scatter: tuple[Tensor, Tensor] | None = None  # rows and positions, if they differ


class _RowLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]  # untyped in transformers
    """Keys and values of one layer, each (rows, heads, capacity, head size)."""

    is_sliding = False

    def __init__(self, span: _Span, rows: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # untyped in transformers
        self._span = span
        self._rows = rows
        self.kept: tuple[Tensor, Tensor] | None = None

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        def blank(like: Tensor) -> Tensor:
            # Zeros, because what lies beyond a row's end is masked, and a masked NaN is a NaN.
            return like.new_zeros((self._rows, like.shape[1], 0, like.shape[3]))

        self.kept = blank(key_states), blank(value_states)
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        if self.kept is None:
            self.lazy_initialization(key_states, value_states)
        assert self.kept is not None
        keys, values = self.kept
        span = self._span
        if span.reach > keys.shape[2]:
            keys, values = self.kept = _grown(keys, span.reach), _grown(values, span.reach)
        return self._store(keys, key_states, span), self._store(values, value_states, span)

    @staticmethod
    def _store(kept: Tensor, new: Tensor, span: _Span) -> Tensor:
        window = kept[span.first_row : span.first_row + span.rows, :, : span.reach]
        if span.scatter is None:
            window[:, :, span.start : span.start + span.new] = new
        else:
            rows, positions = span.scatter
            window[rows, :, positions] = new[:, :, 0]
        return window

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._span.reach, 0

    def get_seq_length(self) -> int:
        return self._span.start

    def get_max_length(self) -> int:
        return -1


def _grown(tensor: Tensor, needed: int) -> Tensor:
    capacity = -(-needed // _GROW_BY) * _GROW_BY
    larger = tensor.new_zeros((*tensor.shape[:2], capacity, tensor.shape[3]))
    larger[:, :, : tensor.shape[2]] = tensor
    return larger


def _tiles(length: int) -> int:
    return -(-length // _TILE) * _TILE


class RowDecoder:
    """Runs the model over rows of tokens.

    Args:
        model: A causal language model in evaluation mode, with full attention in every layer.
        max_rows: Most requests answered at once.

    Raises:
        FailedPreconditionError: The model attends in a way that rows cannot keep.
    """

    def __init__(self, model: PreTrainedModel, max_rows: int) -> None:
        require_full_attention(model.config)
        self._model = model
        self._max_rows = max_rows
        self._span = _Span()
        self._layers: list[_RowLayer] = []
        self.forget()
        # oneDNN multiplies one row of bfloat16 by another kernel than it does two or more, with
        # sums in another order: a lone row gets an idle twin, at 3 % of a step's time.
        self._twins = model.device.type == "cpu" and model.dtype == torch.bfloat16

    @property
    def spare(self) -> int:
        """The row in which a prompt is read before its request takes part in the steps."""
        return max(self._max_rows, 2)

    def read(self, start: int, tokens: Sequence[int]) -> Tensor:
        """Reads a stretch of a prompt into the spare row.

        Args:
            start: How many tokens that row holds already.
            tokens: The next ones, at least one.

        Returns:
            Logits after the last of them: float32 (vocabulary,), on the CPU.
        """
        span, count, device = self._span, len(tokens), self._model.device
        span.first_row, span.rows, span.new, span.start = self.spare, 1, count, start
        span.scatter = None
        positions = torch.arange(start, start + count, device=device)
        if start:
            span.reach = _tiles(start + count)
            mask = self._additive(positions)[None, None]
        else:  # from an empty row on, plain causal attention needs no mask
            span.reach, mask = count, None
        ids = torch.tensor([list(tokens)], device=device)
        return self._forward(ids, positions[None], mask)[0]

    def step(self, tokens: Sequence[int], lengths: Sequence[int]) -> Tensor:
        """Adds one token to each of the first rows.

        Args:
            tokens: The newest token of row 0, 1, 2 ….
            lengths: How many tokens each of these rows holds already.

        Returns:
            Logits after it, a row each: float32 (rows, vocabulary), on the CPU.
        """
        span, device, count = self._span, self._model.device, len(tokens)
        if count == 1 and self._twins:
            tokens, lengths = [*tokens] * 2, [*lengths] * 2
        span.first_row, span.rows, span.new, span.start = 0, len(tokens), 1, max(lengths)
        span.reach = _tiles(span.start + 1)
        positions = torch.tensor(lengths, device=device)
        span.scatter = None
        if min(lengths) != span.start:
            span.scatter = (torch.arange(len(tokens), device=device), positions)
        mask = self._additive(positions)[:, None, None]
        ids = torch.tensor(tokens, device=device)[:, None]
        return self._forward(ids, positions[:, None], mask)[:count]

    def move(self, source: int, target: int, length: int) -> None:
        """Copies the first `length` tokens of one row over another."""
        for layer in self._layers:
            for kept in layer.kept or ():
                kept[target, :, :length] = kept[source, :, :length]

    def forget(self) -> None:
        """Frees the cache; the next read begins a new one."""
        count = self._model.config.get_text_config().num_hidden_layers
        self._layers = [_RowLayer(self._span, self.spare + 1) for _ in range(count)]
        self._cache = Cache(layers=list(self._layers))

    def _additive(self, positions: Tensor) -> Tensor:
        """Mask (positions, reach) that lets each position see itself and what came before."""
        hidden = torch.arange(self._span.reach, device=positions.device) > positions[:, None]
        # Numbers rather than booleans: converted once here, not once in each layer's kernel.
        mask = torch.zeros(hidden.shape, dtype=self._model.dtype, device=hidden.device)
        return mask.masked_fill_(hidden, float("-inf"))

    def _forward(self, ids: Tensor, positions: Tensor, mask: Tensor | None) -> Tensor:
        result = self._model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = result.logits[:, -1].float().cpu()
        return logits


def require_full_attention(config: Any) -> None:
    """Checks that every layer keeps the keys and values of all tokens.

    Raises:
        FailedPreconditionError: Some layers slide, or keep another kind of state.
    """
    text = config.get_text_config()
    kinds = set(getattr(text, "layer_types", None) or ["full_attention"])
    slides = getattr(text, "sliding_window", None) and getattr(text, "use_sliding_window", True)
    if kinds != {"full_attention"} or (slides and not getattr(text, "layer_types", None)):
        raise FailedPreconditionError(
            f"Models of type {text.model_type!r} need more than full attention, which this engine "
            "does not serve. Serve it with an OpenAI-compatible server and the engine 'openai'.",
            reason="MODEL_ARCHITECTURE_NOT_SUPPORTED",
        )
