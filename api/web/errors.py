"""An error on a page is a page: what happened, what to do now, and a number to ask about."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import QueryParameter
from litestar.response import Template
from msgspec.structs import replace

from api.http import errors
from api.http.auditing import leave_refusal
from api.http.design_rules import is_interface
from api.http.errors import refusal_of, refusal_of_framework
from api.problems import BodyTooLarge, InvalidInput, status_of
from api.web import uploads
from api.web.language import gettext, speak_language_of
from api.web.pages import page
from api.web.visitors import SAFE, SignInFirst, own_path, to_sign_in
from domains.readers.refusals import FileTooLarge
from ledger.refusals import Refusal


def refused(request: Request[Any, Any, State], refusal: Refusal) -> Template:
    """Show a refusal."""
    leave_refusal(request.scope, refusal)
    return page(
        request,
        "error.html",
        status=status_of(refusal),
        message=refusal.message(),
        code=refusal.code,
    )


def signed_out(request: Request[Any, Any, State], error: SignInFirst) -> Template | Response[None]:
    """Lead to the login; who sent a form hears first that nothing came of it.

    Going back would open the login, for no page is kept; so he sees here what he filled in.
    """
    if request.method in SAFE or request.headers.get("hx-request") == "true":
        return to_sign_in(request, error)
    before = urlsplit(request.headers.get("referer", request.url.path))
    return page(
        request,
        "signed_out.html",
        status=401,
        fields=error.fields,
        form=own_path(f"{before.path}?{before.query}" if before.query else before.path),
    )


def failed(request: Request[Any, Any, State], error: HTTPException) -> Template:
    """Show what the framework refused."""
    refusal = refusal_of_framework(request, error)
    if isinstance(refusal, BodyTooLarge) and refusal.limit_bytes == uploads.LARGEST:
        # A form carries its file along; whoever chose it wants to know how large that may be.
        refusal = FileTooLarge(file_name="bestand", limit_bytes=uploads.MOST_BYTES)
    elif isinstance(refusal, InvalidInput):
        refusal = InvalidInput(
            fields=tuple(
                replace(each, reden=_allowed(request, each.naam)) if each.bron != "body" else each
                for each in refusal.fields
            )
        )
    shown = refused(request, refusal)
    shown.headers.update(errors.told_methods(error))
    return shown


def _allowed(request: Request[Any, Any, State], name: str) -> str:
    """Say what a part of an address may be: nobody who reads a page reads its description."""
    handler = request.scope["route_handler"]
    for each in handler.parsed_fn_signature.parameters.values():
        bounds = each.kwarg_definition
        if not isinstance(bounds, QueryParameter) or (bounds.name or each.name) != name:
            continue
        if bounds.ge is not None and bounds.le is not None:
            return gettext(
                "geef een getal van %(least)s tot en met %(most)s.", least=bounds.ge, most=bounds.le
            )
        if bounds.max_length is not None:
            return gettext("geef hooguit %(most)s tekens.", most=bounds.max_length)
    return gettext("dit staat niet goed in het adres. Ga terug en kies opnieuw.")


def lost(request: Request[Any, Any, State], error: HTTPException) -> Template | Response[bytes]:
    """Answer at an address that nobody has: with a page where a browser asks for one."""
    asks_page = "text/html" in request.headers.get("accept", "")
    if asks_page and not is_interface(request.url.path):
        speak_language_of(request)  # No guard did: an address that nobody has has none.
        return failed(request, error)
    return errors.failed(request, error)


def broken(request: Request[Any, Any, State], error: Exception) -> Template:
    """Show what nobody expected, and log where it happened."""
    return refused(request, refusal_of(request, error))
