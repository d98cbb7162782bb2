"""Benchcoach: a manager's draft feedback becomes objective shared language."""

__version__ = "0.1.0"
