from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError, InvalidArgumentError
from models import placement as placement_module
from models.placement import (
    Devices,
    Gpu,
    Placement,
    inventory,
    parse_nvidia_smi,
    place,
    place_all,
    visible,
    with_details,
)

LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaaaaaa-0000-1111-2222-333333333333)
GPU 1: Tesla T4 (UUID: GPU-bbbbbbbb-0000-1111-2222-333333333333)
"""
DETAILS = """\
GPU-aaaaaaaa-0000-1111-2222-333333333333, 40960, 8.0
GPU-bbbbbbbb-0000-1111-2222-333333333333, 15360, 7.5
"""
MIG = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaaaaaa-0000-1111-2222-333333333333)
  MIG 3g.20gb     Device  0: (UUID: MIG-cccccccc-0000-1111-2222-333333333333)
  MIG 3g.20gb     Device  1: (UUID: MIG-dddddddd-0000-1111-2222-333333333333)
GPU 1: Tesla T4 (UUID: GPU-bbbbbbbb-0000-1111-2222-333333333333)
"""
NONE = Devices()
TWO = Devices(with_details(parse_nvidia_smi(LISTING), DETAILS))


def test_reads_what_the_driver_lists() -> None:
    first, second = TWO.gpus
    assert (first.name, first.memory_mib, first.compute_capability) == (
        "NVIDIA A100-SXM4-40GB",
        40960,
        (8, 0),
    )
    assert (second.index, second.uuid[:12]) == (1, "GPU-bbbbbbbb")
    assert str(TWO) == "2 NVIDIA GPUs (0: NVIDIA A100-SXM4-40GB, 1: Tesla T4)"
    assert str(NONE) == "no NVIDIA GPU"


def test_mig_slices_take_the_place_of_their_gpu() -> None:
    gpus = parse_nvidia_smi(MIG)
    assert [gpu.uuid[:12] for gpu in gpus] == ["MIG-cccccccc", "MIG-dddddddd", "GPU-bbbbbbbb"]
    assert [gpu.index for gpu in gpus] == [0, 1, 2]
    assert gpus[0].name == "NVIDIA A100-SXM4-40GB MIG 3g.20gb"


def test_details_that_a_driver_does_not_know_stay_unknown() -> None:
    gpus = parse_nvidia_smi(LISTING)
    assert with_details(gpus, "") == gpus
    old = with_details(gpus, "GPU-aaaaaaaa-0000-1111-2222-333333333333, [N/A], [N/A]\n")
    assert (old[0].memory_mib, old[0].compute_capability) == (0, None)


@pytest.mark.parametrize(
    ("setting", "available", "device", "dtype"),
    [
        ("cpu", NONE, "cpu", "float32"),
        ("cpu", TWO, "cpu", "float32"),
        ("auto", NONE, "cpu", "float32"),
        ("auto", TWO, "cuda:0", "bfloat16"),
        ("cuda", TWO, "cuda:0", "bfloat16"),
        ("cuda:1", TWO, "cuda:1", "float16"),
        ("cuda:0", Devices((Gpu(0, "GPU-x", "Old"),)), "cuda:0", "float16"),
    ],
)
def test_places(setting: str, available: Devices, device: str, dtype: str) -> None:
    placed = place(setting, available)
    assert (placed.device, placed.dtype) == (device, dtype)


@pytest.mark.parametrize(("setting", "available"), [("cuda", NONE), ("cuda:2", TWO)])
def test_a_gpu_that_is_not_there_is_a_clear_error(setting: str, available: Devices) -> None:
    with pytest.raises(FailedPreconditionError) as caught:
        place(setting, available, name="services.image.device")
    assert f"services.image.device = {setting!r}" in caught.value.message
    assert str(available) in caught.value.message
    assert caught.value.reason == "DEVICE_NOT_FOUND"


@pytest.mark.parametrize("setting", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "cuda:0 "])
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"image\.device"):
        place(setting, TWO, name="image.device")


