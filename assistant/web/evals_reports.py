"""Reports of the evals at addresses of their own, so that a browser can open, print and keep them.

Knows the tab's desk and FastAPI. A report carries its own content policy and runs no script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Response

from assistant.errors import BenchcoachError
from assistant.web.evals_tab import EvalsTab
from assistant.web.evals_view import BESIDE, REPORT, TABLE

NOT_THERE = 404


def offer(app: FastAPI, tab: EvalsTab) -> None:
    """Serve the reports of the tab's runs."""

    @app.get(REPORT)
    def report(run: str, baseline: str = "") -> Response:
        return _html(lambda: tab.desk.report(run, baseline))

    @app.get(BESIDE)
    def beside(run: Annotated[list[str], Query()]) -> Response:
        return _html(lambda: tab.desk.beside(run))

    @app.get(TABLE)
    def table(run: str) -> Response:
        return _html(lambda: tab.desk.table(run), kind="text/csv")


def _html(make: Callable[[], str], kind: str = "text/html") -> Response:
    try:
        return Response(make(), media_type=kind)
    except BenchcoachError as error:
        return Response(str(error), status_code=NOT_THERE, media_type="text/plain")
