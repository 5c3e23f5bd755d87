"""The conductor: one gRPC door, the services behind it, stories, assets and operations."""
