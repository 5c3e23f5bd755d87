"""Text engines, one file a backend. They are found through entry points, never imported here."""
