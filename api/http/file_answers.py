"""Answers that are files: which form somebody wants, and how it is sent."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Final, Literal, TypeAlias

from litestar import Response
from litestar.params import QueryParameter
from litestar.response import Stream

from api.exports import MEDIA_TYPES, FileForm
from api.http.services import Asked
from api.problems import InvalidField, InvalidInput, NotAcceptable

Form: TypeAlias = Annotated[
    Literal["json", "csv", "xlsx", "html", "xml"] | None,
    QueryParameter(
        name="formaat", description="Vorm van het bestand; gaat voor de kopregel Accept."
    ),
]

_IN_MEMORY: Final = 8 * 1024 * 1024
_AT_ONCE: Final = 64 * 1024
_ANY: Final = frozenset({"", "*/*"})


def form_of(request: Asked, asked: str | None, offered: Sequence[FileForm]) -> FileForm:
    """Choose the form: what the query asks, else the first that the client takes.

    :raises InvalidInput: this file does not come in the form that the query asks.
    :raises NotAcceptable: nor in one that the client takes.
    """
    if asked is not None:
        if asked not in {str(each) for each in offered}:
            known = ", ".join(offered)
            field = InvalidField(
                naam="formaat", bron="query", code="vorm", reden=f"kan hier alleen zijn: {known}."
            )
            raise InvalidInput(fields=(field,))
        return FileForm(asked)
    for wanted in request.headers.get("accept", "").split(","):
        kind = wanted.partition(";")[0].strip().lower()
        for form in offered:
            family = f"{MEDIA_TYPES[form].partition('/')[0]}/*"
            if kind in _ANY or kind in {MEDIA_TYPES[form], family}:
                return form
    raise NotAcceptable


def file_answer(content: bytes, *, form: FileForm, name: str) -> Response[bytes]:
    """Send a file with its name; JSON is an answer like any other."""
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers_of(form, name=name))


def stream_answer(content: IO[bytes], *, form: FileForm, name: str) -> Stream:
    """Send a file that may be too large for memory."""
    return Stream(
        _pieces(content), media_type=MEDIA_TYPES[form], headers=headers_of(form, name=name)
    )


async def spooled(pieces: AsyncIterator[bytes]) -> IO[bytes]:
    """Put the pieces of a file together before anything is sent.

    So a fault halfway is a problem and no half file, and a slow reader holds no database.
    """
    with ExitStack() as unless_whole:
        content: Any = unless_whole.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))
        async for piece in pieces:
            content.write(piece)
        content.seek(0)
        unless_whole.pop_all()
        return content  # type: ignore[no-any-return] # The library's own type is no IO.


def headers_of(form: FileForm, *, name: str) -> dict[str, str]:
    """Give the headers of a file; a page of ours may load its style from where it stands."""
    if form is FileForm.JSON:
        return {}
    if form is FileForm.HTML:
        return {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}
    return {"Content-Disposition": f'attachment; filename="{name}.{form}"'}


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while piece := content.read(_AT_ONCE):
            yield piece
