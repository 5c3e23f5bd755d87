"""Exports and marks as users meet them: the command line, a stack of fakes, a real browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.longrunning import operations_pb2, operations_pb2_grpc
from typer.testing import CliRunner

from lanternist.v1 import asset_pb2, asset_pb2_grpc, story_pb2, story_pb2_grpc
from orchestrator.cli import app
from tests.e2e.stack import Stack

TALE = """# Ember & the Sea

A small fox named Ember lived in the forest. She was afraid of the dark.

One night she walked to the sea. A whale sang to her for a long time, and it rained.
"""
FORMATS = "mp4,epub,html,webvtt,srt,psd,zip,mp3,m4a,flac,wav,opus"
MARKED = {".mp4", ".epub", ".zip", ".mp3", ".m4a", ".flac", ".wav"}


def command(stack: Stack, *arguments: str, stdin: str | None = None) -> Any:
    environment = {
        "LANTERNIST_ADDRESS": stack.address,
        "LANTERNIST_DATA_DIRECTORY": str(stack.data_directory),
    }
    return CliRunner().invoke(app, list(arguments), input=stdin, env=environment)


@pytest.fixture(scope="module")
def name(fake_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("tale")
    arguments = ("story", "-", "-o", str(out), "--size", "160x120", "--json")
    done = command(fake_stack, *arguments, stdin=TALE)
    assert done.exit_code == 0, done.stderr
    return str(json.loads(done.stdout)["name"])


@pytest.fixture(scope="module")
def exported(fake_stack: Stack, name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "new" / "folder"
    done = command(
        fake_stack, "export", name.removeprefix("stories/"), "--format", FORMATS, "-o", str(out),
        "--size", "160x128", "--burn-captions", "--scene", "2", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    written = json.loads(done.stdout)["exports"]
    assert [Path(one["file"]).name for one in written] == [
        f"Ember & the Sea{' 2' if suffix == 'psd' else ''}.{suffix}"
        for suffix in ("mp4", "epub", "html", "vtt", "srt", "psd", "zip",
                       "mp3", "m4a", "flac", "wav", "opus")
    ]  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == sorted(
        Path(one["file"]).name for one in written
    )
    return out


def test_what_is_exported_is_marked_and_says_so(fake_stack: Stack, exported: Path) -> None:
    files = sorted(exported.iterdir())
    done = command(fake_stack, "verify", *map(str, files), "--json")
    assert done.exit_code == 1  # some have no place for a mark
    found = {Path(one["file"]).suffix: one for one in json.loads(done.stdout)["files"]}
    assert {s for s, one in found.items() if one["state"] == "TRUSTED"} == MARKED
    assert {one["state"] for s, one in found.items() if s not in MARKED} == {"UNMARKED"}
    film = found[".mp4"]
    assert film["model"] == "fake-image, fake-voice"
    assert film["ingredients"][-1] == "Narration"
    good = [str(path) for path in files if path.suffix in MARKED]
    assert command(fake_stack, "verify", *good).exit_code == 0


def test_a_changed_film_is_found_out(fake_stack: Stack, exported: Path, tmp_path: Path) -> None:
    data = bytearray(next(exported.glob("*.mp4")).read_bytes())
    data[len(data) * 3 // 4] ^= 1
    (tmp_path / "changed.mp4").write_bytes(data)
    done = command(fake_stack, "verify", str(tmp_path / "changed.mp4"))
    assert done.exit_code == 1
    assert "TAMPERED" in done.stdout
    assert "Hash.mismatch" in done.stdout


def test_stored_pictures_and_narrations_bear_marks(fake_stack: Stack, name: str) -> None:
    with grpc.insecure_channel(fake_stack.address) as channel:
        stories = story_pb2_grpc.StoryServiceStub(channel)
        assets = asset_pb2_grpc.AssetServiceStub(channel)
        story = stories.GetStory(story_pb2.GetStoryRequest(name=name))
        for asset, model in (
            (story.scenes[0].image, "fake-image"),
            (story.narration, "fake-voice"),
        ):
            found = assets.VerifyAsset(asset_pb2.VerifyAssetRequest(name=asset))
            assert found.state == asset_pb2.PROVENANCE_STATE_TRUSTED
            assert found.model == model
            assert found.digital_source_type.endswith("/algorithmicMedia")
        with pytest.raises(grpc.RpcError) as missing:
            assets.VerifyAsset(asset_pb2.VerifyAssetRequest(name=f"assets/{'0' * 64}"))
        assert missing.value.code() == grpc.StatusCode.NOT_FOUND  # type: ignore[attr-defined]


def test_an_export_reports_how_far_it_is(fake_stack: Stack, name: str) -> None:
    with grpc.insecure_channel(fake_stack.address) as channel:
        stories = story_pb2_grpc.StoryServiceStub(channel)
        operations = operations_pb2_grpc.OperationsStub(channel)
        request = story_pb2.ExportStoryRequest(name=name, format=story_pb2.EXPORT_FORMAT_MP4)
        request.width = request.height = 512
        operation = stories.ExportStory(request)
        metadata = story_pb2.ExportStoryMetadata()
        shares = []
        while not operation.done:
            get = operations_pb2.GetOperationRequest(name=operation.name)
            operation = operations.GetOperation(get)
            operation.metadata.Unpack(metadata)
            shares.append(metadata.progress)
        assert (metadata.story, metadata.format) == (name, story_pb2.EXPORT_FORMAT_MP4)
        assert shares == sorted(shares)
        assert shares[-1] == 1
        request.format = story_pb2.EXPORT_FORMAT_EPUB
        with pytest.raises(grpc.RpcError) as refused:
            stories.ExportStory(request)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[attr-defined]
        assert "width" in refused.value.details()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--format", "mp4,papyrus"), "--format"),
        (("--format", ""), "--format"),
        (("--format", "mp4", "--aspect", "2:7"), "--aspect"),
        (("--format", "mp4", "--aspect", "1:1", "--size", "64x64"), "--aspect"),
        (("--format", "psd", "--scene", "0"), "--scene"),
    ],
)
def test_wrong_words_are_named(
    fake_stack: Stack, name: str, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    done = command(fake_stack, "export", name, *arguments, "-o", str(tmp_path / "new"))
    assert done.exit_code == 2
    assert problem in done.stderr
    assert not (tmp_path / "new").exists()


def test_failures_are_a_line_and_leave_no_file(
    fake_stack: Stack, name: str, tmp_path: Path
) -> None:
    for words in (
        ("stories/none", "--format", "srt"),
        (name, "--format", "psd", "--scene", "99"),
        (name, "--format", "mp4", "--size", "99x99"),
        (name, "--format", "srt", "--revision", "9"),
    ):
        done = command(fake_stack, "export", *words, "-o", str(tmp_path))
        assert done.exit_code == 1, words
        assert done.stderr.startswith("lanternist: ")
        assert not list(tmp_path.iterdir())


def test_ffprobe_sees_what_players_see(exported: Path) -> None:
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("ffprobe is not installed (apt-get install ffmpeg)")
    asked = ("-v", "error", "-of", "json", "-show_streams", "-show_chapters", "-show_format")
    path = str(next(exported.glob("*.mp4")))
    done = subprocess.run([program, *asked, path], capture_output=True, check=True, timeout=120)
    seen = json.loads(done.stdout)
    assert not done.stderr
    streams = {stream["codec_type"]: stream for stream in seen["streams"]}
    assert [streams[k]["codec_name"] for k in ("video", "audio", "subtitle")] == [
        "h264", "aac", "mov_text",
    ]  # fmt: skip
    assert streams["video"]["r_frame_rate"] == streams["video"]["avg_frame_rate"] == "30/1"
    assert streams["video"]["color_space"] == "bt709"
    assert all(float(streams[kind]["start_time"]) == 0 for kind in ("video", "audio"))
    lengths = [float(streams[kind]["duration"]) for kind in ("video", "audio")]
    assert abs(lengths[0] - lengths[1]) <= 1 / 30
    assert len(seen["chapters"]) >= 2


@pytest.fixture
def opened_book(exported: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(next(exported.glob("*.epub"))) as book:
        book.extractall(tmp_path)
    return tmp_path / "EPUB"


@pytest.fixture
def page_of(exported: Path) -> str:
    return next(exported.glob("*.html")).as_uri()


async def test_a_browser_plays_the_page_and_shows_the_book(page_of: str, opened_book: Path) -> None:
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    wrong: list[str] = []
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(page_of)
        await page.evaluate("document.getElementById('voice').play()")
        marked = page.locator(".w.on")  # the page's policy lets nobody evaluate while waiting
        await marked.first.wait_for(timeout=60_000)
        played = await page.evaluate("document.getElementById('voice').duration")
        assert played > 3
        await page.goto((opened_book / "scene-001.xhtml").as_uri())
        shown = await page.evaluate(
            "['img', '#s0'].map((name) => document.querySelector(name))"
            ".map((element) => element.naturalWidth ?? element.textContent)"
        )
        assert shown == [160, "A small fox named Ember lived in the forest."]
        await page.goto((opened_book / "nav.xhtml").as_uri())
        assert await page.evaluate("document.querySelectorAll('#toc a').length") >= 2
        await browser.close()
    assert not wrong
