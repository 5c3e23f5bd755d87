"""`Notary`: marks files for the rest of the program, as the settings say.

It knows the settings, the cards and the chain; it does not know stories. A chain of the
installation's own is made at the first start.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cryptography.x509 import load_pem_x509_certificates

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import ProvenanceSettings, Settings
from models.catalog import Catalog
from orchestrator.provenance.claim import MARKABLE, TRAINED, Claim
from orchestrator.provenance.credentials import Credentials, elsewhere, given, own

if TYPE_CHECKING:
    from orchestrator.provenance.marker import Marker

T = TypeVar("T")

_FOLDER = "provenance"


class Notary:
    """Marks what was made.

    Args:
        settings: Whether, and as whom.
        directory: Where the installation's own chain lies, or will.
        catalog: The cards, which say what kind of source a model is.
    """

    def __init__(self, settings: ProvenanceSettings, directory: Path, catalog: Catalog) -> None:
        self._settings = settings
        self._directory = directory
        self._catalog = catalog

    @classmethod
    def of(cls, settings: Settings, catalog: Catalog) -> Notary:
        """The notary of an installation, once its chain and key have been looked at; may block.

        Raises:
            FailedPreconditionError: Those of the settings are not usable; names the setting.
            OSError: Its own cannot be read or made.
        """
        notary = cls(settings.provenance, settings.data_directory / _FOLDER, catalog)
        notary.anchors()
        if notary.enabled:
            assert notary._marker
        return notary

    @classmethod
    def none(cls) -> Notary:
        """A notary that marks nothing."""
        return cls(ProvenanceSettings(mark="none"), Path(), Catalog(()))

    @property
    def enabled(self) -> bool:
        """Whether anything is marked."""
        return self._settings.mark != "none"

    @property
    def of_answers(self) -> Notary:
        """The one for pictures and speech that belong to no story; it may mark nothing."""
        return self if self._settings.mark == "all" else self.none()

    def marks(self, media_type: str) -> bool:
        """Whether files of a type get a mark."""
        return self.enabled and media_type in MARKABLE

    def source_type(self, models: Iterable[str]) -> str:
        """IPTC digital source type of what the first known of some models makes.

        A model without a card here is taken for a trained one.
        """
        for model in models:
            if model in self._catalog:
                return str(self._catalog.get(model).digital_source_type)
        return TRAINED

    def anchors(self) -> str:
        """Certificates of the trusted in PEM: the installation's own roots, and the settings'.

        Raises:
            FailedPreconditionError: A file of the settings cannot be read.
        """
        return _anchors(self._settings, self._directory)

    async def mark(self, data: bytes, media_type: str, claim: Claim) -> bytes:
        """A file with a mark; as it is when marks are off, or its format has no place for one.

        Raises:
            InternalError: It could not be signed.
        """
        if not self.marks(media_type):
            return data
        return await asyncio.to_thread(lambda: self._marker.mark(data, media_type, claim))

    async def mark_file(self, path: Path, media_type: str, claim: Claim) -> bool:
        """Puts a mark into a file; whole, or not at all.

        Returns:
            Whether it bears one now.

        Raises:
            InternalError: It could not be signed.
        """
        if not self.marks(media_type):
            return False
        await to_the_end(lambda: self._mark_file(path, media_type, claim))
        return True

    def _mark_file(self, path: Path, media_type: str, claim: Claim) -> None:
        with tempfile.TemporaryDirectory(dir=path.parent) as directory:
            marked = Path(directory) / path.name
            if self._marker.mark_file(path, marked, media_type, claim):
                marked.replace(path)

    @cached_property
    def _marker(self) -> Marker:
        import c2pa  # noqa: PLC0415 - an eighth of a second, for those who mark nothing

        from orchestrator.provenance.marker import Marker  # noqa: PLC0415 - likewise

        own_chain = self._settings.certificate_chain is None
        try:
            return Marker(self._credentials(), self._settings.time_stamp_authority)
        except (c2pa.C2paError, FailedPreconditionError, UnicodeDecodeError) as error:
            if own_chain:
                raise FailedPreconditionError(
                    "The installation's own chain or key is damaged: provenance/ in the data "
                    "directory. Once chain.pem is removed, new ones are made.",
                    reason="CREDENTIALS_DAMAGED",
                ) from error
            if not isinstance(error, c2pa.C2paError):
                raise
            raise FailedPreconditionError(
                "provenance.certificate_chain: C2PA does not allow this chain.",
                reason="SETTINGS_INVALID",
            ) from error

    def _credentials(self) -> Credentials:
        settings = self._settings
        if settings.certificate_chain is None:
            return own(self._directory)
        if settings.private_key is not None:
            return given(settings.certificate_chain, settings.private_key)
        return elsewhere(settings.certificate_chain, settings.signer)


async def to_the_end(work: Callable[[], T]) -> T:
    """Runs blocking work in a thread. A caller who is cancelled leaves when it has ended.

    So nobody clears a directory away in which it still writes.

    Raises:
        Exception: What `work` raised.
    """
    task = asyncio.create_task(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def trusted(settings: Settings) -> str:
    """Certificates whose marks are trusted by an installation, in PEM; makes none.

    Raises:
        FailedPreconditionError: A file of the settings cannot be read.
    """
    return _anchors(settings.provenance, settings.data_directory / _FOLDER)


def _anchors(settings: ProvenanceSettings, directory: Path) -> str:
    roots = directory / "root.pem"
    parts = [roots.read_text(encoding="ascii")] if roots.is_file() else []
    chain = () if settings.certificate_chain is None else (settings.certificate_chain,)
    for path in (*chain, *settings.trust):
        try:
            parts.append(path.read_text(encoding="ascii"))
            load_pem_x509_certificates(parts[-1].encode())
        except (OSError, ValueError) as error:
            raise FailedPreconditionError(
                f"provenance: {path.name} cannot be read as PEM.", reason="SETTINGS_INVALID"
            ) from error
    return "\n".join(parts)
