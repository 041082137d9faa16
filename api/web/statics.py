"""Style sheets and scripts: ours, those of others as set-up made them, and the theme."""

from typing import Final

from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import CacheControlHeader, State
from litestar.static_files import create_static_files_router

from api.http.services import services_of
from api.web.pages import HERE

_FRESH: Final = CacheControlHeader(max_age=3600)
"""So that a browser asks once an hour; after that it asks whether anything changed."""


@get("/static/thema.css", media_type=MediaType.TEXT, include_in_schema=False)
async def theme(request: Request[None, None, State]) -> Response[str]:
    """Give the style of the municipality itself, read anew each time; empty where it has none."""
    chosen = services_of(request).settings.theme
    text = chosen.read_text(encoding="utf-8") if chosen and chosen.is_file() else ""
    return Response(text, media_type="text/css; charset=utf-8")


FILES: Final[Router] = create_static_files_router(
    "/static",
    directories=[HERE / "assets", HERE / "static"],
    cache_control=_FRESH,
    include_in_schema=False,
)
