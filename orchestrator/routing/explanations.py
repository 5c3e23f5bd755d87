"""What the router says about its decision, in English, or in French to a French request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.routing.intents import Intent

_NOUNS = {
    Intent.TEXT: "an answer in words",
    Intent.IMAGE: "a picture",
    Intent.SPEECH: "speech",
    Intent.TRANSCRIPTION: "a transcript",
    Intent.STORY: "a story with voice and pictures",
}
_ENGLISH = {
    Intent.TEXT: "answer it in words",
    Intent.IMAGE: "draw a picture of it",
    Intent.SPEECH: "speak it",
    Intent.TRANSCRIPTION: "write down a recording",
    Intent.STORY: "tell it as a story with voice and pictures",
}
_FRENCH = {
    Intent.TEXT: "y répondre par écrit",
    Intent.IMAGE: "en faire une image",
    Intent.SPEECH: "le dire à voix haute",
    Intent.TRANSCRIPTION: "mettre un enregistrement par écrit",
    Intent.STORY: "le raconter en images et en voix",
}


class Asked(Protocol):
    """What is needed of a question."""

    @property
    def model(self) -> str:
        """The model that the caller names."""

    @property
    def compare(self) -> tuple[str, ...]:
        """Models that the caller wants side by side."""


def why(
    basis: str,
    intent: Intent,
    then: Intent | None,
    question: Asked,
    ranked: Sequence[tuple[Intent, float]],
) -> str:
    """Why a decision was taken, in an English sentence."""
    if basis == "attachment":
        return _why_attachment(intent, then)
    match basis:
        case "intent":
            return f"The request asks for {_NOUNS[intent]}."
        case "model":
            names = ", ".join(filter(None, (question.model, *question.compare)))
            return f"The request names {names}, which gives {_NOUNS[intent]}."
        case "unsure":
            best, chance = ranked[0]
            return (
                f"The words leave it open ({_NOUNS[best]} is the likeliest, at {chance:.0%}): "
                "the answer is in words."
            )
    return f"The words ask for {_NOUNS[intent]} ({ranked[0][1]:.0%})."


def could_also(others: Sequence[Intent], language: str) -> str:
    """An offer of what else could be done; empty for none."""
    if not others:
        return ""
    french = language == "fr"
    offers = [(_FRENCH if french else _ENGLISH)[other] for other in others]
    if french:
        return f"Je pourrais aussi {' ou '.join(offers)}."
    return f"I could also {', or '.join(offers)}."


def _why_attachment(intent: Intent, then: Intent | None) -> str:
    if intent is Intent.STORY:
        return "A recording is attached, and the words ask for a story: it is told in its voice."
    if then is None:
        return "A recording is attached: it is written down."
    return (
        f"A recording is attached: it is written down, then used for {_NOUNS[then]}, "
        "as the words ask."
    )
