"""Three ways to tell a script: verbatim, with feeling, or with a cast.

*Scripted* reads it evenly in one voice. *Emotive* gives each sentence its mood. *Story* divides
sentences where somebody speaks, finds out who, and gives everybody a voice. What comes out says for
every stretch who tells it and how; this module does not know how speech is made.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lanternist.v1 import story_pb2, voice_pb2
from models.illustrator.library import fold
from orchestrator.story.attribution import Dialogue, Line, attribute
from orchestrator.story.casting import Role, cast_voices
from orchestrator.story.division import divide
from orchestrator.story.domain import NARRATOR, Character, Script, Segment, Sentence
from orchestrator.story.mood import EVEN, moods
from orchestrator.story.people import Person
from orchestrator.story.speech_words import speech_words

_UNSURE = 0.6


@dataclass(frozen=True, slots=True)
class Staged:
    """A script with somebody to tell every stretch of it.

    Attributes:
        script: Its sentences are divided where another voice begins.
        segments: One a sentence of `script`, with speaker, voice and mood.
        cast: The narrator, then everybody who appears or speaks.
        notes: What the maker should know.
    """

    script: Script
    segments: tuple[Segment, ...]
    cast: tuple[Character, ...]
    notes: tuple[str, ...] = ()


def stage(
    script: Script,
    telling: int,
    *,
    voice: str,
    offered: Sequence[voice_pb2.Voice] = (),
    asked: Iterable[story_pb2.CastVoice] = (),
    appearing: Sequence[Character] = (),
) -> Staged:
    """Decides who tells what, and how.

    Args:
        script: Not divided.
        telling: A `Telling` of the contract; unspecified is emotive.
        voice: The narrator's voice.
        offered: Every voice there is; for a cast.
        asked: Voices that the caller chose, by the id or the name of a character.
        appearing: Who is seen in the story; a speaker who is one of them gets their id.
    """
    asked = list(asked)
    narrator = Character(NARRATOR, NARRATOR.capitalize(), voice=voice)
    feelings = _feelings(script, telling)
    dialogue = _dialogue(script, telling)
    ids = _identities(dialogue.people, appearing)
    borders = sorted({at for line in dialogue.lines for at in (line.start, line.end)})
    pieces, origins = divide(script, borders if _is_cast(telling) else [])
    told: list[Segment] = []
    for sentence in pieces.sentences:
        line = _line_of(sentence, dialogue.lines)
        told.append(
            Segment(
                sentence.index,
                sentence.text,
                speaker=ids.get(line.speaker, NARRATOR) if line else NARRATOR,
                mood=feelings[origins[sentence.index]],
                speaker_confidence=round(line.confidence, 3) if line else 0.0,
            )
        )
    characters = _characters(dialogue.people, ids, appearing)
    if not _is_cast(telling):
        segments = tuple(replace(segment, voice=voice) for segment in told)
        return Staged(pieces, segments, (narrator, *characters))
    spoken = Counter(segment.speaker for segment in told)
    roles = [
        Role(ids[person.id], person.gender, person.age, spoken[ids[person.id]])
        for person in dialogue.people
        if spoken[ids[person.id]]
    ]
    wishes = _wishes(asked, characters)
    voices, notes = cast_voices(roles, narrator=voice, offered=offered, asked=wishes)
    voices[NARRATOR] = voice
    unsure = sum(s.speaker != NARRATOR and s.speaker_confidence < _UNSURE for s in told)
    if unsure:
        notes += (f"The speaker of {unsure} of {len(told)} stretches is a guess.",)
    notes += tuple(
        f"Nobody called {one.character!r} speaks in this story."
        for one in asked
        if not _meant(one.character, characters, voices)
    )
    return Staged(
        pieces,
        tuple(replace(segment, voice=voices[segment.speaker]) for segment in told),
        (narrator, *(replace(who, voice=voices.get(who.id, "")) for who in characters)),
        notes,
    )


def _is_cast(telling: int) -> bool:
    return telling == story_pb2.TELLING_STORY


def _feelings(script: Script, telling: int) -> list[str]:
    texts = [sentence.text for sentence in script.sentences]
    if telling == story_pb2.TELLING_SCRIPTED:
        return [EVEN] * len(texts)
    return moods(texts, script.language)


def _dialogue(script: Script, telling: int) -> Dialogue:
    """Who says what: as the caller said, or as the text lets find out."""
    if not any(sentence.speaker for sentence in script.sentences):
        return attribute(script) if _is_cast(telling) else Dialogue((), ())
    words = speech_words(script.language)
    people: dict[str, Person] = {}
    lines: list[Line] = []
    for sentence in script.sentences:
        if not sentence.speaker or fold(sentence.speaker) == NARRATOR:
            continue
        id_ = _slug(sentence.speaker)
        if id_ not in people:
            named = [word.lower() for word in re.findall(r"[^\W\d_]+", sentence.speaker)]
            genders = [words.genders.get(w, "") or words.names.get(w, "") for w in named]
            ages = [words.ages.get(word, "") for word in named]
            people[id_] = Person(
                id_,
                sentence.speaker,
                next(filter(None, genders), ""),
                next(filter(None, ages), ""),
                named=True,
            )
        lines.append(Line(sentence.start, sentence.end, id_, 1.0))
    return Dialogue(tuple(lines), tuple(people.values()))


def _line_of(sentence: Sentence, lines: Sequence[Line]) -> Line | None:
    """The line that most of a stretch belongs to."""
    best, most = None, (sentence.end - sentence.start) / 2
    for line in lines[bisect_right(lines, sentence.start, key=lambda line: line.end) :]:
        if line.start >= sentence.end:
            break
        shared = min(line.end, sentence.end) - max(line.start, sentence.start)
        if shared > most:
            best, most = line, shared
    return best


def _identities(people: Iterable[Person], appearing: Sequence[Character]) -> dict[str, str]:
    """The id of each speaker: that of the character who appears under one of their names."""
    ids: dict[str, str] = {}
    for person in people:
        known = {fold(word) for word in (person.id, person.name, *person.keys)}
        seen = next((who.id for who in appearing if known & set(_called(who))), "")
        ids[person.id] = person.id if not seen or seen in ids.values() else seen
    return ids


def _characters(
    people: Iterable[Person], ids: Mapping[str, str], appearing: Sequence[Character]
) -> list[Character]:
    """Who appears, then who is only heard."""
    heard = {ids[person.id]: person for person in people}
    seen = {who.id for who in appearing}
    return [
        *appearing,
        *(
            Character(id_, person.name, aliases=tuple(sorted(person.keys - {person.name.lower()})))
            for id_, person in heard.items()
            if id_ not in seen
        ),
    ]


def _wishes(
    asked: Iterable[story_pb2.CastVoice], characters: Sequence[Character]
) -> dict[str, str]:
    """The voices that the caller chose, by id."""
    return {
        who.id: one.voice
        for one in asked
        for who in characters
        if fold(one.character) in _called(who)
    }


def _meant(name: str, characters: Sequence[Character], voices: Mapping[str, str]) -> bool:
    return any(fold(name) in _called(who) and who.id in voices for who in characters)


def _called(who: Character) -> list[str]:
    return [fold(word) for word in (who.id, who.name, *who.aliases)]


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60]
    return f"{slug}-2" if slug == NARRATOR else slug or "someone"
