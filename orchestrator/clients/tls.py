"""Whom clients of a server believe, and as whom they come.

A command on the server's own machine reads the server's settings: it believes the certificate that
the server shows, under the name that stands in it. Elsewhere `tls.ca` says whom to believe. This
module does not know what is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509

from lanternist.runtime.sections import TlsSettings
from orchestrator.tls import certificates, read_pem


@dataclass(frozen=True, slots=True)
class ClientTls:
    """What a connection needs to be encrypted.

    Attributes:
        credentials: For gRPC.
        server_name: Name that the certificate must bear; empty: the address's own.
    """

    credentials: grpc.ChannelCredentials
    server_name: str = ""

    @classmethod
    def of(cls, settings: TlsSettings, address: str) -> ClientTls | None:
        """What the settings ask for; None: plain text.

        Args:
            settings: Of this machine.
            address: What is called; sockets of this machine are not encrypted.

        Raises:
            FailedPreconditionError: A file cannot be read; names the setting.
        """
        own = settings.certificate_chain
        if address.startswith("unix:") or not (settings.ca or own):
            return None
        name, roots = settings.server_name, None
        if settings.ca and settings.ca != "system":
            roots = read_pem(Path(settings.ca), "tls.ca")
            certificates(roots, "tls.ca")
        elif own is not None and not settings.ca:
            roots = read_pem(own, "tls.certificate_chain")
            name = name or _name_in(certificates(roots, "tls.certificate_chain")[0])
        key, shown = None, None
        if settings.client_certificate is not None and settings.client_key is not None:
            shown = read_pem(settings.client_certificate, "tls.client_certificate")
            key = read_pem(settings.client_key, "tls.client_key")
            certificates(shown, "tls.client_certificate")
        return cls(grpc.ssl_channel_credentials(roots, key, shown), name)


def _name_in(certificate: x509.Certificate) -> str:
    """A name that a certificate is for; empty when it says none."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    hosts = names.get_values_for_type(x509.DNSName)
    numbers = names.get_values_for_type(x509.IPAddress)
    return next((host.replace("*", "any") for host in hosts), next(map(str, numbers), ""))
