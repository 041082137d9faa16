"""A name for each request, by which an error page and the log find each other."""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.types import Scope

KEY = "ontschot_trace"


def trace_of(request: Request[Any, Any, State]) -> str:
    """Give the trace id of a request."""
    return str(request.scope.get("state", {}).get(KEY, ""))


def set_trace(scope: Scope, trace: str) -> None:
    """Give a request its trace id; never one that it brought along, which could be anything."""
    scope.setdefault("state", {})[KEY] = trace
