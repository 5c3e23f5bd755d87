"""The official `openai` package, unchanged, against a running stack: text, errors, leaving."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import openai
import pytest

from tests.e2e.stack import Stack

HELLO: Any = [{"role": "user", "content": "one two three four"}]


class TestModels:
    """What there is."""

    def test_list_and_get(self, client: openai.OpenAI) -> None:
        ids = {model.id for model in client.models.list()}
        assert ids >= {"fake-text", "slow-text", "fake-image", "fake-voice", "fake-transcription"}
        model = client.models.retrieve("fake-text")
        assert (model.id, model.object, model.owned_by) == ("fake-text", "model", "lanternist")


class TestChat:
    """Chat completions."""

    def test_whole(self, client: openai.OpenAI) -> None:
        answer = client.chat.completions.create(
            model="fake-text",
            messages=[
                {"role": "developer", "content": "Echo."},
                {"role": "user", "content": [{"type": "text", "text": "one two three four"}]},
            ],
            max_completion_tokens=3,
            temperature=0.5,
            top_p=0.9,
            seed=7,
        )
        assert answer.choices[0].message.content == "one two three"
        assert answer.choices[0].finish_reason == "length"
        assert answer.model == "fake-text"
        assert answer.usage is not None
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 3)
        assert answer._request_id
        assert answer.id == f"chatcmpl-{answer._request_id}"

    @pytest.mark.parametrize("stop", ["three", ["x", "three"]])
    def test_stop(self, client: openai.OpenAI, stop: Any) -> None:
        answer = client.chat.completions.create(model="fake-text", messages=HELLO, stop=stop)
        assert answer.choices[0].message.content == "one two "
        assert answer.choices[0].finish_reason == "stop"

    def test_streamed(self, client: openai.OpenAI) -> None:
        chunks = list(
            client.chat.completions.create(
                model="fake-text",
                messages=HELLO,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert chunks[0].choices[0].delta.role == "assistant"
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == "one two three four"
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.total_tokens == 8
        assert all(chunk.usage is None for chunk in chunks[:-1])

    def test_the_sdks_own_stream(self, client: openai.OpenAI) -> None:
        with client.chat.completions.stream(model="fake-text", messages=HELLO, n=2) as stream:
            for _ in stream:
                pass
            final = stream.get_final_completion()
        assert [choice.message.content for choice in final.choices] == ["one two three four"] * 2


class TestResponses:
    """Responses: text and the image tool."""

    def test_text(self, client: openai.OpenAI) -> None:
        first = client.responses.create(model="fake-text", input="one two", store=False)
        assert (first.output_text, first.status, first.error) == ("one two", "completed", None)
        assert first.usage is not None
        assert first.usage.output_tokens == 2
        dumped: Any = [item.model_dump(exclude_none=True) for item in first.output]
        again = client.responses.create(
            model="fake-text",
            instructions="Echo.",
            input=[{"role": "user", "content": "x"}, *dumped, {"role": "user", "content": "y z"}],
            max_output_tokens=1,
            metadata={"a": "b"},
        )
        assert again.output_text == "y"
        assert again.incomplete_details is not None
        assert (again.status, again.incomplete_details.reason) == (
            "incomplete",
            "max_output_tokens",
        )
        assert again.metadata == {"a": "b"}

    def test_streamed_text(self, client: openai.OpenAI) -> None:
        with client.responses.stream(model="fake-text", input="one two three") as stream:
            events = list(stream)
            final = stream.get_final_response()
        assert final.output_text == "one two three"
        assert [event.sequence_number for event in events] == sorted(  # type: ignore[union-attr]
            event.sequence_number
            for event in events  # type: ignore[union-attr]
        )
        assert events[0].type == "response.created"
        assert events[-1].type == "response.completed"

    def test_a_picture(self, client: openai.OpenAI) -> None:
        tool: Any = {"type": "image_generation", "size": "64x64", "output_format": "jpeg"}
        answer: Any = client.responses.create(
            model="fake-text", input="a fox", tools=[tool], tool_choice="required"
        )
        (call,) = answer.output
        assert (call.type, call.status, call.size) == (
            "image_generation_call",
            "completed",
            "64x64",
        )
        assert call.result.startswith("/9j/")
        words = client.responses.create(
            model="fake-text", input="a fox", tools=[tool], tool_choice="none"
        )
        assert words.output_text == "a fox"

    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            ("Draw a fox in the snow", "image_generation_call"),
            ("What is the capital of France?", "message"),
        ],
    )
    def test_words_decide(self, client: openai.OpenAI, words: str, kind: str) -> None:
        tool: Any = {"type": "image_generation", "size": "64x64"}
        answer = client.responses.create(model="fake-text", input=words, tools=[tool])
        assert [item.type for item in answer.output] == [kind]

    def test_a_streamed_picture(self, client: openai.OpenAI) -> None:
        tool: Any = {"type": "image_generation", "size": "64x64", "partial_images": 2}
        events = client.responses.create(
            input="a fox", tools=[tool], tool_choice={"type": "image_generation"}, stream=True
        )
        kinds = [event.type for event in events]
        assert kinds.count("response.image_generation_call.partial_image") == 2
        assert kinds[-1] == "response.completed"


class TestErrors:
    """Refusals as the SDK's own exceptions."""

    @pytest.mark.parametrize(
        ("fields", "kind", "param", "code"),
        [
            ({"model": "gpt-4o"}, openai.NotFoundError, "model", "model_not_found"),
            ({"model": "fake-image"}, openai.NotFoundError, "model", "model_not_found"),
            ({"temperature": 3}, openai.BadRequestError, "temperature", "invalid_field"),
            ({"messages": []}, openai.BadRequestError, "messages", "invalid_field"),
            ({"messages": [{"role": "user", "content": "\x00"}]}, openai.BadRequestError,
             "messages[0].content", "invalid_field"),
            ({"logprobs": True}, openai.BadRequestError, "logprobs", "not_supported"),
            ({"tools": [{"type": "function", "function": {"name": "f"}}]},
             openai.BadRequestError, "tools", "not_supported"),
            ({"extra_body": {"foo": 1}}, openai.BadRequestError, "foo", "unknown_field"),
            ({"max_tokens": 1, "max_completion_tokens": 2}, openai.BadRequestError,
             "max_tokens", "invalid_field"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("stream", [False, True])
    def test_chat(
        self,
        client: openai.OpenAI,
        fields: dict[str, Any],
        kind: type[openai.APIStatusError],
        param: str,
        code: str,
        stream: bool,
    ) -> None:
        with pytest.raises(kind) as caught:
            client.chat.completions.create(
                **{"model": "fake-text", "messages": HELLO, "stream": stream, **fields}
            )
        error = caught.value
        assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")
        assert error.request_id

    def test_an_address_that_is_not_served(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.NotFoundError) as caught:
            client.embeddings.create(model="m", input="x")
        assert caught.value.code == "unknown_address"

    def test_a_model_that_is_not_there(self, client: openai.OpenAI) -> None:
        for name in ("nope", "no pe", "../models", "%2e%2e", "a" * 500):
            with pytest.raises(openai.NotFoundError):
                client.models.retrieve(name)


class TestTime:
    """Asynchronous use, and callers who leave."""

    async def test_many_at_once(self, fake_stack: Stack) -> None:
        async with openai.AsyncOpenAI(
            base_url=f"http://{fake_stack.http}/v1", api_key="none"
        ) as client:

            async def ask(number: int) -> str | None:
                messages: Any = [{"role": "user", "content": f"say {number}"}]
                if number % 2:
                    answer = await client.chat.completions.create(
                        model="fake-text", messages=messages
                    )
                    return answer.choices[0].message.content
                stream = await client.chat.completions.create(
                    model="fake-text", messages=messages, stream=True
                )
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            assert await asyncio.gather(*map(ask, range(20))) == [f"say {n}" for n in range(20)]

    async def test_the_engine_is_free_when_a_client_leaves(self, fake_stack: Stack) -> None:
        """A slow picture of sixteen; its caller gives up, and the next one begins."""
        url = f"http://{fake_stack.http}/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
            await client.images.generate(model="slow-image", prompt="x", size="64x64")
            for how in ("timeout", "cancel", "close"):
                if how == "timeout":
                    with pytest.raises(openai.APITimeoutError):
                        await client.images.generate(
                            model="slow-image", prompt="x", n=16, timeout=httpx2.Timeout(0.3)
                        )
                elif how == "cancel":
                    asking = asyncio.create_task(
                        client.images.generate(model="slow-image", prompt="x", n=16)
                    )
                    await asyncio.sleep(0.3)
                    asking.cancel()
                else:
                    stream = await client.images.generate(
                        model="slow-image", prompt="x", stream=True, partial_images=3
                    )
                    await anext(aiter(stream))
                    await stream.close()
                # All sixteen take 16 s; a patience of 12 is enough for a busy machine.
                following = await client.images.generate(
                    model="slow-image", prompt="y", size="64x64", quality="low", timeout=12
                )
                assert following.data
