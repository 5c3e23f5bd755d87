"""`Marker`: puts a signed manifest into a file. It does not know what was made, nor why.

Signatures carry a random part: the same file marked twice is two files. Whoever needs one answer
for one question marks once and keeps the result.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import IO

import c2pa

from lanternist.runtime.errors import InternalError
from orchestrator.provenance.claim import MARKABLE, Claim, label, manifest
from orchestrator.provenance.credentials import Credentials

_LIBRARY_NAMES = {"application/zip": "application/x-zip"}

SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    # A file must never make us call somebody.
    "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
}

# The library logs to the root's handlers what it also raises.
logging.getLogger("c2pa").setLevel(logging.CRITICAL)


class Marker:
    """Signs files. Every method computes and may block: call it in a worker thread.

    Args:
        credentials: Who signs.
        time_authority: URL of an RFC 3161 time-stamping service; empty: no time stamp.

    Raises:
        c2pa.C2paError: The chain is not one that C2PA allows.
    """

    def __init__(self, credentials: Credentials, time_authority: str = "") -> None:
        self._context = c2pa.Context(
            settings=c2pa.Settings.from_dict(SETTINGS),
            signer=_signer(credentials, time_authority),
        )

    def mark(self, data: bytes, media_type: str, claim: Claim) -> bytes:
        """The file with a mark; as it is when its format has no place for one.

        Raises:
            InternalError: It could not be signed.
        """
        if media_type not in MARKABLE:
            return data
        marked = io.BytesIO()
        self._sign(io.BytesIO(data), marked, media_type, claim)
        return marked.getvalue()

    def mark_file(self, source: Path, target: Path, media_type: str, claim: Claim) -> bool:
        """Writes a marked copy of a file.

        Returns:
            Whether there is one: False when the format has no place for a mark.

        Raises:
            InternalError: It could not be signed.
            OSError: A file cannot be read or written.
        """
        if media_type not in MARKABLE:
            return False
        with source.open("rb") as read, target.open("w+b") as write:
            self._sign(read, write, media_type, claim)
        return True

    def _sign(self, source: IO[bytes], target: IO[bytes], media_type: str, claim: Claim) -> None:
        try:
            with c2pa.Builder(manifest(claim), self._context) as builder:
                for number, part in enumerate(claim.ingredients):
                    named = {
                        "title": part.title,
                        "relationship": "componentOf",
                        "label": label(number),
                    }
                    with part.path.open("rb") as file:
                        builder.add_ingredient(named, part.media_type, file)
                library_name = _LIBRARY_NAMES.get(media_type, media_type)
                builder.sign(library_name, source, target)
        except c2pa.C2paError as error:
            raise InternalError("A file could not be signed.") from error


def _signer(credentials: Credentials, time_authority: str) -> c2pa.Signer:
    url = time_authority or None
    if credentials.sign is not None:
        algorithm = c2pa.C2paSigningAlg[credentials.algorithm.upper()]
        return c2pa.Signer.from_callback(credentials.sign, algorithm, credentials.chain, url)
    info = c2pa.C2paSignerInfo(
        credentials.algorithm.encode(),
        credentials.chain.encode(),
        credentials.key.encode(),
        url and url.encode(),
    )
    return c2pa.Signer.from_info(info)
