"""The page speaks two languages completely: no key is missing, and none is left over."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[5] / "orchestrator" / "gateways" / "studio" / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))
DICTIONARIES: dict[str, dict[str, Any]] = {
    tongue: json.loads((PAGE / "words" / f"{tongue}.json").read_text(encoding="utf-8"))
    for tongue in ("en", "fr")
}
KEYS = set(DICTIONARIES["en"])
GROUPS = {key.partition(".")[0] for key in KEYS if "." in key}
# What looks like a key and is none.
NOT_KEYS = re.compile(r"\.(css|js|json|html|svg)$")


def forms(text: object) -> list[str]:
    return list(text.values()) if isinstance(text, dict) else [str(text)]


def marks(text: object) -> set[str]:
    return set().union(*(re.findall(r"\{(\w+)\}", form) for form in forms(text)))


def written() -> set[str]:
    """Keys that stand in a script as they are."""
    found = set()
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"""["'`]([a-z]+\.[A-Za-z_]+)["'`]""", text))
    return {key for key in found if key.partition(".")[0] in GROUPS and not NOT_KEYS.search(key)}


def beginnings() -> set[str]:
    """Beginnings of keys that a script completes."""
    texts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    return set(re.findall(r"`([a-z]+\.[a-z_]*)\$\{", texts))


def test_both_dictionaries_have_the_same_keys() -> None:
    assert list(DICTIONARIES["en"]) == list(DICTIONARIES["fr"])


@pytest.mark.parametrize("key", sorted(KEYS))
def test_both_languages_say_the_same_things(key: str) -> None:
    english, french = DICTIONARIES["en"][key], DICTIONARIES["fr"][key]
    assert marks(english) == marks(french)
    assert all(form.strip() for form in (*forms(english), *forms(french)))
    assert isinstance(english, dict) == isinstance(french, dict)


def test_every_key_that_is_said_exists() -> None:
    unknown = {key for key in written() - KEYS if not key.startswith(("draft.", "exports."))}
    assert not unknown


def test_every_key_is_said() -> None:
    begun = tuple(beginnings())
    assert not {key for key in KEYS - written() if "." in key and not key.startswith(begun)}


def test_nothing_is_written_in_the_page_past_the_dictionaries() -> None:
    """Labels go through `h`, whose `say`, `label`, `hint` and `tip` take keys."""
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert "innerHTML" not in text, path
        assert "outerHTML" not in text, path
        assert "insertAdjacentHTML" not in text, path
        assert "document.write" not in text, path
        for said in re.findall(r"\b(?:say|label|hint|tip|alt): \"([^\"]*)\"", text):
            assert path.name == "dom.js" or said in KEYS, f"{path.name}: {said}"
