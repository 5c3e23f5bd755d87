"""Pronouncing dictionaries, read from the packages that carry them.

English: misaki's (Apache-2.0), which Kokoro was trained with. Its Python code is not used, because
it needs spaCy, an LGPL library and espeak-ng (GPL) at import. Behind it, and for French, the
`gruut-lang-*` packages (MIT): a dictionary in SQLite and models for words that are in none.
It does not know how words are chosen or joined.
"""

from __future__ import annotations

import importlib.resources
import json
import sqlite3
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from lanternist.runtime.errors import FailedPreconditionError

Pronunciation = str | Mapping[str, str | None]
"""Sounds, or sounds by word class with a `DEFAULT`; None where the letters are named instead."""


def misaki_dictionary(name: str) -> dict[str, Pronunciation]:
    """One of misaki's dictionaries: `us_gold`, `us_silver`, `gb_gold`, `gb_silver`.

    `gold` was checked by hand, `silver` was not.

    Raises:
        FailedPreconditionError: The package is not installed.
    """
    file = importlib.resources.files(_package("misaki")).joinpath(f"data/{name}.json")
    return cast(dict[str, Pronunciation], json.loads(file.read_text(encoding="utf-8")))


def gruut_directory(language: str) -> Path:
    """Folder of `gruut-lang-<language>`: `lexicon.db`, `g2p/model.crf`, `pos/model.crf`.

    Raises:
        FailedPreconditionError: The package is not installed.
    """
    return Path(str(importlib.resources.files(_package(f"gruut_lang_{language}"))))


def gruut_dictionary(lexicon: Path) -> dict[str, str]:
    """A gruut dictionary's first pronunciation of each word; IPA without separators."""
    with sqlite3.connect(f"file:{lexicon}?mode=ro&immutable=1", uri=True) as database:
        rows = database.execute("SELECT word, phonemes FROM word_phonemes ORDER BY pron_order DESC")
        return {word: phonemes.replace(" ", "") for word, phonemes in rows}


def _package(name: str) -> str:
    if find_spec(name) is None:
        raise FailedPreconditionError(
            f"The pronouncing dictionary {name!r} is not installed.",
            reason="DICTIONARY_MISSING",
            metadata={"package": name.replace("_", "-")},
        )
    return name
