"""Marks what this installation makes, and tells what a file's mark is worth (C2PA)."""
