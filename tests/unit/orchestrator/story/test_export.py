from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from models.illustrator.scene import Scene as Description
from orchestrator.story.domain import Scene, Segment, Story, Word
from orchestrator.story.export import audio, captions
from orchestrator.story.export.folder import write_folder
from orchestrator.story.export.html import Medium, player
from orchestrator.story.export.manifest import manifest
from tests.unit.orchestrator.story.troupe import png

EVIL = "</script><script>alert(1)</script><!-- \" ' & {{audio}} <img src=x onerror=alert(2)>"
SOUND = Medium("audio/mpeg", b"ID3")
PICTURES = [Medium("image/png", png(1)), Medium("image/png", png(2))]


def story(title: str = "Ember", first: str = "The fox ran.", language: str = "en") -> Story:
    words = tuple(
        Word(text, 300 + 100 * i, 380 + 100 * i)
        for i, text in enumerate(re.findall(r"\w+", first)[:9])
    )
    segments = (
        Segment(0, first, "narrator", words[0].start_ms, words[-1].end_ms, words),
        Segment(1, "“Oh!” — she slept.", "narrator", 2_000, 2_900,
                (Word("Oh", 2_000, 2_200), Word("she", 2_300, 2_500), Word("slept", 2_500, 2_900))),
    )  # fmt: skip
    scenes = (
        Scene(0, (0,), f"prompt {first}", Description(), 1, 0, 2_000, "plain", "assets/a", 8, 6),
        Scene(1, (1,), "a bed", Description(), 2, 2_000, 3_500, "plain", "assets/b", 8, 6),
    )
    return Story("stories/x", title, language, "ink", 3_500, segments, scenes,
                 models={"image": "plain"}, narration_media_type="audio/flac")  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of a page: elements, the text of each, the attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in {*self._open}:
            self.texts[tag][-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_hostile_words_stay_words() -> None:
    page = Page(player(story(title=EVIL, first=EVIL), PICTURES, SOUND))
    assert page.texts["h1"] == [EVIL]
    assert page.texts["title"] == [EVIL]
    scripts = page.of("script")
    assert [script.get("type") for script in scripts] == ["application/json", None]
    assert len(page.of("img")) == 2
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert EVIL in page.texts["article"][0]
    assert page.of("img")[0]["alt"] == f"prompt {EVIL}"


def test_the_page_allows_itself_and_nothing_else() -> None:
    source = player(story(), PICTURES, SOUND)
    page = Page(source)
    policy = next(
        m["content"] or ""
        for m in page.of("meta")
        if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, text in (("style", page.texts["style"][0]), ("script", page.texts["script"][-1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for _, attributes in page.elements:
        assert "style" not in attributes  # the policy would not let it
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "data:").startswith("data:")
    assert not re.search(r"https?://|@import|url\(", source)


def test_words_and_times_agree() -> None:
    page = Page(player(story(), PICTURES, SOUND))
    times = json.loads(page.texts["script"][0])
    words = [a for a in page.of("span") if a.get("class") == "w"]
    assert len(words) == len(times["words"]) == len(times["ends"]) == 6
    assert times["words"] == sorted(times["words"])
    assert times["scenes"] == [0, 2_000]
    assert len(times["colours"]) == 2
    assert "".join(page.texts["article"][0].split("\n")).startswith(
        "The fox ran.“Oh!” — she slept."
    )


def test_the_page_speaks_the_storys_language() -> None:
    french = Page(player(story(language="fr-FR"), PICTURES, SOUND))
    assert french.of("html")[0]["lang"] == "fr-FR"
    assert any(button.get("aria-label") == "Lecture" for button in french.of("button"))
    klingon = Page(player(story(language="tlh"), PICTURES, SOUND))
    assert any(button.get("aria-label") == "Play" for button in klingon.of("button"))


def test_every_control_has_a_name() -> None:
    page = Page(player(story(), PICTURES, SOUND))
    for tag in ("button", "input"):
        assert all(control.get("aria-label") for control in page.of(tag))


def test_a_media_type_cannot_leave_its_attribute() -> None:
    uri = Medium('image/png" onload="alert(1)', b"x").uri
    assert uri == "data:text/plain;base64,eA=="


def test_captions_follow_the_words() -> None:
    long = "One two three four five six, seven eight nine ten eleven twelve thirteen, " * 3
    words = re.findall(r"\w+", long)
    timed = tuple(Word(word, 100 * i, 100 * i + 90) for i, word in enumerate(words))
    segment = Segment(0, long.strip(), "narrator", 0, 100 * len(words), timed)
    told = replace(story(), segments=(segment,), duration_ms=100 * len(words))
    blocks = captions.webvtt(told).split("\n\n")
    assert blocks[0] == "WEBVTT"
    cues = [block.split("\n") for block in blocks[1:]]
    assert len(cues) >= 3
    starts = [cue[1].split(" --> ")[0] for cue in cues]
    ends = [cue[1].split(" --> ")[1].strip() for cue in cues]
    assert starts == sorted(starts)
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert all(len(line) <= 60 for cue in cues for line in cue[2:])
    assert " ".join(line for cue in cues for line in cue[2:]).split() == long.split()


def test_cue_text_is_no_markup() -> None:
    vtt = captions.webvtt(story(first="a <b> & c --> d"))
    assert "a &lt;b&gt; &amp; c --&gt; d" in vtt
    assert vtt.count(" --> ") == 2
    assert html.unescape("a &lt;b&gt; &amp; c --&gt; d") == "a <b> & c --> d"
    assert captions.clock(3_723_004) == "01:02:03.004"


def test_the_manifest_has_the_agreed_form() -> None:
    document = manifest(story(), ["scenes/001.png", "scenes/002.png"])
    assert list(document) == [
        "title",
        "language",
        "style",
        "duration_ms",
        "segments",
        "scenes",
        "models",
    ]
    assert list(document["segments"][0]) == [
        "index",
        "text",
        "speaker",
        "start_ms",
        "end_ms",
        "words",
    ]
    assert list(document["segments"][0]["words"][0]) == ["text", "start_ms", "end_ms"]
    assert list(document["scenes"][0]) == [
        "index", "start_ms", "end_ms", "segments", "prompt", "seed", "model", "image",
    ]  # fmt: skip


@pytest.fixture
def narration(tmp_path: Path) -> Path:
    samples = (0.3 * np.sin(np.arange(24_000 * 35 // 10) * 0.06)).astype(np.float32)
    soundfile.write(tmp_path / "voice.flac", samples, 24_000)
    return tmp_path / "voice.flac"


def test_mp3_keeps_its_length(narration: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(audio.to_mp3(narration))
    with av.open(str(tmp_path / "a.mp3")) as file:
        decoded = sum(frame.samples for frame in file.decode(audio=0))
    assert abs(decoded / 24_000 - 3.5) < 0.03


def test_a_folder_is_written_whole_and_replaces_the_last_one(
    narration: Path, tmp_path: Path
) -> None:
    target = tmp_path / "deep" / "out"
    files = write_folder(target, story(), PICTURES, narration, "narration.mp3")
    assert files == ["index.html", "story.json", "narration.mp3", "captions.vtt",
                     "scenes/001.png", "scenes/002.png"]  # fmt: skip
    assert all((target / name).stat().st_size for name in files)
    assert (target / "scenes" / "001.png").read_bytes() == PICTURES[0].data
    (target / "mine.txt").write_text("keep me")
    (target / "scenes" / "notes.png").write_text("keep me")
    shorter = replace(story(), scenes=(replace(story().scenes[0], segments=(0, 1)),))
    write_folder(target, shorter, PICTURES[:1], narration, "narration.mp3")
    assert {path.name for path in (target / "scenes").iterdir()} == {"001.png", "notes.png"}
    assert (target / "mine.txt").exists()
    assert not list(target.parent.glob(".*"))


def test_a_given_recording_is_kept_to_the_byte(narration: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "out", story(), PICTURES, narration, "narration.flac")
    assert (tmp_path / "out" / "narration.flac").read_bytes() == narration.read_bytes()
    assert "data:audio/flac" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_what_browsers_do_not_play_goes_into_the_page_as_mp3(
    narration: Path, tmp_path: Path
) -> None:
    told = replace(story(), narration_media_type="audio/aiff")
    write_folder(tmp_path / "out", told, PICTURES, narration, "narration.aiff")
    assert "data:audio/mpeg" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_nothing_is_left_behind_when_writing_fails(narration: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_folder(tmp_path / "out", story(), PICTURES, tmp_path / "gone", "narration.flac")
    assert {path.name for path in tmp_path.iterdir()} == {"voice.flac"}
