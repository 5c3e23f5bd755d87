"""Rows of a key/value cache: the same numbers as the plain model, whoever joins or leaves."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, Qwen2Config

from lanternist.runtime.errors import FailedPreconditionError
from services.text.decoding.rows import RowDecoder, require_full_attention
from tests.unit.services.text.tiny_model import tiny_llama

PROMPTS = [[5, 9, 30, 2, 77], [100, 3], [8] * 40 + [13, 60, 200]]


@pytest.fixture(autouse=True)
def _inference() -> object:
    with torch.inference_mode():
        yield


def plain(model: torch.nn.Module, tokens: list[int]) -> torch.Tensor:
    """Logits after the last token, without any cache."""
    logits: torch.Tensor = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
    return logits.float()


def close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("chunk", [1, 2, 64, 1000])
def test_a_prompt_read_in_chunks_gives_what_it_gives_whole(chunk: int) -> None:
    model = tiny_llama()
    decoder = RowDecoder(model, 2)
    prompt = PROMPTS[2] * 3
    for start in range(0, len(prompt), chunk):
        logits = decoder.read(start, prompt[start : start + chunk])
    close(logits, plain(model, prompt))


def test_rows_of_different_lengths_do_not_touch_each_other() -> None:
    model = tiny_llama()
    decoder = RowDecoder(model, 3)
    rows = [list(prompt) for prompt in PROMPTS]
    for number, prompt in enumerate(rows):
        decoder.read(0, prompt)
        decoder.move(decoder.spare, number, len(prompt))
    for step in range(70):  # past the first growth and several tiles
        newest = [(7 * step + number) % 256 for number in range(3)]
        logits = decoder.step(newest, [len(row) for row in rows])
        for row, token in zip(rows, newest, strict=True):
            row.append(token)
        if step % 10 == 0:
            for number, row in enumerate(rows):
                close(logits[number], plain(model, row))


def test_a_row_moves_with_all_that_it_holds() -> None:
    model = tiny_llama()
    decoder = RowDecoder(model, 4)
    for number, prompt in enumerate(PROMPTS):
        decoder.read(0, prompt)
        decoder.move(decoder.spare, number, len(prompt))
    decoder.move(2, 0, len(PROMPTS[2]))  # row 0 left; the last takes its place
    logits = decoder.step([4, 6], [len(PROMPTS[2]), len(PROMPTS[1])])
    close(logits[0], plain(model, [*PROMPTS[2], 4]))
    close(logits[1], plain(model, [*PROMPTS[1], 6]))


def test_a_prompt_is_read_while_a_lone_row_answers() -> None:
    """The lone row's idle twin must not write over the prompt that is being read."""
    model = tiny_llama(torch.bfloat16)
    decoder = RowDecoder(model, 2)
    first, second = PROMPTS[0], PROMPTS[2]
    decoder.read(0, first)
    decoder.move(decoder.spare, 0, len(first))
    decoder.read(0, second[:20])
    decoder.step([4], [len(first)])
    logits = decoder.read(20, second[20:])
    alone = RowDecoder(model, 2)
    alone.read(0, second[:20])
    assert torch.equal(logits, alone.read(20, second[20:]))


def test_forgetting_frees_the_cache_and_starts_anew() -> None:
    model = tiny_llama()
    decoder = RowDecoder(model, 1)
    decoder.read(0, PROMPTS[2])
    decoder.forget()
    close(decoder.read(0, PROMPTS[1]), plain(model, PROMPTS[1]))


@pytest.mark.parametrize(
    "config",
    [
        Qwen2Config(num_hidden_layers=2, layer_types=["full_attention", "sliding_attention"]),
        Qwen2Config(num_hidden_layers=1, layer_types=["linear_attention"]),
    ],
    ids=["sliding", "linear"],
)
def test_other_kinds_of_attention_are_refused(config: Qwen2Config) -> None:
    with pytest.raises(FailedPreconditionError, match="full attention"):
        require_full_attention(config)


def test_full_attention_is_taken() -> None:
    require_full_attention(LlamaConfig())
    require_full_attention(Qwen2Config(num_hidden_layers=1, layer_types=["full_attention"]))
