"""Keeps a long-lived process small: its threads share two pools of memory.

glibc gives threads pools of their own, up to eight a core, and keeps in each what was freed there.
The orchestrator passes pictures and sound through dozens of threads, so every pool grows to the
largest of them. Elsewhere than on glibc nothing is done.
"""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8  # malloc.h
_POOLS = 2


def share_arenas() -> None:
    """Call it before threads begin; as `MALLOC_ARENA_MAX=2` in the environment."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _POOLS)
