"""The router's rules, and how well it reads the utterances that were kept back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from lanternist.runtime.settings import ServiceSettings, ServicesSettings
from models.card import ModelCard
from models.catalog import Catalog
from orchestrator.forward import Routes
from orchestrator.routing.choice import Constraints, Models
from orchestrator.routing.classifier import IntentClassifier
from orchestrator.routing.intents import Intent
from orchestrator.routing.reader import Reader
from orchestrator.routing.router import Decision, Question, Router
from orchestrator.routing.utterance import read
from tests.unit.orchestrator.assistant.conftest import READER

UPSTREAM = ModelCard.parse(
    """---
license: other
language: [fr]
lanternist:
  id: hosted
  modality: text
  engine: openai
  display_name: Hosted
  local: false
  regions: [eu]
  cost_class: high
  inputs: [text, image]
---
""",
    "hosted.md",
)
SERVICES = ServicesSettings(text=ServiceSettings(models=("smollm2-135m-instruct", "hosted")))


@pytest.fixture(scope="module")
def models() -> Models:
    catalog = Catalog((*Catalog.builtin(), UPSTREAM))
    return Models(Routes(SERVICES, catalog), catalog)


@pytest.fixture(scope="module")
def router(models: Models) -> Router:
    return Router(models, READER)


def decide(router: Router, text: str, **facts: Any) -> Decision:
    return router.decide(Question(text, **facts))


def test_the_words_decide(router: Router) -> None:
    decision = decide(router, "Draw a fox in the snow")
    assert (decision.intent, decision.basis, decision.models) == (
        Intent.IMAGE,
        "words",
        ("storybook",),
    )
    assert decision.reserves == ("illustrator",)
    assert decision.confidence > 0.9
    assert [intent for intent, _ in decision.runners_up] != []


@pytest.mark.parametrize(
    "text", ["How do I paint a wall?", "What does the word draw mean?", "Que veut dire peindre ?"]
)
def test_near_misses_are_text(router: Router, text: str) -> None:
    assert decide(router, text).intent is Intent.TEXT


def test_an_explicit_intent_wins(router: Router) -> None:
    decision = decide(router, "Draw a fox", intent=Intent.TEXT, recording=True)
    assert (decision.intent, decision.basis, decision.confidence) == (Intent.TEXT, "intent", 1.0)
    assert decision.steps == (Intent.TRANSCRIPTION, Intent.TEXT)


def test_an_explicit_model_wins(router: Router) -> None:
    decision = decide(router, "Draw a fox", model="kokoro-82m")
    assert (decision.intent, decision.basis) == (Intent.SPEECH, "model")
    assert decision.models == ("kokoro-82m",)
    assert decision.reserves == ()


def test_a_recording_wins_over_the_words(router: Router) -> None:
    for text in ("", "What is the capital of Peru?", "Draw a fox"):
        decision = decide(router, text, recording=True)
        assert decision.intent is Intent.TRANSCRIPTION
        assert decision.steps[0] is Intent.TRANSCRIPTION
        assert decision.basis == "attachment"


def test_a_story_may_be_told_from_a_recording(router: Router) -> None:
    decision = decide(router, "Turn this narration into an illustrated story", recording=True)
    assert decision.intent is Intent.STORY


def test_unsure_words_are_answered_in_text_with_an_offer(models: Models) -> None:
    class Torn(IntentClassifier):
        def __init__(self) -> None:
            pass

        def probabilities(self, utterance: Any, embedding: Any = None) -> dict[Intent, float]:
            chances = [0.2, 0.4, 0.3, 0.05, 0.05]
            return dict(zip(Intent, chances, strict=True))

    reader = Reader(READER._open_encoder)
    reader._classifier = Torn()
    decision = decide(Router(models, reader), "fox et renard dans la neige")
    assert (decision.intent, decision.basis) == (Intent.TEXT, "unsure")
    assert decision.could_also == "Je pourrais aussi en faire une image ou le dire à voix haute."
    assert "leave it open" in decision.why


@pytest.mark.parametrize(
    ("facts", "error", "match"),
    [
        ({"model": "nobody"}, NotFoundError, "nobody"),
        ({"model": "storybook", "intent": Intent.TEXT}, InvalidArgumentError, "model: "),
        ({"compare": ("storybook", "kokoro-82m")}, InvalidArgumentError, r"compare\[1\]"),
        (
            {"compare": ("storybook", "illustrator"), "intent": Intent.STORY},
            InvalidArgumentError,
            "compare",
        ),
        ({"model": "whisper-base", "intent": Intent.STORY}, InvalidArgumentError, "model"),
        (
            {"intent": Intent.IMAGE, "model": "z-image-turbo"},
            NotFoundError,
            "z-image-turbo",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    router: Router, facts: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        decide(router, "a fox", **facts)


@pytest.mark.parametrize(
    ("constraints", "allowed"),
    [
        (Constraints(), ("smollm2-135m-instruct", "hosted")),
        (Constraints(local_only=True), ("smollm2-135m-instruct",)),
        (Constraints(region="eu"), ("smollm2-135m-instruct", "hosted")),
        (Constraints(region="us"), ("smollm2-135m-instruct",)),
        (Constraints(max_cost_class="medium"), ("smollm2-135m-instruct",)),
    ],
)
def test_cards_say_which_models_are_allowed(
    models: Models, constraints: Constraints, allowed: tuple[str, ...]
) -> None:
    assert models.candidates("text", constraints) == allowed


def test_language_and_pictures_change_the_order(models: Models) -> None:
    assert models.candidates("text", Constraints(), language="fr-CA")[0] == "hosted"
    assert models.candidates("text", Constraints(), reads="image")[0] == "hosted"


def test_no_model_allowed(models: Models) -> None:
    class Nothing(Constraints):
        def allow(self, card: ModelCard) -> bool:
            return False

    with pytest.raises(FailedPreconditionError, match="constraints"):
        models.candidates("text", Nothing())


class Fixed:
    """An encoder whose every vector is the same."""

    def encode(self, sentences: Sequence[str]) -> Any:
        return np.full((len(sentences), 384), 384**-0.5, np.float32)


def test_the_reader_says_what_it_reads_by() -> None:
    assert READER.read("Draw a fox").method == "characters"
    assert Reader(Fixed).read("Draw a fox").method == "characters"  # plain enough
    assert Reader(Fixed, plain=2).read("Draw a fox").method == "sentences"


def test_reading_ahead_gives_the_same() -> None:
    ahead, alone = Reader(Fixed, plain=2), Reader(Fixed, plain=2)
    ahead.ahead(["Draw a fox", "Hello"])
    assert ahead.read("Hello") == alone.read("Hello")


def test_probabilities_are_probabilities() -> None:
    classifier = IntentClassifier.load()
    for text in ("", "?", "日本語", "Draw", "x" * 10_000):
        chances = classifier.probabilities(read(text))
        assert sum(chances.values()) == pytest.approx(1)
        assert set(chances) == set(Intent)


def test_characters_alone_read_what_was_kept_back() -> None:
    path = Path(__file__).parents[3] / "bench" / "data" / "routing.tsv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    kept = [row for row in rows if row["split"] == "kept"]
    right = 0
    for row in kept:
        chances = READER.read(row["utterance"]).probabilities
        right += max(chances, key=lambda intent: chances[intent]) == row["intent"]
    assert right / len(kept) >= 0.95
