"""The narration in every form: decoded again, with its tags and chapters."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from orchestrator.story.export.audio import FORMS, write_audio
from orchestrator.story.export.captions import subrip, webvtt
from orchestrator.story.export.tags import chapter_title, file_name, iso639_2
from tests.unit.orchestrator.story.tale import DURATION, RATE, STARTS, TEXTS, files_of, tale


@pytest.mark.parametrize("name", FORMS)
def test_a_sound_keeps_its_length_its_clicks_and_its_tags(name: str, tmp_path: Path) -> None:
    form = FORMS[name]
    material = files_of(tale(), tmp_path)
    target = tmp_path / f"out{form.suffix}"
    shares: list[float] = []
    write_audio(target, form, material.narration, story=material.story, progress=shares.append)
    assert shares[-1] > 0.95
    assert shares == sorted(shares)
    with av.open(str(target)) as file:
        stream = file.streams.audio[0]
        tags = {**file.metadata, **stream.metadata}
        chapters = [round(c["start"] * c["time_base"] * 1000) for c in file.chapters()]
        blocks = [(frame.time, frame.to_ndarray(), frame.rate) for frame in file.decode(audio=0)]
    rate = blocks[0][2]
    samples = np.concatenate([b.reshape(-1) for _, b, _ in blocks]).astype(float)
    assert abs(len(samples) / rate - DURATION / 1000) < 0.06
    assert {key.lower(): value for key, value in tags.items()}["title"] == "The Fox"
    assert chapters == (list(STARTS) if form.chapters else [])
    # MP3's encoder and decoder delay is not in the header that this decoder reads.
    slack = 60 if name == "mp3" else 3
    for start in STARTS[1:]:
        middle = round((start / 1000 - float(blocks[0][0] or 0)) * rate)
        window = np.abs(samples[middle - rate // 5 : middle + rate // 5])
        assert abs(int(window.argmax()) - rate // 5) * 1000 / rate < slack


def test_a_sound_of_that_form_is_not_encoded_again(tmp_path: Path) -> None:
    material = files_of(tale(), tmp_path)
    first, second = tmp_path / "one.mp3", tmp_path / "two.mp3"
    write_audio(first, FORMS["mp3"], material.narration)
    write_audio(second, FORMS["mp3"], first, story=material.story)
    with av.open(str(first)) as one, av.open(str(second)) as two:
        assert [bytes(p) for p in one.demux(audio=0)] == [bytes(p) for p in two.demux(audio=0)]
        assert two.metadata["title"] == "The Fox"


def test_stereo_stays_stereo_and_odd_rates_find_a_neighbour(tmp_path: Path) -> None:
    source = tmp_path / "odd.wav"
    soundfile.write(source, np.zeros((11_025, 2), dtype=np.float32), 11_025)
    for form in FORMS.values():
        target = tmp_path / f"odd{form.suffix}"
        write_audio(target, form, source)
        with av.open(str(target)) as file:
            assert file.streams.audio[0].codec_context.channels == 2
            assert float(file.duration or 0) / 1e6 == pytest.approx(1.0, abs=0.12)
    assert RATE == 24_000


def test_captions_name_the_cast_and_nobody_else() -> None:
    text = webvtt(tale())
    assert "<v Mrs Fox>“Où es-tu ?” she said." in text
    assert "<v narrator>" not in text.lower()
    assert "The fox ran &lt;fast&gt; &amp; far." in text
    cues = subrip(tale()).split("\n\n")
    assert cues[0].split("\n")[:2] == ["1", "00:00:00,120 --> 00:00:01,117"]
    assert cues[0].split("\n")[2] == "The fox ran <fast> & far."


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Owl and the Boat", "The Owl and the Boat.mp4"),
        ("../../etc/passwd", "etc passwd.mp4"),
        ("CON", "story.mp4"),
        ("  …  ", "story.mp4"),
        ("a/b\\c:d*e?f\u0000g", "a b c d e f g.mp4"),
        ("La souris & le phare : l’été", "La souris & le phare l’été.mp4"),
        ("日本の昔話", "日本の昔話.mp4"),
        ("x" * 300, "x" * 80 + ".mp4"),
        (".hidden", "hidden.mp4"),
    ],
)
def test_file_names_are_safe_everywhere(title: str, name: str) -> None:
    assert file_name(title, ".mp4") == name


def test_chapters_are_named_by_their_first_words() -> None:
    story = tale()
    assert chapter_title(story, story.scenes[1]) == TEXTS[1]
    assert len(chapter_title(tale("t"), story.scenes[0])) <= 61
    assert iso639_2("fr-CA") == "fra"
    assert iso639_2("tlh") == "und"
