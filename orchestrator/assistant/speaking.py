"""The speech step: what is spoken, by whom, and its sound as it comes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import assistant_pb2, voice_pb2
from orchestrator.assistant.keeping import Keeper
from orchestrator.assistant.work import Outcome, Task
from orchestrator.clients.voice import VoiceClient
from orchestrator.story.language import base, detect


async def speak(
    task: Task, model: str, outcome: Outcome, call: Call, keeper: Keeper
) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
    """Has the voice model speak, and stores the sound.

    Raises:
        InvalidArgumentError: There is nothing to say.
        LanternistError: What the voice service raised.
    """
    text = words_to_speak(task, outcome)
    parameters = task.parameters
    line = task.lines["voice"]
    named = bool(task.request.model or task.request.compare)
    with line.open(model) as connection:
        client = VoiceClient(connection)
        language = parameters.language or detect(text)
        voice = parameters.voice
        if not voice and (language or parameters.voice_gender):
            listed = await client.ListVoices(voice_pb2.ListVoicesRequest(), call)
            chosen = choose(
                [v for v in listed.voices if not named or v.model == model],
                language,
                parameters.voice_gender,
                model,
                certain=bool(parameters.language),
            )
            if chosen is None and not parameters.language:
                language = ""  # a guess that no voice can follow
            elif chosen is not None:
                voice, model = chosen.id, chosen.model
                outcome.model = model
        request = voice_pb2.SynthesizeRequest(
            model=model,
            text=text,
            voice=voice,
            language=language,
            encoding=parameters.audio_encoding,
        )
        if parameters.HasField("speed"):
            request.speed = parameters.speed
        events = client.Synthesize(request, call)
        async with contextlib.aclosing(events), keeper.speech() as sound:
            async for event in events:
                outcome.shown |= event.HasField("audio")
                await sound.take(event)
                if event.HasField("summary"):
                    outcome.usage.spoken_ms += event.summary.duration_ms
                yield outcome.event(speech=event)
            outcome.keep(await keeper.sound(sound))


def words_to_speak(task: Task, outcome: Outcome) -> str:
    """What was just written, or heard, or said before, or stands in the request.

    Raises:
        InvalidArgumentError: None of these.
    """
    asked = task.decision.asked
    text = outcome.written or outcome.heard
    if not text:
        text = task.conversation.said_before if asked.refers else asked.prompt
    if not text.strip():
        place = len(task.request.messages) - 1
        raise InvalidArgumentError(f"messages[{place}]", "there is nothing to read aloud yet")
    return text


def choose(
    voices: Sequence[voice_pb2.Voice], language: str, gender: str, model: str, *, certain: bool
) -> voice_pb2.Voice | None:
    """The voice that fits best: the language first, then gender, model and variety.

    Args:
        voices: Those there are.
        language: BCP-47; empty: English.
        gender: `female`, `male` or empty.
        model: The one that was chosen.
        certain: Whether the language was asked for, rather than guessed.

    Returns:
        None when no voice speaks the language, or nothing but the service's own default is wanted.
    """
    wanted = language or "en-US"
    speakers = [voice for voice in voices if base(voice.language) == base(wanted)]
    own = [voice for voice in speakers if voice.model == model]
    if not gender and not certain and base(wanted) == "en" and own:
        return None  # the default voice speaks it
    if not speakers:
        return None

    def fit(voice: voice_pb2.Voice) -> tuple[bool, bool, bool]:
        return (
            bool(gender) and voice.gender == gender,
            voice.model == model,
            voice.language.lower() == wanted.lower(),
        )

    return max(speakers, key=fit)  # the first of the best: voices are listed in order
