"""Who may ask: names, origins, tokens, and the headers that keep a browser in check."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import SecretStr

from lanternist.v1 import text_pb2
from tests.unit.orchestrator.conftest import EchoText
from tests.unit.orchestrator.gateways.conftest import OpenGateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = text_pb2.DESCRIPTOR.services_by_name["TextService"]
CHAT = {"model": "m", "messages": [{"role": "user", "content": "one two"}]}


class TestWhoAsks:
    """Names, origins, tokens, on every address alike."""

    @pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/v1/models", "/mcp", "/studio/"])
    async def test_another_name_is_refused(
        self, gateway: str, http: httpx2.AsyncClient, path: str
    ) -> None:
        answer = await http.get(f"http://{gateway}{path}", headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert answer.json()["error"]["code"] == "host_not_allowed"

    async def test_another_sites_page_is_refused(
        self, gateway: str, http: httpx2.AsyncClient
    ) -> None:
        url = f"http://{gateway}/v1/chat/completions"
        answer = await http.post(url, json=CHAT, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        assert (await http.options(url, headers=preflight)).status_code == 403

    async def test_a_page_that_settings_allow(
        self, open_gateway: OpenGateway, http: httpx2.AsyncClient
    ) -> None:
        origin = "https://app.example"
        address = await open_gateway(
            (TEXTS, EchoText()), http_allowed_origins=(origin,), token=SecretStr("t")
        )
        url = f"http://{address}/v1/chat/completions"
        preflight = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type",
        }
        answer = await http.options(url, headers=preflight)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
        sent = {"origin": origin, "authorization": "Bearer t"}
        answer = await http.post(url, json=CHAT, headers=sent)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Origin" in answer.headers["vary"]

    async def test_a_token_where_one_is_set(
        self, open_gateway: OpenGateway, http: httpx2.AsyncClient
    ) -> None:
        address = await open_gateway((TEXTS, EchoText()), token=SecretStr("right"))
        url = f"http://{address}/v1/chat/completions"
        for given, code in ((None, "token_missing"), ("Bearer wrong", "token_wrong")):
            headers = {"authorization": given} if given else {}
            answer = await http.post(url, json=CHAT, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
            assert answer.headers["www-authenticate"] == "Bearer"
        right = {"authorization": "Bearer right"}
        assert (await http.post(url, json=CHAT, headers=right)).status_code == 200
        assert (await http.get(f"http://{address}/metrics")).status_code == 401
        assert (await http.get(f"http://{address}/studio/api/models")).status_code == 401
        assert (await http.get(f"http://{address}/studio//api/models")).status_code in (401, 404)
        assert (await http.get(f"http://{address}/health/live")).status_code == 200

    async def test_headers_that_keep_a_browser_in_check(
        self, gateway: str, http: httpx2.AsyncClient
    ) -> None:
        for path in ("/health/live", "/nope", "/openapi.json"):
            headers = (await http.get(f"http://{gateway}{path}")).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-request-id"]
            assert "server" not in headers
