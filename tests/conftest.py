"""What every test relies on, however the suite was started."""

from __future__ import annotations

import signal

# A suite started in the background inherits an ignored SIGINT, and so would every process that it
# starts: interruptions could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
