"""`/openapi.json` is true: schemathesis drives the running server by it, and against it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.e2e.stack import ROOT, Stack

SECONDS = "28"
ANSWERED = (
    "/v1/models",
    "/v1/models/{model}",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/images/variations",
    "/v1/audio/speech",
    "/v1/audio/transcriptions",
    "/health",
    "/metrics",
)


def answered(stack: Stack) -> dict[tuple[str, str], float]:
    """Requests answered so far, by route and status."""
    text = httpx2.get(f"http://{stack.http}/metrics").text
    pattern = re.compile(
        r'lanternist_http_requests_total\{method="\w+",route="([^"]+)",status="(\d+)"\} (\S+)'
    )
    counts: dict[tuple[str, str], float] = {}
    for route, status, count in pattern.findall(text):
        counts[route, status] = counts.get((route, status), 0) + float(count)
    return counts


def test_the_document_is_true(fake_stack: Stack, tmp_path: Path) -> None:
    """Statuses, types and bodies as described; what it forbids is refused; no defect of ours."""
    before = answered(fake_stack)
    program = Path(sys.executable).parent / "schemathesis"
    told = subprocess.run(
        [
            program,
            *("run", f"http://{fake_stack.http}/openapi.json"),
            *("--checks", "all"),
            # Rules between fields, such as "partial_images is for streams", are not in a schema.
            *("--exclude-checks", "positive_data_acceptance"),
            *("--phases", "coverage,fuzzing", "--max-examples", "6", "--max-time", SECONDS),
            *("--seed", "1", "--generation-database", "none", "--no-color", "--warnings", "off"),
            *("--max-failures", "5"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks",
            "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    after = answered(fake_stack)
    cut_short = "Time limit reached" in told.stdout  # on a busy machine
    for route in () if cut_short else ANSWERED:
        more = after.get((route, "200"), 0) - before.get((route, "200"), 0)
        assert more > 0, f"{route} was never answered with 200"
    assert not [key for key in after if key[1] >= "500" and after[key] > before.get(key, 0)]
