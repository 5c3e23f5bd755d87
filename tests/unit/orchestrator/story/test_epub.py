"""Books, read as readers do: as a package, with their overlays, and by epubcheck where it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from orchestrator.provenance.claim import Claim
from orchestrator.provenance.credentials import own
from orchestrator.provenance.marker import Marker
from orchestrator.story.domain import Story
from orchestrator.story.export.audio import FORMS, MP3, write_audio
from orchestrator.story.export.epub import MEDIA_TYPE, write_epub
from tests.unit.orchestrator.story.tale import DURATION, files_of, tale

EVIL = "</title><script>alert(1)</script> & \u0000\u000b\ufffe \ud800 “x” ]]>"
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
SMIL = "{http://www.w3.org/ns/SMIL}"


def book(story: Story, directory: Path) -> Path:
    material = files_of(story, directory)
    sound = directory / "narration.mp3"
    write_audio(sound, FORMS["mp3"], material.narration)
    target = directory / "book.epub"
    write_epub(target, story, material.media(), sound, MP3)
    return target


def part(path: Path, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read(f"EPUB/{name}"))


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_every_sentence_is_marked_while_it_is_spoken(tmp_path: Path) -> None:
    story = tale()
    path = book(story, tmp_path)
    clips = []
    for index, segment in enumerate(story.segments):
        page = part(path, f"scene-{index + 1:03}.xhtml")
        spans = {span.get("id"): "".join(span.itertext()) for span in page.iter(f"{XHTML}span")}
        assert spans == {f"s{index}": segment.text}
        overlay = part(path, f"scene-{index + 1:03}.smil")
        (text,) = overlay.iter(f"{SMIL}text")
        assert text.get("src") == f"scene-{index + 1:03}.xhtml#s{index}"
        (audio,) = overlay.iter(f"{SMIL}audio")
        assert audio.get("src") == "narration.mp3"
        clips.append((seconds(audio.get("clipBegin", "")), seconds(audio.get("clipEnd", ""))))
    assert [round(begin * 1000) for begin, _ in clips] == [s.start_ms for s in story.segments]
    assert [end for _, end in clips] == [*(begin for begin, _ in clips[1:]), DURATION / 1000]


def test_the_package_says_what_readers_need(tmp_path: Path) -> None:
    story = tale()
    path = book(story, tmp_path)
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype").decode() == MEDIA_TYPE
        assert archive.testzip() is None
        names = set(archive.namelist())
    package = part(path, "package.opf")
    metas: dict[str, list[str]] = {}
    for meta in package.iter(f"{OPF}meta"):
        metas.setdefault(meta.get("property", ""), []).append(meta.text or "")
    total, *parts = (seconds(value) for value in metas["media:duration"])
    assert total == pytest.approx(sum(parts))
    assert "synchronizedAudioText" in metas["schema:accessibilityFeature"]
    assert metas["schema:accessibilityHazard"] == ["none"]
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    assert all(f"EPUB/{item.get('href')}" in names for item in items.values())
    assert items["cover-image"].get("properties") == "cover-image"
    page = part(path, "scene-002.xhtml")
    assert next(page.iter(f"{XHTML}img")).get("alt") == "picture 1"
    assert next(page.iter(f"{XHTML}span")).get("title") == "Mrs Fox"
    nav = part(path, "nav.xhtml")
    kinds = [n.get("{http://www.idpf.org/2007/ops}type") for n in nav.iter(f"{XHTML}nav")]
    assert kinds == ["toc", "landmarks"]


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    plain = tale()
    evil = replace(plain.segments[0], text=EVIL)
    scene = replace(plain.scenes[0], prompt=EVIL)
    story = replace(
        plain, title=EVIL, language='en"><x', segments=(evil, *plain.segments[1:]),
        scenes=(scene, *plain.scenes[1:]),
    )  # fmt: skip
    path = book(story, tmp_path)
    shown = re.sub("[\u0000\u000b\ufffe\ud800]", "", EVIL)
    for name in ("package.opf", "nav.xhtml", "cover.xhtml", "scene-001.xhtml"):
        assert not list(part(path, name).iter(f"{XHTML}script"))
    assert "".join(next(part(path, "cover.xhtml").iter(f"{XHTML}h1")).itertext()) == shown


# It runs for seconds: what Java would do for hours of running costs more than it brings.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


def epubcheck() -> list[str]:
    """How epubcheck is called here: Debian installs the archive itself."""
    program = shutil.which("epubcheck")
    java = shutil.which("java")
    if program is None or java is None:
        pytest.skip("epubcheck is not installed (apt-get install epubcheck)")
    return [java, *QUICK, "-jar", program] if Path(program).read_bytes()[:2] == b"PK" else [program]


def test_epubcheck_finds_nothing_before_and_after_the_mark(tmp_path: Path) -> None:
    command = epubcheck()
    path = book(tale(title="A & B <c> \u000b", starts=(0, 1_117, 2_350)), tmp_path)
    marked = tmp_path / "marked.epub"
    claim = Claim("book", "algorithmicMedia", {"image": "x"})
    assert Marker(own(tmp_path / "own")).mark_file(path, marked, MEDIA_TYPE, claim)
    done = subprocess.run(
        [*command, str(marked)], capture_output=True, text=True, check=False, timeout=250
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No errors or warnings" in done.stdout + done.stderr
