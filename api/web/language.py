"""The language of a page: Dutch, or what its visitor chose for it.

Dutch is what stands in the templates and in the code; a catalogue in ``texts/`` gives another
language, and what nobody translated stays Dutch. So do amounts and days, and what the domains and
the interface refuse; what a page itself refuses speaks the language of its visitor.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from babel.support import NullTranslations, Translations
from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, QueryParameter

from api.http.services import services_of
from api.problems import NotFound
from api.web.visitors import ANYBODY, own_path

DUTCH: Final = "nl"
LANGUAGES: Final = {DUTCH: "Nederlands", "en": "English"}
"""What can be chosen, each as who speaks it calls it."""
_COOKIE: Final = "taal"
_YEAR_SECONDS: Final = 365 * 24 * 60 * 60

Value = TypeVar("Value")

_TEXTS: Final = Path(__file__).parent / "texts"
_CATALOGUES: Final = {
    each: Translations.load(_TEXTS, [each], domain="ontschot") for each in LANGUAGES
}
_CHOSEN: Final = ContextVar("language", default=DUTCH)


async def speak_language(
    connection: ASGIConnection[Any, Any, Any, State], _: BaseRouteHandler
) -> None:
    """Answer this request in the language that its visitor chose; a guard, so it comes first."""
    speak_language_of(connection)


def speak_language_of(connection: ASGIConnection[Any, Any, Any, State]) -> None:
    """Answer a request in the language of its cookie, also where no guard comes."""
    asked = connection.cookies.get(_COOKIE, DUTCH)
    _CHOSEN.set(asked if asked in LANGUAGES else DUTCH)


@get("/taal/{code:str}", visitors=ANYBODY, status_code=303)
async def choose_language(
    request: Request[None, None, State],
    code: FromPath[str],
    *,
    naar: Annotated[str, QueryParameter(name="naar", max_length=2010)] = "",
) -> Response[None]:
    """Keep the language that somebody chose, and go back to the page where it was chosen.

    :raises NotFound: there is no such language.
    """
    if code not in LANGUAGES:
        raise NotFound
    chosen = Cookie(
        key=_COOKIE,
        value=code,
        path="/",
        max_age=_YEAR_SECONDS,
        secure=services_of(request).settings.omgeving == "productie",
        httponly=True,
        samesite="lax",
    )
    return Response(None, status_code=303, headers={"Location": own_path(naar)}, cookies=[chosen])


HANDLERS: Final = (choose_language,)


def language() -> str:
    """Give the code of the language in which this request is answered."""
    return _CHOSEN.get()


def marked(text: str) -> str:
    """Mark a text for the catalogues where no request is near; its user gives it to gettext."""
    return text


def gettext(text: str, /, **values: object) -> str:
    """Say a text in the language of this request, with values at its named places."""
    found = _catalogue().gettext(text)
    return found % values if values else found


def ngettext(one: str, more: str, count: int, /, **values: object) -> str:
    """Say what is counted in the language of this request."""
    found = _catalogue().ngettext(one, more, count)
    return found % values if values else found


def in_words(choices: Iterable[tuple[Value, str]]) -> list[tuple[Value, str]]:
    """Say what marked texts call each of the choices."""
    return [(value, gettext(called)) for value, called in choices]


def _catalogue() -> NullTranslations:
    return _CATALOGUES[language()]
