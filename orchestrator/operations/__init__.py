"""Long-running operations: their store and the standard service over it."""
