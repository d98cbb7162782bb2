"""Benchcoach: a manager's draft feedback becomes objective shared language."""

import os

__version__ = "0.1.0"

# numpy's threads go on spinning for some 20 ms after each product of matrices, and take the processor from whoever
# works next: a search took twice as long, and the engine waits too. Read once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
