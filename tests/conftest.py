"""What every test relies on, however the suite was started."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A suite started in the background inherits an ignored SIGINT, and so would every process that it
# starts: interruptions could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, on fast machines and on busy ones: what fails, fails everywhere,
# and because of a change. `--hypothesis-profile=default` looks for new ones.
settings.register_profile(
    "lanternist",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lanternist")
