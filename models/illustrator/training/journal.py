"""What a run says while it runs: lines for people on stderr, JSON lines for programs in a file.

Knows nothing of networks; only names and numbers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from models.illustrator.training.budget import Budget


class Journal:
    """The record of a run.

    Args:
        path: The JSON-lines file; appended to.
        out: Where people read.
        every: Seconds between lines for people; on a terminal one line is rewritten instead.
    """

    def __init__(self, path: Path, out: TextIO | None = None, every: float = 20.0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._every = 0.5 if self._live else every
        self._shown = 0.0
        self._open_line = False

    def note(self, stage: str, event: str, **facts: Any) -> None:
        """Records something worth keeping, and shows it."""
        self._write({"stage": stage, "event": event, **facts})
        told = "  ".join(f"{key} {_short(value)}" for key, value in facts.items())
        self._end_line()
        self._out.write(f"{stage:<12} {event:<12} {told}\n".rstrip() + "\n")
        self._out.flush()

    def progress(
        self,
        stage: str,
        *,
        step: int,
        samples: int,
        rate: float,
        budget: Budget,
        left_seconds: float | None = None,
        **facts: float,
    ) -> None:
        """Shows and records how far a stage is, if some time has passed since it was last shown.

        Args:
            stage: Which.
            step: Steps done.
            samples: Samples seen.
            rate: Samples a second.
            budget: Of the stage.
            left_seconds: Until it ends, when that is not what the budget has left.
            facts: Losses and the like.
        """
        now = time.monotonic()
        if now - self._shown < self._every:
            return
        self._shown = now
        left = budget.left_seconds if left_seconds is None else left_seconds
        self._write(
            {
                "stage": stage,
                "event": "progress",
                "step": step,
                "samples": samples,
                "samples_per_second": round(rate, 2),
                "elapsed_seconds": round(budget.elapsed, 1),
                "left_seconds": round(left, 1),
                **{k: round(v, 6) for k, v in facts.items()},
            }
        )
        told = "  ".join(f"{key} {_short(value)}" for key, value in facts.items())
        line = (
            f"{stage:<12} step {step}  {samples} seen  {rate:.1f}/s  {told}  "
            f"{budget.elapsed / 60:.1f} min, {left / 60:.1f} min to go"
        )
        if self._live:
            self._out.write(f"\r\x1b[2K{line}")
            self._open_line = True
        else:
            self._out.write(line + "\n")
        self._out.flush()

    def _end_line(self) -> None:
        if self._open_line:
            self._out.write("\n")
            self._open_line = False

    def _write(self, entry: dict[str, Any]) -> None:
        stamped = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(stamped) + "\n")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
