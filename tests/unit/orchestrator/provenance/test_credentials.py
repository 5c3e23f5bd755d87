"""Who signs: the installation's own chain, the user's, and a key that stays elsewhere."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import ProvenanceSettings, Settings, load_settings
from models.catalog import Catalog
from orchestrator.provenance import credentials
from orchestrator.provenance.claim import ALGORITHMIC, TRAINED, Claim
from orchestrator.provenance.credentials import elsewhere, given, own
from orchestrator.provenance.marker import Marker
from orchestrator.provenance.notary import Notary
from orchestrator.provenance.verify import State, verify
from tests.unit.orchestrator.provenance.media import picture

CLAIM = Claim("A test", TRAINED, {})


def test_a_chain_is_made_once_and_its_key_is_the_owners_alone(tmp_path: Path) -> None:
    first = own(tmp_path / "own")
    assert own(tmp_path / "own") == first
    assert stat.S_IMODE((tmp_path / "own" / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700
    leaf, root = x509.load_pem_x509_certificates(first.chain.encode())
    leaf.verify_directly_issued_by(root)
    assert first.key not in repr(first)
    assert len(list((tmp_path / "own").glob("*.pem"))) == 3  # the root's key is not kept


async def test_a_chain_that_ended_is_replaced_and_old_marks_stay_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = Marker(own(tmp_path)).mark(picture("image/png"), "image/png", CLAIM)
    with monkeypatch.context() as patch:
        patch.setattr(credentials, "_MARGIN", timedelta(days=3_651))
        renewed = own(tmp_path)
    assert (tmp_path / "root.pem").read_text().count("BEGIN") == 2
    assert renewed.chain.count("BEGIN") == 2
    (tmp_path / "old.png").write_bytes(marked)
    found = await verify(tmp_path / "old.png", (tmp_path / "root.pem").read_text())
    assert found.state is State.TRUSTED


SIGN: Callable[[bytes], bytes]


def sign_with_der(data: bytes) -> bytes:
    """As a KMS does: ECDSA signatures come in DER."""
    return SIGN(data)


@pytest.fixture
def kms(tmp_path: Path) -> Path:
    global SIGN  # noqa: PLW0603 - what a dotted name leads to must be in a module
    chain = own(tmp_path / "kms")
    key = load_pem_private_key(chain.key.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    SIGN = lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    return tmp_path / "kms"


async def test_a_key_may_stay_where_it_is(kms: Path, tmp_path: Path) -> None:
    settings = ProvenanceSettings(
        certificate_chain=kms / "chain.pem", signer=f"{__name__}:sign_with_der"
    )
    notary = Notary(settings, tmp_path / "own", Catalog(()))
    marked = await notary.mark(picture("image/png"), "image/png", CLAIM)
    (tmp_path / "a.png").write_bytes(marked)
    assert (await verify(tmp_path / "a.png", notary.anchors())).state is State.TRUSTED
    assert not (tmp_path / "own").exists()


async def test_a_users_own_files_and_the_list_of_the_trusted(tmp_path: Path) -> None:
    own(tmp_path / "theirs")
    theirs = given(tmp_path / "theirs" / "chain.pem", tmp_path / "theirs" / "key.pem")
    assert theirs.algorithm == "es256"
    marked = Marker(theirs).mark(picture("image/png"), "image/png", CLAIM)
    (tmp_path / "a.png").write_bytes(marked)
    stranger = Notary(ProvenanceSettings(), tmp_path / "own", Catalog(()))
    assert (await verify(tmp_path / "a.png", stranger.anchors())).state is State.VALID
    trust = ProvenanceSettings(trust=(tmp_path / "theirs" / "root.pem",))
    friend = Notary(trust, tmp_path / "own", Catalog(()))
    assert (await verify(tmp_path / "a.png", friend.anchors())).state is State.TRUSTED


def test_wrong_settings_are_named(tmp_path: Path, kms: Path) -> None:
    own(tmp_path / "other")
    chain, key = kms / "chain.pem", kms / "key.pem"
    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN NONSENSE-----")
    for attempt, setting in (
        (lambda: given(junk, key), "certificate_chain"),
        (lambda: given(chain, junk), "private_key"),
        (lambda: given(tmp_path / "gone.pem", key), "certificate_chain"),
        (lambda: given(chain, tmp_path / "other" / "key.pem"), "private_key"),
        (lambda: elsewhere(chain, "no.such.module:thing"), "signer"),
        (lambda: elsewhere(chain, f"{__name__}:CLAIM"), "signer"),
        (lambda: elsewhere(chain, "nonsense"), "signer"),
    ):
        with pytest.raises(FailedPreconditionError, match=f"provenance.{setting}"):
            attempt()


def test_half_a_setting_is_refused_at_start(tmp_path: Path) -> None:
    for wrong in ({"private_key": "a"}, {"certificate_chain": "a"}, {"signer": "a:b"},
                  {"certificate_chain": "a", "private_key": "b", "signer": "c"}):  # fmt: skip
        with pytest.raises(FailedPreconditionError, match="provenance"):
            load_settings(provenance=wrong)
    (tmp_path / "junk.pem").write_text("-----BEGIN CERTIFICATE-----")
    for name in ("gone.pem", "junk.pem"):
        trust = ProvenanceSettings(trust=(tmp_path / name,))
        settings = Settings(data_directory=tmp_path, provenance=trust)
        with pytest.raises(FailedPreconditionError, match=name):
            Notary.of(settings, Catalog(()))


@pytest.mark.parametrize(
    ("name", "damage"),
    [("chain.pem", b"junk"), ("chain.pem", b"\xff"), ("key.pem", b"junk"), ("key.pem", None)],
)
def test_a_damaged_chain_is_found_at_start(tmp_path: Path, name: str, damage: bytes | None) -> None:
    own(tmp_path / "other")
    other = (tmp_path / "other" / name).read_bytes()
    settings = Settings(data_directory=tmp_path)
    Notary.of(settings, Catalog(()))
    (tmp_path / "provenance" / name).write_bytes(other if damage is None else damage)
    with pytest.raises(FailedPreconditionError, match="damaged"):
        Notary.of(settings, Catalog(()))
    (tmp_path / "provenance" / "chain.pem").unlink()
    Notary.of(settings, Catalog(()))


def test_what_a_model_makes_stands_in_its_card() -> None:
    notary = Notary(ProvenanceSettings(), Path(), Catalog.builtin())
    assert notary.source_type(["storybook"]) == ALGORITHMIC
    assert notary.source_type(["kokoro-82m"]) == TRAINED
    assert notary.source_type(["a-stranger"]) == TRAINED


async def test_marks_can_be_turned_off(tmp_path: Path) -> None:
    notary = Notary(ProvenanceSettings(mark="none"), tmp_path / "own", Catalog(()))
    data = picture("image/png")
    assert await notary.mark(data, "image/png", CLAIM) is data
    assert not (tmp_path / "own").exists()
