"""`resolve`: from a model card to files on this disk that are what the card promises.

    a user's directory · the card's sources in order: directory · package · hub
                                     │ scratch folder, under a lock
              <cache>/models/<id>/<digest>/<file>   verified before it is handed out

A file enters the cache by an atomic rename, and only once its hash is right: a crash leaves no
broken cache, and two processes that start at once download once. This module does not know what is
in the files or who reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from lanternist.runtime.errors import FailedPreconditionError
from models.card import HubSource, ModelCard
from models.catalog import Catalog
from models.derived import derive
from models.fetch_hub import cached_snapshot
from models.progress import Progress, Reporter, silent
from models.search import (
    Search,
    cached,
    digest_of,
    digest_of_path,
    directories,
    home_of,
    take_unpinned,
)

State = Literal["no weights", "upstream", "in repository", "local", "cached", "hub", "not fetched"]


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one model, on this disk.

    Attributes:
        card: Whose files they are.
        root: The folder that holds them; None for a model without weights.
        verified: Whether every file was checked against a SHA-256 of the card. False for
            directories and hub repositories whose files a card does not pin.
        components: Role → the weights of the model that plays it.
    """

    card: ModelCard
    root: Path | None
    verified: bool
    components: Mapping[str, Weights]

    @property
    def directory(self) -> Path:
        """The folder that holds the files.

        Raises:
            FailedPreconditionError: The model has no weights.
        """
        if self.root is None:
            raise FailedPreconditionError(
                f"The model {self.card.id} has no weights.", reason="MODEL_HAS_NO_WEIGHTS"
            )
        return self.root

    def path(self, name: str) -> Path:
        """One file, by its name in the card (for an unpinned model: in its directory).

        Raises:
            FailedPreconditionError: The model has no such file.
        """
        path = self.directory / name
        if self.card.files:
            there = any(file.name == name for file in self.card.files)
        else:
            there = ".." not in Path(name).parts and not Path(name).is_absolute() and path.is_file()
        if not there:
            raise FailedPreconditionError(
                f"The model {self.card.id} has no file {name[:200]!r}.",
                reason="MODEL_FILE_UNKNOWN",
                metadata={"model": self.card.id},
            )
        return path

    def derived(self, recipe: str, build: Callable[[Path], None]) -> Path:
        """A folder of files made from these weights once and kept, for example another format.

        Verified like the weights at every use; a damaged one is built again.

        Args:
            recipe: Names how the files are made, with a version: `safetensors-1`.
            build: Fills the empty folder that it is given.

        Raises:
            FailedPreconditionError: The cache is full or not writable.
        """
        # A lock of its own: the recipe may resolve other weights while it builds.
        home = home_of(self.card) / "derived"
        # What is pinned is named by its hashes, what is not by where it lies (a hub snapshot's
        # folder is its commit).
        source = digest_of(self.card) if self.verified else digest_of_path(self.directory)
        return derive(home, f"{recipe}-{source}", build)


def resolve(
    card: ModelCard,
    *,
    progress: Progress | None = None,
    rehash: bool = False,
    catalog: Catalog | None = None,
) -> Weights:
    """Makes sure that a model's files are here and right, fetching them when they are not.

    Safe to call from several processes and threads at once. Costs a `stat` a file when all is well.

    Args:
        card: The model.
        progress: Told of waiting, downloads, extraction and verification.
        rehash: Hash every file again, even those that have not changed since they last were.
        catalog: Where the cards of components are; the built-in one by default.

    Raises:
        UnavailableError: A source could not be reached, and no other had the files.
        DataLossError: What the sources offer does not match the card.
        FailedPreconditionError: No source has the files, or the cache is full or not writable.
    """
    components = {}
    for role, model_id in card.components.items():
        catalog = catalog or Catalog.builtin()
        components[role] = resolve(
            catalog.get(model_id), progress=progress, rehash=rehash, catalog=catalog
        )
    root: Path | None = None
    if card.sources:
        report = Reporter(card.id, progress or silent)
        root = Search(card, report, rehash).run() if card.files else take_unpinned(card, report)
    return Weights(card, root, bool(card.files), MappingProxyType(components))


def state(card: ModelCard) -> State:
    """Where a model's weights are now, by names and sizes alone; fetches and hashes nothing."""
    if not card.sources:
        return "no weights" if card.local else "upstream"
    for directory, own in directories(card):
        if directory.is_dir() and _looks_complete(directory, card):
            return "local" if own else "in repository"
    if card.files:
        return "cached" if _looks_complete(cached(card), card) else "not fetched"
    hubs = [source for source in card.sources if isinstance(source, HubSource)]
    if not hubs:
        return "not fetched"
    return "cached" if any(cached_snapshot(source) for source in hubs) else "hub"


def _looks_complete(directory: Path, card: ModelCard) -> bool:
    paths = ((directory / file.name, file.size_bytes) for file in card.files)
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)
