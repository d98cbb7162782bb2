"""Shared language: what a text says that a listener would hear as blame, a guess or a matter for a person."""
