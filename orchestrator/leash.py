"""Runs a command that dies with its parent: `python leash.py PARENT_PID COMMAND…`.

Linux kills the process when the parent's thread ends, however it ends; the setting survives the
`exec` of the command. A file of its own, run without site-packages, so that it costs a few
milliseconds; it imports nothing of this project.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(parent: int, command: list[str]) -> None:
    """Ties this process to its parent and becomes the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit(0)
    os.execv(command[0], command)  # noqa: S606 - the supervisor's own command, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
