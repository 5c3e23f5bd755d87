"""What the four model services share: calls, batching, processes, the engine registry."""
