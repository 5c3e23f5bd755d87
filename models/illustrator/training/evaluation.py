"""Everything that is claimed of the illustrator, measured by one command.

First the probe is measured on composed pictures that it has not seen: no figure of a generated
picture means more than that, and below `JUDGE_FROM` it is no judge at all. Then the same pictures
after the autoencoder, then generated ones.
Captions have wordings that training never used; the set `unseen` has pairs that it never showed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from models.illustrator.grid import SENTENCES
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.scene import Scene
from models.illustrator.training.captions import caption
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Pictures
from models.illustrator.training.encoding import load_autoencoder
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import working_precision
from models.illustrator.training.measures import (
    Tally,
    can_be_judged,
    measure,
    presence_threshold,
)
from models.illustrator.training.probe import Reading
from models.illustrator.training.probing import build_probe
from models.illustrator.training.reconstruction import pixels_of, reconstruction_figures
from models.illustrator.training.sampling import composed, sample
from models.illustrator.training.sheet import contact_sheet, report_text
from models.illustrator.training.vocabulary import Vocabulary
from models.illustrator.training.workplace import Workplace, write_json

JUDGE_FROM = 0.97
"""Share of what is in unseen composed pictures that a probe must find, and of what is not, not."""

_BATCH = 32
_SHARP = 48
Figures = dict[str, dict[str, float]]


class Evaluator:
    """Measures a finished run.

    Args:
        config: Of the run.
        place: Its working folder.
        reader: The text encoder, with the run's scale.
        journal: Told of each figure.
    """

    def __init__(
        self, config: Config, place: Workplace, reader: CaptionReader, journal: Journal
    ) -> None:
        self._config = config
        self._place = place
        self._reader = reader
        self._journal = journal
        self._vocabulary = Vocabulary.of(config.data)
        self._dtype = working_precision(config)
        probe: Any = build_probe(config, self._vocabulary)
        probe.load_state_dict(load_file(place.weights("probe")))
        self._probe: Any = probe.to(memory_format=torch.channels_last).to(self._dtype).eval()
        self._threshold = 0.0
        self._fair: dict[str, list[int]] = {}

    def run(self, milestones: Sequence[Path] = (), others: Sequence[Path] = ()) -> dict[str, Any]:
        """Measures, writes the report into the working folder, and returns its figures.

        Args:
            milestones: Pipeline directories of snapshots, measured on the set `seen`.
            others: Pipeline directories from elsewhere, such as the released one, measured as the
                run's own.
        """
        sets = {name: Pictures.of_split(self._place.pictures, name) for name in ("seen", "unseen")}
        self._fair = {name: self._told_apart(pictures) for name, pictures in sets.items()}
        # Half of `seen` sets the probe's threshold, the other half measures it.
        tuning, numbers = self._fair["seen"][::2], {**self._fair, "seen": self._fair["seen"][1::2]}
        self._threshold = presence_threshold(self._readings(sets["seen"], tuning), self._vocabulary)
        results: dict[str, Any] = {}
        for name, pictures in sets.items():
            results[f"composed/{name}"] = self._composed(pictures, numbers[name], None)
            if (self._place.autoencoder / "config.json").is_file():
                decoder = load_autoencoder(self._place.autoencoder, self._dtype)
                some = numbers[name][: self._config.evaluation.scenes]
                results[f"reconstructed/{name}"] = self._composed(pictures, some, decoder)
            results[f"composer/{name}"] = self._read_and_composed(pictures, name)
        sheets: dict[str, Path] = {}
        own = [self._place.pipeline(few_steps=few) for few in (False, True)]
        drawing = [folder.resolve() for folder in (*own, *others) if folder.is_dir()]
        for folder, told in zip(drawing, _names(drawing), strict=True):
            pipeline = self._pipeline(folder)
            for name, pictures in sets.items():
                results[f"{told}/{name}"] = self._generated(pipeline, pictures, name, told)
            if pipeline.takes_sketches:
                for way, how in (
                    ("described", {"described": True}),
                    ("words", {"sketched": False}),
                ):
                    results[f"{told}-{way}/seen"] = self._generated(
                        pipeline, sets["seen"], "seen", f"{told}-{way}", **how
                    )
            _, captions = self._asked(sets["seen"], "seen")
            results[f"{told}/speed"] = self._speed(pipeline)
            results[f"{told}/autoencoder"] = _sharpness(pipeline, captions[:_SHARP])
            sheets[told] = self._sheet(pipeline, told)
        for folder in milestones:
            pipeline = self._pipeline(folder)
            results[f"{folder.name}/seen"] = self._generated(
                pipeline, sets["seen"], "seen", folder.name
            )
        document = {
            "preset": self._config.name,
            "training_seconds": {
                stage: self._place.note(stage).get("seconds")
                for stage in ("autoencoder", "probe", "train", "distil")
            },
            "autoencoder": self._place.note("autoencoder").get("figures", {}),
            "judge": judge_of(results),
            "results": results,
        }
        write_json(self._place.report / "evaluation.json", document)
        text = report_text(document, {name: path.name for name, path in sheets.items()})
        (self._place.report / "report.md").write_text(text, encoding="utf-8")
        return document

    def _told_apart(self, pictures: Pictures) -> list[int]:
        """Numbers of the pictures whose things are large enough to be told."""
        return [
            number
            for number in range(len(pictures))
            if can_be_judged(pictures.example(number), self._vocabulary)
        ]

    def _composed(self, pictures: Pictures, numbers: Sequence[int], decoder: Any) -> Figures:
        tally = Tally()
        for reading, scenes in self._readings(pictures, numbers, decoder):
            measure(tally, reading, scenes, self._vocabulary, self._threshold)
        return self._told("composed" if decoder is None else "reconstructed", tally)

    def _read_and_composed(self, pictures: Pictures, name: str) -> Figures:
        """What the composer draws of the very captions that the pipelines are given."""
        tally = Tally()
        scenes, captions = self._asked(pictures, name)
        size = self._config.data.picture_size
        for first in range(0, len(captions), _BATCH):
            part = enumerate(captions[first : first + _BATCH], first)
            drawn = [composed(words, size, number).render() for number, words in part]
            pixels = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 127.5 - 1
            asked = scenes[first : first + _BATCH]
            measure(tally, self._read(pixels), asked, self._vocabulary, self._threshold)
        return self._told(f"composer {name}", tally)

    def _asked(self, pictures: Pictures, name: str) -> tuple[list[Scene], list[str]]:
        """Scenes of a set, and captions of them in wordings that training never uses."""
        chosen = self._fair[name][: self._config.evaluation.scenes]
        scenes = [pictures.example(i).scene for i in chosen]
        return scenes, [
            caption(scene, self._vocabulary, f"evaluation:{name}:{i}", held_out=True)
            for i, scene in enumerate(scenes)
        ]

    def _generated(
        self,
        pipeline: Any,
        pictures: Pictures,
        name: str,
        told: str,
        *,
        sketched: bool = True,
        described: bool = False,
    ) -> Figures:
        tally = Tally()
        scenes, captions = self._asked(pictures, name)
        batch = self._config.evaluation.batch
        for first in range(0, len(captions), batch):
            drawn = sample(
                pipeline,
                captions[first : first + batch],
                first,
                scenes=scenes[first : first + batch] if described else None,
                sketched=sketched,
            )
            pixels = torch.from_numpy(drawn).permute(0, 3, 1, 2) * 2 - 1
            part = scenes[first : first + batch]
            measure(tally, self._read(pixels), part, self._vocabulary, self._threshold)
        return self._told(f"{told} {name}", tally)

    def _told(self, what: str, tally: Tally) -> Figures:
        figures = tally.figures()
        self._journal.note(
            "evaluate", what, **{name: figure["share"] for name, figure in figures.items()}
        )
        return figures

    def _readings(
        self, pictures: Pictures, numbers: Sequence[int], decoder: Any = None
    ) -> Iterator[tuple[Reading, list[Scene]]]:
        for first in range(0, len(numbers), _BATCH):
            examples = [pictures.example(i) for i in numbers[first : first + _BATCH]]
            pixels = pixels_of(examples)
            if decoder is not None:
                with torch.inference_mode():
                    pixels = decoder(pixels.contiguous(memory_format=torch.channels_last))
            yield self._read(pixels), [example.scene for example in examples]

    @torch.no_grad()
    def _read(self, pixels: Tensor) -> Reading:
        """What the probe sees of pictures, brought to the size that it has learnt at."""
        side = self._config.data.picture_size
        if pixels.shape[-1] != side:
            pixels = torch.nn.functional.interpolate(pixels, size=(side, side), mode="area")
        inputs = pixels.clamp(-1, 1).to(self._dtype)
        reading: Reading = self._probe(inputs.contiguous(memory_format=torch.channels_last))
        return reading

    def _pipeline(self, folder: Path) -> Any:
        pipeline = IllustratorPipeline.from_pretrained(
            folder,
            tokenizer=self._reader.tokenizer,
            text_encoder=self._reader.encoder,
            dtype=self._dtype,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def _speed(self, pipeline: Any) -> dict[str, float]:
        """Seconds of one picture by itself: the best of three."""
        taken = []
        for attempt in range(3):
            started = time.monotonic()
            words = ["a fox in the forest"]
            sample(pipeline, words, attempt)
            taken.append(time.monotonic() - started)
        return {"seconds_per_picture": round(min(taken), 3), "threads": torch.get_num_threads()}

    def _sheet(self, pipeline: Any, name: str) -> Path:
        """Draws the forty-eight sentences that every version is looked at with."""
        sentences = SENTENCES.read_text(encoding="utf-8").strip().splitlines()
        batch = self._config.evaluation.batch
        pictures = [
            picture
            for first in range(0, len(sentences), batch)
            for picture in sample(pipeline, sentences[first : first + batch], 1000 + first)
        ]
        path = self._place.report / f"grid-{name}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        contact_sheet(pictures, sentences).save(path, quality=90)
        return path


def _sharpness(pipeline: Any, captions: Sequence[str]) -> dict[str, float]:
    """How well composed pictures of the pipeline's own size survive its autoencoder."""
    if pipeline.vae.encoder is None:
        return {}
    side = pipeline.native_size
    drawn = np.stack([composed(words, side, n).render() for n, words in enumerate(captions)])
    pixels = torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        return reconstruction_figures(pipeline.vae, pixels)


def judge_of(results: Mapping[str, Figures]) -> dict[str, Any]:
    """Whether the probe may judge: the least of its own shares on unseen composed pictures."""
    shares = [
        results[pictures][figure]["share"]
        for pictures in ("composed/seen", "composed/unseen")
        for figure in ("subject", "absent")
    ]
    return {"accuracy": min(shares), "needed": JUDGE_FROM, "fit": min(shares) >= JUDGE_FROM}


def _names(folders: Sequence[Path]) -> list[str]:
    """Short names of directories, all different: as much of their ends as that takes."""
    for parts in range(1, max((len(folder.parts) for folder in folders), default=1)):
        names = ["-".join(folder.parts[-parts:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    return [f"{number}-{folder.name}" for number, folder in enumerate(folders)]
