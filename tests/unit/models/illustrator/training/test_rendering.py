"""Pictures with maps, shards of them, and drawing what is missing."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lanternist.runtime.errors import DataLossError, FailedPreconditionError
from models.illustrator.composer import compose
from models.illustrator.scene import Scene, Subject
from models.illustrator.training.budget import Budget
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents, Pictures
from models.illustrator.training.drawing import draw_pictures
from models.illustrator.training.journal import Journal
from models.illustrator.training.rendering import maps_of, plan_shards, render_example, render_shard
from models.illustrator.training.shards import (
    NOTHING,
    OTHER,
    Shard,
    scene_from_dict,
    scene_to_dict,
    write_shard,
)
from models.illustrator.training.vocabulary import Vocabulary


def test_maps_say_where_each_subject_is_seen() -> None:
    scene = Scene((Subject("fox", place="left"), Subject("house", place="right")), setting="meadow")
    drawn = compose(scene, width=256, height=256, seed=3)
    cells, density, seen = maps_of(drawn, scene)
    assert min(seen) > 50
    fox, house = np.argwhere(cells == 1), np.argwhere(cells == 2)
    assert fox[:, 1].mean() < house[:, 1].mean()
    assert density.sum() == pytest.approx(2, abs=0.02)
    assert density[cells == 1].sum() == pytest.approx(1, abs=0.25)
    assert set(np.unique(cells)) == {NOTHING, 1, 2}


def test_density_counts_copies_and_what_nobody_asked_for_is_marked() -> None:
    scene = Scene((Subject("cat", count=3),), setting="sea")  # the composer seats them in a boat
    cells, density, seen = maps_of(compose(scene, width=256, height=256), scene)
    assert density.sum() == pytest.approx(3, abs=0.03)
    assert OTHER in cells
    assert seen[0] > 0


def test_a_missing_copy_is_noticed() -> None:
    drawn = compose(Scene((Subject("cat"),), setting="meadow"), width=64, height=64)
    assert maps_of(drawn, Scene((Subject("cat", count=2),), setting="meadow"))[2] == [0]


def test_an_example_is_what_the_composer_draws(config: Config, vocabulary: Vocabulary) -> None:
    one, again = (render_example(config, vocabulary, "train", "several", 5) for _ in range(2))
    assert one.picture.shape == (64, 64, 3)
    assert np.array_equal(one.picture, again.picture)
    assert one.scene == again.scene
    other = render_example(config, vocabulary, "seen", "several", 5)
    assert not np.array_equal(one.picture, other.picture)


def test_scenes_survive_the_file() -> None:
    scene = Scene(
        (Subject("fox", count=2, colour="red"), Subject("bus", relation="on", relation_target=0)),
        setting="forest",
        weather="rain",
    )
    assert scene_from_dict(scene_to_dict(scene)) == scene
    assert scene_to_dict(Scene((Subject("fox"),))) == {"subjects": [{"noun": "fox"}]}


def test_shards_are_read_as_they_were_written(
    config: Config, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    examples = [render_example(config, vocabulary, "train", "single", n) for n in range(5)]
    write_shard(tmp_path / "one.safetensors", examples, {"split": "train"})
    shard = Shard(tmp_path / "one.safetensors")
    assert len(shard) == 5
    for n in (4, 0, 2):
        read = shard.example(n)
        assert np.array_equal(read.picture, examples[n].picture)
        assert np.array_equal(read.cells, examples[n].cells)
        assert np.array_equal(read.density, examples[n].density)
        assert read.scene == examples[n].scene


def test_a_damaged_shard_is_named(pictures_folder: Path, tmp_path: Path) -> None:
    whole = next(pictures_folder.glob("train-*")).read_bytes()
    path = tmp_path / "half.safetensors"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataLossError, match=r"half\.safetensors"):
        Shard(path)
    with pytest.raises(DataLossError, match=r"half\.safetensors"):
        Latents([path])


def test_pictures_are_numbered_across_shards(pictures_folder: Path, pictures: Pictures) -> None:
    assert len(pictures) == 24
    second = Shard(pictures_folder / pictures.names[1])
    assert np.array_equal(pictures.example(12).picture, second.picture(0))
    assert np.array_equal(pictures.example(23).picture, second.picture(11))


def test_latents_know_their_pools(latents: Latents, pictures: Pictures) -> None:
    single, several = latents.pools()
    assert sorted([*single, *several]) == list(range(24))
    assert all(len(latents.scene(n).subjects) == 1 for n in single)
    assert all(len(latents.scene(n).subjects) > 1 for n in several)
    assert latents.scene(7) == pictures.example(7).scene
    assert latents.latents([3, 20]).shape == (2, 4, 4, 4)


def test_plans_share_out_the_companies(config: Config) -> None:
    data = config.data.model_copy(update={"scenes": 1000, "scenes_per_shard": 10})
    plans = list(plan_shards(config.model_copy(update={"data": data})))
    names = [plan.file_name for plan in plans]
    assert len(set(names)) == len(names) == 102
    trained = [plan for plan in plans if plan.split == "train"]
    assert sum(plan.company == "single" for plan in trained) == 50
    assert [plan.first for plan in trained[:3]] == [0, 10, 20]


def test_the_judge_has_pictures_of_its_own(
    config: Config, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    data = config.data.model_copy(update={"judge_scenes": 8, "scenes_per_shard": 4})
    asked = config.model_copy(update={"data": data})
    own = [plan for plan in plan_shards(asked) if plan.split == "judge"]
    assert asked.fingerprint("data") == config.model_copy(
        update={"data": config.data.model_copy(update={"scenes_per_shard": 4})}
    ).fingerprint("data")
    for plan in (*own, next(plan for plan in plan_shards(asked) if plan.split == "unseen")):
        render_shard(asked, plan, tmp_path)
    judged = Pictures.of_split(tmp_path, "judge")
    assert len(Pictures.of_split(tmp_path, "judge", "unseen", most_shards=1)) == 12
    scenes = [judged.example(number).scene for number in range(8)]
    assert all(vocabulary.is_held_out(scene) for scene in scenes)
    unseen = Pictures.of_split(tmp_path, "unseen")
    assert not [n for n in range(8) if unseen.example(n).scene in scenes]


def test_drawing_goes_on_where_it_stopped_and_refuses_strangers(
    config: Config, tmp_path: Path, pictures_folder: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for plan in plan_shards(config):
        if plan.split != "train":
            os.link(pictures_folder / plan.file_name, folder / plan.file_name)
    out = io.StringIO()
    journal = Journal(tmp_path / "log.jsonl", out)
    first = list(plan_shards(config))[2]
    render_shard(config, first, folder)
    before = (folder / first.file_name).stat().st_mtime_ns
    # Without any time, what no run can do without is drawn all the same, by another process.
    assert draw_pictures(config, folder, Budget(0.0), journal) == 24
    assert (folder / first.file_name).stat().st_mtime_ns == before
    ours, theirs = (sorted(p.name for p in where.iterdir()) for where in (folder, pictures_folder))
    assert ours == theirs
    one = Pictures.of_split(folder, "train").example(20)
    assert np.array_equal(
        one.picture, Pictures.of_split(pictures_folder, "train").example(20).picture
    )
    other = config.model_copy(update={"seed": 9})
    with pytest.raises(FailedPreconditionError, match="another configuration"):
        draw_pictures(other, folder, Budget(0.0), journal)


def test_kill_9_while_writing_leaves_whole_shards_only(tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from models.illustrator.scene import Scene, Subject\n"
        "from models.illustrator.training.shards import Example, write_shard\n"
        "noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)\n"
        "maps = np.zeros((16, 16), np.uint8), np.zeros((16, 16), np.float16)\n"
        "sketch = np.dstack([noise, noise[..., :1]])\n"
        "one = Example(noise, sketch, Scene((Subject('fox'),)), *maps)\n"
        "for n in range(10**6):\n"
        "    write_shard(Path(sys.argv[1]) / f'{n % 3}.safetensors', [one] * 8, {})\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    while len(list(tmp_path.glob("*.safetensors"))) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    shards = sorted(tmp_path.glob("*.safetensors"))
    assert len(shards) == 3
    for path in shards:
        assert Shard(path).picture(7).shape == (512, 512, 3)


def runs(process: int) -> bool:
    """Whether it does; one that has ended, and that nobody has waited for, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False


