"""Certificates for tests, made when they are needed: an authority, and what it signs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate chain and its key, as PEM files."""

    chain: Path
    key: Path


class Authority:
    """Signs certificates; `root` is the file with its own.

    Args:
        directory: Takes the files; made when missing.
        name: Of the authority.
    """

    def __init__(self, directory: Path, name: str = "An authority") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        root = self._builder(self._name, self._key, now + timedelta(days=9))
        root = root.add_extension(x509.BasicConstraints(True, None), critical=True)
        self.root = directory / "root.pem"
        self.root.write_bytes(root.sign(self._key, hashes.SHA256()).public_bytes(_PEM))

    def issue(self, name: str, *, days: int = 9, host: str = "127.0.0.1") -> Pair:
        """A certificate for `name`, and for a DNS name or an IP address.

        Args:
            name: Of the holder, and of the files.
            days: How long it is good from now on; it began two days ago.
            host: What it is for.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        try:
            holder: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            holder = x509.DNSName(host)
        builder = self._builder(subject, key, datetime.now(UTC) + timedelta(days=days))
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([holder]), critical=False)
        pair = Pair(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        pair.chain.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(_PEM))
        pair.key.write_bytes(
            key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return pair

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=2))
            .not_valid_after(until)
        )
