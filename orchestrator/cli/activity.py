"""`Activity`: one line on the terminal that says what a command is waiting for.

Drawn on standard error, and only when that is a terminal. It reads the events that every service
may send before its results, and knows no service.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Activity:
    """A status line with an optional bar; use it as a context manager.

    Args:
        words: What is going on at first.
    """

    def __init__(self, words: str) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(words, total=None)
        self._words = words

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def watch(self, event: Any) -> None:
        """Shows a `queued`, `loading` or `progress` event; leaves others alone."""
        match event.WhichOneof("event"):
            case "queued" if event.queued.position:
                self._show(f"waiting, {event.queued.position} ahead")
            case "queued":
                self._show(self._words)
            case "loading":
                self._show(f"loading {event.loading.model}")
            case "progress":
                self._show(self._words, event.progress.step, event.progress.step_count)

    def reached(self, words: str, done: float, total: float | None = None) -> None:
        """Shows how far the work has come."""
        self._show(words, done, total)

    def _show(self, words: str, done: float = 0, total: float | None = None) -> None:
        self._progress.update(self._task, description=words, completed=done, total=total)
