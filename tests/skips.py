"""A pytest plugin (`-p tests.skips`): the last lines say what was skipped and why; CI=true allows no skip."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_skipped: list[tuple[str, str]] = []


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        longrepr = report.longrepr
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
        _skipped.append((report.nodeid, reason.removeprefix("Skipped: ")))


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note a skipped test."""
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Note a module that was skipped as a whole."""
    _note(report)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Turn skips into a failure where CI promised that everything runs."""
    if _skipped and _in_ci() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Print after everything else."""
    for nodeid, reason in _skipped:
        print(f"skipped: {nodeid}: {reason}")
    if not _skipped:
        print("skipped: nothing")
    elif _in_ci():
        print(f"FAILED: {len(_skipped)} skipped, and CI=true allows none.")
