"""Transcription engines, one a file, found through entry points and never imported here."""
