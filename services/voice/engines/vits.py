"""Piper-format VITS voices on onnxruntime: the engine for speed, and for many languages.

A voice is an ONNX graph and a JSON file that gives its alphabet. The graph rounds its predicted
durations up to whole frames on the way; that tensor is made an output, so words are timed exactly.
Its noise is made constant, so the same text sounds the same. Sounds come from our own dictionaries
in espeak's notation, not from espeak-ng, which is GPL. It does not know texts, or the wire.

Model: https://arxiv.org/abs/2106.06103 · format: https://github.com/rhasspy/piper
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lanternist.runtime.call import Call
from lanternist.runtime.errors import DataLossError, FailedPreconditionError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.voice.choice import choose_voice
from services.voice.clauses import Clause, ClauseLimits
from services.voice.engine import Gender, SpeechRequest, SpokenClause, Voice
from services.voice.joining import RawSpeech
from services.voice.noise import make_noise_constant
from services.voice.onnx_graph import open_session, read_graph, show_tensor
from services.voice.phonemes.espeak_symbols import to_espeak
from services.voice.phonemes.phonemizer import SUPPORTED_LANGUAGES, Phonemizer, phonemizer_for
from services.voice.speech import speak
from services.voice.text.tokens import Token

LIMITS = ClauseLimits(first=80, usual=180, most=600)
_BEGIN, _END, _PAD = "^", "$", "_"
_NOISE_SEED = 1


class _Audio(BaseModel):
    sample_rate: int = Field(ge=8000, le=48000)


class _Inference(BaseModel):
    noise_scale: float = 0.667
    length_scale: float = 1.0
    noise_w: float = 0.8


class _Config(BaseModel):
    """The JSON beside a Piper-format voice; what we do not use is ignored."""

    model_config = ConfigDict(frozen=True)

    audio: _Audio
    phoneme_id_map: Mapping[str, tuple[int, ...]]
    inference: _Inference = _Inference()
    num_speakers: int = 1
    phoneme_type: str = "espeak"


@dataclass(frozen=True, slots=True)
class _Speaker:
    voice: Voice
    number: int


class VitsEngine:
    """See `VoiceEngine`.

    The card's options: `model_file`, `config_file`, and `voices`, a list of `id`, `display_name`,
    `language`, `gender` and (for a graph with several) `speaker`.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._weights = weights
        self._placement = placement
        self._speakers = _speakers(card)
        self._session: ort.InferenceSession | None = None
        self._config: _Config | None = None
        self._durations = ""
        self._phonemizers: dict[str, Phonemizer] = {}

    def load(self) -> None:
        """See `VoiceEngine`."""
        if self._weights is None:
            raise FailedPreconditionError("VITS needs weights.", reason="MODEL_HAS_NO_WEIGHTS")
        self._config = self._read_config(self._weights)
        model = read_graph(self._weights.path(str(self._card.options["model_file"])))
        self._durations = _durations_of(model)
        show_tensor(model, self._durations)
        make_noise_constant(model, _NOISE_SEED)
        self._session = open_session(model, self._placement)
        self._phonemizer(self.voices()[0].language)

    def _read_config(self, weights: Weights) -> _Config:
        file = weights.path(str(self._card.options["config_file"]))
        try:
            config = _Config.model_validate(json.loads(file.read_text(encoding="utf-8")))
        except (ValidationError, ValueError) as error:
            raise DataLossError(f"{file.name} does not describe a Piper-format voice.") from error
        if config.phoneme_type != "espeak" or not {_BEGIN, _END, _PAD} <= set(
            config.phoneme_id_map
        ):
            raise FailedPreconditionError(
                f"The voice {self._card.id} reads letters, not espeak phonemes.",
                reason="VOICE_NOT_SUPPORTED",
            )
        return config

    def warm_up(self) -> None:
        """See `VoiceEngine`."""
        for _ in self.synthesize(SpeechRequest(text="Ready."), Call()):
            pass

    def close(self) -> None:
        """See `VoiceEngine`."""
        self._session = None
        self._phonemizers.clear()

    def voices(self) -> Sequence[Voice]:
        """See `VoiceEngine`."""
        return [speaker.voice for speaker in self._speakers.values()]

    def synthesize(self, request: SpeechRequest, call: Call) -> Iterator[SpokenClause]:
        """See `VoiceEngine`."""
        voice = choose_voice(self.voices(), request.voice, request.language)
        return speak(
            request,
            call,
            model=self,
            voice=voice,
            phonemizer=lambda: self._phonemizer(voice.language),
            limits=LIMITS,
        )

    def say(self, clause: Clause, voice: Voice, speed: float) -> RawSpeech:
        """Runs the model on one clause. Every sound is followed by padding, as in training."""
        if self._session is None or self._config is None:
            raise FailedPreconditionError("The voice is not loaded.", reason="MODEL_NOT_LOADED")
        table = self._config.phoneme_id_map
        pad = table[_PAD]
        ids = [*table[_BEGIN], *pad]
        places = []
        for sound in clause.phonemes:
            places.append(len(ids))
            if sound in table:
                ids.extend((*table[sound], *pad))
        places.append(len(ids))
        ids.extend(table[_END])
        settings = self._config.inference
        scales = (settings.noise_scale, settings.length_scale / speed, settings.noise_w)
        inputs: dict[str, Any] = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array(scales, dtype=np.float32),
        }
        if self._config.num_speakers > 1:
            number = self._speakers[voice.id].number
            inputs["sid"] = np.array([number], dtype=np.int64)
        audio, durations = self._session.run(["output", self._durations], inputs)
        samples = np.asarray(audio, dtype=np.float32).reshape(-1)
        return RawSpeech(
            samples=np.clip(samples, -1.0, 1.0),
            sample_rate_hertz=self._config.audio.sample_rate,
            edges=_edges(np.asarray(durations).reshape(-1), places, len(samples)),
        )

    def _phonemizer(self, language: str) -> Phonemizer:
        if language not in self._phonemizers:
            if language not in SUPPORTED_LANGUAGES:
                raise FailedPreconditionError(
                    f"There is no pronouncing dictionary for {language} yet.",
                    reason="LANGUAGE_NOT_SUPPORTED",
                )
            self._phonemizers[language] = _EspeakNotation(phonemizer_for(language), language)
        return self._phonemizers[language]


