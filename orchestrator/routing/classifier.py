"""`IntentClassifier`: how likely each intent is, from the words alone.

Multinomial logistic regression over what `utterance.features` names and, where there is one, the
utterance's sentence embedding. The weights are data, made by `orchestrator.routing.train` from the
example utterances. There are two sets: one that reads embeddings as well, and one for an
installation that cannot have the sentence model. This module knows no request and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from orchestrator.routing.intents import Intent
from orchestrator.routing.utterance import Utterance, features

WEIGHTS = Path(__file__).with_name("weights.safetensors")
INTENTS = tuple(Intent)
"""The order of the columns of every weight."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights of one classifier.

    Attributes:
        grams: (features, intents), float32.
        vector: (embedding length, intents), float32; no rows: embeddings are not read.
        bias: (intents,), float32.
        sharpness: Factor of the scores that makes probabilities mean what they say.
    """

    grams: Array
    vector: Array
    bias: Array
    sharpness: float


class IntentClassifier:
    """Reads utterances. Immutable; may be used from any thread.

    Args:
        vocabulary: Names of the features, by row of `Head.grams`.
        sentences: Weights for utterances with an embedding.
        characters: Weights for utterances without.
    """

    def __init__(self, vocabulary: Iterable[str], sentences: Head, characters: Head) -> None:
        self._rows = {name: row for row, name in enumerate(vocabulary)}
        self._sentences = sentences
        self._characters = characters

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> IntentClassifier:
        """Reads the weights that come with the program."""
        tensors = {name: np.asarray(value) for name, value in load_file(path).items()}
        names = tensors["vocabulary"].tobytes().decode("utf-8").split("\n")

        def head(name: str) -> Head:
            grams, vector, bias, sharpness = (
                tensors[f"{name}.{part}"].astype(np.float32)
                for part in ("grams", "vector", "bias", "sharpness")
            )
            return Head(grams, vector, bias, float(sharpness[0]))

        return cls(names, head("sentences"), head("characters"))

    def probabilities(
        self, utterance: Utterance, embedding: Array | None = None
    ) -> Mapping[Intent, float]:
        """How likely each intent is; the values sum to 1.

        Args:
            utterance: What was said.
            embedding: (384,), float32, of length 1, of `Utterance.embedded`; None where there is
            none.
        """
        head = self._characters if embedding is None else self._sentences
        scores = head.bias.copy()
        for rows in rows_by_group(features(utterance), self._rows).values():
            scores += head.grams[rows].sum(0) / np.sqrt(len(rows), dtype=np.float32)
        if embedding is not None:
            scores += embedding @ head.vector
        scores = np.exp(head.sharpness * (scores - scores.max()))
        return dict(zip(INTENTS, (scores / scores.sum()).tolist(), strict=True))


def rows_by_group(names: Iterable[str], rows: Mapping[str, int]) -> Mapping[str, list[int]]:
    """Rows of the known features among `names`, once each, by kind (their first letter).

    Every kind counts the same however many features it has, so that a long utterance is not surer
    than a short one.
    """
    groups: dict[str, set[int]] = {}
    for name in names:
        if name in rows:
            groups.setdefault(name[0], set()).add(rows[name])
    return {group: sorted(found) for group, found in groups.items()}
