"""Learns the router's weights from the example utterances.

    python -m orchestrator.routing.train

Writes `weights.safetensors` beside itself: two minutes on two cores, most of them embedding. Needs
the weights of the sentence model, and nothing else that the router does not need. It has never seen
the labelled utterances of the bench.

Method: multinomial logistic regression with an L2 penalty, accelerated gradient descent (Nesterov,
1983). A fifth of the patterns, held back, sets the factor that makes probabilities honest
(temperature scaling, arXiv:1706.04599); then everything is learnt again from all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from models.sentences import sentence_encoder
from orchestrator.routing.classifier import INTENTS, WEIGHTS, Array, Head, rows_by_group
from orchestrator.routing.examples import Example, expand
from orchestrator.routing.utterance import features, read

_SEED = 7
_OF_EACH = 4
_PATTERNS_OF_A_FEATURE = 2  # what one pattern alone says is an accident
_PENALTY = 3e-5
_STEPS = 400
_HELD_BACK = 5  # one pattern of so many


@dataclass(frozen=True, slots=True)
class Table:
    """Examples as numbers: sparse features by row, embeddings, labels, weights.

    Attributes:
        rows: (entries,), the example of each entry, ascending.
        columns: (entries,), its feature.
        values: (entries,), its value.
        vectors: (examples, length), embeddings; no columns: none are read.
        labels: (examples,), column of the intent.
        importance: (examples,), mean 1; every pattern counts the same.
        size: Number of features.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Array
    vectors: Array
    labels: NDArray[np.int64]
    importance: Array
    size: int

    def scores(self, grams: Array, vector: Array, bias: Array) -> Array:
        """(examples, intents): what the weights say."""
        starts = np.searchsorted(self.rows, np.arange(len(self.labels)))
        sums = np.add.reduceat(grams[self.columns] * self.values[:, None], starts, axis=0)
        result: Array = sums + self.vectors @ vector + bias
        return result

    def pulled_back(self, blame: Array) -> tuple[Array, Array, Array]:
        """Gradients of `grams`, `vector` and `bias` for the scores' gradients."""
        grams = np.stack(
            [
                np.bincount(self.columns, self.values * column[self.rows], self.size)
                for column in blame.T
            ],
            axis=1,
        ).astype(np.float32)
        return grams, self.vectors.T @ blame, blame.sum(0)


def tabulate(examples: Sequence[Example], vectors: Array, vocabulary: Sequence[str]) -> Table:
    """Examples as numbers."""
    known = {name: row for row, name in enumerate(vocabulary)}
    rows, columns, values = [], [], []
    for place, example in enumerate(examples):
        rows.append(place)  # a worthless entry, so that no example is without one
        columns.append(0)
        values.append(0.0)
        for found in rows_by_group(features(read(example.text)), known).values():
            rows += [place] * len(found)
            columns += found
            values += [len(found) ** -0.5] * len(found)
    counts = Counter(example.pattern for example in examples)
    importance = np.array([1 / counts[example.pattern] for example in examples], np.float32)
    return Table(
        np.array(rows),
        np.array(columns),
        np.array(values, np.float32),
        vectors,
        np.array([INTENTS.index(example.intent) for example in examples]),
        importance / importance.mean(),
        len(vocabulary),
    )


def fit(table: Table) -> Head:
    """Minimises the weighted cross-entropy with its penalty."""
    count, width = len(table.labels), len(INTENTS)
    target = np.eye(width, dtype=np.float32)[table.labels]
    weight: Array = (table.importance / np.float32(count))[:, None]
    shapes = [(table.size, width), (table.vectors.shape[1], width), (width,)]
    now = [np.zeros(shape, np.float32) for shape in shapes]
    before = [value.copy() for value in now]
    pace = np.float32(4.0)
    for turn in range(1, _STEPS + 1):
        inertia = np.float32((turn - 1) / (turn + 2))
        ahead = [a + inertia * (a - b) for a, b in zip(now, before, strict=True)]
        blame: Array = (softmax(table.scores(*ahead)) - target) * weight
        slopes = table.pulled_back(blame)
        before = now
        now = [
            value - pace * (slope + np.float32(_PENALTY) * value * (value.ndim > 1))
            for value, slope in zip(ahead, slopes, strict=True)
        ]
    return Head(now[0], now[1], now[2], 1.0)


def softmax(scores: Array) -> Array:
    """Probabilities of each row."""
    raised = np.exp(scores - scores.max(1, keepdims=True))
    result: Array = raised / raised.sum(1, keepdims=True)
    return result


def sharpness(table: Table, head: Head) -> tuple[float, float]:
    """The factor under which held-back labels are likeliest, and the share that are right."""
    scores = table.scores(head.grams, head.vector, head.bias)
    here = np.arange(len(table.labels))

    def surprise(factor: float) -> float:
        chances = softmax(np.float32(factor) * scores)[here, table.labels]
        return float(-np.mean(table.importance * np.log(np.maximum(chances, 1e-9))))

    factors = np.geomspace(0.25, 4, 81)
    right = float(np.average(scores.argmax(1) == table.labels, weights=table.importance))
    return min(factors.tolist(), key=surprise), right


def main() -> None:
    """Learns and writes the weights, and says how well held-back patterns were read."""
    examples = expand(_SEED, _OF_EACH)
    vectors = sentence_encoder().encode([read(example.text).embedded for example in examples])
    seen: dict[str, set[int]] = {}
    for example in examples:
        for name in features(read(example.text)):
            seen.setdefault(name, set()).add(example.pattern)
    vocabulary = sorted(n for n, places in seen.items() if len(places) >= _PATTERNS_OF_A_FEATURE)
    held = np.array([example.pattern % _HELD_BACK == 0 for example in examples])
    tensors: dict[str, NDArray[Any]] = {
        "vocabulary": np.frombuffer("\n".join(vocabulary).encode(), np.uint8)
    }
    for name, inputs in (("sentences", vectors), ("characters", vectors[:, :0])):

        def part(mask: NDArray[np.bool_], inputs: Array = inputs) -> Table:
            chosen = [example for example, take in zip(examples, mask, strict=True) if take]
            return tabulate(chosen, inputs[mask], vocabulary)

        factor, right = sharpness(part(held), fit(part(~held)))
        head = fit(part(np.ones_like(held)))
        print(f"{name}: {right:.1%} of held-back patterns, sharpness {factor:.2f}")
        tensors[f"{name}.grams"] = head.grams.astype(np.float16)
        tensors[f"{name}.vector"] = head.vector.astype(np.float16)
        tensors[f"{name}.bias"] = head.bias
        tensors[f"{name}.sharpness"] = np.array([factor], np.float32)
    save_file(tensors, WEIGHTS, metadata={"examples": str(len(examples))})
    print(f"{len(examples)} examples, {len(vocabulary)} features, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
