"""A file on a form that is first tried: its confirmation carries it along, packed in hidden fields.

So nothing is kept of a file until it is booked, and nobody has to choose it twice.
"""

import asyncio
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from litestar.datastructures import FormMultiDict, UploadFile

from api.web.forms import Form
from api.web.language import gettext
from domains.readers.refusals import FileTooLarge
from domains.readers.table import shown

MOST_BYTES: Final = 8 * 1024**2
"""A budget of all municipalities together is an eighth of it; more goes by the command line."""
LARGEST: Final = 2 * MOST_BYTES
"""How large a form with such files may be, in bytes."""
_NAME: Final = "-naam"
_CONTENT: Final = "-inhoud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as somebody sent it; the name can be shown."""

    name: str
    content: bytes


async def upload_of(form: Form, field: str, *, most: int = MOST_BYTES) -> Upload | None:
    """Take a file of a form, now or carried along, and let the form carry it; ``None``: no file.

    ``most``: of so many bytes at most. Packing and unpacking go on beside the other requests.

    :raises FileTooLarge: it is longer than a page takes.
    """
    sent = form.fields.get(field)
    found: Upload | None
    if isinstance(sent, UploadFile) and sent.filename:
        found = Upload(name=shown(sent.filename), content=await sent.read(most + 1))
    else:
        found = await asyncio.to_thread(_carried, form, field, most)
    kept = [(name, value) for name, value in form.fields.multi_items() if name != field]
    kept = [pair for pair in kept if pair[0] not in {field + _NAME, field + _CONTENT}]
    if found is not None:
        if len(found.content) > most:
            raise FileTooLarge(file_name=found.name, limit_bytes=most)
        packed = await asyncio.to_thread(_packed, found.content)
        kept += [(field + _NAME, found.name), (field + _CONTENT, packed)]
    form.fields = FormMultiDict(kept)
    return found


async def required_upload(form: Form, field: str) -> Upload | None:
    """Take a file that a form cannot do without; where it lacks, that is an error of its field.

    :raises FileTooLarge: it is longer than a page takes.
    """
    found = await upload_of(form, field)
    if found is None:
        form.errors[field] = gettext("Kies een bestand.")
    return found


def _packed(content: bytes) -> str:
    return urlsafe_b64encode(zlib.compress(content)).decode()


def _carried(form: Form, field: str, most: int) -> Upload | None:
    """Unpack what a confirmation sent back; what somebody made of it himself is no file."""
    packed, name = form.value(field + _CONTENT), form.value(field + _NAME)
    if not packed or not name:
        return None
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(urlsafe_b64decode(packed.encode()), most + 1)
    except (zlib.error, ValueError):
        return None
    return Upload(name=shown(name), content=content)
