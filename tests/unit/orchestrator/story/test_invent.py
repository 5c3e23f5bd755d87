"""Tales by a text model: cleaned, judged, asked for again."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from lanternist.v1 import story_pb2, text_pb2
from orchestrator.story.invent import Author, cleaned, flaw
from orchestrator.story.steps import Steps

TALE = (
    "Once there was a hedgehog named Bo. He was afraid of balloons. One day a red balloon came to "
    "his door.\n\n“Do not pop me,” said the balloon. Bo laughed, and he was not afraid any more. "
    "They danced in the garden all night, and in the morning they had soup."
)


class Pen:
    """Writes what it is told to, one answer a call."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.requests: list[text_pb2.GenerateTextRequest] = []

    async def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        self.requests.append(request)
        for word in self.answers.pop(0).split(" "):
            yield text_pb2.GenerateTextResponse(delta=f"{word} ")
        yield text_pb2.GenerateTextResponse(finish=text_pb2.TextFinish())


def asked(topic: str = "a hedgehog and a balloon") -> story_pb2.CreateStoryRequest:
    return story_pb2.CreateStoryRequest(topic=topic, language="en", seed=7)


async def test_a_tale_is_written_once(steps: Steps) -> None:
    pen = Pen(f"Sure! Here is a story:\n\n**Title: Bo and the Balloon**\n\n{TALE} And the")
    author = Author(pen, steps, Call)
    tale = await author.write(asked())
    assert tale == f"# Bo and the Balloon\n\n{TALE}"
    assert await author.write(asked()) == tale
    assert len(pen.requests) == 1
    assert "a hedgehog and a balloon" in pen.requests[0].messages[-1].content


async def test_what_is_no_tale_is_asked_for_again_with_another_seed(steps: Steps) -> None:
    pen = Pen("I'm sorry, as an AI I cannot.", "Too short.", TALE)
    assert await Author(pen, steps, Call).write(asked()) == TALE
    assert len({request.seed for request in pen.requests}) == 3


async def test_after_three_tries_the_caller_hears_why(steps: Steps) -> None:
    french = " ".join(
        f"Il était une fois une souris qui vivait dans la maison numéro {n} avec le chat."
        for n in range(9)
    )
    with pytest.raises(FailedPreconditionError, match="wrote French, not English"):
        await Author(Pen("No.", "No.", french), steps, Call).write(asked())


def test_circles_are_cut() -> None:
    text = TALE + "\n\n" + "He went to the river and looked at the moon. " * 30
    assert cleaned(text, "en").count("looked at the moon") == 1


@pytest.mark.parametrize("text", ["", "```\n```", "# Title only\n", "…", "word " * 400])
def test_what_cannot_be_told_has_a_flaw(text: str) -> None:
    assert flaw(cleaned(text, "en"), "en")
