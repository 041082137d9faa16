"""Long lists come in pages; a cursor holds the place, and the chain number that the list shows."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from api.http.services import Asked
from api.problems import InvalidCursor

Item = TypeVar("Item")
Place = TypeVar("Place")


def read_cursor(cursor: str, shape: type[Place]) -> Place:
    """Read the place out of a cursor.

    :raises InvalidCursor: it is not one of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded.encode("ascii")), type=shape)
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise InvalidCursor from error


def write_cursor(place: object) -> str:
    """Write a place as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def link_to_next(
    request: Asked, place: object, *, pinned: Mapping[str, object] | None = None
) -> dict[str, str]:
    """Give the header that points to the next page (RFC 8288).

    ``pinned`` are query keys that the next page must share with this one, such as its date.
    """
    fixed = {**(pinned or {}), "cursor": write_cursor(place)}
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in fixed]
    query = urlencode([*kept, *fixed.items()])
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}


def first_of(
    request: Asked, items: Sequence[Item], *, key: Callable[[Item], object], limit: int
) -> tuple[Sequence[Item], dict[str, str]]:
    """Give a page of what was read for it, which is one more than its limit if there are more."""
    page = items[:limit]
    return page, link_to_next(request, key(page[-1])) if len(items) > limit else {}


def page_of(
    request: Asked,
    items: Sequence[Item],
    *,
    key: Callable[[Item], str],
    cursor: str | None,
    limit: int,
    pinned: Mapping[str, object] | None = None,
) -> tuple[tuple[Item, ...], dict[str, str]]:
    """Cut one page out of a list that is only ever added to, in its own order.

    :raises InvalidCursor: the list does not hold the place any more.
    """
    start = 0
    if cursor is not None:
        after = read_cursor(cursor, str)
        places: dict[str, Any] = {key(item): place for place, item in enumerate(items)}
        if after not in places:
            raise InvalidCursor
        start = places[after] + 1
    page = tuple(items[start : start + limit])
    if start + limit < len(items):
        return page, link_to_next(request, key(page[-1]), pinned=pinned)
    return page, {}
