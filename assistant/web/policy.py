"""What a browser may run and load for an answer: the Content-Security-Policy. Knows headers and scripts, no request.

Gradio's page holds inline scripts, among them its configuration, which differs between answers. Each is allowed by its
hash, so that no other inline script runs, whatever gets into the page later. Two words stay that one would rather be
without: Gradio compiles the hooks of its events (``js=``) with the constructor of functions, which needs
``unsafe-eval``, and it sets styles on elements, which needs ``unsafe-inline`` for styles.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable

_SCRIPT = re.compile(rb"<script\b(?P<how>[^>]*)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)
_FETCHED = re.compile(rb"\bsrc\s*=", re.IGNORECASE)


def policy(hashes: Iterable[str] = (), *, compiles: bool = False) -> str:
    """Return the policy of an answer whose inline scripts have these hashes; only the page compiles its hooks."""
    scripts = ["'self'", *(f"'{one}'" for one in hashes), *(["'unsafe-eval'"] if compiles else [])]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def hashes_of(html: bytes) -> list[str]:
    """Return the hashes of the inline scripts of a page, as a policy names them."""
    found = [m["code"] for m in _SCRIPT.finditer(html) if not _FETCHED.search(m["how"])]
    return list(dict.fromkeys(_hash(code) for code in found))


def _hash(code: bytes) -> str:
    # A browser hashes what it parsed: every line end is one character by then.
    plain = code.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return f"sha256-{b64encode(hashlib.sha256(plain).digest()).decode()}"
