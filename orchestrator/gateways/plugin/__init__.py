"""The plugin package: Lanternist as an agent of Microsoft 365 Copilot."""
