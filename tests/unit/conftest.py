"""What every unit test relies on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def models_on_one_thread() -> Iterator[None]:
    """Models as small as the tests' only wait for each other's threads, on a busy machine for long.

    A test that loads no torch does not do so for this.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
