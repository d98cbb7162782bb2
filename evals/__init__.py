"""Evals: data sets, subjects, suites, scorers and the report that prints what a model, prompt or rule is worth.

A suite's cases go to a subject, its answers to scorers, the outcomes into a run, and a run into a page, a comparison
or the gate. Knows the product only through ``assistant.coach`` and the shapes of ``contracts``; the scorers import
nothing that decides in the product.
"""
