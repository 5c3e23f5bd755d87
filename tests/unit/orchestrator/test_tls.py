"""Encrypted doors: who gets in, what others are told, renewed files, and files that will not do."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError, LanternistError, UnavailableError
from lanternist.runtime.sections import TlsSettings
from lanternist.runtime.settings import load_settings
from orchestrator.clients.channel import Connection
from orchestrator.clients.tls import ClientTls
from orchestrator.door import Door
from orchestrator.gateways.http_door import HttpDoor
from orchestrator.tls import ServerTls
from tests.authority import Authority, Pair

NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("theirs"), "Another authority")


@pytest.fixture(scope="module")
def pair(ours: Authority) -> Pair:
    return ours.issue("server")


def serving(pair: Pair, **more: Any) -> TlsSettings:
    return TlsSettings(certificate_chain=pair.chain, private_key=pair.key, **more)


@contextlib.asynccontextmanager
async def grpc_door(tls: TlsSettings) -> AsyncIterator[str]:
    door = Door([], guard=None, most_calls=10)
    address = await door.open("127.0.0.1:0", tls=ServerTls.of(tls))
    await door.set_health([""], serving=True)
    yield address
    await door.close(0)


async def called(address: str, tls: TlsSettings, **more: Any) -> int:
    """Health as a client with these settings gets it."""
    connection = Connection(address, tls=ClientTls.of(tls, address), **more)
    try:
        check = health_pb2_grpc.HealthStub(connection.channel).Check
        request = health_pb2.HealthCheckRequest()
        answer: health_pb2.HealthCheckResponse = await connection.unary(
            check, request, Call("id", 20.0)
        )
        return int(answer.status)
    finally:
        await connection.close()


async def refusal(address: str, tls: TlsSettings) -> LanternistError:
    with pytest.raises(LanternistError) as caught:
        await called(address, tls)
    return caught.value


async def test_who_believes_the_authority_gets_in(ours: Authority, pair: Pair) -> None:
    async with grpc_door(serving(pair)) as address:
        assert await called(address, TlsSettings(ca=str(ours.root))) == 1
        # On the server's own machine its settings are enough.
        assert await called(address, serving(pair)) == 1


async def test_plain_text_is_refused_with_a_word_about_tls(pair: Pair) -> None:
    async with grpc_door(serving(pair)) as address:
        error = await refusal(address, TlsSettings())
    assert isinstance(error, UnavailableError)
    assert "TLS (tls.ca)" in error.message


async def test_another_authority_is_not_believed(theirs: Authority, pair: Pair) -> None:
    async with grpc_door(serving(pair)) as address:
        error = await refusal(address, TlsSettings(ca=str(theirs.root)))
    assert error.reason == "TLS_HANDSHAKE_FAILED"
    assert "tls.ca" in error.message


async def test_a_server_without_tls_is_named_as_such(ours: Authority) -> None:
    async with grpc_door(TlsSettings()) as address:
        error = await refusal(address, TlsSettings(ca=str(ours.root)))
    assert "speaks no TLS" in error.message


async def test_the_name_on_the_certificate_counts(ours: Authority) -> None:
    pair = ours.issue("elsewhere", host="stories.example.org")
    async with grpc_door(serving(pair)) as address:
        error = await refusal(address, TlsSettings(ca=str(ours.root)))
        assert "tls.server_name" in error.message
        named = TlsSettings(ca=str(ours.root), server_name="stories.example.org")
        assert await called(address, named) == 1
        assert await called(address, serving(pair)) == 1


async def test_clients_show_certificates_where_they_must(
    ours: Authority, theirs: Authority, pair: Pair
) -> None:
    friend, stranger = ours.issue("friend"), theirs.issue("stranger")

    def shows(client: Pair) -> TlsSettings:
        return TlsSettings(
            ca=str(ours.root), client_certificate=client.chain, client_key=client.key
        )

    async with grpc_door(serving(pair, client_ca=ours.root)) as address:
        assert await called(address, shows(friend)) == 1
        for outsider in (TlsSettings(ca=str(ours.root)), shows(stranger)):
            error = await refusal(address, outsider)
            assert "tls.client_certificate" in error.message


async def test_http_is_encrypted_too(ours: Authority, theirs: Authority, pair: Pair) -> None:
    friend = ours.issue("browser")
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.url.scheme))])
    door = HttpDoor(app, most_connections=10, tls=ServerTls.of(serving(pair, client_ca=ours.root)))
    address = await door.open("127.0.0.1:0", 1.0)
    trusting = ssl.create_default_context(cafile=str(ours.root))
    with pytest.raises(httpx2.TransportError):
        await fetched(f"http://{address}/", True)
    with pytest.raises(httpx2.TransportError):
        await fetched(f"https://{address}/", ssl.create_default_context(cafile=str(theirs.root)))
    with pytest.raises(httpx2.TransportError):
        await fetched(f"https://{address}/", trusting)
    trusting.load_cert_chain(friend.chain, friend.key)
    assert await fetched(f"https://{address}/", trusting) == "https"
    await door.close()


async def fetched(url: str, verify: ssl.SSLContext | bool) -> str:
    async with httpx2.AsyncClient(verify=verify) as client:
        return (await client.get(url)).text


async def test_a_renewed_certificate_counts_at_once_and_a_broken_one_does_not(
    tmp_path: Path, ours: Authority
) -> None:
    live = Pair(tmp_path / "chain.pem", tmp_path / "key.pem")

    def install(pair: Pair) -> None:
        shutil.copy(pair.chain, live.chain)
        shutil.copy(pair.key, live.key)

    def knows(host: str) -> TlsSettings:
        return TlsSettings(ca=str(ours.root), server_name=host)

    install(ours.issue("first", host="first.example"))
    tls = ServerTls(serving(live))
    door = Door([], guard=None, most_calls=10)
    address = await door.open("127.0.0.1:0", tls=tls)
    await door.set_health([""], serving=True)
    web = HttpDoor(Starlette(), most_connections=10, tls=tls)
    web_address = await web.open("127.0.0.1:0", 1.0)
    trusting = ssl.create_default_context(cafile=str(ours.root))

    async def web_knows(host: str) -> bool:
        name, _, port = web_address.rpartition(":")
        try:
            _, writer = await asyncio.open_connection(
                name, int(port), ssl=trusting, server_hostname=host
            )
        except ssl.SSLCertVerificationError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    assert await called(address, knows("first.example")) == 1
    install(ours.issue("second", host="second.example"))
    assert await web_knows("second.example")
    assert not await web_knows("first.example")
    assert await called(address, knows("second.example")) == 1
    live.key.write_text("half of it")
    assert await called(address, knows("second.example")) == 1
    assert await web_knows("second.example")
    await web.close()
    await door.close(0)


def missing(tmp_path: Path, pair: Pair, other: Pair) -> TlsSettings:
    return TlsSettings(certificate_chain=tmp_path / "none.pem", private_key=pair.key)


def swapped(tmp_path: Path, pair: Pair, other: Pair) -> TlsSettings:
    return TlsSettings(certificate_chain=pair.chain, private_key=other.key)


def no_chain(tmp_path: Path, pair: Pair, other: Pair) -> TlsSettings:
    return TlsSettings(certificate_chain=pair.key, private_key=pair.key)


def no_key(tmp_path: Path, pair: Pair, other: Pair) -> TlsSettings:
    return TlsSettings(certificate_chain=pair.chain, private_key=pair.chain)


def no_authority(tmp_path: Path, pair: Pair, other: Pair) -> TlsSettings:
    return serving(pair, client_ca=pair.key)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (missing, r"^tls\.certificate_chain: .*none\.pem cannot be read: No such file"),
        (swapped, r"^tls\.private_key: is not the key of the first certificate"),
        (no_chain, r"^tls\.certificate_chain: holds no PEM certificates"),
        (no_key, r"^tls\.private_key: holds no private key"),
        (no_authority, r"^tls\.client_ca: holds no PEM certificates"),
    ],
)
def test_files_that_will_not_do_are_named_at_the_start(
    tmp_path: Path,
    ours: Authority,
    pair: Pair,
    spoil: Callable[[Path, Pair, Pair], TlsSettings],
    says: str,
) -> None:
    with pytest.raises(FailedPreconditionError, match=says):
        ServerTls.of(spoil(tmp_path, pair, ours.issue("other")))


def test_a_certificate_that_ran_out_is_named(ours: Authority) -> None:
    with pytest.raises(FailedPreconditionError, match=r"^tls\.certificate_chain: ran out on 20"):
        ServerTls.of(serving(ours.issue("old", days=-1)))


def test_clients_name_the_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match=r"^tls\.ca: .* cannot be read"):
        ClientTls.of(TlsSettings(ca=str(tmp_path / "none")), NOWHERE)


def test_no_encryption_where_none_is_asked_for(pair: Pair) -> None:
    assert ServerTls.of(TlsSettings()) is None
    assert ClientTls.of(TlsSettings(), NOWHERE) is None
    assert ClientTls.of(serving(pair), "unix:/run/here.sock") is None
    assert ClientTls.of(TlsSettings(ca="system"), NOWHERE) is not None


@pytest.mark.parametrize(
    "tls",
    [{"certificate_chain": "a"}, {"private_key": "a"}, {"client_ca": "a"}, {"client_key": "a"}],
)
def test_settings_that_need_each_other(tls: dict[str, str]) -> None:
    with pytest.raises(FailedPreconditionError, match="tls"):
        load_settings(tls=tls)