def children_of(process: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # others' processes end while one reads
            head, rest = path.read_text().rsplit(") ", 1)
            if int(rest.split()[1]) == process:
                found.append(int(head.split()[0]))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_drawing_process_outlives_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    tiny = Path(__file__).with_name("tiny.toml").read_text(encoding="utf-8")
    path = tmp_path / "endless.toml"
    path.write_text(tiny.replace("scenes = 24", "scenes = 2400"), encoding="utf-8")
    command = [sys.executable, "-m", "models.illustrator.training", "data", "--preset", str(path)]
    process = subprocess.Popen([*command, "--work", str(tmp_path)], stderr=subprocess.PIPE)
    pictures = tmp_path / "pictures"
    while len(list(pictures.glob("*.safetensors"))) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    children = children_of(process.pid)
    assert len(children) >= 2  # one that draws, and multiprocessing's own
    process.send_signal(number)
    told = process.communicate(timeout=120)[1]
    while any(runs(child) for child in children):
        time.sleep(0.05)
    if number == signal.SIGTERM:
        assert process.returncode == 130
        assert b"--resume" in told
    for shard in pictures.glob("*.safetensors"):
        assert len(Shard(shard)) in {8, 12}


def test_the_renderer_needs_no_torch() -> None:
    program = (
        "import sys, models.illustrator.training.drawing, models.illustrator.training.__main__\n"
        "print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
