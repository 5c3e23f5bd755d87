"""Takes weight files from a Hugging Face repository, for machines that can reach one.

Files that a card pins are downloaded one by one and verified by the caller. A repository that a
card does not pin is taken whole (the card's patterns) into the hub client's own cache, whose
transport checks the hub's hashes; then every file is refused that could run code when loaded. This
module does not know our cache and does not verify our hashes.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lanternist.runtime.errors import FailedPreconditionError, UnavailableError
from models.card import HubSource, ModelCard
from models.progress import Reporter

# pickle protocols 2–5, and the zip that torch.save writes around a pickle
_PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
# older protocols begin like text, so names have to do
_PICKLE_SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def fetch_files(
    source: HubSource, card: ModelCard, wanted: set[str], into: Path, report: Reporter
) -> None:
    """Writes the wanted files of a pinned card into a directory.

    Raises:
        UnavailableError: The hub cannot be reached.
        FailedPreconditionError: The repository, revision or file is not there for us.
        OSError: The disk is full or not writable.
    """
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - slow to import, rarely needed

    for file in card.files:
        if file.name not in wanted:
            continue
        report("downloading", file.name, 0, file.size_bytes)
        with _hub_errors(source):
            got = hf_hub_download(
                source.repo_id,
                source.paths[file.name],
                revision=source.revision,
                local_dir=into / ".hub",
                tqdm_class=_reporting_bar(report, file.name),
            )
        target = into / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(got).replace(target)
    shutil.rmtree(into / ".hub", ignore_errors=True)


def fetch_snapshot(source: HubSource, report: Reporter) -> Path:
    """Brings a whole repository into the hub client's cache, or finds it there.

    Returns:
        The snapshot's directory.

    Raises:
        UnavailableError: The hub cannot be reached and the cache does not hold the snapshot.
        FailedPreconditionError: The repository is not there for us, or carries a pickle.
        OSError: The disk is full or not writable.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow to import

    report("downloading", source.repo_id)
    with _hub_errors(source):
        directory = Path(
            snapshot_download(
                source.repo_id,
                revision=source.revision,
                allow_patterns=list(source.allow_patterns),
                tqdm_class=_reporting_bar(report, source.repo_id),
            )
        )
    refuse_pickles(directory)
    return directory


def cached_snapshot(source: HubSource) -> Path | None:
    """The snapshot's directory when the hub client's cache holds it already, without network."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow to import
    from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(
            snapshot_download(
                source.repo_id,
                revision=source.revision,
                allow_patterns=list(source.allow_patterns),
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:
        return None


def refuse_pickles(directory: Path) -> None:
    """Makes sure that no file of an unpinned directory is a pickle, whatever its name.

    Raises:
        FailedPreconditionError: One is; loading it could run code that nobody has checked.
    """
    for path in sorted(directory.rglob("*")):
        if not path.is_file():
            continue
        with path.open("rb") as stream:
            start = stream.read(4)
        if start.startswith(_PICKLE_STARTS) or path.suffix.lower() in _PICKLE_SUFFIXES:
            name = path.relative_to(directory).as_posix()
            raise FailedPreconditionError(
                f"{name} is a pickle, which could run code when loaded. Use a repository or "
                "revision that offers safetensors.",
                reason="PICKLE_REFUSED",
                metadata={"file": name},
            )


@contextmanager
def _hub_errors(source: HubSource) -> Iterator[None]:
    from huggingface_hub import errors  # noqa: PLC0415 - slow to import

    facts = {"repository": source.repo_id, "revision": source.revision or "default"}
    try:
        yield
    except errors.GatedRepoError as error:
        raise FailedPreconditionError(
            f"The hub repository {source.repo_id} wants its terms accepted: log in with "
            "`hf auth login` after accepting them on its page.",
            reason="HUB_REPOSITORY_GATED",
            metadata=facts,
        ) from error
    except (
        errors.RepositoryNotFoundError,
        errors.RevisionNotFoundError,
        errors.RemoteEntryNotFoundError,
    ) as error:
        raise FailedPreconditionError(
            f"The hub repository {source.repo_id} does not offer what the card names.",
            reason="HUB_REPOSITORY_MISMATCH",
            metadata=facts,
        ) from error
    except Exception as error:  # the transport library, and so its errors, change by release
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        raise UnavailableError(
            f"The hub repository {source.repo_id} could not be read ({type(error).__name__}).",
            retry_delay_seconds=60.0,
            reason="HUB_UNAVAILABLE",
            metadata=facts,
        ) from error


def _reporting_bar(report: Reporter, item: str) -> type[Any]:
    """A tqdm class that draws nothing and reports bytes, because that is how the client tells."""
    from tqdm import tqdm  # noqa: PLC0415 - comes with the hub client

    class ReportingBar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self._counts_bytes = kwargs.get("unit") == "B"

        def update(self, n: float | None = 1) -> bool | None:
            self.n += n or 0
            if self._counts_bytes:
                report("downloading", item, int(self.n), int(self.total) if self.total else None)
            return None

    return ReportingBar
