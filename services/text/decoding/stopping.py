"""`StopScanner`: ends a stream of text at the first stop sequence, wherever token borders fall.

It knows strings only: neither tokens nor models.
"""

from __future__ import annotations

from collections.abc import Sequence


class StopScanner:
    """Passes text on, but holds back what may be the beginning of a stop sequence.

    Args:
        stops: The sequences; none of them empty. Without any, text passes straight through.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """Takes the next piece, and returns what may be shown now (perhaps nothing).

        Once a stop sequence is complete, `stopped` is True and nothing more comes out.
        """
        if self.stopped:
            return ""
        if not self._stops:
            return text
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        shown = len(text) - self._longest_beginning_at_end(text)
        self._held = text[shown:]
        return text[:shown]

    def flush(self) -> str:
        """What was held back in vain; call it when the text ends for another reason."""
        held, self._held = self._held, ""
        return held

    def _longest_beginning_at_end(self, text: str) -> int:
        longest = 0
        for stop in self._stops:
            for size in range(min(len(stop) - 1, len(text)), longest, -1):
                if text.endswith(stop[:size]):
                    longest = size
                    break
        return longest
