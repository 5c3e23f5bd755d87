"""Stop sequences end a text wherever the borders of its pieces fall."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.text.decoding.stopping import StopScanner


def run(pieces: list[str], stops: list[str]) -> tuple[str, bool]:
    scanner = StopScanner(stops)
    shown = "".join(scanner.push(piece) for piece in pieces)
    return shown + ("" if scanner.stopped else scanner.flush()), scanner.stopped


def test_without_stops_text_passes_at_once() -> None:
    assert StopScanner(()).push("Hel") == "Hel"


def test_a_sequence_over_three_pieces_is_found() -> None:
    assert run(["one EN", "D", "OF two"], ["ENDOF"]) == ("one ", True)


def test_only_what_may_become_a_stop_is_held_back() -> None:
    scanner = StopScanner(["\n\n"])
    assert scanner.push("line\n") == "line"
    assert scanner.push("next") == "\nnext"
    assert scanner.push("\n") == ""
    assert scanner.flush() == "\n"


def test_the_earliest_of_several_wins() -> None:
    assert run(["abcdef"], ["ef", "cd"]) == ("ab", True)


def test_a_false_start_inside_a_stop_is_no_obstacle() -> None:
    assert run(list("aaab!"), ["aab"]) == ("a", True)


def test_nothing_follows_a_stop() -> None:
    scanner = StopScanner(["."])
    assert scanner.push("a.b") == "a"
    assert scanner.push("more") == ""
    assert scanner.flush() == ""


@given(
    st.lists(st.text("ab\n", max_size=4), max_size=12),
    st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3),
)
def test_pieces_make_no_difference(pieces: list[str], stops: list[str]) -> None:
    """Whatever the pieces, the result is that of looking at each longer and longer beginning."""
    shown, stopped = run(pieces, stops)
    text = "".join(pieces)
    assert text.startswith(shown)
    assert not any(stop in shown for stop in stops)
    assert stopped == any(stop in text for stop in stops)
    if stopped:
        assert any(text.startswith(stop, len(shown)) for stop in stops)
    else:
        assert shown == text
