"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well, else removed.

    Raises:
        OSError: The directory is not there, or not writable.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes files for their owner alone
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def check_target(path: Path, suffixes: tuple[str, ...], option: str = "-o") -> str:
    """Checks, before any work is done, that a result can be written there.

    Returns:
        The file's suffix in lower case.

    Raises:
        typer.BadParameter: The suffix is none of `suffixes`, or the directory is not there.
    """
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        raise typer.BadParameter(
            f"{path.name!r} must end in {', '.join(suffixes)}.", param_hint=option
        )
    if path.is_dir() or not path.parent.is_dir():
        what = "is a directory" if path.is_dir() else "is in a directory that does not exist"
        raise typer.BadParameter(f"{str(path)!r} {what}.", param_hint=option)
    return suffix


def numbered(path: Path, index: int, count: int) -> Path:
    """`fox.png` → `fox-1.png`, `fox-2.png`, … when there are several; else `path` itself."""
    if count <= 1:
        return path
    return path.with_stem(f"{path.stem}-{index + 1:0{len(str(count))}d}")


def text_argument(text: str) -> str:
    """The argument itself, or standard input for `-`."""
    return typer.get_text_stream("stdin").read() if text == "-" else text
