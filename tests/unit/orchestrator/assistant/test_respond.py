"""`Respond`: the order of its events, what each kind of answer is made of, what is stored."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest

from lanternist.runtime.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from lanternist.v1 import assistant_pb2, image_pb2, text_pb2, transcription_pb2, voice_pb2
from orchestrator.assets.store import AssetStore
from tests.unit.orchestrator.assistant.conftest import Respond, asking, drain
from tests.unit.orchestrator.assistant.specialists import Office

PART = assistant_pb2.MessagePart


def kinds(events: list[Any]) -> list[str]:
    return [event.WhichOneof("event") for event in events]


async def test_text_comes_as_it_is_written(respond: Respond) -> None:
    events = await drain(respond("What is a fox?"))
    assert kinds(events) == ["routing", "text", "text", "text", "text", "finished", "summary"]
    assert events[0].routing.intent == assistant_pb2.INTENT_TEXT
    assert events[1].text.loading.model == "fake-text"  # a model that loads says so
    assert "".join(e.text.delta for e in events) == "fake-text: What is a fox?"
    assert events[-1].summary.answers[0].model == "fake-text"
    assert events[-1].summary.usage.completion_tokens == 5


async def test_pictures_are_stored_under_the_names_in_the_last_event(
    respond: Respond, assets: AssetStore
) -> None:
    events = await drain(respond("Draw two pictures of a fox, 16:9"))
    request = events[0].routing.parameters
    assert (request.count, request.width, request.height) == (2, 512, 288)
    names = [asset.name for asset in events[-1].summary.answers[0].assets]
    assert [await assets.read(name) for name in names] == [b"a fox 0", b"a fox 1"]
    sent = b"".join(e.image.chunk.data for e in events if e.image.HasField("chunk"))
    assert sent == b"a fox 0a fox 1"
    assert events[-1].summary.usage.image_count == 2


async def test_speech_is_stored_as_a_file_that_players_open(
    respond: Respond, assets: AssetStore
) -> None:
    events = await drain(respond('Say "good evening" slowly'))
    (asset,) = events[-1].summary.answers[0].assets
    assert asset.media_type == "audio/wav"
    with wave.open(io.BytesIO(await assets.read(asset.name))) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (8000, 800)
    assert events[-1].summary.usage.spoken_ms == 100


@pytest.mark.parametrize(
    ("words", "voice"),
    [
        ("Say hello", ""),
        ("Say hello in a British accent", "bob"),
        ("Say hello with a male voice", "bob"),
        ("Say hello in French", "flo"),
        ("Dis « bonjour à tous les enfants, il est tard et la nuit est là »", "flo"),
    ],
)
async def test_the_voice_fits_the_words(
    respond: Respond, office: Office, words: str, voice: str
) -> None:
    await drain(respond(words))
    asked = office.asked[-1]
    assert isinstance(asked, voice_pb2.SynthesizeRequest)
    assert asked.voice == voice


async def test_what_is_only_described_is_written_before_it_is_spoken(
    respond: Respond, office: Office
) -> None:
    events = await drain(respond("Read me a poem about rain"))
    assert list(events[0].routing.steps) == [
        assistant_pb2.INTENT_TEXT,
        assistant_pb2.INTENT_SPEECH,
    ]
    written, spoken = office.asked
    assert isinstance(written, text_pb2.GenerateTextRequest)
    assert isinstance(spoken, voice_pb2.SynthesizeRequest)
    assert spoken.text == "fake-text: a poem about rain"


async def test_what_was_said_before_can_be_read_aloud(respond: Respond, office: Office) -> None:
    request = asking("Read that aloud")
    earlier = assistant_pb2.AssistantMessage(
        role=text_pb2.CHAT_ROLE_ASSISTANT, parts=[PART(text="Foxes sleep by day.")]
    )
    request.messages.insert(0, earlier)
    await drain(respond(request))
    asked = office.asked[-1]
    assert isinstance(asked, voice_pb2.SynthesizeRequest)
    assert asked.text == "Foxes sleep by day."


async def test_nothing_to_read_aloud_is_refused_by_name(respond: Respond) -> None:
    with pytest.raises(InvalidArgumentError, match=r"messages\[0\]: there is nothing to read"):
        await drain(respond("Read that aloud"))


async def test_a_picture_can_be_asked_for_again(respond: Respond, office: Office) -> None:
    request = asking("Draw it again with a blue hat")
    earlier = assistant_pb2.AssistantMessage(
        role=text_pb2.CHAT_ROLE_USER, parts=[PART(text="Draw a fox in the snow.")]
    )
    request.messages.insert(0, earlier)
    await drain(respond(request))
    asked = office.asked[-1]
    assert isinstance(asked, image_pb2.GenerateImagesRequest)
    assert asked.prompt == "Draw a fox in the snow, it again with a blue hat"


async def test_a_recording_is_written_down_whatever_the_words(
    respond: Respond, office: Office
) -> None:
    pieces = [PART(audio_data=b"RIFF"), PART(audio_data=b"more")]
    events = await drain(respond(asking("", *pieces)))
    assert events[0].routing.basis == assistant_pb2.ROUTING_BASIS_ATTACHMENT
    assert office.heard == b"RIFFmore"
    assert kinds(events) == ["routing", *["transcript"] * 3, "finished", "summary"]
    assert events[-1].summary.usage.heard_ms == 900


async def test_a_recording_can_be_asked_about(respond: Respond, office: Office) -> None:
    events = await drain(
        respond(asking("Give me a summary of what is said", PART(audio_data=b"x")))
    )
    assert list(events[0].routing.steps) == [
        assistant_pb2.INTENT_TRANSCRIPTION,
        assistant_pb2.INTENT_TEXT,
    ]
    written = office.asked[-1]
    assert isinstance(written, text_pb2.GenerateTextRequest)
    assert written.messages[-1].content.endswith("Transcript of the recording:\nThe owl called.")


async def test_a_recording_may_be_an_asset(
    respond: Respond, office: Office, assets: AssetStore
) -> None:
    asset = await assets.put(b"sound", "audio/wav")
    await drain(respond(asking("", PART(audio=asset.name))))
    assert office.heard == b"sound"


async def test_an_asset_that_is_no_recording_is_refused(
    respond: Respond, assets: AssetStore
) -> None:
    asset = await assets.put(b"pixels", "image/png")
    with pytest.raises(InvalidArgumentError, match=r"messages\[0\].parts\[0\].audio"):
        await drain(respond(asking("", PART(audio=asset.name))))
    with pytest.raises(NotFoundError):
        await drain(respond(asking("", PART(audio=f"assets/{'0' * 64}"))))


async def test_a_picture_that_nobody_looks_at_is_not_ignored(respond: Respond) -> None:
    events = await drain(respond(asking("What is this?", PART(image_data=b"png"))))
    assert any("cannot look at pictures" in note for note in events[0].routing.notes)


async def test_wishes_become_instructions(respond: Respond, office: Office) -> None:
    await drain(respond("Explain gravity in three sentences"))
    written = office.asked[-1]
    assert isinstance(written, text_pb2.GenerateTextRequest)
    assert written.messages[0].role == text_pb2.CHAT_ROLE_SYSTEM
    assert written.messages[0].content == "Answer in 3 sentences."


async def test_the_request_s_own_settings_hold_whatever_the_words(
    respond: Respond, office: Office
) -> None:
    settings = assistant_pb2.AssistantParameters(seed=3, count=1, voice="ada")
    events = await drain(respond("Draw four versions of a fox, seed 42", parameters=settings))
    assert events[0].routing.parameters.count == 1
    assert events[0].routing.parameters.seed == 3
    assert "`parameters.voice` plays no part in image." in events[0].routing.notes


async def test_a_service_s_complaint_names_the_request_s_own_field(respond: Respond) -> None:
    settings = assistant_pb2.AssistantParameters(width=2048, height=512)
    with pytest.raises(InvalidArgumentError) as raised:
        await drain(respond("Draw a fox", parameters=settings))
    assert raised.value.violations[0].field == "parameters.width"


async def test_route_only_asks_nobody(respond: Respond, office: Office) -> None:
    events = await drain(respond("Draw a fox", route_only=True))
    assert kinds(events) == ["routing"]
    assert not office.asked


async def test_no_recording_no_transcript(respond: Respond) -> None:
    with pytest.raises(InvalidArgumentError, match="has no recording"):
        await drain(respond("Transcribe this recording"))


async def test_constraints_that_no_model_meets(respond: Respond) -> None:
    events = await drain(
        respond("Hello", constraints=assistant_pb2.ModelConstraints(local_only=True))
    )
    assert events[0].routing.model == "fake-text"  # the fakes are local


async def test_stories_need_the_story_service(respond: Respond) -> None:
    with pytest.raises(FailedPreconditionError, match="no stories"):
        await drain(respond("x", intent=assistant_pb2.INTENT_STORY))


async def test_words_for_a_transcriber_set_its_language(respond: Respond, office: Office) -> None:
    await drain(respond(asking("Transcribe the French recording", PART(audio_data=b"x"))))
    asked = office.asked[-1]
    assert isinstance(asked, transcription_pb2.TranscriptionConfig)
    assert asked.language == "fr"
