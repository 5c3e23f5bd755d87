from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story import ingest


def paragraphs(text: str) -> tuple[str, ...]:
    return ingest.read(text).paragraphs


def test_the_first_heading_is_the_title_and_later_ones_are_told_after_a_break() -> None:
    document = ingest.read("# The Fox\n\nShe slept.\n\n## Night\n\nShe woke.\n")
    assert document.title == "The Fox"
    assert document.paragraphs == ("She slept.", "Night", "She woke.")
    assert document.breaks == {1}


def test_markup_goes_and_its_words_stay() -> None:
    text = "A *small* **fox** and an [owl](http://x.org) sang `la`.<br>Then ~~not~~ <b>slept</b>."
    assert paragraphs(text) == ("A small fox and an owl sang la. Then not slept.",)


def test_pictures_code_and_scripts_are_left_out_and_it_is_said() -> None:
    document = ingest.read(
        "One.\n\n```python\nevil()\n```\n\n![alt words](x.png)\n\n"
        "<script>alert(1)</script>\n\n<div>Two <i>three</i>.</div>\n"
    )
    assert document.paragraphs == ("One.", "Two three .")
    assert len(document.notes) == 2


def test_lists_become_paragraphs_and_a_year_is_not_a_list() -> None:
    assert paragraphs("- Hello, said he.\n- Hello.") == ("Hello, said he.", "Hello.")
    assert paragraphs("1984. It was cold.") == ("1984. It was cold.",)
    assert paragraphs("1. Salt.\n2. Pepper.") == ("Salt.", "Pepper.")


def test_indented_prose_is_prose() -> None:
    assert paragraphs("    It was a dark night.\n    It rained.") == (
        "It was a dark night. It rained.",
    )


@pytest.mark.parametrize("line", ["---", "***", "* * *", "⁂"])
def test_a_ruled_line_is_a_break(line: str) -> None:
    document = ingest.read(f"One.\n\n{line}\n\nTwo.")
    assert (document.paragraphs, document.breaks) == (("One.", "Two."), {1})


def test_a_rule_right_below_prose_does_not_make_it_a_title() -> None:
    document = ingest.read("The fox slept.\nShe dreamt.\n---\nThen she woke.")
    assert document.title == ""
    assert document.paragraphs == ("The fox slept. She dreamt.", "Then she woke.")


def test_front_matter_gives_title_and_language() -> None:
    document = ingest.read("---\ntitle: Le Renard\nlang: fr\n---\nIl dort.")
    assert (document.title, document.language, document.paragraphs) == (
        "Le Renard",
        "fr",
        ("Il dort.",),
    )


@pytest.mark.parametrize(
    "text",
    ["---\n[[[\n---\nHe slept.", "---\n- a\n---\nHe slept.", "---\n" + "[" * 3000 + "\n---\nx"],
)
def test_what_only_looks_like_front_matter_is_text(text: str) -> None:
    assert ingest.read(text).title in ("", "a")
    assert ingest.read(text).language == ""


def test_a_title_alone_is_told() -> None:
    assert paragraphs("# Once upon a time") == ("Once upon a time",)


@pytest.mark.parametrize(
    "text", ["", "   \n\t", "…!?", "🙂🙂 🎉", "---", "```\ncode\n```", "<!-- x -->", "\u200b\u200b"]
)
def test_nothing_to_tell_names_the_field(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        ingest.read(text)
    assert caught.value.violations[0].field == "text"
    assert caught.value.reason == "NOTHING_TO_TELL"


def test_invisible_characters_go_and_no_break_spaces_stay() -> None:
    assert paragraphs("\ufeffA fo\u00adx\u200b \u202eran\u202c « vite\u00a0! »\r\nEnd.") == (
        "A fox ran « vite\u00a0! » End.",
    )


@pytest.mark.parametrize(
    "text", ["<a" * 40_000, "[" * 40_000, "a\n" * 20_000, "1. a\n\np\n\n" * 2_000, "<!--" * 20_000]
)
def test_hostile_markdown_is_read_in_time(text: str) -> None:
    started = time.process_time()
    try:
        ingest.read(text)
    except InvalidArgumentError as error:
        assert error.violations[0].field == "text"  # noqa: PT017
    assert time.process_time() - started < 20


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_ends_in_paragraphs_or_in_a_clear_error(text: str) -> None:
    try:
        document = ingest.read(text)
    except InvalidArgumentError as error:
        assert error.violations[0].field == "text"  # noqa: PT017
        return
    assert all(ingest.speakable(paragraph) for paragraph in document.paragraphs)
    assert all(0 < index < len(document.paragraphs) for index in document.breaks)
