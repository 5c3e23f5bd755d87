"""Conventions that a reviewer would otherwise have to remember."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("orchestrator", "services", "models", "protos/runtime", "tests")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
OURS = [path for path in MODULES if "tests" not in path.relative_to(ROOT).parts]
LONGEST = 300
NOT_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "processor", "misc"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_modules_to_look_at() -> None:
    assert len(OURS) > 40


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_stays_one_idea(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, f"{relative(path)} has {lines} lines: it is probably two ideas"
    assert path.stem not in NOT_NAMES, f"{relative(path)}: the name says nothing"


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        assert ast.get_docstring(tree), f"{relative(path)} has no docstring"


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_definitions(tree: ast.Module) -> list[Definition]:
    return [n for n in tree.body if isinstance(n, Definition) and not n.name.startswith("_")]


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_public_names_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = [node.name for node in public_definitions(tree) if not ast.get_docstring(node)]
    assert not bare, f"{relative(path)}: no docstring on {', '.join(bare)}"


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_exceptions_are_never_swallowed(path: Path) -> None:
    """`except Exception: pass` hides defects; `contextlib.suppress(Exception)` hides them too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(n, ast.Pass) for n in node.body):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in {"everything", "Exception", "BaseException"}, (
                f"{relative(path)}:{node.lineno} swallows {caught}"
            )


@pytest.mark.parametrize("path", OURS, ids=relative)
def test_pickles_are_never_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bpickle\.loads?\(|\btorch\.load\(|allow_pickle=True", text), relative(
        path
    )


def test_packages_are_loaded_from_this_repository_whatever_the_directory() -> None:
    """Another distribution with a top-level `models` or `services` must not shadow ours."""
    names = ["orchestrator", "services.base", "models.catalog", "lanternist.runtime.errors",
             "lanternist.v1.image_pb2"]  # fmt: skip
    program = "import importlib, sys\n" + "\n".join(
        f"print(importlib.import_module({name!r}).__file__)" for name in names
    )
    printed = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd="/", capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(printed) == len(names)
    for place in printed:
        assert Path(place).is_relative_to(ROOT), place


def test_every_declared_engine_can_be_imported() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "entry-points"
    ]
    groups = {
        group: names for group, names in declared.items() if group.startswith("lanternist.engines.")
    }
    assert len(groups) == 4
    for group, names in groups.items():
        installed = {entry.name: entry for entry in entry_points(group=group)}
        assert set(names) <= set(installed)
        assert "fake" in names, f"{group} ships no fake"
        for name in names:
            kind = installed[name].load()
            for method in ("load", "warm_up", "close"):
                assert callable(getattr(kind, method)), f"{group} {name} lacks {method}"


def test_the_orchestrator_process_loads_no_model_library() -> None:
    """The import contract is static; this looks at what a running orchestrator really holds."""
    program = (
        "import sys, orchestrator.server\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'onnxruntime', 'faster_whisper'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert printed == "[]"


@pytest.mark.parametrize(
    "pattern", [r"/work/", r"/root/", r"/home/[a-z]+/", r"pypi\.org|pythonhosted|registry\.npmjs"]
)
def test_no_file_names_a_machine_or_a_registry_host(pattern: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    own = relative(Path(__file__))
    for name in filter(None, listed):
        path = ROOT / name
        if (
            name == own
            or "third_party" in name
            or not path.is_file()
            or path.stat().st_size > 1 << 20
        ):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not re.search(pattern, text), f"{name} holds {pattern}"
