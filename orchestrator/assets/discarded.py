"""Assets that somebody deleted on purpose: they need not grow old before they are collected.

Whoever deletes what named them writes them down here, in the same transaction. Names are found as
text, so whoever keeps the name of an asset keeps it as it is, inside JSON or a serialised message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Mapped, Session, mapped_column

from orchestrator.storage import Base, UtcDateTime, put_rows

_NAME = re.compile(rb"assets/([0-9a-f]{64})")


class DiscardedRow(Base):
    """One asset.

    Attributes:
        sha256: Hash of its bytes, hexadecimal.
        discard_time: When what named it was deleted.
    """

    __tablename__ = "discarded_assets"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    discard_time: Mapped[datetime] = mapped_column(UtcDateTime)


def named_in(kept: Iterable[bytes | str | None]) -> set[str]:
    """Hashes of the assets whose names stand in stored values."""
    found: set[str] = set()
    for value in kept:
        if value:
            raw = value.encode() if isinstance(value, str) else bytes(value)
            found.update(match.decode() for match in _NAME.findall(raw))
    return found


def discard(session: Session, kept: Iterable[bytes | str | None], now: datetime) -> None:
    """Writes down the assets named in values that are being deleted."""
    hashes = sorted(named_in(kept))  # in one order for all, so that nobody waits in a circle
    put_rows(session, DiscardedRow, [{"sha256": one, "discard_time": now} for one in hashes])
