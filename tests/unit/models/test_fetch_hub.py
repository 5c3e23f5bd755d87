"""The hub as a source, against a local HTTP server that speaks the part of its interface we use."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORIES = {
    "o/good": {"config.json": b"{}", "unet/model.safetensors": b"weights " * 5000},
    "o/pickled": {"config.json": b"{}", "pytorch_model.bin": b"\x80\x02}q\x00."},
}


class _Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/o/gated/"):
            return self._send(b"", 403, **{"X-Error-Code": "GatedRepo"})
        for name, files in REPOSITORIES.items():
            if path.startswith(f"/api/models/{name}/revision/"):
                listed = [{"rfilename": file} for file in files]
                return self._send({"id": name, "sha": COMMIT, "siblings": listed})
            if path.startswith(f"/api/models/{name}/tree/"):
                return self._send(
                    [
                        {"type": "file", "path": file, "size": len(content), "oid": "0" * 40}
                        for file, content in files.items()
                    ]
                )
            if path.startswith(f"/{name}/resolve/"):
                file = path.removeprefix(f"/{name}/resolve/").partition("/")[2]
                if file in files:
                    tag = hashlib.sha256(files[file]).hexdigest()
                    return self._send(files[file], ETag=f'"{tag}"', **{"X-Repo-Commit": COMMIT})
                return self._send(b"", 404, **{"X-Error-Code": "EntryNotFound"})
        return self._send(b"", 404, **{"X-Error-Code": "RepoNotFound"})

    def _send(self, body: Any, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _run(endpoint: str, folder: Path, *cards: dict[str, Any]) -> list[dict[str, Any]]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(folder / "hf"),
        "LANTERNIST_CACHE": str(folder / "cache"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    script = Path(__file__).with_name("hub_client.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        input=json.dumps(cards),
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def _source(repo_id: str, **more: Any) -> dict[str, Any]:
    return {"kind": "hub", "repo_id": repo_id, **more}


def _pinned(content: bytes) -> dict[str, Any]:
    return {
        "name": "model.safetensors",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }


def test_the_hub_as_a_source(hub: str, tmp_path: Path) -> None:
    good = REPOSITORIES["o/good"]
    weights = good["unet/model.safetensors"]
    paths = {"model.safetensors": "unet/model.safetensors"}
    everything = {"id": "open", "sources": [_source("o/good", allow_patterns=["*.json", "*/*"])]}

    pinned, other_bytes, unpinned, pickled, gated, nowhere, wrong_path = _run(
        hub,
        tmp_path,
        {"id": "pinned", "files": [_pinned(weights)], "sources": [_source("o/good", paths=paths)]},
        {
            "id": "other",
            "files": [_pinned(b"W" + weights[1:])],
            "sources": [_source("o/good", paths=paths)],
        },
        everything,
        {"id": "pickled", "sources": [_source("o/pickled", allow_patterns=["*"])]},
        {"id": "gated", "sources": [_source("o/gated", allow_patterns=["*"])]},
        {"id": "nowhere", "sources": [_source("o/nowhere", allow_patterns=["*"])]},
        {
            "id": "path",
            "files": [_pinned(weights)],
            "sources": [_source("o/good", paths={"model.safetensors": "none.safetensors"})],
        },
    )

    assert pinned == {
        "before": "not fetched",
        "after": "cached",
        "verified": True,
        "files": {"model.safetensors": weights.decode()},
        "leftovers": [],
        "told_bytes": len(weights),
    }
    assert other_bytes["reason"] == "CHECKSUM_MISMATCH"
    assert "hub o/good: model.safetensors (wrong SHA-256)" in other_bytes["message"]
    assert (unpinned["before"], unpinned["after"], unpinned["verified"]) == ("hub", "cached", False)
    assert unpinned["files"] == {name: content.decode() for name, content in good.items()}
    assert pickled["reason"] == "PICKLE_REFUSED"
    assert gated["reason"] == "HUB_REPOSITORY_GATED"
    assert nowhere["reason"] == "HUB_REPOSITORY_MISMATCH"
    assert wrong_path["reason"] == "MODEL_WEIGHTS_MISSING"
    assert "does not offer what the card names" in wrong_path["message"]

    offline, never_seen = _run(
        "http://127.0.0.1:9",  # nothing listens there
        tmp_path,
        everything,
        {"id": "new", "sources": [_source("o/unseen", allow_patterns=["*"])]},
    )
    assert offline["files"] == unpinned["files"]  # from the hub client's cache
    assert never_seen["reason"] == "MODEL_WEIGHTS_UNAVAILABLE"
    assert "LANTERNIST_MODEL_PATH" in never_seen["message"]
