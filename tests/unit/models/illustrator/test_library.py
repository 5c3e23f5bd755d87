"""The art library: what it holds, that every piece is accounted for, that it is not stale."""

import gzip
import re
from pathlib import Path

import pytest

from models.illustrator import library as library_module
from models.illustrator.library import Library, fold

ART = Path(library_module.__file__).parent / "art"
LIBRARY = Library.load()


def test_it_holds_hundreds_of_nouns_of_every_kind() -> None:
    assert len(LIBRARY.items) >= 480
    kinds = {item.kind for item in LIBRARY.items.values()}
    assert kinds == {
        "person", "animal", "plant", "building", "vehicle", "boat", "aircraft", "food",
        "furniture", "thing", "sky",
    }  # fmt: skip


def test_every_item_has_art_words_in_two_languages_size_and_licence() -> None:
    for item in LIBRARY.items.values():
        assert item.art
        assert all(name in LIBRARY.drawings for name in item.art), item.key
        assert all(item.english), item.key
        assert all(item.french), item.key
        assert 0.1 <= item.size <= 3.2, item.key
        assert item.licence in {"MIT", "Apache-2.0"}, item.key


def test_people_come_in_five_skin_tones() -> None:
    for key in ("boy", "girl", "man", "woman", "old-man", "farmer", "doctor", "king", "princess"):
        for name in LIBRARY.items[key].art:
            assert len(set(LIBRARY.drawings[name].tones)) == 5, name


def test_the_compiled_file_matches_its_catalogue() -> None:
    lines = (ART / "catalogue.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.strip() and not line.startswith("#")]
    assert [row[0].strip() for row in rows] == list(LIBRARY.items)
    for row in rows:
        item = LIBRARY.items[row[0].strip()]
        assert tuple(word.strip() for word in row[2].split(",")) == item.english
        assert tuple(word.strip() for word in row[3].split(",")) == item.french
        assert (float(row[4]), row[5].split()[0]) == (item.size, item.kind)


def test_the_file_is_small_and_holds_no_script_or_link() -> None:
    blob = (ART / "library.json.gz").read_bytes()
    assert len(blob) < 3 * 2**20
    text = gzip.decompress(blob).decode()
    assert "<script" not in text
    assert not re.search(r'href=\\"(?!#)', text)


def test_notices_name_every_source() -> None:
    notice = (ART / "NOTICE.md").read_text(encoding="utf-8")
    for source in LIBRARY.sources:
        assert source["package"] in notice
        assert source["version"] in notice


@pytest.mark.parametrize(
    ("noun", "key"),
    [
        ("Foxes", "fox"),
        ("little red hen", "hen"),
        ("children", "child"),
        ("polar bears", "polar-bear"),
        ("sack of flour", "sack"),
        ("œuf d'or", "golden-egg"),
        ("chevaux", "horse"),
        ("souris", "mouse"),
        ("princesse", "princess"),
        ("vessel", "sailboat"),
    ],
)
def test_nouns_are_found_whatever_their_form(noun: str, key: str) -> None:
    item = LIBRARY.find(noun)
    assert item is not None
    assert item.key == key


@pytest.mark.parametrize("noun", ["", "   ", "zeppelin", "日本", "🦊", "x" * 10_000])
def test_unknown_nouns_find_nothing(noun: str) -> None:
    assert LIBRARY.find(noun) is None


def test_folding_removes_case_accents_and_hyphens() -> None:
    assert fold("Arc-en-Ciel  d’Été") == "arc en ciel d'ete"
