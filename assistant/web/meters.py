"""Counts for whoever runs the installation, in Prometheus' form. Knows kinds of paths, codes and seconds.

Never a text, a name, an address or a whole path: what is counted here could stand on a wall.
"""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from assistant.web.guard import App, Message, Receive, Scope, Send

FORM = "text/plain; version=0.0.4; charset=utf-8"
_KINDS = (
    ("/gradio_api/queue/data", "stream"),
    ("/gradio_api/heartbeat", "heartbeat"),
    ("/gradio_api/", "event"),
    ("/api/v1/", "api"),
    ("/log", "login"),
    ("/knowledge/", "upload"),
    ("/assets/", "program"),
    ("/static/", "program"),
)
_METHODS = frozenset(("GET", "HEAD", "POST"))


class Meters:
    """The counts of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "benchcoach_requests", "Requests answered.", ("kind", "method", "code"), registry=self._registry
        )
        self._seconds = Histogram(
            "benchcoach_request_seconds", "Until an answer ended.", ("kind",), registry=self._registry,
            buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120),
        )  # fmt: skip
        self._open = Gauge("benchcoach_open_answers", "Answers under way.", ("kind",), registry=self._registry)

    def text(self) -> bytes:
        """Return every count."""
        return generate_latest(self._registry)

    def around(self, app: App) -> App:
        """Return an app with its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            kind, code, since = _kind(str(scope["path"])), "none", time.perf_counter()

            async def sending(message: Message) -> None:
                nonlocal code
                if message["type"] == "http.response.start":
                    code = str(message["status"])
                await send(message)

            self._open.labels(kind).inc()
            try:
                await app(scope, receive, sending)
            finally:
                self._open.labels(kind).dec()
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._requests.labels(kind, method, code).inc()
                self._seconds.labels(kind).observe(time.perf_counter() - since)

        return counted


def _kind(path: str) -> str:
    return next((kind for start, kind in _KINDS if path.startswith(start)), "page")
