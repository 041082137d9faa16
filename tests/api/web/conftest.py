"""A browser without a window: it keeps cookies, names its origin, and signs in as a persona."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qsl

import httpx
import pytest
from litestar import Litestar

from tests.api.http.conftest import app, clock, key_folder, person, the_app, the_clock

__all__ = ["app", "clock", "key_folder", "person", "the_app", "the_clock"]

HERE = "http://127.0.0.1:8000"


class Browser(httpx.AsyncClient):
    """A client that does what a browser does with a form."""

    async def send_form(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page."""
        own = str(self.base_url).rstrip("/")
        return await self.post(path, data=fields, headers={"Origin": own})

    async def fill_in(self, path: str, **fields: str) -> httpx.Response:
        """Open a form of a page, fill it in and send it."""
        opened = await self.get(path)
        assert opened.status_code == 200, opened.text
        return await self.send_form(path.partition("?")[0], **{**filled(opened), **fields})

    async def confirm(self, shown: httpx.Response, **fields: str) -> httpx.Response:
        """Confirm what a page shows as the consequence of a form."""
        assert 'value="bevestigen"' in shown.text, shown.text
        sent = {**filled(shown), **fields, "stap": "bevestigen"}
        return await self.send_form(shown.request.url.path, **sent)

    async def sign_in(self, persona: str, place: str, *, to: str = "/") -> httpx.Response:
        """Sign in at the provider for development; gives the answer that begins the session.

        The provider's page, which lists every place there is, would say back what was asked of it.
        """
        began = await self.get("/inloggen", params={"naar": to})
        provider, _, asked = began.headers["location"].partition("?")
        fields = dict(parse_qsl(asked, keep_blank_values=True))
        sent = await self.send_form(provider, **fields, persona=persona, plaats=place)
        assert sent.status_code == 303, sent.text
        return await self.get(sent.headers["location"])


def filled(shown: httpx.Response) -> dict[str, str]:
    """Give what the fields of the last form of a page begin with."""
    form = shown.text.rpartition("<form")[2]
    found = re.findall(r'<input(?=[^>]* name="([^"]+)")(?=[^>]* value="([^"]*)")([^>]*)>', form)
    return {
        name: unescape(value)
        for name, value, tag in found
        if 'type="file"' not in tag and ('type="checkbox"' not in tag or " checked" in tag)
    }


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # Litestar's own types of ASGI.
    async with Browser(transport=transport, base_url=HERE) as made:
        yield made


@pytest.fixture
def browser(client: Browser) -> Browser:
    return client
