"""The specialists: one process per modality, independent of each other."""
