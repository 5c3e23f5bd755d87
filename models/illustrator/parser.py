"""Words in, a scene in the composer's vocabulary out: English, and French as far as it goes.

Rules over a lexicon, no model: longest phrase first, at word boundaries. It never raises, whatever
it is given. It knows what words mean for a picture; not how anything is drawn.
"""

import re
from dataclasses import dataclass

from models.illustrator import parser_words as words
from models.illustrator.library import Library, fold
from models.illustrator.parser_nouns import Mention, mentions
from models.illustrator.parser_places import setting_of
from models.illustrator.parser_relations import subjects_from
from models.illustrator.parser_text import denied, language_of, matches, tokenize
from models.illustrator.scene import Scene

MAX_CHARACTERS = 20_000
MAX_SUBJECTS = 6


@dataclass(frozen=True, slots=True)
class Parse:
    """What was understood.

    `not_understood` are nouns and words of other scripts that nothing could be made of.
    `excluded` are library keys that the words deny ("no moon").
    """

    scene: Scene
    not_understood: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse(text: str) -> Parse:
    """Reads a text, a sentence up to a page, as one scene. Never raises.

    What the text does not say stays empty in the scene. At most six subjects are kept, those named
    first; more than 20,000 characters are not read.
    """
    text = text[:MAX_CHARACTERS]
    tokens = tokenize(text)
    library = Library.load()
    found, unknown, excluded = mentions(tokens, library, language_of(tokens))
    setting, used = setting_of(tokens, found)
    found = [one for one in found if not _is_the_place(one, used, setting, tokens)]
    kept = found[:MAX_SUBJECTS]
    subjects = subjects_from(kept, tokens)
    time = _time(tokens)
    weather = _weather(tokens)
    season = _strongest(tokens, words.SEASONS)
    if weather == "snow" and not season:
        season = "winter"
    if season == "winter" and not setting and ("snow" in tokens or "neige" in tokens):
        setting = "snow"
    scene = Scene(
        subjects=subjects,
        setting=setting,
        time_of_day=time,
        weather=weather,
        season=season,
        mood=_strongest(tokens, words.MOODS),
        framing=_strongest(tokens, words.FRAMINGS),
    )
    return Parse(scene, tuple(dict.fromkeys([*unknown, *_foreign(text)]))[:12], excluded)


def _strongest(tokens: list[str], table: dict[str, str]) -> str:
    """The value named most often; of equals, the first."""
    score: dict[str, int] = {}
    for start, end, value in matches(tokens, table):
        if not denied(tokens, start):
            score[value] = score.get(value, 0) + (end - start)
    return max(score, key=lambda value: score[value]) if score else ""


def _weather(tokens: list[str]) -> str:
    """The weather named most often; wind and rain together are a storm."""
    values = {value for at, _, value in matches(tokens, words.WEATHERS) if not denied(tokens, at)}
    return "storm" if {"wind", "rain"} <= values else _strongest(tokens, words.WEATHERS)


def _time(tokens: list[str]) -> str:
    plain: dict[str, int] = {}
    faint: dict[str, int] = {}
    for start, end, value in matches(tokens, words.TIMES):
        if denied(tokens, start) or _on_the_moon(tokens, start, end):
            continue
        phrase = " ".join(tokens[start:end])
        target = faint if phrase in words.FAINT_TIMES else plain
        target[value] = target.get(value, 0) + 1
    if plain:
        return max(plain, key=lambda value: plain[value])
    if "night" in faint:
        return "night"
    named_day = any(t in {"morning", "matin", "sun", "soleil"} for t in tokens)
    return "day" if faint and named_day else ""


def _on_the_moon(tokens: list[str], start: int, end: int) -> bool:
    """ "On the moon" and "to the moon" are places, "among the stars" too."""
    before = " ".join(tokens[max(0, start - 2) : start])
    return " ".join(tokens[start:end]) in {"moon", "lune", "stars", "etoiles"} and before in {
        "on the", "to the", "sur la", "vers la", "among the", "parmi les",
    }  # fmt: skip


def _of_the_place(one: Mention, used: tuple[int, int], tokens: list[str]) -> bool:
    """ "In the kitchen of the castle": the castle is outside."""
    between = set(tokens[used[1] : one.start])
    led = bool(between & {"of", "du", "de", "d"})
    led = led and between <= {"of", "the", "a", "du", "de", "la", "l", "d", "un", "une"}
    return led and Library.load().items[one.key].kind == "building"


def _is_the_place(
    one: Mention, used: tuple[int, int] | None, setting: str, tokens: list[str]
) -> bool:
    """Whether a mention is the word that named the setting, and no thing to draw besides it."""
    if used is None:
        return False
    if _of_the_place(one, used, tokens):
        return True
    if not (used[0] <= one.start and one.end <= used[1]):  # not a street lamp
        return False
    return setting != "" and not (
        one.key in {"planet", "table"} or (one.key == "moon" and setting != "moon")
    )


def _foreign(text: str) -> list[str]:
    """Words of scripts that the lexicon does not cover."""
    found = re.findall(r"[^\W\d_]+", text)
    return [word for word in found if not fold(word).isascii()][:6]
