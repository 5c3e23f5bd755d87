"""Gateways: other protocols in front of the orchestrator. They translate and nothing else."""
