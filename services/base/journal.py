"""What a fake engine did, written where a test that kills processes can count it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any


class Journal:
    """Appends lines of JSON to a file, each in one write, so that none is torn by a kill.

    Args:
        path: The file; empty: nothing is written.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def note(self, what: str, **facts: Any) -> None:
        """Appends a line with the time and the facts."""
        if self._path:
            self._append({"what": what, "at": time.time(), **facts})

    def _append(self, line: Mapping[str, Any]) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(file)
