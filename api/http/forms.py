"""Forms: fields and files that come in together."""

import hashlib
from typing import Final

import msgspec
from litestar.datastructures import UploadFile

from api.http.services import Asked
from api.problems import InvalidField, InvalidInput
from domains.readers.table import LIMIT_BYTES, shown

FORM: Final = "multipart/form-data"
FORM_BYTES: Final = LIMIT_BYTES + 2 * 1024**2
"""Room for a file, a second small one and what a form puts around them."""

Texts = dict[str, object]
"""Per field its text; that of a file is empty."""
Files = dict[str, tuple[str, bytes]]
"""Per field its file name and content."""


async def form_of(request: Asked) -> tuple[Texts, Files]:
    """Read a form.

    :raises InvalidInput: a field stands in it twice, of which one would be lost.
    """
    texts: Texts = {}
    files: Files = {}
    for name, value in (await request.form()).multi_items():
        if name in texts:
            raise wrong_field(name, "vorm", "staat er meer dan eens; stuur elk veld een keer.")
        if isinstance(value, UploadFile):
            files[name] = (shown(value.filename) or name, await value.read())
            texts[name] = ""
        else:
            texts[name] = value
    return texts, files


def wrong_field(name: str, code: str, reason: str) -> InvalidInput:
    """Make the refusal of one field."""
    field = InvalidField(naam=shown(name), bron="body", code=code, reden=reason)
    return InvalidInput(fields=(field,))


def form_content(texts: Texts, files: Files) -> str:
    """Write a form so that the same fields and files read the same."""
    hashes = {
        name: [file_name, hashlib.sha256(content).hexdigest()]
        for name, (file_name, content) in files.items()
    }
    return msgspec.json.encode({"velden": texts, "bestanden": hashes}, order="sorted").decode()
