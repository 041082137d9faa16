"""What each address says about itself beside its code: who may use it, and what it reads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from litestar.types import Scope

from api.exports import FileForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An address that goes away: since when not to use it, when it is gone, and what to use.

    ``since`` and ``gone_at`` are moments in UTC; ``instead`` is an address.
    """

    since: datetime
    gone_at: datetime
    instead: str


def open_to(
    roles: frozenset[str],
    *,
    body: type[Any] | tuple[type[Any], ...] = (),
    key: bool = False,
    opens: bool = False,
    file: type[Any] | None = None,
    answers: tuple[type[Any], ...] = (),
    files: tuple[FileForm, ...] = (),
    outgoing: Outgoing | None = None,
) -> dict[str, Any]:
    """Describe an address: the roles that may use it, and the shapes that its body may have.

    ``key`` tells that the request needs an idempotency key, ``opens`` that it opens a family and
    needs a purpose; ``file`` is the shape of a form;
    ``answers`` are the shapes of an answer that has more than one; ``files`` are the forms of an
    answer that is a file; ``outgoing`` announces the end of the address.
    """
    shapes = body if isinstance(body, tuple) else (body,)
    return {
        "roles": roles,
        "body": shapes,
        "idempotent": key,
        "opens": opens,
        "form": file,
        "answers": answers,
        "files": files,
        "outgoing": outgoing,
    }


def outgoing_headers(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Give the headers by which an address announces its end (RFC 9745, RFC 8594, RFC 8288)."""
    handler: Any = scope.get("route_handler")  # Not there where no address was found.
    outgoing: Outgoing | None = handler.opt.get("outgoing") if handler else None
    if outgoing is None:
        return ()
    gone_at = format_datetime(outgoing.gone_at.astimezone(UTC), usegmt=True)
    return (
        ("Deprecation", f"@{int(outgoing.since.timestamp())}"),
        ("Sunset", gone_at),
        ("Link", f'<{outgoing.instead}>; rel="successor-version"'),
    )
