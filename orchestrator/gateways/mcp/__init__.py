"""The Model Context Protocol in front of the orchestrator: tools, progress, resources."""
