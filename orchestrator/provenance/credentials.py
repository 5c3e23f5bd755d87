"""Who signs: a certificate chain, and the private key or the service that answers for it.

By default the installation makes a chain of its own, once, and keeps it in the data directory: a
root that vouches for one leaf. The root's key is thrown away when the leaf is signed, so nothing
else can ever be signed with it. This module does not know what is signed.

Certificates as C2PA 2.2 asks, section 14.5: https://spec.c2pa.org/specifications/
"""

from __future__ import annotations

import importlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

from lanternist.runtime.errors import FailedPreconditionError

Sign = Callable[[bytes], bytes]
"""Signs the bytes it is given with the key of the leaf; ECDSA signatures may be DER or r‖s."""

SIGNER_GROUP = "lanternist.signers"
_LIFETIME = timedelta(days=3650)
_MARGIN = timedelta(days=1)  # clocks differ; and a chain is renewed before it ends
_CURVES = {256: "es256", 384: "es384", 521: "es512"}
_LARGEST_CHAIN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a signature needs.

    Attributes:
        chain: Certificates in PEM, the leaf first.
        algorithm: COSE name in lower case: `es256`, `es384`, `es512`, `ps256`, `ed25519`.
        key: Private key in PEM; empty when `sign` is there.
        sign: Signs in place of a key.
    """

    chain: str
    algorithm: str
    key: str = ""
    sign: Sign | None = None


def own(directory: Path) -> Credentials:
    """The installation's own chain, made when there is none or it has ended.

    `root.pem` keeps every root there ever was, so that older marks stay trusted.

    Args:
        directory: Made when missing, for its owner alone.

    Raises:
        FailedPreconditionError: It is damaged.
        UnicodeDecodeError: Likewise.
        OSError: It cannot be read or written.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    chain, key, root = (directory / name for name in ("chain.pem", "key.pem", "root.pem"))
    with FileLock(directory / "lock"):
        if not (chain.is_file() and key.is_file() and _lasts(chain)):
            made_root, made_leaf, made_key = _make()
            known = root.read_text(encoding="ascii") if root.is_file() else ""
            _write(root, made_root + known, 0o644)
            _write(key, made_key, 0o600)
            _write(chain, made_leaf + made_root, 0o644)
        return given(chain, key)


def given(chain: Path, key: Path) -> Credentials:
    """A user's own chain and key.

    Raises:
        FailedPreconditionError: A file is not there, is not PEM, or the two do not belong together.
    """
    certificates = _read(chain, "provenance.certificate_chain")
    leaf = _leaf(certificates)
    secret = _read(key, "provenance.private_key")
    try:
        private = serialization.load_pem_private_key(secret.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise _wrong("private_key", "is not an unencrypted private key in PEM") from error
    if _public(private.public_key()) != _public(leaf.public_key()):
        raise _wrong("private_key", "does not belong to the first certificate of the chain")
    return Credentials(certificates, _algorithm(leaf), key=secret)


def elsewhere(chain: Path, signer: str) -> Credentials:
    """A user's own chain, whose key stays where it is: a KMS, a smart card, a signing service.

    Args:
        chain: The certificates.
        signer: Name of an entry point in the group `lanternist.signers`, or `module:function`; a
            function that takes the bytes and returns their signature.

    Raises:
        FailedPreconditionError: It cannot be found, or the chain cannot be read.
    """
    certificates = _read(chain, "provenance.certificate_chain")
    leaf = _leaf(certificates)
    function = _find(signer)
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return Credentials(certificates, _algorithm(leaf), sign=function)
    size = (key.curve.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        signature = function(data)
        if len(signature) == 2 * size:
            return signature
        r, s = decode_dss_signature(signature)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return Credentials(certificates, _algorithm(leaf), sign=sign)


def _find(signer: str) -> Sign:
    found = tuple(entry_points(group=SIGNER_GROUP, name=signer))
    try:
        if found:
            function = found[0].load()
        else:
            module, _, attribute = signer.partition(":")
            function = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise _wrong("signer", "names nothing that can be imported") from error
    if not callable(function):
        raise _wrong("signer", "is not a function")
    return cast("Sign", function)


def _leaf(chain: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(chain.encode())[0]
    except ValueError as error:
        raise _wrong("certificate_chain", "is not a chain of certificates in PEM") from error


def _algorithm(leaf: x509.Certificate) -> str:
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size in _CURVES:
        return _CURVES[key.curve.key_size]
    if isinstance(key, rsa.RSAPublicKey):
        return "ps256"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    raise _wrong("certificate_chain", "has a kind of key that C2PA does not allow")


def _public(key: PublicKeyTypes) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)


def _lasts(chain: Path) -> bool:
    leaf = _leaf(_read(chain))
    return leaf.not_valid_after_utc > datetime.now(UTC) + _MARGIN


def _make() -> tuple[str, str, str]:
    """A root, a leaf and the leaf's key, in PEM."""
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    # Two installations must not have roots of one name: a verifier could take one for the other.
    place = uuid.uuid4().hex[:8]
    root_name, leaf_name = (
        x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lanternist, self-signed"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Lanternist {what} {place}"),
            ]
        )
        for what in ("root", "installation")
    )
    root = (
        _certificate(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = (
        _certificate(leaf_name, root_name, leaf_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    secret = leaf_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _pem(root), _pem(leaf), secret.decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now - _MARGIN)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _read(path: Path, setting: str = "") -> str:
    try:
        if setting and path.stat().st_size > _LARGEST_CHAIN_BYTES:
            raise FailedPreconditionError(
                f"{setting}: the file is too large.", reason="SETTINGS_INVALID"
            )
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        if not setting:
            raise
        raise FailedPreconditionError(
            f"{setting}: the file cannot be read.", reason="SETTINGS_INVALID"
        ) from error


def _write(path: Path, text: str, mode: int) -> None:
    """Writes a file that is whole or not there, never open to others for a moment."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    temporary.replace(path)


def _wrong(setting: str, problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(f"provenance.{setting} {problem}.", reason="SETTINGS_INVALID")
