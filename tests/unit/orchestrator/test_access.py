"""Who may call, and from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError, UnauthenticatedError
from lanternist.runtime.settings import load_settings
from orchestrator.access import check_address, is_local, token_guard


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:50051", True),
        ("127.8.9.1:1", True),
        ("localhost:0", True),
        ("[::1]:50051", True),
        ("unix:/run/lanternist.sock", True),
        ("0.0.0.0:50051", False),
        ("[::]:50051", False),
        ("192.168.1.7:50051", False),
        ("gpu-box:50051", False),
        ("localhost.example.org:50051", False),
    ],
)
def test_which_addresses_are_local(address: str, local: bool) -> None:
    assert is_local(address) is local


@pytest.mark.parametrize("address", ["", "50051", "localhost", ":50051", "host:port", "host:70000"])
def test_malformed_addresses(address: str) -> None:
    with pytest.raises(FailedPreconditionError):
        is_local(address)


@pytest.mark.usefixtures("_no_environment")
def test_an_open_door_needs_a_token_or_a_word() -> None:
    open_door = "0.0.0.0:50051"
    check_address(load_settings())
    with pytest.raises(FailedPreconditionError) as caught:
        check_address(load_settings(address=open_door))
    assert caught.value.reason == "TOKEN_REQUIRED"
    with pytest.raises(FailedPreconditionError) as caught:
        check_address(load_settings(address=open_door, token="secret"))
    assert caught.value.reason == "TLS_REQUIRED"
    assert "secret" not in caught.value.message
    check_address(load_settings(address=open_door, token="secret", allow_remote_without_tls=True))
    tls = {"certificate_chain": "chain.pem", "private_key": "key.pem"}
    check_address(load_settings(address=open_door, token="secret", tls=tls))
    with pytest.raises(FailedPreconditionError, match=r"^address: .* Set a token"):
        check_address(load_settings(address=open_door, tls=tls))
    check_address(load_settings(address=open_door, tls={**tls, "client_ca": "friends.pem"}))
    check_address(load_settings(address=open_door, allow_remote_without_token=True))


@pytest.mark.usefixtures("_no_environment")
def test_http_is_a_door_too() -> None:
    with pytest.raises(FailedPreconditionError, match=r"^http_address: "):
        check_address(load_settings(http_address="0.0.0.0:8080"))
    with pytest.raises(FailedPreconditionError, match=r"^http_address: "):
        check_address(load_settings(http_address="8080"))
    check_address(load_settings(http_address=""))
    with pytest.raises(FailedPreconditionError, match=r"^http_address: .* plain text"):
        check_address(load_settings(http_address="0.0.0.0:8080", token="secret"))
    guarded = {"token": "secret", "allow_remote_without_tls": True}
    check_address(load_settings(http_address="0.0.0.0:8080", **guarded))


@pytest.fixture
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LANTERNIST_ADDRESS", raising=False)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, "TOKEN_MISSING"),
        ({"authorization": ""}, "TOKEN_MISSING"),
        ({"authorization": "secret"}, "TOKEN_WRONG"),
        ({"authorization": "Bearer secre"}, "TOKEN_WRONG"),
        ({"authorization": "Bearer sécret"}, "TOKEN_WRONG"),
    ],
)
def test_the_token_is_checked(metadata: dict[str, str], reason: str) -> None:
    guard = token_guard("secret")
    guard({"authorization": "Bearer secret"})
    with pytest.raises(UnauthenticatedError) as caught:
        guard(metadata)
    assert caught.value.reason == reason
    assert "secret" not in caught.value.message
