"""The suites by name. A new one is a module with a ``SUITE``, and a line here."""

from __future__ import annotations

from assistant.errors import InputError
from evals.suite import Suite
from evals.suites import checking, debriefing, fairness, practising, rewriting, safety, searching

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        rewriting.SUITE,
        practising.SUITE,
        debriefing.SUITE,
        checking.SUITE,
        searching.SUITE,
        safety.SUITE,
        fairness.SUITE,
    )
}
ALL = "all"
SUBJECTS = ("product", "rules", "plain", "examples")


def chosen(name: str, subject: str) -> list[Suite]:
    """Return the suites that ``name`` means for a subject. Raises InputError for a suite or subject that is none."""
    if subject not in SUBJECTS:
        raise InputError("There is no such subject.", hint=f"Choose {', '.join(SUBJECTS)}.")
    if name == ALL:
        return [suite for suite in SUITES.values() if subject in suite.subjects]
    if name not in SUITES:
        raise InputError("There is no such suite.", hint=f"Choose {', '.join(SUITES)} or {ALL}.")
    suite = SUITES[name]
    if subject not in suite.subjects:
        raise InputError(
            f"The suite {name} cannot measure {subject}: there is nothing of the kind to ask it.",
            hint=f"Choose {' or '.join(suite.subjects)}.",
        )
    return [suite]
