"""Which language a text is written in, from its script and its commonest words.

Small on purpose: it tells apart the languages that the voices here speak and their neighbours, and
says nothing when the text is too short to tell. It does not know which languages can be spoken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_SAMPLE_CHARS = 20_000
_MIN_HITS = 2

# The words that make up most of any text of a language, and words that no neighbour shares.
_COMMON: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to was he she it that his her in with had for they you not said but "
        "were when there from into is at as on be this have by who what my your a i me about do "
        "how can could would",
        "fr": "le la les et de des du un une dans il elle était que qui ne pas sur son sa ses "
        "pour avec au aux est ce cette vous nous je mais dit comme plus ils elles où",
        "es": "el la los las y de que en un una era su con por para no se del al lo como pero "
        "más muy dijo cuando ella él había sus está",
        "it": "il lo la gli le e di che un una era con per non si del della nel nella come ma più "
        "disse quando lei suo sua sono anche alla",
        "pt": "o a os as e de que um uma era com por para não se do da no na como mas mais ele "
        "ela disse quando seu sua ao muito estava",
        "de": "der die das und ein eine war er sie es nicht mit ihr sich auf ist den dem des im in "
        "zu von als aber sagte wie ich",
        "nl": "de het een en van was hij zij ze niet met op is dat in te voor zijn haar maar als "
        "zei er naar aan ik",
    }.items()
}

_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
}

NAMES: Mapping[str, str] = {
    "en": "English", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "de": "German", "nl": "Dutch", "ja": "Japanese", "ko": "Korean", "zh": "Chinese",
    "ru": "Russian", "el": "Greek", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "th": "Thai",
}  # fmt: skip


def base(language: str) -> str:
    """The primary subtag of a BCP-47 tag, lower case: `fr` for `fr-CA`."""
    return language.partition("-")[0].lower()


def detect(text: str) -> str:
    """The language of a text as a BCP-47 primary subtag; empty when it cannot be told.

    A text mostly in another script than Latin goes by its script. Else the language wins whose
    commonest words make up most of the text, provided that there are two of them and no tie.
    """
    sample = text[:_SAMPLE_CHARS]
    scripts = Counter(
        unicodedata.name(letter, "").partition(" ")[0] for letter in sample if letter.isalpha()
    )
    if not scripts:
        return ""
    if any(scripts[script] * 10 > scripts.total() for script in ("HIRAGANA", "KATAKANA")):
        return "ja"
    script = scripts.most_common(1)[0][0].partition("-")[0]
    if script != "LATIN":
        return _SCRIPTS.get(script, "")
    words = Counter(re.findall(r"[^\W\d_]+", sample.lower()))
    hits = sorted(
        ((sum(words[word] for word in common), code) for code, common in _COMMON.items()),
        reverse=True,
    )
    (best, language), (second, _) = hits[0], hits[1]
    return language if best >= _MIN_HITS and best > second else ""
