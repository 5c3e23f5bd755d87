"""Regenerates the Python stubs in `protos/gen` from the contract, and builds descriptor images.

python protos/generate.py            write protos/gen anew
python protos/generate.py --check    fail when protos/gen differs from what would be written
python protos/generate.py --image F  write the contract as one descriptor image (for buf)
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
ROOTS = [PROTOS / "third_party", PROTOS]  # longest first: protoc names files by the first that fits
# google.* stubs come from googleapis-common-protos and grpcio; only what nobody ships is generated.
CONTRACT = sorted((PROTOS / "lanternist").rglob("*.proto"))
VENDORED = [PROTOS / "third_party/buf/validate/validate.proto"]


def _protoc(*arguments: str) -> None:
    # protoc looks its plugins up on PATH, and a virtual environment need not be active.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    well_known = str(resources.files("grpc_tools") / "_proto")
    command = ["protoc", *(f"-I{root}" for root in ROOTS), f"-I{well_known}", *arguments]
    if protoc.main(command) != 0:
        raise SystemExit("protoc failed")


def write_stubs(destination: Path) -> None:
    """Writes message stubs, their types and the gRPC stubs below `destination`."""
    destination.mkdir(parents=True, exist_ok=True)
    _protoc(
        f"--python_out={destination}",
        f"--mypy_out=quiet:{destination}",
        *map(str, [*CONTRACT, *VENDORED]),
    )
    services = [path for path in CONTRACT if "\nservice " in path.read_text(encoding="utf-8")]
    _protoc(
        f"--grpc_python_out={destination}",
        f"--mypy_grpc_out=quiet:{destination}",
        *map(str, services),
    )
    (destination / "lanternist/v1/py.typed").touch()


def write_image(destination: Path) -> None:
    """Writes one descriptor set with imports and comments, the form that buf reads."""
    _protoc(
        f"--descriptor_set_out={destination}",
        "--include_imports",
        "--include_source_info",
        *map(str, CONTRACT),
    )


def differences(left: Path, right: Path) -> list[str]:
    """Relative paths that differ between two trees, or are in one only."""

    def names(root: Path) -> set[str]:
        return {
            str(path.relative_to(root))
            for path in root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    both = names(left) & names(right)
    _, mismatch, errors = filecmp.cmpfiles(left, right, sorted(both), shallow=False)
    return sorted((names(left) ^ names(right)) | set(mismatch) | set(errors))


def main() -> None:
    """Parses the command line and does what it says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--image", type=Path)
    options = parser.parse_args()
    if options.image:
        write_image(options.image)
        return
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "gen"
        write_stubs(fresh)
        changed = differences(PROTOS / "gen", fresh)
        if options.check:
            if changed:
                sys.exit(f"stubs differ, run `make generate`: {', '.join(changed)}")
            return
        shutil.rmtree(PROTOS / "gen", ignore_errors=True)
        shutil.copytree(fresh, PROTOS / "gen")


if __name__ == "__main__":
    main()
