"""Films, looked at as a player does: decoded, frame by frame and sample by sample."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from orchestrator.story.export.captions import cues
from orchestrator.story.export.film import Print, write_film
from orchestrator.story.export.lettering import drawable, unknown_letters
from orchestrator.story.export.screen import FRAMES_A_SECOND, Screen
from tests.unit.orchestrator.story.tale import COLOURS, DURATION, STARTS, TEXTS, files_of, tale

FRAME_MS = 1000 / FRAMES_A_SECOND


def film(directory: Path, **how: Any) -> Path:
    material = files_of(tale(), directory)
    target = directory / "film.mp4"
    size = {"width": 160, "height": 120, **how}
    write_film(target, material.story, material.load, material.narration, Print(**size))
    return target


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("plain"))


def frames(path: Path) -> list[tuple[float, np.ndarray[Any, Any]]]:
    with av.open(str(path)) as file:
        return [
            (float(frame.time or 0) * 1000, frame.to_ndarray(format="rgb24").astype(int))
            for frame in file.decode(video=0)
        ]


def test_scenes_change_within_a_frame_of_the_clock(plain: Path) -> None:
    shown = frames(plain)
    means = np.array([picture.mean(axis=(0, 1)) for _, picture in shown])
    for index, start in enumerate(STARTS[1:], 1):
        before, after = (np.array(COLOURS[i]) for i in (index - 1, index))
        window = [i for i, (time, _) in enumerate(shown) if abs(time - start) < 400]
        share = (means[window] - before) @ (after - before) / ((after - before) @ (after - before))
        first = window[int(np.argmax(share >= 0.5))]
        # The frame whose time holds the cut is half of both; the cut lies in it or at its edge.
        assert abs(shown[first][0] - start) <= FRAME_MS, (index, shown[first][0], start)
        assert share[0] < 0.02
        assert share[-1] > 0.98
        assert all(b >= a - 0.02 for a, b in itertools.pairwise(share))


def test_sound_and_pictures_begin_together(plain: Path) -> None:
    with av.open(str(plain)) as file:
        starts = [stream.start_time for stream in file.streams]
        assert set(starts) == {0}
        blocks = [(frame.time, frame.to_ndarray()[0]) for frame in file.decode(audio=0)]
    samples = np.concatenate([block for _, block in blocks])
    begin = blocks[0][0]
    for start in STARTS[1:]:
        middle = int((start / 1000 - begin) * 48_000)
        window = np.abs(samples[middle - 4_800 : middle + 4_800])
        clicked = (int(window.argmax()) - 4_800) / 48
        assert abs(clicked - 1) < 3, f"the click at {start} ms is heard {clicked:+.1f} ms off"


def test_the_frame_rate_is_constant_and_nothing_is_missing(plain: Path) -> None:
    with av.open(str(plain)) as file:
        times = sorted(p.pts for p in file.demux(video=0) if p.pts is not None)
        base = file.streams.video[0].time_base
    assert base is not None
    step = Fraction(1, FRAMES_A_SECOND) / base
    assert {b - a for a, b in itertools.pairwise(times)} == {step}
    assert len(times) == -(-DURATION * FRAMES_A_SECOND // 1000)


def test_streams_chapters_and_captions(plain: Path) -> None:
    with av.open(str(plain)) as file:
        codecs = [stream.codec_context.name for stream in file.streams if stream.codec_context]
        assert codecs[:3] == ["h264", "aac", "mov_text"]
        assert file.metadata["title"] == "The Fox"
        assert {s.metadata["language"] for s in list(file.streams)[:3]} == {"eng"}
        chapters = [
            (c["start"] * c["time_base"] * 1000, c["metadata"]["title"]) for c in file.chapters()
        ]
        assert [start for start, _ in chapters] == list(STARTS)
        assert chapters[0][1] == TEXTS[0]
        texts = [
            (
                float(p.pts * p.time_base) * 1000,
                float(p.duration * p.time_base) * 1000,
                bytes(p)[2:],
            )
            for p in file.demux(subtitles=0)
            if p.size > 2
        ]
    expected = cues(tale())
    assert [t[2].decode().split("\n")[0][:8] for t in texts] == [
        (f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text)[:8] for cue in expected
    ]
    for (start, length, _), cue in zip(texts, expected, strict=True):
        assert (round(start), round(start + length)) == (cue.start_ms, cue.end_ms)


def test_burnt_captions_are_seen_while_they_last_and_the_track_stays(tmp_path: Path) -> None:
    path = film(tmp_path, burn_captions=True, width=320, height=240)
    cue = cues(tale())[0]
    for time, picture in frames(path):
        low = picture[180:]
        white = int((low.min(axis=2) > 200).sum())
        if cue.start_ms + FRAME_MS <= time <= cue.end_ms - 2 * FRAME_MS:
            assert white > 30, time
        elif time < cue.start_ms - FRAME_MS:
            assert white == 0, time
    with av.open(str(path)) as file:
        assert file.streams.subtitles


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (128, 128)])
def test_no_border_is_ever_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    story = tale()
    material = files_of(story, tmp_path)
    screen = Screen(story.scenes, material.load, size, motion=True)
    for number in (0, 17, 40, 80, 103):
        y = screen.frame(number)[: size[1]]
        assert y.shape == (size[1], size[0])
        # Fades mix plain colours: the whole frame has one brightness, to its last pixel.
        assert int(y.max()) - int(y.min()) <= 2, number


def test_the_camera_moves_smoothly_and_stands_still_when_told(tmp_path: Path) -> None:
    story = tale(starts=(0,), duration=4_000)
    rng = np.random.default_rng(3)
    noise = Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8))
    picture = noise.resize((640, 480), Image.Resampling.BICUBIC)
    moving, still = (
        Screen(story.scenes, lambda _: picture, (320, 240), motion=motion)
        for motion in (True, False)
    )
    shown = [moving.frame(number)[:240].astype(int) for number in range(0, 120)]
    steps = np.array([np.abs(b - a).mean() for a, b in itertools.pairwise(shown)])
    assert steps.min() > 0.05  # it never stops
    assert steps.max() < 2.2 * np.median(steps)  # and never jumps
    assert (still.frame(0) == still.frame(100)).all()


def test_work_ends_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    material = files_of(tale(), tmp_path)
    seen: list[float] = []

    class EnoughError(Exception):
        pass

    def progress(share: float) -> None:
        seen.append(share)
        if len(seen) == 5:
            raise EnoughError

    with pytest.raises(EnoughError):
        write_film(
            tmp_path / "film.mp4", material.story, material.load, material.narration,
            Print(128, 128), progress=progress,
        )  # fmt: skip
    assert seen == sorted(seen)


def test_scenes_shorter_than_a_fade_are_all_shown(tmp_path: Path) -> None:
    story = tale(starts=(0, 700, 750), duration=1_500)
    material = files_of(story, tmp_path)
    target = tmp_path / "film.mp4"
    write_film(target, story, material.load, material.narration, Print(128, 128))
    shown = frames(target)
    assert len(shown) == 45
    assert np.abs(shown[0][1].mean(axis=(0, 1)) - COLOURS[0]).max() < 8
    assert np.abs(shown[-1][1].mean(axis=(0, 1)) - COLOURS[2]).max() < 8


def test_letters_without_a_shape_are_left_out_and_named() -> None:
    assert unknown_letters(["Öl “à” Ж ω", "日本"]) == "日本"
    assert drawable("日 a\nb") == " a\nb"
    assert unknown_letters(["e\u0301"]) == ""  # composed: é
