"""`ModelProgress`: shows on the terminal how the fetching of weights gets on.

Bars when standard error is a terminal, a line for each download when it is a log. Standard output
is never touched: it belongs to the command's result.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from models.progress import ProgressEvent, Stage

_WORDS: Mapping[Stage, str] = MappingProxyType(
    {
        "waiting": "waiting for another process to fetch",
        "downloading": "downloading",
        "extracting": "unpacking",
        "verifying": "verifying",
        "building": "building",
    }
)
_LOGGED: frozenset[Stage] = frozenset({"waiting", "downloading", "building"})


class ModelProgress:
    """A `models.progress.Progress` that draws; use it as a context manager.

    Args:
        console: Where to draw; standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.fields[model]}", style="bold"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._shown: tuple[str, Stage, str] | None = None
        self._logged: set[tuple[str, Stage, str]] = set()

    def __enter__(self) -> ModelProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, event: ProgressEvent, /) -> None:
        """Shows an event: moves its bar, or writes its line the first time."""
        key = (event.model_id, event.stage, event.item)
        words = f"{_WORDS[event.stage]} {event.item}"
        if not self._console.is_terminal:
            if event.stage in _LOGGED and key not in self._logged:
                self._logged.add(key)
                self._console.print(f"{event.model_id}: {words}", highlight=False, soft_wrap=True)
            return
        if key != self._shown or self._task is None:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(words, model=event.model_id, total=event.total_bytes)
            self._shown = key
        self._bars.update(self._task, completed=event.done_bytes, total=event.total_bytes)
