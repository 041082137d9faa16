"""The first page: whoever signs in lands where his work is."""

from typing import Final

from litestar import Response, get
from litestar.response import Redirect, Template

from api.tokens import ROLES
from api.web.pages import home_of, page
from api.web.visitors import Visit


@get("/", visitors=frozenset(ROLES))
async def start(request: Visit) -> Response[None] | Template | Redirect:
    """Send somebody to his own work, or say that none is here for his role."""
    home = home_of(request.auth)
    if home is None:
        return page(request, "nothing_here.html")
    return Redirect(home.path, status_code=303)


HANDLERS: Final = (start,)
