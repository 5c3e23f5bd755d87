"""`Router`: from a request to a decision, and why.

What the request says outright wins: its intent, then its model, then a recording that is attached;
only then do the words count, and where they leave it open the answer is text. The decision also
says what the model is given: the prompt without the words that ask for it, and the settings found
in them. The router asks no service; it knows cards, settings and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.routing import explanations as say
from orchestrator.routing.asking import Asked, asked
from orchestrator.routing.choice import Constraints, Models, looks_at_pictures
from orchestrator.routing.intents import Intent
from orchestrator.routing.reader import Reader
from orchestrator.routing.settings import Found, find, seems
from orchestrator.story.language import detect

SURE = 0.45
"""Below this probability the words leave it open."""
_ALSO = 0.2  # runners-up that are worth offering
_THEN = 0.6  # how sure the words must be about what is done with a recording


@dataclass(frozen=True, slots=True)
class Question:
    """A request as the router sees it.

    Attributes:
        text: Words of the last message.
        recording: Whether it has a recording.
        picture: Whether it has a picture.
        intent: What the caller says it asks for.
        model: The model that the caller names.
        compare: Models that the caller wants side by side.
        constraints: Which models may be chosen.
        language: BCP-47 language that the caller sets.
        earlier: Words of the messages before, the newest first.
        verbatim: Whether the model gets the words as they are; the intent is ruled then.
    """

    text: str
    recording: bool = False
    picture: bool = False
    intent: Intent | None = None
    model: str = ""
    compare: tuple[str, ...] = ()
    constraints: Constraints = Constraints()  # noqa: RUF009 - immutable
    language: str = ""
    earlier: tuple[str, ...] = ()
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is going to be done; see `RoutingDecision` of the contract for the fields.

    Attributes:
        intent: What is asked for.
        steps: What is done, in order.
        models: Who answers: one, or those that are compared; empty for a story.
        reserves: Models of the same modality that may take over, the best first.
        basis: `intent`, `model`, `attachment`, `words` or `unsure`.
        why: In a sentence.
        confidence: 0 to 1.
        runners_up: The other intents with their probabilities, the likeliest first.
        could_also: What else could be done, in a sentence; empty when sure.
        language: BCP-47 language of the words; empty when it cannot be told.
        asked: What the model is given.
        found: Settings in the words.
        notes: What the caller should know.
        method: How the words were read; empty when they did not matter.
    """

    intent: Intent
    steps: tuple[Intent, ...]
    models: tuple[str, ...]
    reserves: tuple[str, ...]
    basis: str
    why: str
    confidence: float
    runners_up: tuple[tuple[Intent, float], ...]
    could_also: str
    language: str
    asked: Asked
    found: tuple[Found, ...]
    notes: tuple[str, ...]
    method: str


