"""Runs the benches and prints their tables, as Markdown.

    python -m tests.bench                     all of them
    python -m tests.bench voice text          only these
    python -m tests.bench --write README.md   and puts the tables between the file's bench markers

Every bench module has a docstring whose first line is its title, and `rows()` returning one mapping
a row, the same keys in each. A bench compares with a named peer in the same run; figures are
medians. No bench asserts: it reports, and says what fell short.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

BENCHES = (
    "orchestrator",
    "routing",
    "gateway",
    "voice",
    "transcription",
    "text",
    "image",
    "story",
    "chaos",
    "exports",
    "verification",
    "marks",
    "attribution",
    "mood",
    "telling",
    "segmentation",
    "planning",
    "scores",
)
_MARKERS = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Lays rows out as a Markdown table."""
    if not rows:
        return "(no rows)"
    heads = list(rows[0])
    lines = [heads, ["---"] * len(heads), *([str(row.get(h, "")) for h in heads] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """What the figures were measured on, in a line."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file() and (found := re.search(r"model name\s*: (.+)", cpuinfo.read_text())):
        model = found[1]
    return f"{os.cpu_count()} cores ({model}), no GPU, Python {platform.python_version()}"


def run(name: str) -> tuple[str, bool]:
    """Runs one bench; its section in Markdown, and whether it ended without an error."""
    module = importlib.import_module(f"tests.bench.{name}")
    title = (module.__doc__ or name).splitlines()[0].rstrip(".")
    started = time.perf_counter()
    try:
        body, good = table(module.rows()), True
    except Exception:
        traceback.print_exc()
        body, good = "The bench failed; see the log.", False
    seconds = time.perf_counter() - started
    command = f"`python -m tests.bench {name}`, {seconds:.0f} s"
    return f"**{title}** ({command})\n\n{body}\n", good


def main() -> int:
    """Parses the command line, runs the benches, prints and perhaps writes their tables."""
    parser = argparse.ArgumentParser(description="Runs the benches and prints their tables.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHES)}")
    parser.add_argument("--write", type=Path, help="file whose bench section is replaced")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    sections, good = [f"Measured on {machine()}.\n"], True
    for name in options.names or BENCHES:
        section, fine = run(name)
        sections.append(section)
        good &= fine
        print(section, flush=True)
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        options.write.write_text(
            _MARKERS.sub(lambda m: m[1] + "\n".join(sections) + m[2], text), encoding="utf-8"
        )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
