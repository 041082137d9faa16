"""The page about the interface for other programs: every address, for whoever comes."""

from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.response import Template

from api.http.design_rules import PAGE_HEADERS
from api.http.openapi import described
from api.web.pages import page
from api.web.visitors import ANYBODY

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_POLICY: Final = PAGE_HEADERS["Content-Security-Policy"].replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
"""Redoc writes its own style; this page shows nothing of anybody, and runs no inline script."""


@get("/api", visitors=ANYBODY)
async def interface(request: Request[Any, Any, State]) -> Template:
    """Show the description, and every address in a table for who has no scripts."""
    known = msgspec.json.decode(described(request.app))
    addresses = [
        (method.upper(), path, operation.get("summary", ""))
        for path, operations in sorted(known["paths"].items())
        for method, operation in operations.items()
        if method in _METHODS
    ]
    shown = page(request, "interface.html", addresses=addresses, version=known["info"]["version"])
    shown.headers["Content-Security-Policy"] = _POLICY
    return shown


HANDLERS: Final = (interface,)
