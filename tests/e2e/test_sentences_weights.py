"""The sentence encoder with its real weights: the same vectors as transformers makes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertModel

from models.catalog import Catalog
from models.sentences import CARD, sentence_encoder
from models.weights import resolve

pytestmark = pytest.mark.weights

SENTENCES = [
    "",
    "A fox.",
    "The moon rose over the harbour, and the old fisherman lit his lantern.",
    "Le chat dort près de la cheminée; dehors, il neige.",
    "Draw a red fox in the snow",
    "狐 и Δ 🦊",
    "word " * 600,
    *(f"{'very ' * count}long ago there lived a king" for count in range(16)),
]


@torch.no_grad()
def _expected() -> np.ndarray:
    directory = resolve(Catalog.builtin().get(CARD)).directory
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = BertModel.from_pretrained(directory, local_files_only=True, use_safetensors=True).eval()
    vectors = []
    for sentence in SENTENCES:
        tokens = tokenizer([sentence], return_tensors="pt", truncation=True, max_length=256)
        mean = model(**tokens).last_hidden_state[0].mean(0)
        vectors.append((mean / mean.norm()).numpy())
    return np.stack(vectors)


def test_agrees_with_transformers_alone_in_batches_and_from_threads() -> None:
    expected = _expected()
    encoder = sentence_encoder()
    together = encoder.encode(SENTENCES)
    assert together.dtype == np.float32
    assert together.shape == (len(SENTENCES), encoder.dimensions)
    assert (expected * together).sum(1).min() > 0.999999
    with ThreadPoolExecutor(2) as pool:
        alone = np.concatenate(list(pool.map(encoder.encode, [[s] for s in SENTENCES])))
    np.testing.assert_allclose(alone, together, atol=1e-5)
    assert sentence_encoder() is encoder
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_like_sentences_lie_close() -> None:
    fox, vixen, invoice = sentence_encoder().encode(
        [
            "A fox ran through the snow.",
            "The red fox was running in the snow.",
            "Pay the invoice today.",
        ]
    )
    assert fox @ vixen > 0.7
    assert fox @ invoice < 0.2
