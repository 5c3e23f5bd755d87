"""Settings of a whole installation, from `lanternist.toml` and the environment.

Precedence, highest first: arguments in code, environment (`LANTERNIST_ADDRESS`,
`LANTERNIST_SERVICES__IMAGE__DEVICE`), `lanternist.toml` in the working directory (or the file that
`LANTERNIST_CONFIG` names), the profile, the defaults below. Values only: nothing here looks at the
machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.sections import RetentionSettings, TlsSettings

ModalityName = Literal["image", "voice", "text", "transcription"]
MODALITIES: tuple[ModalityName, ...] = ("image", "voice", "text", "transcription")


class ServiceSettings(BaseModel):
    """One model service of this installation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = Field(
        default=(), description="Model ids that it serves; the first is its default."
    )
    device: str = Field(default="auto", description="`auto`, `cpu`, `cuda` or `cuda:N`.")
    dtype: str = Field(default="auto", description="`auto`, `float32`, `float16` or `bfloat16`.")
    threads: int = Field(default=0, ge=0, le=1024, description="CPU threads; 0: the library's.")
    queue_size: int = Field(default=32, ge=1, le=10_000, description="Most requests that wait.")
    address: str = Field(
        default="",
        description="gRPC address of a service run elsewhere; empty: started on this machine.",
    )
    enabled: bool = Field(default=True, description="Whether this installation has it at all.")


class ServicesSettings(BaseModel):
    """The four model services."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: ServiceSettings = ServiceSettings(models=("storybook", "illustrator"))
    voice: ServiceSettings = ServiceSettings(models=("kokoro-82m", "piper-en-us-joe"))
    text: ServiceSettings = ServiceSettings(models=("smollm2-135m-instruct",))
    transcription: ServiceSettings = ServiceSettings(models=("whisper-base", "whisper-tiny-en"))

    def of(self, modality: ModalityName) -> ServiceSettings:
        """Settings of one modality's service."""
        service: ServiceSettings = getattr(self, modality)
        return service


class ProvenanceSettings(BaseModel):
    """Marks on what this installation makes (C2PA)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: Literal["all", "stories", "none"] = Field(
        default="all",
        description="`all`: every finished picture, and every file of sound or film. `stories`: "
        "what belongs to a story; other answers are then the same bytes again. `none`.",
    )
    certificate_chain: Path | None = Field(
        default=None,
        description="PEM file with certificates of your own, the leaf first; by default the "
        "installation makes a chain for itself, in the data directory.",
    )
    private_key: Path | None = Field(
        default=None, description="PEM file with the key of the first certificate."
    )
    signer: str = Field(
        default="",
        description="Instead of a key: an entry point in the group `lanternist.signers`, or "
        "`module:function`, that takes bytes and returns their signature; for a KMS.",
    )
    time_stamp_authority: str = Field(
        default="",
        pattern=r"^(https?://.*)?$",
        description="URL of an RFC 3161 service, asked at every mark; empty: marks carry no time.",
    )
    trust: tuple[Path, ...] = Field(
        default=(), description="PEM files with certificates whose marks are trusted, beside ours."
    )

    @model_validator(mode="after")
    def _agree(self) -> ProvenanceSettings:
        if (self.certificate_chain is not None) != bool(self.private_key or self.signer):
            raise ValueError("certificate_chain needs private_key or signer, and they need it")
        if self.private_key and self.signer:
            raise ValueError("private_key and signer exclude each other")
        return self


# What a profile changes in the defaults. `gpu` gives each service a device of its own.
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "embedded": {},
    "gpu": {
        "services": {
            "image": {
                "models": ["z-image-turbo", "flux-1-schnell", "storybook"],
                "device": "cuda:0",
            },
            "voice": {"models": ["kokoro-82m", "piper-en-us-joe"], "device": "cuda:1"},
            "text": {"models": ["qwen3-4b-instruct", "smollm2-135m-instruct"], "device": "cuda:2"},
            "transcription": {
                "models": ["whisper-large-v3-turbo", "whisper-base"],
                "device": "cuda:3",
            },
        }
    },
}


# OpenAI's voices, which clients have by heart, and those of ours that come nearest in kind.
VOICE_ALIASES = {
    "alloy": "af_heart",
    "ash": "am_michael",
    "ballad": "bm_george",
    "cedar": "am_fenrir",
    "coral": "af_bella",
    "echo": "am_puck",
    "fable": "bm_fable",
    "marin": "bf_isabella",
    "nova": "af_aoede",
    "onyx": "am_fenrir",
    "sage": "bf_emma",
    "shimmer": "af_nicole",
    "verse": "bm_george",
}


class _ProfileSource(PydanticBaseSettingsSource):
    """The values of the profile that the higher sources chose."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        name = self.current_state.get("profile", "embedded")
        # An unknown name is left to the field's own check.
        return dict(PROFILES.get(name, {})) if isinstance(name, str) else {}


