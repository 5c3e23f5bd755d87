"""Running stacks, one of each kind for the whole session: starting one costs seconds.

A test that kills or stops a stack starts its own with `tests.e2e.stack.running_stack`.
"""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import openai
import pytest

from tests.e2e.stack import FAKES, Stack, running_stack


@pytest.fixture(scope="session")
def fake_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every engine a fake: real processes over real gRPC, no weights."""
    with running_stack(tmp_path_factory.mktemp("fake-stack"), **FAKES) as stack:
        yield stack


@pytest.fixture(scope="session")
def real_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The embedded default with its real weights; mark what uses it with `weights`."""
    with running_stack(tmp_path_factory.mktemp("real-stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def client(fake_stack: Stack) -> Iterator[openai.OpenAI]:
    """OpenAI's own client, of the fake stack's HTTP door."""
    with openai.OpenAI(
        base_url=f"http://{fake_stack.http}/v1", api_key="none", max_retries=0
    ) as client:
        yield client


@pytest.fixture
def channel(fake_stack: Stack) -> Iterator[grpc.Channel]:
    """An ordinary client's channel to the fake stack."""
    with grpc.insecure_channel(fake_stack.address) as channel:
        yield channel
