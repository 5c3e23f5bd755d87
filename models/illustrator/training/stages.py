"""The stages of a run that compute with torch, each from files to files.

The order is `config.STAGES`. A stage finds what it needs in the working folder, says what is
missing, and leaves what it made there; so any of them can be run alone, and again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.training.budget import Budget
from models.illustrator.training.captions import caption
from models.illustrator.training.checkpoints import save_tensors
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config
from models.illustrator.training.dataset import Latents, Pictures
from models.illustrator.training.denoising import DenoisingTask
from models.illustrator.training.distillation import DistillationTask
from models.illustrator.training.encoding import (
    encode_pictures,
    fingerprint_of,
    fingerprint_of_encoder,
)
from models.illustrator.training.evaluation import Evaluator
from models.illustrator.training.export import export_pipeline
from models.illustrator.training.inheritance import (
    adopt_autoencoder,
    autoencoder_weights,
    text_scale_of,
    trained_weights,
)
from models.illustrator.training.journal import Journal
from models.illustrator.training.learner import cores, one_thread_an_operation, working_precision
from models.illustrator.training.loop import Loop, Task
from models.illustrator.training.probing import ProbeTask
from models.illustrator.training.reconstruction import ReconstructionTask, finish_autoencoder
from models.illustrator.training.sections import Schedule
from models.illustrator.training.vocabulary import Vocabulary
from models.illustrator.training.workplace import Workplace

_PICTURE_SHARDS = 32
"""As many shards of pictures as are held in memory at once: about 1.3 gigabytes."""


@dataclass
class Run:
    """One run of the pipeline.

    Attributes:
        config: What to do.
        place: Where.
        journal: Told of everything.
        resume: Go on with stages that were begun.
        again: Throw away what a stage has left before it runs.
        start_from: A pipeline directory whose autoencoder and transformer the run takes over.
        relearn: Let the autoencoder that is taken over go on learning; its latents change.
        others: Pipeline directories to evaluate besides, or instead of, the run's own.
        reader: Reads captions; None loads the encoder that the configuration names when needed.
    """

    config: Config
    place: Workplace
    journal: Journal
    resume: bool = False
    again: bool = False
    start_from: Path | None = None
    relearn: bool = False
    others: tuple[Path, ...] = ()
    reader: CaptionReader | None = None

    def stage(self, name: str) -> None:
        """Runs a stage by its name in `config.STAGES`; `data` is drawn by `drawing`."""
        steps: dict[str, Callable[[], Any]] = {
            "autoencoder": self.autoencoder,
            "encode": self.encode,
            "probe": self.probe,
            "train": self.train,
            "distil": self.distil,
            "export": self.export,
            "evaluate": self.evaluate,
        }
        steps[name]()

    def autoencoder(self) -> None:
        """Trains the autoencoder and measures its latents."""
        self.place.begin("autoencoder", resume=self.resume, again=self.again)
        if self.start_from is not None and not self.relearn:
            adopt_autoencoder(self.config, self.start_from / "vae", self.place.autoencoder)
            self.journal.note("autoencoder", "adopted")
            return
        pictures, held_out = self._pictures(), self._held_out("seen")
        task = ReconstructionTask(self.config, pictures, held_out)
        if self.start_from is not None:
            task.learner.start_from(autoencoder_weights(self.config, self.start_from / "vae"))
        self._learn("autoencoder", task, self.config.autoencoder.schedule)
        figures = finish_autoencoder(self.config, task, pictures, self.place.autoencoder)
        self.place.remember("autoencoder", figures=figures)
        self.journal.note("autoencoder", "done", **figures)

    def encode(self) -> None:
        """Encodes the pictures that are not encoded yet."""
        place = self.place
        self._require(place.autoencoder / "config.json", "autoencoder")
        encode_pictures(self.config, place.pictures, place.autoencoder, place.latents, self.journal)

    def probe(self) -> None:
        """Trains the judge."""
        self.place.begin("probe", resume=self.resume, again=self.again)
        task = ProbeTask(self.config, self._pictures("judge"), self._held_out("seen"))
        self._learn("probe", task, self.config.probe.schedule)
        save_tensors(self.place.weights("probe"), task.learner.average(), {})

    def train(self) -> None:
        """Trains the transformer."""
        note = self._begin_on_latents("train")
        latents = Latents.of_split(self.place.latents, "train")
        reader = self._reader()
        if "text_scale" in note:
            reader.scale = float(note["text_scale"])
        elif self.start_from is not None:
            reader.scale = text_scale_of(self.start_from)
        else:
            self._measure_scale(reader, latents)
        self.place.remember("train", text_scale=reader.scale)
        held_out = {n: Latents.of_split(self.place.latents, n) for n in ("seen", "unseen")}
        task = DenoisingTask(self.config, latents, held_out, reader)
        if self.start_from is not None:
            task.start_from(trained_weights(self.start_from, task.weights()))

        def keep(seconds: float) -> None:
            name = f"hours-{seconds / 3600:07.3f}.safetensors"
            halves = {key: value.half() for key, value in task.weights().items()}
            save_tensors(self.place.stage("train") / "milestones" / name, halves, {})

        hours = self.config.transformer.milestone_hours
        self._learn("train", task, self.config.transformer.schedule, hours * 3600, keep)
        save_tensors(self.place.weights("train"), task.weights(), {})

    def distil(self) -> None:
        """Trains the student of few steps; anew if the teacher has learnt since."""
        self._require(self.place.weights("train"), "train")
        taught = fingerprint_of(self.place.weights("train"))
        changed = self.place.note("distil").get("teacher", taught) != taught
        self._begin_on_latents("distil", teacher=taught, again=self.resume and changed)
        teacher = self._weights("train")
        latents = Latents.of_split(self.place.latents, "train")
        held_out = Latents.of_split(self.place.latents, "seen")
        reader = self._scaled_reader()
        task = DistillationTask(self.config, latents, held_out, reader, teacher)
        self._learn("distil", task, self.config.distillation.schedule)
        save_tensors(self.place.weights("distil"), task.weights(), {})

    def export(self) -> None:
        """Writes the pipeline directories: of the teacher, and of the student if there is one."""
        self._require(self.place.weights("train"), "train")
        for name, few_steps in (("train", False), ("distil", True)):
            if not self.place.weights(name).is_file():
                continue
            folder = self.place.pipeline(few_steps=few_steps)
            size = self._export(self._weights(name), folder, few_steps=few_steps)
            self.journal.note("export", folder.name, megabytes=round(size / 1e6, 1))

    def evaluate(self) -> None:
        """Measures everything, and draws the contact sheets."""
        self._require(self.place.weights("probe"), "probe")
        if not self.others:
            self._require(self.place.pipeline(few_steps=False) / "model_index.json", "export")
        evaluator = Evaluator(self.config, self.place, self._reader(), self.journal)
        evaluator.run(self._export_milestones(), self.others)

    def _export_milestones(self) -> list[Path]:
        """Pipeline directories of the snapshots, if the configuration wants them measured."""
        if not self.config.evaluation.milestones:
            return []
        folders = []
        for path in sorted((self.place.stage("train") / "milestones").glob("*.safetensors")):
            folder = self.place.folder / "milestones" / path.stem
            weights = {name: value.float() for name, value in load_file(path).items()}
            self._export(weights, folder, few_steps=False)
            folders.append(folder)
        return folders

    def _export(self, weights: dict[str, Tensor], folder: Path, *, few_steps: bool) -> int:
        return export_pipeline(
            self.config,
            folder,
            weights=weights,
            autoencoder=self.place.autoencoder,
            reader=self._scaled_reader(),
            few_steps=few_steps,
        )

    def _learn(
        self,
        name: str,
        task: Task,
        schedule: Schedule,
        milestone_seconds: float = 0.0,
        on_milestone: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        loop = Loop(
            stage=name,
            task=task,
            schedule=schedule,
            budget=Budget(self.config.seconds(name)),
            journal=self.journal,
            folder=self.place.checkpoints(name),
            checkpoint_seconds=self.config.checkpoint_seconds,
            validate_seconds=self.config.validate_seconds,
            milestone_seconds=milestone_seconds,
            on_milestone=on_milestone,
        )
        with one_thread_an_operation():
            figures = loop.run(resume=self.resume)
        self.place.remember(name, validation=figures, seconds=round(loop.budget.elapsed, 1))

    def _begin_on_latents(self, name: str, *, again: bool = False, **inputs: str) -> dict[str, Any]:
        self._require(self.place.autoencoder / "config.json", "autoencoder")
        inputs["autoencoder"] = fingerprint_of_encoder(self.place.autoencoder)
        return self.place.begin(name, resume=self.resume, again=self.again or again, inputs=inputs)

    def _reader(self) -> CaptionReader:
        if self.reader is None:
            self.reader = CaptionReader.load(self.config, working_precision(self.config))
        return self.reader

    def _scaled_reader(self) -> CaptionReader:
        reader = self._reader()
        reader.scale = float(self.place.note("train")["text_scale"])
        return reader

    def _measure_scale(self, reader: CaptionReader, latents: Latents) -> None:
        vocabulary = Vocabulary.of(self.config.data)
        numbers = range(min(256, len(latents)))
        reader.measure_scale([caption(latents.scene(i), vocabulary, f"scale:{i}") for i in numbers])

    def _weights(self, name: str) -> dict[str, Tensor]:
        return load_file(self.place.weights(name))

    def _pictures(self, *besides: str) -> Pictures:
        """Of the training set, and of other sets."""
        pictures = Pictures.of_split(
            self.place.pictures, "train", *besides, most_shards=_PICTURE_SHARDS
        )
        if not len(pictures):
            raise _missing("data")
        return pictures

    def _held_out(self, split: str) -> Pictures:
        return Pictures.of_split(self.place.pictures, split)

    def _require(self, path: Path, stage: str) -> None:
        if not path.is_file():
            raise _missing(stage)


def _missing(stage: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"This needs what the stage `{stage}` makes: run that first.", reason="STAGE_MISSING"
    )


def prepare_torch(config: Config) -> None:
    """Sets how many threads compute, and keeps the libraries' progress bars quiet."""
    import diffusers  # noqa: PLC0415 - only for its switches
    import transformers  # noqa: PLC0415 - as above

    torch.set_num_threads(cores(config))
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