def test_dtypes_are_checked_against_the_device() -> None:
    assert place("cpu", NONE, dtype="bfloat16").dtype == "bfloat16"
    assert place("cuda:0", TWO, dtype="float16").dtype == "float16"
    with pytest.raises(FailedPreconditionError, match="Tesla T4 does not compute in"):
        place("cuda:1", TWO, dtype="bfloat16")
    with pytest.raises(InvalidArgumentError, match="int3"):
        place("cpu", NONE, dtype="int3")
    with pytest.raises(InvalidArgumentError, match="threads"):
        place("cpu", NONE, threads=-1)


def test_a_service_sees_its_own_gpu_as_the_first() -> None:
    placed = place("cuda:1", TWO, threads=2)
    assert placed.environment() == {
        "CUDA_VISIBLE_DEVICES": "GPU-bbbbbbbb-0000-1111-2222-333333333333",
        "OMP_NUM_THREADS": "2",
    }
    inside = placed.inside_service()
    assert (inside.device, inside.index, inside.dtype) == ("cuda:0", 0, "float16")


def test_a_service_on_the_cpu_sees_no_gpu() -> None:
    placed = Placement()
    assert placed.environment() == {"CUDA_VISIBLE_DEVICES": ""}
    assert placed.inside_service() == placed


def test_automatic_services_spread_round_the_explicit_ones() -> None:
    placed = place_all(
        {"image": "auto", "voice": "cuda:0", "text": "auto", "transcription": "cpu"}, TWO
    )
    assert list(placed) == ["image", "voice", "text", "transcription"]
    assert {name: p.device for name, p in placed.items()} == {
        "image": "cuda:1",
        "voice": "cuda:0",
        "text": "cuda:0",
        "transcription": "cpu",
    }
    assert all(p.device == "cpu" for p in place_all({"a": "auto", "b": "auto"}, NONE).values())
    with pytest.raises(FailedPreconditionError, match=r"voice\.device"):
        place_all({"voice": "cuda:7"}, TWO)


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        (None, ["NVIDIA A100-SXM4-40GB", "Tesla T4"]),
        ("", []),
        ("-1", []),
        ("1", ["Tesla T4"]),
        ("1,0", ["Tesla T4", "NVIDIA A100-SXM4-40GB"]),
        ("1,7,0", ["Tesla T4"]),
        ("GPU-bbbb", ["Tesla T4"]),
    ],
)
def test_honours_what_an_operator_has_hidden(setting: str | None, names: list[str]) -> None:
    shown = visible(TWO.gpus, setting)
    assert [gpu.name for gpu in shown] == names
    assert [gpu.index for gpu in shown] == list(range(len(names)))


def test_the_inventory_asks_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*command: str) -> str:
        return LISTING if command == ("nvidia-smi", "-L") else DETAILS

    monkeypatch.setattr(placement_module, "_run", answers)
    assert inventory({}) == TWO
    assert [gpu.name for gpu in inventory({"CUDA_VISIBLE_DEVICES": "1"}).gpus] == ["Tesla T4"]


def test_without_nvidia_smi_the_inventory_reads_proc(tmp_path: Path) -> None:
    folder = tmp_path / "gpus" / "0000:01:00.0"
    folder.mkdir(parents=True)
    facts = "Model: \t\t NVIDIA L4\nGPU UUID: \t GPU-12345678-aaaa\nVideo BIOS: ??\n"
    (folder / "information").write_text(facts, encoding="utf-8")
    assert placement_module._from_proc(tmp_path) == (Gpu(0, "GPU-12345678-aaaa", "NVIDIA L4"),)
    hidden = facts + "Device Minor: \t 99\n"  # its device node was not given to this container
    (folder / "information").write_text(hidden, encoding="utf-8")
    assert placement_module._from_proc(tmp_path) == ()


def test_a_machine_without_driver_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(placement_module, "_from_proc", lambda root: ())
    assert inventory() == NONE
