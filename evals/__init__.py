"""Evals: data sets, subjects, scorers and the runner that prints what a model, prompt or rule is worth.

Knows the product only through ``assistant.coach`` and the shapes of ``contracts``; the scorers
import nothing of it.
"""