class Router:
    """Decides. May be used from several threads.

    Args:
        models: The models of the installation.
        reader: Reads the words.
    """

    def __init__(self, models: Models, reader: Reader) -> None:
        self._models = models
        self._reader = reader

    def decide(self, question: Question) -> Decision:
        """What is done with a request; blocks for a few milliseconds.

        Raises:
            InvalidArgumentError: Models and intent do not fit each other.
            NotFoundError: A named model is not here.
            FailedPreconditionError: No model meets the constraints.
        """
        ruled = self._ruled(question)
        open_words = question.text.strip() and not question.verbatim
        reading = self._reader.read(question.text) if open_words else None
        chances = reading.probabilities if reading else {Intent.TEXT: 1.0}
        ranked = sorted(chances.items(), key=lambda item: -item[1])
        likeliest, confidence = ranked[0]
        then: Intent | None = None
        if ruled is None and question.recording:
            sure = likeliest if confidence >= _THEN and reading else Intent.TRANSCRIPTION
            basis, intent = "attachment", Intent.TRANSCRIPTION
            if sure is Intent.STORY:
                intent = Intent.STORY
            elif sure is not Intent.TRANSCRIPTION:
                then = sure
            confidence = 1.0
        elif ruled is not None:
            basis, intent = ruled
            confidence = 1.0
        elif confidence < SURE:
            basis, intent, confidence = "unsure", Intent.TEXT, chances.get(Intent.TEXT, 0.0)
        else:
            basis, intent = "words", likeliest
        answering = then or intent
        language = _language(question.text)
        found = tuple(find(question.text, answering)) if open_words else ()
        verbatim = Asked(question.text)
        about = verbatim if question.verbatim else asked(question.text, answering, found)
        steps = _steps(question, intent, then, about)
        spoken = question.language or next((f.value for f in found if f.name == "language"), "")
        models, reserves = self._answering(question, answering, spoken or language)
        also = [
            other
            for other, chance in ranked
            if other is not intent and (chance >= _ALSO or basis == "unsure")
        ]
        return Decision(
            intent=intent,
            steps=steps,
            models=models,
            reserves=reserves,
            basis=basis,
            why=say.why(basis, intent, then, question, ranked),
            confidence=confidence,
            runners_up=tuple((other, chance) for other, chance in ranked if other is not intent),
            could_also=say.could_also(also[:2], language) if basis in ("unsure", "words") else "",
            language=language,
            asked=about,
            found=found,
            notes=self._notes(question, intent, answering, models, about),
            method=reading.method if reading and basis in ("words", "unsure", "attachment") else "",
        )

    def _ruled(self, question: Question) -> tuple[str, Intent] | None:
        """What the request says outright, and on what."""
        named = [(question.model, "model")] if question.model else []
        named += [(model, f"compare[{place}]") for place, model in enumerate(question.compare)]
        kinds = [self._models.modality(model, field) for model, field in named]
        if question.intent is None:
            if not named:
                return None
            for kind, (_, field) in zip(kinds, named, strict=True):
                if kind != kinds[0]:
                    raise InvalidArgumentError(
                        field, f"is a model for {kind}; the first is for {kinds[0]}"
                    )
            return "model", Intent.of_modality(kinds[0])
        if question.intent is Intent.STORY:
            if question.compare:
                raise InvalidArgumentError("compare", "stories are not compared")
            if kinds and kinds[0] not in ("image", "voice"):
                raise InvalidArgumentError("model", "must be an image or voice model for a story")
        else:
            wanted = question.intent.modality
            assert wanted is not None
            for model, field in named:
                self._models.named(model, wanted, field)
        return "intent", question.intent

    def _answering(
        self, question: Question, answering: Intent, language: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The models that answer, and those that may take over for the one that was chosen."""
        modality = answering.modality
        if question.compare:
            return question.compare, ()
        if modality is None:
            return (), ()
        if question.model and self._models.modality(question.model, "model") == modality:
            return (question.model,), ()
        speaks = "" if modality == "image" else language
        reads = "image" if question.picture and modality == "text" else ""
        first, *others = self._models.candidates(
            modality, question.constraints, language=speaks, reads=reads
        )
        return (first,), tuple(others)

    def _notes(
        self,
        question: Question,
        intent: Intent,
        answering: Intent,
        models: Sequence[str],
        about: Asked,
    ) -> tuple[str, ...]:
        notes = []
        if question.picture and not any(
            looks_at_pictures(self._models.card(model)) for model in models
        ):
            who = ", ".join(filter(None, models)) or f"The {answering} service"
            notes.append(f"{who} cannot look at pictures: the attached one is not used.")
        if intent is Intent.TRANSCRIPTION and not question.recording:
            notes.append("There is no recording: attach one.")
        if answering is Intent.SPEECH and about.refers and not any(question.earlier):
            notes.append("There is nothing to read aloud yet.")
        return tuple(notes)


def _steps(
    question: Question, intent: Intent, then: Intent | None, about: Asked
) -> tuple[Intent, ...]:
    steps = [intent] if then is None else [intent, then]
    heard = question.recording and intent not in (Intent.TRANSCRIPTION, Intent.STORY)
    if heard:
        steps.insert(0, Intent.TRANSCRIPTION)
    if steps[-1] is Intent.SPEECH and about.composed:
        steps.insert(-1, Intent.TEXT)
    return tuple(steps)


def _language(text: str) -> str:
    """Language of the words; short ones are told by the commonest words of requests."""
    return detect(text) or seems(text)
