"""The art library: which nouns can be drawn, with which art, under which licence.

Reads the compiled file of `build_library` once. It knows words and drawings, no scenes; it imports
no image library, so the parser and the planner may use it anywhere.
"""

import gzip
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from models.illustrator.scene import plural

_FILE = Path(__file__).parent / "art" / "library.json.gz"
UNIT = 32.0
"""Drawings are 32 units square."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One piece of art: SVG elements without the enclosing `<svg>`.

    `view` is the side of its own square; `box` is the ink's left, top, right, bottom and `hem` the
    lowest row's left, right and three colours, in units of that square. `main` is the colour that
    covers most. `tones` holds the same art
    in five skin tones, light to dark, or nothing.
    """

    body: str
    box: tuple[float, float, float, float]
    view: float = UNIT
    tones: tuple[str, ...] = ()
    hem: tuple[Any, ...] = ()
    main: str = "#808080"


@dataclass(frozen=True, slots=True)
class Item:
    """One noun that can be drawn.

    `form` says how: "art" (as it is), "head" or "bust" (a person whose body figures draws), "face"
    (an animal likewise). `size` is the larger side of the picture against the height of a grown
    person.
    """

    key: str
    form: str
    art: tuple[str, ...]
    options: tuple[str, ...]
    english: tuple[str, ...]
    french: tuple[str, ...]
    size: float
    kind: str
    tags: frozenset[str]
    licence: str


@dataclass(frozen=True, slots=True)
class Library:
    """Every noun and drawing."""

    items: Mapping[str, Item]
    drawings: Mapping[str, Drawing]
    sources: tuple[Mapping[str, str], ...] = ()
    english: Mapping[str, str] = field(default_factory=dict)
    """A folded word or phrase, singular or plural, to the key of its item."""
    french: Mapping[str, str] = field(default_factory=dict)
    singulars: frozenset[str] = frozenset()

    @staticmethod
    @cache
    def load() -> "Library":
        """Reads the library shipped with the program; later calls return the same object."""
        document = json.loads(gzip.decompress(_FILE.read_bytes()))
        items = {entry["key"]: _item(entry) for entry in document["items"]}
        drawings = {
            name: Drawing(
                body=entry["body"],
                box=tuple(entry["box"]),
                view=entry.get("view", UNIT),
                tones=tuple(entry.get("tones", ())),
                hem=tuple(entry.get("hem", ())),
                main=entry["main"],
            )
            for name, entry in document["art"].items()
        }
        english: dict[str, str] = {}
        french: dict[str, str] = {}
        for inflect in (_as_it_is, _inflected):  # a plural never takes a singular's place
            for item in items.values():
                for word in item.english:
                    for form in inflect(word, "en"):
                        english.setdefault(fold(form), item.key)
                for word in item.french:
                    for form in inflect(word, "fr"):
                        french.setdefault(fold(form), item.key)
        singulars = frozenset(
            fold(word) for item in items.values() for word in (*item.english, *item.french)
        )
        return Library(items, drawings, tuple(document["sources"]), english, french, singulars)

    def find(self, noun: str) -> Item | None:
        """The item for a noun or noun phrase, by its longest known ending; None if there is none.

        "little red hen" finds the hen, "Foxes" the fox, "œuf d'or" the golden egg.
        """
        tokens = fold(noun).split()
        for start in range(len(tokens)):
            key = self._key(tokens[start:])
            if key is not None:
                return self.items[key]
        # French and "of" phrases carry their noun in front: "sack of flour", "chat gris".
        for end in range(len(tokens) - 1, 0, -1):
            key = self._key(tokens[:end])
            if key is not None:
                return self.items[key]
        return None

    def _key(self, tokens: list[str]) -> str | None:
        phrase = " ".join(tokens)
        return self.english.get(phrase) or self.french.get(phrase)


def fold(text: str) -> str:
    """Lower case, no accents, no hyphens or typographic quotes: the form words are compared in."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("’", "'").replace("-", " ")
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _item(entry: Mapping[str, Any]) -> Item:
    kind, *tags = entry["tags"]
    return Item(
        key=entry["key"],
        form=entry["form"],
        art=tuple(entry["art"]),
        options=tuple(entry["options"]),
        english=tuple(entry["en"]),
        french=tuple(entry["fr"]),
        size=entry["size"],
        kind=kind,
        tags=frozenset(tags),
        licence=entry["licence"],
    )


def _as_it_is(word: str, language: str) -> Iterator[str]:
    del language
    yield word


def _inflected(word: str, language: str) -> Iterator[str]:
    if language == "en":
        yield plural(word)
    else:
        yield from _french_plurals(word)


def _french_plurals(word: str) -> Iterator[str]:
    """Plural forms of a French noun or noun phrase; inflects every word up to a preposition."""
    if word.endswith(("s", "x", "z")):
        return
    lead: list[str] = []
    for index, part in enumerate(word.split(" ")):
        if part in {"de", "d", "a", "à", "en", "du", "aux"} or part.startswith("d'"):
            lead += word.split(" ")[index:]
            break
        if part.endswith(("eau", "eu", "ou")):
            lead.append(part + "x")
        elif part.endswith("al"):
            lead.append(part[:-2] + "aux")
        elif part.endswith(("s", "x", "z")):
            lead.append(part)
        else:
            lead.append(part + "s")
    yield " ".join(lead)
    yield word + "s"