class Settings(BaseSettings):
    """Everything that can be set.

    Raises:
        pydantic.ValidationError: A value is wrong; `load_settings` says it in our words.
    """

    model_config = SettingsConfigDict(
        env_prefix="LANTERNIST_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    profile: Literal["embedded", "gpu"] = "embedded"
    address: str = Field(
        default="127.0.0.1:50051",
        description="Where the orchestrator listens, and where clients look for it.",
    )
    data_directory: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("lanternist", appauthor=False)),
        description="Stories, operations and assets.",
    )
    http_address: str = Field(
        default="127.0.0.1:8080", description="Where HTTP is served; empty: nowhere."
    )
    http_allowed_hosts: tuple[str, ...] = Field(
        default=(), description="Names that the HTTP address is called by, beside this machine's."
    )
    http_allowed_origins: tuple[str, ...] = Field(
        default=(), description="Other sites whose pages may call, as `https://example.org`."
    )
    http_max_upload_bytes: int = Field(
        default=256 << 20, ge=1, description="Largest body of an HTTP request with a file."
    )
    model_aliases: dict[str, str] = Field(
        default_factory=dict,
        description="Names of models that the OpenAI interface takes for one of ours.",
    )
    voice_aliases: dict[str, str] = Field(
        default=VOICE_ALIASES,
        description="Names of voices that the OpenAI interface takes for one of ours.",
    )
    token: SecretStr | None = Field(
        default=None, description="Bearer token that callers must send; None: no check."
    )
    allow_remote_without_token: bool = Field(
        default=False, description="Whether to listen beyond this machine without a token."
    )
    allow_remote_without_tls: bool = Field(
        default=False,
        description="Whether to listen beyond this machine in plain text, token included, because "
        "something else encrypts.",
    )
    card_directories: tuple[Path, ...] = Field(
        default=(), description="Folders with model cards of your own, beside the built-in ones."
    )
    max_upload_bytes: int = Field(default=1 << 30, ge=1, description="Largest recording taken.")
    max_concurrent_calls: int = Field(
        default=256, ge=1, description="Calls served at once; more are refused."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy URL of a Postgres database for several orchestrators, which share "
        "the data directory too; None: SQLite files in the data directory.",
    )
    executor_id: str = Field(
        default="local",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Names this orchestrator among those on one database; kept over restarts.",
    )
    max_running_stories: int = Field(default=4, ge=1, description="Stories made at once.")
    drain_seconds: float = Field(
        default=10.0, ge=0, le=600, description="Time that running calls get at shutdown."
    )
    start_timeout_seconds: float = Field(
        default=300.0, gt=0, description="Time that a service gets to become SERVING."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    services: ServicesSettings = ServicesSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    retention: RetentionSettings = RetentionSettings()
    tls: TlsSettings = TlsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Puts the file below the environment and the profile below the file."""
        file = Path(os.environ.get("LANTERNIST_CONFIG", "lanternist.toml"))
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, file),
            _ProfileSource(settings_cls),
        )


def load_settings(**overrides: Any) -> Settings:
    """Reads the settings.

    Args:
        overrides: Values that win over every other source; None is ignored.

    Raises:
        FailedPreconditionError: Names the setting that is wrong, and never its value.
    """
    given = os.environ.get("LANTERNIST_CONFIG")
    if given and not Path(given).is_file():
        raise FailedPreconditionError(
            "LANTERNIST_CONFIG names a file that does not exist.", reason="SETTINGS_INVALID"
        )
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise FailedPreconditionError(
            f"The settings are wrong: {wrong}", reason="SETTINGS_INVALID"
        ) from None
    except ValueError as error:
        raise FailedPreconditionError(
            f"lanternist.toml cannot be read: {error}", reason="SETTINGS_INVALID"
        ) from None
