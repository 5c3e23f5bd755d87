"""Benches: each compares with a named peer in the same run; `python -m tests.bench` runs them."""

import os

# The services let waiting threads sleep (see `services/text/__main__.py`); the peers, which run in
# this process, get the same. Read by the libraries that compute, when they are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
