"""`python -m orchestrator.cli`: the same as `lanternist`."""

from orchestrator.cli import main

main()
