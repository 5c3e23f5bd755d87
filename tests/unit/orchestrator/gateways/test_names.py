"""Whose name a request may call the server by, and whose page it may come from."""

from __future__ import annotations

import pytest

from lanternist.runtime.errors import PermissionDeniedError
from orchestrator.gateways.names import Names
from orchestrator.gateways.refusals import HttpError

LOCAL = Names("127.0.0.1:8080", (), ())
ELSEWHERE = Names("0.0.0.0:80", ("lantern.example", "*.lan"), ("https://app.example",))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "127.0.0.1", "localhost", "LocalHost:9", "[::1]:8080", "127.0.0.2:8080"],
)
def test_this_machines_names(host: str) -> None:
    LOCAL.check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.5:8080",
        "localhost:x",
        "user@localhost",
        "localhost/..",
        "[::1",
        "0.0.0.0:8080",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    with pytest.raises(HttpError) as caught:
        LOCAL.check_host(host)
    assert (caught.value.status, caught.value.reason) == (421, "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("host", ["lantern.example:80", "a.lan", "10.1.2.3", "localhost"])
def test_names_from_settings_and_numbers(host: str) -> None:
    ELSEWHERE.check_host(host)


@pytest.mark.parametrize("host", ["lan", "evil.example", "alan", "lantern.example.evil"])
def test_names_that_only_look_like_ours(host: str) -> None:
    with pytest.raises(HttpError):
        ELSEWHERE.check_host(host)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {}),
        ("POST", {"origin": "http://localhost:8080"}),
        ("POST", {"origin": "https://localhost:8080"}),
        ("POST", {"origin": "https://App.example"}),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
        ("GET", {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}),
        ("GET", {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}),
    ],
)
def test_who_may_ask(method: str, headers: dict[str, str]) -> None:
    ELSEWHERE.check_origin(method, {"host": "localhost:8080", **headers})


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"origin": "https://evil.example"}),
        ("POST", {"origin": "null"}),
        ("POST", {"origin": "http://localhost:3000"}),
        ("POST", {"origin": "ftp://localhost:8080"}),
        ("POST", {"origin": "https://app.example.evil"}),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}),
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
    ],
)
def test_pages_of_other_sites_may_not(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(PermissionDeniedError):
        ELSEWHERE.check_origin(method, {"host": "localhost:8080", **headers})
