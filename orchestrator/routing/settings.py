# ruff: noqa: E501 - a pattern that is broken up is harder to read than a long one
"""Settings that people put into words: "four variations", "16:9", "in a British accent", "en trois phrases".

Patterns over folded text, per intent: "slowly" is a setting of speech and a word like any other in a
question. Quotations are never read, nor the material after a colon except a picture's description:
"Say: walk slowly" asks for no pace. This module does not decide what is asked for, nor which values a
model takes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.routing.intents import Intent
from orchestrator.routing.utterance import QUOTED, fold_in_place, words

Lexicon = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A setting in words.

    Attributes:
        name: A field of `AssistantParameters`, or `aspect` (width:height, for the model to size).
        value: As the contract writes it: `4`, `en-GB`, `mp3`.
        words: The words that say it, as written.
        start: Offset of its first character in the text.
        end: Offset after its last character.
        part_of_prompt: Whether the words stay in the prompt, because they make no sense apart from it.
    """

    name: str
    value: str
    words: str
    start: int
    end: int
    part_of_prompt: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one setting is said."""

    name: str
    intents: frozenset[Intent]
    pattern: re.Pattern[str]
    value: Callable[[str], str | None]
    part_of_prompt: bool = False


_WORDS: Lexicon = tomllib.loads(
    Path(__file__).with_name("settings.toml").read_text(encoding="utf-8")
)
_FRENCH_LETTERS = re.compile(r"[éèêàçùâîôûœ]|\b[ldjcmnst]['’]|\bqu['’]", re.IGNORECASE)

_IMAGE = frozenset({Intent.IMAGE})
_DRAWN = frozenset({Intent.IMAGE, Intent.STORY})
_SPEECH = frozenset({Intent.SPEECH})
_SPOKEN = frozenset({Intent.SPEECH, Intent.STORY})
_WRITTEN = frozenset({Intent.TEXT, Intent.SPEECH, Intent.STORY})
_HEARD = frozenset({Intent.TRANSCRIPTION})
_EVERY = frozenset(Intent)

_THINGS = (
    r"(?:variations?|variantes?|versions?|images?|pictures?|drawings?|dessins?|illustrations?|sketch(?:es)?|croquis"
    r"|options?|thumbnails?|vignettes?|logos?|posters?|affiches?|portraits?|icons?|icones?|photos?|paintings?"
    r"|peintures?|tableaux|alternatives?|takes?|wallpapers?|renders?|designs?|propositions?|watercolou?rs?|aquarelles?)"
)
_PART = r"(?:\w+[- ]){0,2}?"  # "four different black-and-white drawings"
_VOICE = r"(?:voices?|voix|tone|narrator|speaker|reader|narrateur|narratrice)"


_SHAPES = {
    shape
    for a, b in ((1, 1), (4, 3), (3, 2), (16, 9), (16, 10), (21, 9), (2, 1), (5, 4), (3, 1), (18, 9), (7, 5))
    for shape in ((a, b), (b, a))
}  # fmt: skip


def _any(table: str) -> str:
    return "(?:" + "|".join(_WORDS[table].values()) + ")"


def _lookup(table: str) -> Callable[[str], str | None]:
    entries = [(value, re.compile(words)) for value, words in _WORDS[table].items()]

    def value(said: str) -> str | None:
        return next((name for name, pattern in entries if pattern.fullmatch(said)), None)

    return value


def _number(said: str) -> str | None:
    return said if said.isdecimal() else _lookup("numbers")(said)


def _as_is(said: str) -> str | None:
    return said.replace(",", ".").replace(" ", "")


def _shape(said: str) -> str | None:
    width, height = map(int, said.split(":"))
    return said if (width, height) in _SHAPES else None  # half past ten is no shape


def _pace(said: str) -> str | None:
    number = _as_is(said)
    return number if number and 0.5 <= float(number) <= 2 else None


def _rule(
    name: str, intents: frozenset[Intent], pattern: str, value: Callable[[str], str | None],
    *, part_of_prompt: bool = False,
) -> _Rule:  # fmt: skip
    return _Rule(name, intents, re.compile(pattern), value, part_of_prompt)


_N = rf"(?P<v>\d{{1,3}}|{_any('numbers')})"
_DECIMAL = r"(?P<v>\d{1,2}(?:[.,]\d{1,2})?)"
_ABOUT = r"(?:with |using |avec |at |a |in |en |dans )?"
_AS = r"(?:as |in |into |to |en |au |a |format |with |avec )"
_BY = r"(?:in |as |with |en |au |a l'|a la |a |avec |dans |style )"

# In the order in which they are tried; the words of one setting are not read for another.
_RULES = (
    _rule("seed", _EVERY, r"\b(?:with |avec )?(?:the |la )?(?:seed|graine)\s*[:=]?\s*(?P<v>\d{1,15})\b", _as_is),
    _rule("guidance_scale", _IMAGE, rf"\b{_ABOUT}guidance(?: scale)?\s*[:=]?\s*(?:of )?{_DECIMAL}\b", _as_is),
    _rule("step_count", _IMAGE, r"\b(?:with |in |using |avec |en )?(?P<v>\d{1,3}) (?:steps|etapes)\b(?: and\b)?", _as_is),
    _rule("quality", _IMAGE, r"\b(?:with |at |avec )?(?:quality|qualite)\s*[:=]?\s*(?P<v>\d{1,3})\b", _as_is),
    _rule("temperature", _WRITTEN, rf"\b{_ABOUT}temperature\s*[:=]?\s*(?:of )?{_DECIMAL}\b", _as_is),
    _rule("size", _DRAWN, r"\b(?:at |in |en )?(?P<v>\d{2,4}\s*(?:x|×|by|par)\s*\d{2,4})(?: ?(?:px|pixels))?\b", lambda v: re.sub(r"\D+", "x", v)),
    _rule("aspect", _DRAWN, r"(?<![\d:])(?:in |at |en |au format |format |aspect ratio |ratio )*(?P<v>\d{1,2}:\d{1,2})(?![\d:])(?: (?:format|aspect(?: ratio)?|ratio))?", _shape),
    _rule("aspect", _DRAWN, rf"\b(?:in (?:a )?|en |au |as an? )?(?:format )?(?P<v>{_any('aspects')}) (?:format|orientation|mode|aspect|ratio|layout)\b", _lookup("aspects")),
    _rule("aspect", _DRAWN, rf"\b(?:au |en |in )?(?:format|orientation|mode)\s*:?\s*(?P<v>{_any('aspects')})\b", _lookup("aspects")),
    _rule("aspect", _DRAWN, rf"(?:\bas an? |, ?)(?P<v>{_any('aspects')})(?=\s*(?:[,.;!?]|$))", _lookup("aspects")),
    _rule("aspect", _IMAGE, rf"(?P<v>{_WORDS['aspects']['1:1']}) (?=(?:{_THINGS}|(?:album |book )?cover|pochette)\b)", _lookup("aspects")),
    _rule("count", _IMAGE, rf"(?<!with )(?<!avec )(?<!of )(?<!de )\b(?P<v>\d{{1,2}}|{_any('numbers')})(?= {_PART}{_THINGS}\b)", lambda v: _several(_number(v))),
    _rule("image_encoding", _IMAGE, rf"\b{_AS}(?:an? )?(?P<v>{_any('image_files')})\b(?: (?:file|format|image))?", _lookup("image_files")),
    _rule("style", _DRAWN, r"\b(?:in|dans|a|en) (?:the |le )?(?:style|manner|maniere) (?:of |de |d')(?:a |an |une? |l[ae] )?(?P<v>[^,.;:!?]+)", lambda v: v.strip()),
    _rule("style", _DRAWN, rf"\b{_BY}(?:an? |une? )?(?P<v>{_any('styles')})(?: (?:style|pictures|drawings|illustrations|images))?\b", _lookup("styles")),
    _rule("style", _DRAWN, rf"\b(?P<v>{_any('styles')})(?= (?:of|d'|de|du|des|with|avec|pictures|style)\b)", _lookup("styles")),
    _rule("style", _DRAWN, rf"\b(?P<v>{_any('styles')})(?: style)?(?=\s+\w)", _lookup("styles")),
    _rule("style", _DRAWN, rf"(?<=, )(?P<v>{_any('styles')})(?=\s*(?:[,.;!?]|$))", _lookup("styles")),
    _rule("style", _IMAGE, rf"^(?:please |can you |could you )?(?P<v>{_WORDS['styles']['sketch']})(?= )", lambda v: "sketch"),
    _rule("negative_prompt", _IMAGE, r"\b(?:without(?: any)?|sans) (?P<v>[^,.;:!?]+?)(?=\s+(?:in|as|at|with|en|au|avec)\b|[,.;:!?]|$)", lambda v: v.strip()),
    _rule("voice", _SPOKEN, r"\b(?:(?:with|using|use|in|avec|par|a l'aide de) )?(?:the |la )?(?:voice|voix) (?P<v>[a-z]{2}_[a-z0-9]+)\b", _as_is),
    _rule("voice_gender", _SPOKEN, rf"\b(?:with |in |using |use |have |let |avec |d'|par )?(?:an? |the |une? |la )?(?:deep |soft |low |calm |warm |young |old )*(?P<v>{_any('genders')}) {_VOICE}", _lookup("genders")),
    _rule("voice_gender", _SPOKEN, rf"\b(?:have|let|fais lire par|lu[e]? par|read by|spoken by)(?: an?| une?) (?P<v>{_any('genders')})\b", _lookup("genders")),
    _rule("voice_gender", _SPOKEN, rf"\b(?:avec |d')?une voix (?:de |d'|grave |douce |calme )*(?P<v>{_any('genders')})\b", _lookup("genders")),
    _rule("language", _SPOKEN, rf"\b(?:in|with|using|avec|d')(?: an?| un| l')? ?(?:strong |soft |light |fort |leger |legere )?(?P<v>{_any('accents')}) accent\b", _lookup("accents")),
    _rule("language", _SPOKEN, rf"\b(?:avec |d')?(?:un |l')?accent (?P<v>{_any('accents')})\b", _lookup("accents")),
    _rule("language", _SPOKEN, rf"\b(?:(?:use|with|in) )?an? (?P<v>{_any('accents')})(?= (?:{_any('genders')} )?voice\b)", _lookup("accents")),
    _rule("language", _SPOKEN | _HEARD, rf"\b(?:in|en) (?P<v>{_any('languages')})\b", _lookup("languages")),
    _rule("language", _HEARD, rf"\b(?P<v>{_any('languages')}) (?=recording|audio|speech|interview|file|clip|podcast)", _lookup("languages")),
    _rule("language", frozenset({Intent.TEXT}), rf"\b(?:answer|reply|respond|reponds|repondez|ecris|redige|write|explain|explique)\b[^,.;:!?]{{0,40}}? (?:in|en) (?P<v>{_any('languages')})\b", _lookup("languages"), part_of_prompt=True),
    _rule("speed", _SPOKEN, r"\b(?:at |a |with )?(?:a )?(?:speed|vitesse|rate)(?: of)?\s*[:=]?\s*(?P<v>\d(?:[.,]\d{1,2})?)\s*x?\b", _pace),
    _rule("speed", _SPOKEN, r"\b(?:at |a )?(?P<v>\d(?:[.,]\d{1,2})?)\s?(?:x|times)(?: (?:the )?(?:normal )?speed)?(?!\w)", _pace),
    _rule("speed", _SPOKEN, rf"\b(?:a (?:bit|little) |un peu |told |spoken )?(?P<v>{_any('speeds')})\b", _lookup("speeds")),
    _rule("audio_encoding", _SPEECH, rf"\b(?:{_AS})?(?:an? |un )?(?P<v>{_any('audio_files')})\b(?: (?:file|format|audio))?", _lookup("audio_files")),
    _rule("sentence_count", _WRITTEN, rf"\b(?:in |en |of |with |write |ecris )?(?:just |only |exactly |seulement )?{_N} (?:short |simple |courtes? )?(?:sentences?|phrases?)\b", _number, part_of_prompt=True),
    _rule("telling", frozenset({Intent.STORY}), rf"\b(?:with |avec |in )?(?P<v>{_any('tellings')})", _lookup("tellings")),
    _rule("skip_word_timings", _HEARD, r"\b(?P<v>without (?:any )?(?:timestamps?|times?|timings?)|no timestamps?|sans (?:les )?(?:horodatages?|temps|minutage))\b", lambda _: "true"),
)  # fmt: skip


def find(text: str, intent: Intent) -> list[Found]:
    """The settings in a text, in the order in which they stand; the first of each name counts."""
    plain = fold_in_place(_instructions(text, intent))
    found: dict[str, Found] = {}
    for rule in _RULES:
        name = "aspect" if rule.name == "size" else rule.name
        if intent not in rule.intents or name in found:
            continue
        for match in rule.pattern.finditer(plain):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in found.values()):
                continue
            value = rule.value(match["v"])
            if value is not None:
                if rule.name in ("style", "negative_prompt"):
                    value = _as_written(text, match, value)
                found[name] = Found(
                    name, value, text[start:end].strip(" ,"), start, end, rule.part_of_prompt
                )
                break
    return sorted(found.values(), key=lambda one: one.start)


def _as_written(text: str, match: re.Match[str], value: str) -> str:
    """Free words keep their capitals and accents; words of the lexicon are its own."""
    return value if value in _WORDS["styles"] else text[match.start("v") : match.end("v")].strip()


def _several(number: str | None) -> str | None:
    return number if number and 2 <= int(number) <= 16 else None


def _instructions(text: str, intent: Intent) -> str:
    """The text with everything blanked that is not about how to do it; offsets stay."""
    plain = QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    if intent is Intent.IMAGE:
        return plain
    for colon in re.finditer(r"(?<=\S):(?=\s)|\n", plain):
        if colon.start() > 0:
            return plain[: colon.start()] + " " * (len(plain) - colon.start())
    return plain


def names() -> Iterator[str]:
    """Every setting that can be found."""
    yield from dict.fromkeys("aspect" if rule.name == "size" else rule.name for rule in _RULES)


def seems(text: str) -> str:
    """`fr` or `en`, when the words are more of one than of the other; else empty."""
    said = words(text)
    counts = {
        language: sum(word in common.split() for word in said)
        for language, common in _WORDS["common"].items()
    }
    counts["fr"] += 2 * len(_FRENCH_LETTERS.findall(text))
    if counts["fr"] == counts["en"]:
        return ""
    return max(counts, key=counts.__getitem__)
