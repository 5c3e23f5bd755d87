"""What the diffusers engine is made of: options, loading, running step by step, previews."""
