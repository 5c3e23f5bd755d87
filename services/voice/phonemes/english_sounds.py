"""English sounds as strings: stress, endings, and the way from plain IPA to Kokoro's symbols.

The symbols are misaki's (https://github.com/hexgrad/misaki, EN_PHONES.md): one letter for each
diphthong (`A` eɪ, `I` aɪ, `O` oʊ, `Q` əʊ, `W` aʊ, `Y` ɔɪ) and affricate (`ʤ`, `ʧ`).
It does not know words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PRIMARY, SECONDARY = "ˈ", "ˌ"
VOWELS = frozenset("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻɐ")
_FLAPPED_AFTER = frozenset("AIOWYiuæɑəɛɪɹʊʌ")

_TO_KOKORO = {
    "t͡ʃ": "ʧ", "d͡ʒ": "ʤ", "eɪ": "A", "aɪ": "I", "oʊ": "O", "aʊ": "W", "ɔɪ": "Y",
    "ˈɚ": "ˈɜɹ", "ˌɚ": "ˌɜɹ", "ɚ": "əɹ", "r": "ɹ", "x": "k",
}  # fmt: skip
_TO_BRITISH = (
    ("O", "Q"), ("ɑɹ(?![VOWEL])", "ɑː"), ("ɔɹ(?![VOWEL])", "ɔː"), ("ɜɹ(?![VOWEL])", "ɜː"),
    ("əɹ(?![VOWEL])", "ə"), ("ɪɹ(?![VOWEL])", "ɪə"), ("ɛɹ(?![VOWEL])", "ɛː"),
    ("ʊɹ(?![VOWEL])", "ʊə"), ("ɑ(?!ː)", "ɒ"), ("ɔ(?!ː)", "ɔː"), ("æ", "a"), ("(?<=[ˈˌ])i", "iː"),
    ("(?<=[ˈˌ])u", "uː"),
)  # fmt: skip


def from_general_american(ipa: str, *, british: bool) -> str:
    """IPA of General American, as CMU-based dictionaries write it, in Kokoro's symbols."""
    sounds = ipa
    for old, new in _TO_KOKORO.items():
        sounds = sounds.replace(old, new)
    if PRIMARY not in sounds:
        sounds = stressed(sounds)
    if british:
        for pattern, new in _TO_BRITISH:
            sounds = re.sub(pattern.replace("VOWEL", "ˈˌ" + "".join(sorted(VOWELS))), new, sounds)
    return sounds


def stressed(sounds: str) -> str:
    """With a primary stress: the secondary one promoted, or the first vowel given one."""
    if PRIMARY in sounds:
        return sounds
    if SECONDARY in sounds:
        return sounds.replace(SECONDARY, PRIMARY, 1)
    for at, sound in enumerate(sounds):
        if sound in VOWELS:
            return sounds[:at] + PRIMARY + sounds[at:]
    return sounds


def join_letters(names: Sequence[str]) -> str:
    """The names of letters said as one word: stress on the last (`ˌɛfˌbiˈI`)."""
    weak = [name.replace(PRIMARY, SECONDARY) for name in names]
    if weak:
        weak[-1] = weak[-1].replace(SECONDARY, PRIMARY, 1)
    return "".join(weak)


def plural(stem: str, *, british: bool) -> str:
    """The sounds of -s: cats, dogs, horses."""
    last = stem[-1:]
    if last in tuple("ptkfθ"):
        return f"{stem}s"
    if last in tuple("szʃʒʧʤ"):
        return f"{stem}{'ɪ' if british else 'ᵻ'}z"
    return f"{stem}z"


def past(stem: str, *, british: bool) -> str:
    """The sounds of -ed: walked, played, wanted."""
    last = stem[-1:]
    weak = "ɪ" if british else "ᵻ"
    if last in tuple("pkfθʃsʧ"):
        return f"{stem}t"
    if last == "d":
        return f"{stem}{weak}d"
    if last != "t":
        return f"{stem}d"
    if not british and stem[-2:-1] in _FLAPPED_AFTER:
        return f"{stem[:-1]}ɾᵻd"
    return f"{stem}{weak}d"


def progressive(stem: str, *, british: bool) -> str:
    """The sounds of -ing: an American `t` between vowels is flapped, a British `r` comes back."""
    if british and stem[-1:] in ("ə", "ː"):
        return f"{stem}ɹɪŋ"
    if not british and stem[-1:] == "t" and stem[-2:-1] in _FLAPPED_AFTER:
        return f"{stem[:-1]}ɾɪŋ"
    return f"{stem}ɪŋ"
