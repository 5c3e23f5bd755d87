"""A story that waits behind others says so, in the browser as it is being made."""

from __future__ import annotations

import pytest
from google.longrunning import operations_pb2, operations_pb2_grpc
from grpc import aio
from playwright.async_api import expect

from lanternist.v1 import story_pb2, story_pb2_grpc
from tests.e2e.stack import Stack
from tests.e2e.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")
PARAGRAPH = "An owl sat in an old oak tree. It looked at the moon over the sea for a long time.\n\n"


async def test_place_and_time_left_are_shown(visit: Open, fake_stack: Stack) -> None:
    async with aio.insecure_channel(fake_stack.address) as channel:
        stories = story_pb2_grpc.StoryServiceStub(channel)
        operations = operations_pb2_grpc.OperationsStub(channel)
        first, second = [
            await stories.CreateStory(
                story_pb2.CreateStoryRequest(
                    text=PARAGRAPH * 60, image_model="slow-image", language="en", seed=seed
                )
            )
            for seed in (71, 72)
        ]
        metadata = story_pb2.CreateStoryMetadata()
        second.metadata.Unpack(metadata)
        async with visit(f"tell/{metadata.story.removeprefix('stories/')}") as page:
            standing = page.locator(".standing")
            await expect(standing).to_contain_text("drawn before the next one")
            # As soon as a picture is drawn, how long one takes is known.
            await expect(standing).to_contain_text("left")
            for operation in (first, second):
                cancel = operations_pb2.CancelOperationRequest(name=operation.name)
                await operations.CancelOperation(cancel)
            await expect(page.locator(".theatre")).to_have_attribute(
                "data-state", "STORY_STATE_CANCELLED"
            )
            await expect(standing).to_contain_text("What was made stays")
