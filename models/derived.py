"""Folders of files made from weights once and kept: another format, an edited graph.

Built in a scratch folder under the cache's lock, sealed with a manifest of hashes, and moved into
place whole. This module does not know what a recipe does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lanternist.runtime.errors import FailedPreconditionError
from models.cache import ledger_for, scratch_in
from models.card import WeightFile
from models.checksum import sha256_of

_log = logging.getLogger(__name__)

_MANIFEST = "derived.json"
_FILES = TypeAdapter(tuple[WeightFile, ...])


def derive(home: Path, name: str, build: Callable[[Path], None]) -> Path:
    """The folder `home/name`, built now if it is not there or is damaged.

    Args:
        home: A folder of the cache; its lock is held while building.
        name: Must change when the recipe or its input does.
        build: Fills the empty folder that it is given.

    Raises:
        FailedPreconditionError: The cache is full or not writable, or the recipe made nothing.
    """
    target = home / name
    if _is_sound(target):
        return target
    with scratch_in(home, lambda: _log.info("waiting for another process to build %s", name)) as (
        scratch
    ):
        if _is_sound(target):
            return target
        if target.exists():
            _log.warning("%s in the cache is damaged: building it again", name)
        fresh = scratch / "fresh"
        fresh.mkdir()
        build(fresh)
        _seal(fresh, name)
        if target.exists():
            target.rename(scratch / "damaged")
        fresh.rename(target)
    return target


def _seal(folder: Path, name: str) -> None:
    files = tuple(
        WeightFile(
            name=path.relative_to(folder).as_posix(),
            sha256=sha256_of(path),
            size_bytes=path.stat().st_size,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size
    )
    if not files:
        raise FailedPreconditionError(
            f"Building {name} made no files.", reason="DERIVED_FILES_MISSING"
        )
    (folder / _MANIFEST).write_bytes(_FILES.dump_json(files))


def _is_sound(folder: Path) -> bool:
    try:
        files = _FILES.validate_json((folder / _MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return False
    return not ledger_for(folder).problems(folder, files)
