"""Image engines, one file a backend; the registry finds them through entry points."""
