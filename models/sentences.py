"""Sentences as vectors: all-MiniLM-L6-v2 (Apache-2.0) in numpy alone.

The orchestrator runs no model library, but it must know whether two sentences are about the same
thing: to cut a story into scenes, to see what a request is about. Six layers of width 384 are small
enough for numpy. This module does not know what the vectors are compared for, and is never on the
way of what the illustrator draws: that has its own encoder, which gives a state for each token.

The network is BERT (arXiv:1810.04805) with mean pooling over all tokens (arXiv:1908.10084).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

from models.catalog import Catalog
from models.weights import Weights, resolve

CARD = "all-minilm-l6-v2"

Array = NDArray[np.float32]

# Padded tokens of one batch: enough for full matrices, little enough to stay in the caches.
_BATCH_TOKENS = 1024
# Rows for which all that the activation needs stays in a core's own cache: four times as fast.
_GELU_ROWS = 16


class _Norm(NamedTuple):
    weight: Array
    bias: Array


class _Linear(NamedTuple):
    weight: Array  # (inputs, outputs)
    bias: Array


class _Layer(NamedTuple):
    query_key_value: _Linear
    attended: _Linear
    attention_norm: _Norm
    up: _Linear
    down: _Linear
    norm: _Norm


class SentenceEncoder:
    """Encodes sentences; may be used from several threads at once.

    Args:
        weights: Files of a sentence-transformers BERT with mean pooling.

    Attributes:
        dimensions: Length of a vector.
    """

    def __init__(self, weights: Weights) -> None:
        config = json.loads(weights.path("config.json").read_text(encoding="utf-8"))
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(weights.path("tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(weights.card.limits["max_tokens"]))
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._heads = int(config["num_attention_heads"])
        self.dimensions = int(config["hidden_size"])
        tensors: dict[str, Array] = load_file(weights.path("model.safetensors"))
        self._words = tensors["embeddings.word_embeddings.weight"]
        # A sentence on its own is all of the first type.
        self._positions = (
            tensors["embeddings.position_embeddings.weight"]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._embedding_norm = _norm(tensors, "embeddings.LayerNorm")
        self._layers = [
            _layer(tensors, f"encoder.layer.{index}", self._heads)
            for index in range(int(config["num_hidden_layers"]))
        ]

    def encode(self, sentences: Sequence[str]) -> Array:
        """Encodes sentences, in batches of like lengths.

        Blocks: about 10 ms for a short sentence, 8 ms each for many (one core, 20 tokens each).

        Args:
            sentences: Any texts; what goes beyond 256 tokens is left out. English fits best.

        Returns:
            (sentences, 384), float32, each of length 1: their products are cosines.
        """
        vectors = np.zeros((len(sentences), self.dimensions), np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(sentences))]
        for batch in _batches([len(ids) for ids in tokens]):
            vectors[batch] = self._encode([tokens[place] for place in batch])
        return vectors

    def _encode(self, batch: Sequence[Sequence[int]]) -> Array:
        longest = max(map(len, batch))
        ids = np.zeros((len(batch), longest), np.int64)
        there = np.zeros((len(batch), longest), np.float32)
        for row, sentence in enumerate(batch):
            ids[row, : len(sentence)] = sentence
            there[row, : len(sentence)] = 1
        states = self._words[ids] + self._positions[:longest]
        states = self._normalised(states.reshape(-1, self.dimensions), self._embedding_norm)
        # Tokens that are only padding are out of everybody's sight.
        unseen = np.float32(-1e9) * (1 - there)[:, None, None, :]
        for layer in self._layers:
            attended = self._attention(states, unseen, layer)
            states = self._normalised(states + attended, layer.attention_norm)
            inner = _gelu(_apply(layer.up, states))
            states = self._normalised(states + _apply(layer.down, inner), layer.norm)
        grid = states.reshape(len(batch), longest, self.dimensions)
        means: Array = np.einsum("btd,bt->bd", grid, there) / there.sum(1, keepdims=True)
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return means

    def _attention(self, states: Array, unseen: Array, layer: _Layer) -> Array:
        """What each token takes from the others; states are (tokens of all, width)."""
        batch, tokens = len(unseen), unseen.shape[-1]
        shape = (batch, tokens, 3, self._heads, self.dimensions // self._heads)
        projected = _apply(layer.query_key_value, states).reshape(shape)
        # Of each: (batch, heads, tokens, width of a head).
        heads: Array = projected.transpose(2, 0, 3, 1, 4)
        query, key, value = heads[0], heads[1], heads[2]
        scores = query @ key.swapaxes(-1, -2)
        scores += unseen
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ value).swapaxes(1, 2).reshape(batch * tokens, self.dimensions)
        return _apply(layer.attended, mixed)

    def _normalised(self, states: Array, norm: _Norm) -> Array:
        """Layer normalisation of (tokens, width), in place."""
        states -= states.mean(-1, keepdims=True)
        variance = np.einsum("td,td->t", states, states)[:, None] / np.float32(states.shape[-1])
        states /= np.sqrt(variance + self._epsilon)
        states *= norm.weight
        states += norm.bias
        return states


def _apply(linear: _Linear, states: Array) -> Array:
    result: Array = states @ linear.weight
    result += linear.bias
    return result


def _gelu(x: Array) -> Array:
    """x · Φ(x), in place; erf after Abramowitz and Stegun, 7.1.26 (error below 1.5e-7)."""
    for first in range(0, len(x), _GELU_ROWS):
        rows = x[first : first + _GELU_ROWS]
        z = np.abs(rows)
        z *= np.float32(0.5**0.5)
        t = 1 / (1 + np.float32(0.3275911) * z)
        tail = np.full_like(t, 1.061405429)
        for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail *= t
            tail += np.float32(coefficient)
        tail *= t
        np.multiply(z, z, out=z)
        np.negative(z, out=z)
        np.exp(z, out=z)
        tail *= z
        # Φ is half the tail on the negative side, and one minus it on the other.
        tail *= np.float32(0.5)
        np.subtract(1, tail, out=tail, where=rows >= 0)
        rows *= tail
    return x


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of sentences, grouped by length so that little is padded."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _norm(tensors: dict[str, Array], name: str) -> _Norm:
    return _Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])


def _linear(tensors: dict[str, Array], name: str) -> _Linear:
    return _Linear(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])


def _layer(tensors: dict[str, Array], name: str, heads: int) -> _Layer:
    """A layer, with the three projections of its attention as one and the scale inside it."""
    query, key, value = (
        _linear(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value")
    )
    scale = np.float32((query.bias.size / heads) ** -0.5)
    projections = _Linear(
        np.concatenate([query.weight * scale, key.weight, value.weight], axis=1),
        np.concatenate([query.bias * scale, key.bias, value.bias]),
    )
    return _Layer(
        projections,
        _linear(tensors, f"{name}.attention.output.dense"),
        _norm(tensors, f"{name}.attention.output.LayerNorm"),
        _linear(tensors, f"{name}.intermediate.dense"),
        _linear(tensors, f"{name}.output.dense"),
        _norm(tensors, f"{name}.output.LayerNorm"),
    )


_shared: SentenceEncoder | None = None
_loading = threading.Lock()


def sentence_encoder() -> SentenceEncoder:
    """The one encoder of this process, loaded on first use.

    Blocks while it loads (0.2 s, 91 MB of memory) or, the first time on a machine, downloads: call
    it in a thread. From then on the BLAS of this process keeps to one thread.

    Raises:
        UnavailableError, DataLossError, FailedPreconditionError: As `models.weights.resolve`.
    """
    global _shared  # noqa: PLW0603 — 91 MB are worth having once
    with _loading:
        if _shared is None:
            # For matrices this small a second thread of BLAS costs more than it brings, and on a
            # busy machine many times the work: 150 ms a sentence instead of 15.
            ThreadpoolController().select(user_api="blas").limit(limits=1)
            _shared = SentenceEncoder(resolve(Catalog.builtin().get(CARD)))
        return _shared
