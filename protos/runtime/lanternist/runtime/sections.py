"""Sections of the settings for whoever runs the installation: encryption, and what is kept.

Values only, as in `lanternist.runtime.settings`, which puts them together.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TlsSettings(BaseModel):
    """Encryption beyond this machine: what the server shows, and whom clients believe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate_chain: Path | None = Field(
        default=None,
        description="Server: PEM file with its certificates, its own first; gRPC and HTTP are then "
        "encrypted. Read again when it changes.",
    )
    private_key: Path | None = Field(
        default=None, description="Server: PEM file with the key of the first certificate."
    )
    client_ca: Path | None = Field(
        default=None,
        description="Server: PEM file with the authorities whose certificates callers must show.",
    )
    ca: str = Field(
        default="",
        description="Client: PEM file with the authorities that it believes, or `system`; empty: "
        "no encryption, or on the server's own machine its certificate_chain.",
    )
    client_certificate: Path | None = Field(
        default=None, description="Client: PEM file with the certificates that it shows."
    )
    client_key: Path | None = Field(default=None, description="Client: PEM file with their key.")
    server_name: str = Field(
        default="",
        description="Client: name on the server's certificate, where the address has another.",
    )

    @model_validator(mode="after")
    def _agree(self) -> TlsSettings:
        if bool(self.certificate_chain) != bool(self.private_key):
            raise ValueError("certificate_chain and private_key need each other")
        if self.client_ca and not self.certificate_chain:
            raise ValueError("client_ca needs certificate_chain and private_key")
        if bool(self.client_certificate) != bool(self.client_key):
            raise ValueError("client_certificate and client_key need each other")
        return self


class RetentionSettings(BaseModel):
    """What is kept for how long. Stories are kept until somebody deletes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int = Field(
        default=30,
        ge=0,
        le=36_500,
        description="How long answers, uploads and exports are kept that no story needs, and "
        "operations that are over; 0: for ever.",
    )
    max_store_bytes: int = Field(
        default=0,
        ge=0,
        description="Files that nothing needs go earlier, the oldest first, when the store is "
        "larger than this; 0: it may grow.",
    )
