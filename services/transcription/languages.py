"""Languages as Whisper names them, from and to BCP-47 tags.

Whisper uses ISO 639-1 codes of its day; a few have changed, and some tags name a variety of what it
knows. It does not know which model is loaded: that is `known`.
"""

from __future__ import annotations

from collections.abc import Callable

from lanternist.runtime.errors import InvalidArgumentError

_WHISPER_CODES = {
    "jv": "jw",  # Javanese: ISO withdrew `jw` in 2001
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "nb": "no",
    "cmn": "zh",
    "fil": "tl",
    "arb": "ar",
    "swh": "sw",
}
_TAGS = {"jw": "jv"}

UNDETERMINED = "und"


def whisper_code(tag: str, known: Callable[[str], bool]) -> str:
    """Whisper's code of a BCP-47 tag: `en` for `en-GB`.

    Args:
        tag: As the caller wrote it.
        known: Whether the loaded model knows a code.

    Raises:
        InvalidArgumentError: It does not; the field is `language`.
    """
    primary = tag.strip().replace("_", "-").lower().partition("-")[0]
    code = _WHISPER_CODES.get(primary, primary)
    if not code.isalpha() or not known(code):
        raise InvalidArgumentError(
            "language",
            f"{tag[:35]!r} is not a language that this model knows.",
            reason="LANGUAGE_NOT_SUPPORTED",
        )
    return code


def bcp47_tag(code: str) -> str:
    """The BCP-47 tag of one of Whisper's codes."""
    return _TAGS.get(code, code)
