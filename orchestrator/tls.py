"""`ServerTls`: the certificate that this installation shows, and whom it lets in by certificates.

The files are looked at again whenever a connection begins, so that a renewed certificate counts
without a restart; files that do not fit together, as in the middle of a renewal, leave the old ones
in force. It does not know what is served. The other side is `orchestrator.clients.tls`.
"""

from __future__ import annotations

import os
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lanternist.runtime import telemetry
from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.sections import TlsSettings

_log = telemetry.logger(__name__)
_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files held together.

    Attributes:
        chain: PEM, the server's own certificate first.
        key: PEM, of that certificate.
        client_ca: PEM; None: callers show no certificates.
        seen: Times and sizes of the files.
    """

    chain: bytes
    key: bytes
    client_ca: bytes | None
    seen: tuple[tuple[int, int], ...]


class ServerTls:
    """Credentials for both doors, from files that are read anew when they change.

    Args:
        settings: With a certificate chain.

    Raises:
        FailedPreconditionError: A file cannot be read, or they do not fit; names the setting.
    """

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._files = _read(settings)
        self._context = self._new_context()

    @classmethod
    def of(cls, settings: TlsSettings) -> ServerTls | None:
        """What the settings ask for; None: plain text."""
        return cls(settings) if settings.certificate_chain is not None else None

    def credentials(self) -> grpc.ServerCredentials:
        """For the gRPC door."""
        served = self._files

        def news() -> grpc.ServerCertificateConfiguration | None:
            nonlocal served
            self._look()
            if self._files is served:
                return None
            served = self._files
            return _configuration(served)

        return grpc.dynamic_ssl_server_credentials(
            _configuration(served),
            news,  # type: ignore[arg-type]  # the stubs do not know that None means no change
            require_client_authentication=served.client_ca is not None,
        )

    def context(self) -> ssl.SSLContext:
        """For the HTTP door."""
        return self._context

    def _look(self) -> None:
        """Reads the files again when they have changed; keeps what there is when they are wrong."""
        with self._lock:
            try:
                if _seen(self._settings) == self._files.seen:
                    return
                before, self._files = self._files, _read(self._settings)
                try:
                    self._context = self._new_context()
                except BaseException:
                    self._files = before
                    raise
            except (FailedPreconditionError, OSError) as error:
                _log.warning("the old certificate stays in force", problem=str(error))
            else:
                _log.info("a new certificate is in force")

    def _new_context(self) -> ssl.SSLContext:
        settings = self._settings
        assert settings.certificate_chain is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificate_chain, settings.private_key)
        if settings.client_ca is not None:
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED

        def begins(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            self._look()
            connection.context = self._context

        context.sni_callback = begins  # called for every connection, also for those without a name
        return context


def _configuration(files: _Files) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(files.key, files.chain)], root_certificates=files.client_ca
    )


def _seen(settings: TlsSettings) -> tuple[tuple[int, int], ...]:
    paths = (settings.certificate_chain, settings.private_key, settings.client_ca)
    facts = [path.stat() for path in paths if path is not None]
    return tuple((fact.st_mtime_ns, fact.st_size) for fact in facts)


def _read(settings: TlsSettings) -> _Files:
    assert settings.certificate_chain is not None
    assert settings.private_key is not None
    chain = read_pem(settings.certificate_chain, "tls.certificate_chain")
    key = read_pem(settings.private_key, "tls.private_key")
    leaf = certificates(chain, "tls.certificate_chain")[0]
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise wrong("tls.private_key", "holds no private key that is not encrypted") from error
    if private.public_key().public_bytes(*_PUBLIC) != leaf.public_key().public_bytes(*_PUBLIC):
        raise wrong("tls.private_key", "is not the key of the first certificate of the chain")
    if leaf.not_valid_after_utc < datetime.now(UTC):
        raise wrong("tls.certificate_chain", f"ran out on {leaf.not_valid_after_utc:%Y-%m-%d}")
    client_ca = None
    if settings.client_ca is not None:
        client_ca = read_pem(settings.client_ca, "tls.client_ca")
        certificates(client_ca, "tls.client_ca")
    try:
        return _Files(chain, key, client_ca, _seen(settings))
    except OSError as error:
        raise wrong("tls", "a file went away while it was read") from error


def read_pem(path: Path, setting: str) -> bytes:
    """The bytes of a file that a setting names.

    Raises:
        FailedPreconditionError: It cannot be read; names the setting.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "unreadable"
        raise wrong(setting, f"{path} cannot be read: {why}") from error


def certificates(pem: bytes, setting: str) -> list[x509.Certificate]:
    """The certificates in PEM, at least one.

    Raises:
        FailedPreconditionError: There are none; names the setting.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise wrong(setting, "holds no PEM certificates") from error


def wrong(setting: str, why: str) -> FailedPreconditionError:
    """What is said of a file that will not do."""
    return FailedPreconditionError(f"{setting}: {why}.", reason="TLS_SETTINGS_INVALID")
