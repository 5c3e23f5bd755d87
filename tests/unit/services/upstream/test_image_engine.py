"""Pictures from an upstream: a real local HTTP server that draws, and misbehaves on demand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    Code,
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    ResourceExhaustedError,
    UnavailableError,
)
from models.catalog import Catalog
from models.illustrator.scene import Scene, Subject
from models.placement import Placement
from services.base.registry import engine_class
from services.image.engine import FinishedImage, StepProgress, request_for
from services.image.engines.openai import OpenAIImageEngine
from tests.unit.services.upstream.media_server import KEY, MODEL, MediaServer

CARD = Catalog.builtin().get("openai-compatible-image")


@pytest.fixture
def engine(server: MediaServer) -> Iterator[OpenAIImageEngine]:
    made: OpenAIImageEngine = engine_class("image", "openai")(CARD, None, Placement())
    made.load()
    yield made
    made.close()
    made.close()  # idempotent


def draw(engine: OpenAIImageEngine, prompt: str, call: Call | None = None, **choices: Any) -> Any:
    wanted = {"width": 128, "height": 64, "seed": 7, **choices}
    return list(engine.generate(request_for(engine._card, prompt=prompt, **wanted), call or Call()))


def test_a_picture_comes_as_pixels(server: MediaServer, engine: OpenAIImageEngine) -> None:
    progress, image = draw(engine, "a fox")
    assert isinstance(progress, StepProgress)
    assert isinstance(image, FinishedImage)
    assert image.pixels.shape == (64, 128, 3)
    assert int(image.pixels[0, 0, 0]) == len("a fox")
    assert image.parameters["upstream_model"] == MODEL
    path, body = server.requests[-1]
    assert path == "/v1/images/generations"
    assert body == {
        "model": MODEL, "prompt": "a fox", "n": 1, "size": "128x64", "response_format": "b64_json",
    }  # fmt: skip


def test_several_pictures_are_asked_for_one_by_one(
    server: MediaServer, engine: OpenAIImageEngine
) -> None:
    images = [e for e in draw(engine, "a fox", count=3) if isinstance(e, FinishedImage)]
    assert [image.index for image in images] == [0, 1, 2]
    assert [image.seed for image in images] == [7, 8, 9]
    assert len(server.requests) == 3


def test_what_the_interface_does_not_know_is_said(engine: OpenAIImageEngine) -> None:
    _, image = draw(engine, "a fox", negative_prompt="rain")
    assert any("seed" in note for note in image.notes)
    assert any("negative" in note for note in image.notes)


def test_a_style_goes_into_the_prompt(server: MediaServer, engine: OpenAIImageEngine) -> None:
    draw(engine, "a fox", style="woodcut")
    assert server.requests[-1][1]["prompt"] == "a fox, woodcut"


def test_a_scene_is_put_into_words(server: MediaServer, engine: OpenAIImageEngine) -> None:
    draw(engine, "", scene=Scene(subjects=(Subject("owl"),)))
    assert "owl" in server.requests[-1][1]["prompt"]


def test_a_picture_of_another_size_is_kept_and_said(engine: OpenAIImageEngine) -> None:
    _, image = draw(engine, "!other size")
    assert image.pixels.shape == (64, 96, 3)
    assert any("96 × 64" in note for note in image.notes)


@pytest.mark.parametrize("prompt", ["!link", "!garbage", "!html", "!nothing"])
def test_what_is_no_picture_is_refused(engine: OpenAIImageEngine, prompt: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        draw(engine, prompt)
    assert raised.value.reason == "UPSTREAM_NOT_COMPATIBLE"


def test_an_enormous_picture_is_refused_before_it_is_unpacked(engine: OpenAIImageEngine) -> None:
    with pytest.raises(UnavailableError, match="more than"):
        draw(engine, "!bomb")


def test_an_endless_answer_is_cut_off(
    server: MediaServer, engine: OpenAIImageEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.image.engines.openai._MOST_ANSWER_BYTES", 3 << 20)
    with pytest.raises(UnavailableError) as raised:
        draw(engine, "!huge")
    assert raised.value.reason == "UPSTREAM_ANSWER_TOO_LARGE"
    assert server.left.wait(60)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidArgumentError),
        (401, FailedPreconditionError),
        (429, ResourceExhaustedError),
        (500, UnavailableError),
    ],
)
def test_errors_are_put_into_our_words_without_the_key(
    engine: OpenAIImageEngine, status: int, error: type[LanternistError]
) -> None:
    with pytest.raises(error) as raised:
        draw(engine, f"!status {status} retry-after: 60")
    assert KEY not in raised.value.message
    if status == 400:
        assert isinstance(raised.value, InvalidArgumentError)
        assert raised.value.violations[0].field == "width"  # the upstream speaks of the size
    if status == 429:
        assert isinstance(raised.value, ResourceExhaustedError)
        assert raised.value.retry_delay_seconds == 60


def test_a_busy_upstream_is_asked_again(server: MediaServer, engine: OpenAIImageEngine) -> None:
    server.busy_answers = 2
    assert len(draw(engine, "a fox")) == 2
    assert len(server.requests) == 3


def test_an_upstream_that_stays_busy_is_not_asked_for_ever(
    server: MediaServer, engine: OpenAIImageEngine
) -> None:
    server.busy_answers = 10
    with pytest.raises(UnavailableError):
        draw(engine, "a fox")
    assert len(server.requests) == 3


def test_a_failure_that_may_have_cost_something_is_not_repeated(
    server: MediaServer, engine: OpenAIImageEngine
) -> None:
    with pytest.raises(UnavailableError):
        draw(engine, "!status 500")
    assert len(server.requests) == 1


def test_redirects_are_not_followed(engine: OpenAIImageEngine) -> None:
    with pytest.raises(UnavailableError) as raised:
        draw(engine, "!redirect")
    assert raised.value.metadata["upstream_status"] == "307"


def test_a_caller_who_leaves_closes_the_connection(
    server: MediaServer, engine: OpenAIImageEngine
) -> None:
    class Leaving(Call):
        def check(self) -> None:
            if server.requests:
                self.cancel()
            super().check()

    with pytest.raises(CancelledError):
        draw(engine, "!silence", Leaving())
    assert server.left.wait(60)


def test_a_deadline_ends_the_wait(server: MediaServer, engine: OpenAIImageEngine) -> None:
    draw(engine, "a fox")  # the connection stands: what follows reaches the server at once
    asked = len(server.requests)
    for seconds in (0.4, 2, 10):  # a busy machine may not even ask within a short one
        with pytest.raises(DeadlineExceededError):
            draw(engine, "!silence", Call(timeout_seconds=seconds))
        if len(server.requests) > asked:
            break
    assert server.left.wait(60)


def test_the_engine_works_on_after_a_failure(engine: OpenAIImageEngine) -> None:
    with pytest.raises(DeadlineExceededError):
        draw(engine, "!silence", Call(timeout_seconds=0.1))
    assert len(draw(engine, "a fox")) == 2


def test_warm_up_proves_the_key(
    server: MediaServer, engine: OpenAIImageEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.warm_up()
    monkeypatch.setenv("LANTERNIST_OPENAI_API_KEY", "sk-wrong")
    engine.load()
    with pytest.raises(FailedPreconditionError, match="credentials"):
        engine.warm_up()


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERNIST_OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("LANTERNIST_OPENAI_IMAGE_MODEL", "x")
    engine = OpenAIImageEngine(CARD, None, Placement())
    engine.load()
    with pytest.raises(UnavailableError) as raised:
        draw(engine, "a fox")
    assert "127.0.0.1" not in raised.value.message
    engine.close()


@pytest.mark.parametrize("url", ["", "ftp://example.org/v1", "file:///etc/passwd", "127.0.0.1:80"])
def test_only_http_addresses_are_settings(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LANTERNIST_OPENAI_BASE_URL", url)
    monkeypatch.setenv("LANTERNIST_OPENAI_IMAGE_MODEL", "x")
    with pytest.raises(FailedPreconditionError) as raised:
        OpenAIImageEngine(CARD, None, Placement()).load()
    assert raised.value.code is Code.FAILED_PRECONDITION
    assert raised.value.metadata["variable"] == "LANTERNIST_OPENAI_BASE_URL"


def test_the_key_is_never_logged(
    engine: OpenAIImageEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        draw(engine, "a fox")
        with pytest.raises(LanternistError):
            draw(engine, "!status 401")
    assert KEY not in caplog.text
    assert KEY not in repr(engine._calls.upstream if engine._calls else "")
