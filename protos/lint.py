"""Lints the contract with buf and refuses changes that would break its callers.

The comparison is with the last commit: with HEAD while the contract is being edited, with the
commit before it once the edit is committed. A history too short to compare with is said, not
hidden.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607 - fixed commands


def _base_revision() -> str | None:
    """The commit whose contract callers may have: see the module's docstring."""
    edited = _git("status", "--porcelain", "--", "protos/lanternist").stdout.strip()
    revision = "HEAD" if edited else "HEAD~1"
    there = _git("cat-file", "-e", f"{revision}:protos/lanternist").returncode == 0
    return revision if there else None


def _image_of(revision: str, scratch: Path) -> Path:
    archive = _git("archive", revision, "protos")
    archive.check_returncode()
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(scratch, filter="data")
    image = scratch / "base.binpb"
    _run(sys.executable, str(scratch / "protos/generate.py"), "--image", str(image))
    return image


def _run(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603 - our own
        sys.exit(1)


def main() -> None:
    """Runs `buf lint`, then `buf breaking` when there is something to compare with."""
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        image = scratch / "contract.binpb"
        _run(sys.executable, str(ROOT / "protos/generate.py"), "--image", str(image))
        _run("buf", "lint", str(image), "--config", "buf.yaml")
        revision = _base_revision()
        if revision is None:
            print("buf breaking: no earlier contract in this history to compare with")
            return
        base = _image_of(revision, scratch / "base")
        _run("buf", "breaking", str(image), "--against", str(base), "--config", "buf.yaml")


if __name__ == "__main__":
    main()
