"""From Kokoro's symbols to IPA as espeak-ng writes it, which Piper-format voices were trained on.

French and other plain IPA passes unchanged: only English has symbols of its own. Derived by
comparing the two notations word by word. It does not know words.
"""

from __future__ import annotations

import re

_MARKS = str.maketrans({"“": "", "”": "", "…": ".", "—": ",", "¶": ""})
_AMERICAN = (
    ("ɜɹ", "ɜː"), ("əɹ(?=[ˈˌ]|[AIOWYiuæɑɔəɛɜɪʊʌ])", "əɹ"), ("əɹ", "ɚ"), ("ɑ(?!ː)", "ɑː"),
    ("ɔ(?!ː)", "ɔː"), ("(?<=[ˈˌ])i(?!ː)", "iː"), ("(?<=j)u(?!ː)", "uː"), ("(?<=[ˈˌ])u(?!ː)", "uː"),
)  # fmt: skip
_ENGLISH = (
    ("A", "eɪ"), ("I", "aɪ"), ("O", "oʊ"), ("Q", "əʊ"), ("W", "aʊ"), ("Y", "ɔɪ"), ("ʤ", "dʒ"),
    ("ʧ", "tʃ"), ("T", "ɾ"), ("ᵊ", "ə"),
)  # fmt: skip


def to_espeak(sounds: str, language: str) -> str:
    """One word's or mark's symbols, as espeak-ng would have written them."""
    sounds = sounds.translate(_MARKS)
    if not language.startswith("en"):
        return sounds
    if language == "en-US":
        for pattern, new in _AMERICAN:
            sounds = re.sub(pattern, new, sounds)
    for old, new in _ENGLISH:
        sounds = sounds.replace(old, new)
    return sounds
