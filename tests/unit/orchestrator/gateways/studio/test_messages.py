"""Messages as JSON, and what is refused on the way in."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import image_pb2, story_pb2
from orchestrator.gateways.studio.messages import fill, from_query, write
from orchestrator.gateways.studio.page import POLICY, Page


def test_a_message_survives_the_way_there_and_back() -> None:
    request = image_pb2.GenerateImagesRequest(prompt="a fox", seed=2**53 - 1, count=2)
    there = write(request)
    assert there["prompt"] == "a fox"
    assert there["seed"] == str(2**53 - 1)  # protobuf's JSON; the page reads it as a number
    assert there["width"] == 0  # fields without presence are always there
    assert "guidance_scale" not in there
    body = b'{"prompt": "a fox", "seed": 9007199254740991, "count": 2}'
    assert fill(image_pb2.GenerateImagesRequest(), body) == request


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"prompt"',
        b"\xff\xfe",
        b'{"prompt": 7}',
        b'{"count": "many"}',
        b'{"count": 1.5}',
        b'{"count": 99999999999}',
        b'{"seed": true}',
        b'{"encoding": "IMAGE_ENCODING_GIF"}',
        b'{"colour": "red"}',
        b'{"scene": {"subjects": {}}}',
        b'{"scene": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b"[" * 100_000,
    ],
)
def test_what_does_not_fit_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        fill(image_pb2.GenerateImagesRequest(), body)
    assert caught.value.violations[0].field == "body"


def test_a_query_says_what_is_true_and_how_many() -> None:
    def asked(query: str) -> Request:
        return Request({"type": "http", "query_string": query.encode(), "headers": []})

    watch = from_query(asked("progress=true&after_sequence=7"), story_pb2.WatchStoryRequest())
    assert (watch.progress, watch.after_sequence) == (True, 7)
    assert not from_query(asked("progress=false"), story_pb2.WatchStoryRequest()).progress
    for wrong in ("progress=1", "progress=yes", "progress=", "after_sequence=true"):
        with pytest.raises(InvalidArgumentError):
            from_query(asked(wrong), story_pb2.WatchStoryRequest())


def test_the_address_decides_what_it_names() -> None:
    body = b'{"name": "stories/other"}'
    with pytest.raises(InvalidArgumentError):
        fill(story_pb2.ReviseStoryRequest(), body, name="stories/mine")
    filled = fill(story_pb2.ReviseStoryRequest(), b"{}", name="stories/mine")
    assert filled.name == "stories/mine"


def test_the_page_is_whole_and_lets_nothing_in() -> None:
    names = Page().names
    assert {"index.html", "main.js", "theme.js", "words/en.json", "words/fr.json"} <= set(names)
    for hole in ("unsafe", "*", "data:", "http"):
        assert hole not in POLICY
    assert "require-trusted-types-for 'script'" in POLICY
