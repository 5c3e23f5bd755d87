"""One call of the C library, made in a process of its own: it cannot be taken back."""

from __future__ import annotations

import subprocess
import sys

import pytest

_MANY_THREADS = """
import ctypes, sys, threading
from orchestrator.arenas import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
met = threading.Barrier(12)
def take():
    held = bytearray(100_000)
    met.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
ctypes.CDLL(None).malloc_stats()
"""


def arenas(how: str) -> int:
    """How many pools glibc has after twelve threads took memory."""
    done = subprocess.run(
        [sys.executable, "-c", _MANY_THREADS, how], capture_output=True, text=True, check=True
    )
    return done.stderr.count("Arena ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone has these pools")
def test_threads_share_two_pools() -> None:
    if not arenas("as ever"):
        pytest.skip("another C library")
    assert arenas("as ever") > 2
    assert arenas("shared") <= 2
