"""Files that the system made or was given, by the hash of their bytes."""
