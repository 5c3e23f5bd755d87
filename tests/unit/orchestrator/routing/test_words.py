"""Utterances, their settings, and what they are about."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from orchestrator.routing.asking import asked
from orchestrator.routing.examples import expand
from orchestrator.routing.intents import Intent
from orchestrator.routing.settings import find, seems
from orchestrator.routing.utterance import features, fold, fold_in_place, read, words

LABELLED = Path(__file__).parents[3] / "bench" / "data"


def table(name: str) -> list[dict[str, str]]:
    with (LABELLED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize(
    ("text", "head", "tail"),
    [
        ("Draw a fox", "Draw a fox", ""),
        ("Read this aloud: draw me a sheep", "Read this aloud", "draw me a sheep"),
        ("Read this aloud\n\nIt rained.", "Read this aloud", "It rained."),
        ("A fox, 16:9", "A fox, 16:9", ""),
        ("The train left at 10:30", "The train left at 10:30", ""),
        ("Translate 'tell me a story' into German", "Translate  quoted  into German", ""),
        ("l'ours et l'oiseau", "l'ours et l'oiseau", ""),
        ("“Draw a fox”", "Draw a fox", ""),
    ],
)
def test_what_is_asked_and_of_what(text: str, head: str, tail: str) -> None:
    utterance = read(text)
    assert (utterance.head, utterance.tail) == (head, tail)


def test_an_instruction_after_its_material_is_found() -> None:
    story = "The wind blew all night long. " * 10
    assert read(f"{story}\nTell this with pictures").head == "Tell this with pictures"


def test_a_book_is_read_as_quickly_as_a_sentence() -> None:
    names = list(features(read("word " * 200_000)))
    assert len(names) < 5000


def test_accents_and_case_do_not_matter() -> None:
    assert fold("Œuvre À L’ÉTÉ") == "oeuvre a l'ete"
    assert words("Dessine-moi 2 œufs !") == ["dessine", "moi", "2", "oeufs", "!"]
    text = "Ça, œuf 日本 ﬁn É"
    assert len(fold_in_place(text)) == len(text)


@pytest.mark.parametrize("row", table("parameters.tsv"), ids=lambda row: row["utterance"])
def test_settings_in_words(row: dict[str, str]) -> None:
    found = {}
    for one in find(row["utterance"], Intent(row["intent"])):
        if one.name == "aspect" and "x" in one.value:
            found["width"], found["height"] = one.value.split("x")
        else:
            found[one.name] = one.value.replace("ogg_opus", "ogg")
        assert one.words in row["utterance"]
    expected = dict(pair.split("=") for pair in (row["expected"] or "").split(";") if pair)
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "A train at 10:30",
        "A castle with two towers",
        "A portrait of a queen",
        "A landscape",
        "Draw three cats",
        'The word "in watercolour"',
    ],
)
def test_pictures_are_not_full_of_settings(text: str) -> None:
    assert find(text, Intent.IMAGE) == []


@pytest.mark.parametrize(
    ("intent", "text", "prompt"),
    [
        ("image", "Could you draw me a picture of a fox in the snow, please?", "a fox in the snow"),
        ("image", "Four variations of an owl, 16:9", "an owl"),
        ("image", "Fais-moi une image de deux chats", "deux chats"),
        ("image", "a whale", "a whale"),
        ("image", "Draw", "Draw"),
        ("speech", 'Say "mind the gap" slowly', "mind the gap"),
        ("speech", "Lis ceci lentement : il pleut.", "il pleut."),
        ("speech", "Please say happy birthday to Anna", "happy birthday to Anna"),
        ("speech", "Make the computer say dinner is ready", "dinner is ready"),
        ("story", "Tell me a story about a fox", "a fox"),
        ("story", "Raconte-moi une histoire sur un loup", "un loup"),
        ("story", "Tell me a bedtime story", "a bedtime story"),
        ("text", "What is a fox?", "What is a fox?"),
        ("transcription", "Transcribe this", ""),
    ],
)
def test_the_asking_words_are_left_out(intent: str, text: str, prompt: str) -> None:
    kind = Intent(intent)
    assert asked(text, kind, find(text, kind)).prompt == prompt


@pytest.mark.parametrize("text", ["Read it to me", "Lis-le à voix haute", "Read that aloud slowly"])
def test_references_are_seen(text: str) -> None:
    about = asked(text, Intent.SPEECH, find(text, Intent.SPEECH))
    assert about.refers
    assert about.prompt == ""


def test_a_tale_that_is_given_is_no_topic() -> None:
    tale = "The old house stood on the hill. Nobody had lived there for years."
    for text in (f"Tell this with pictures: {tale}", f"{tale} Tell it with pictures."):
        about = asked(text, Intent.STORY, ())
        assert about.material
        assert about.prompt == tale


@pytest.mark.parametrize(
    ("text", "language"),
    [("Dessine un chat", "fr"), ("Draw a cat", "en"), ("xyzzy", ""), ("l'été", "fr")],
)
def test_short_requests_show_their_language(text: str, language: str) -> None:
    assert seems(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "a " * 10_000,
        "“" * 5_000,
        ": " * 10_000,
        "in the style of " * 1_000,
        "\n" * 9_999,
        "with a voice for " * 1_000,
        "read " + "to me it that " * 1_000,
        "again " * 1_000 + "x",
        "please " * 2_000 + "x",
        "three black and white " * 500,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_are_read_in_no_time(text: str) -> None:
    started = time.process_time()
    for intent in Intent:
        asked(text, intent, find(text, intent))
    list(features(read(text)))
    assert time.process_time() - started < 10  # what grows exponentially never ends


def test_examples_are_the_same_for_the_same_seed_and_cover_every_intent() -> None:
    first, again = expand(1, 2), expand(1, 2)
    assert first == again
    assert {(e.intent, e.language) for e in first} == {
        (intent, language) for intent in Intent for language in ("en", "fr")
    }
    assert not any("{" in example.text for example in first)


def test_the_bench_is_not_what_was_learnt() -> None:
    """Patterns may meet a labelled utterance by chance; they are not copied from it."""
    learnt = {" ".join(words(example.text)) for example in expand(7, 4)}
    kept = [row["utterance"] for row in table("routing.tsv") if row["split"] == "kept"]
    same = [text for text in kept if " ".join(words(text)) in learnt]
    assert len(kept) == 198
    assert len(same) <= 3, same