class _EspeakNotation:
    """A phonemizer whose sounds are rewritten as espeak-ng writes them."""

    def __init__(self, phonemizer: Phonemizer, language: str) -> None:
        self._phonemizer = phonemizer
        self._language = language

    def __call__(self, sentence: Sequence[Token]) -> list[str]:
        return [to_espeak(sounds, self._language) for sounds in self._phonemizer(sentence)]


def _speakers(card: ModelCard) -> dict[str, _Speaker]:
    listed: Sequence[Mapping[str, Any]] = card.options.get("voices") or (
        {"id": card.id, "display_name": card.display_name, "language": card.languages[0]},
    )
    speakers = {}
    for entry in listed:
        gender: Gender = entry.get("gender", "")
        voice = Voice(
            id=entry["id"],
            display_name=entry["display_name"],
            language=entry["language"],
            gender=gender,
            license=str(card.options.get("voice_license", card.license)),
            model=card.id,
        )
        speakers[voice.id] = _Speaker(voice, int(entry.get("speaker", 0)))
    return speakers


def _durations_of(model: onnx.ModelProto) -> str:
    """The tensor of whole durations: the one that is rounded up and then summed into a length."""
    rounded = [node.output[0] for node in model.graph.node if node.op_type == "Ceil"]
    if len(rounded) != 1:
        raise FailedPreconditionError(
            "The graph is not a VITS export as Piper makes it: it has no single duration tensor.",
            reason="VOICE_NOT_SUPPORTED",
        )
    return rounded[0]


def _edges(
    durations: NDArray[np.float32], places: Sequence[int], sample_count: int
) -> NDArray[np.int64]:
    """Where each phoneme starts, in samples, given where its ids start among all ids."""
    total = max(1.0, float(durations.sum()))
    starts = np.concatenate([[0.0], np.cumsum(durations)]) * (sample_count / total)
    return np.asarray(np.rint(starts[list(places)]), dtype=np.int64)
