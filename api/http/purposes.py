"""For what a request opens families; a guard says it before anything is read."""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import State
from litestar.types import Scope

from domains.privacy.model import Purpose

HEADER: Final = "Doelbinding"

_KEY: Final = "ontschot_doel"


def set_purpose(scope: Scope, purpose: Purpose) -> None:
    """Say for what a request opens families."""
    scope.setdefault("state", {})[_KEY] = purpose


def purpose_of(request: Request[Any, Any, State]) -> Purpose:
    """Give for what a request opens families."""
    found: Purpose = request.scope["state"][_KEY]
    return found
