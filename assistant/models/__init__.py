"""The models: verified weights, the embedded engine, the only door to an endpoint, prompts and tokens."""
