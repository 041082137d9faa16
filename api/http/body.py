"""Reading a JSON body: into a struct when it is right, into all its faults at once when not."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

import jsonschema_rs
import msgspec

from api.clock import FIRST_DAY, LAST_DAY
from api.http.services import Asked
from api.problems import BodyTooLarge, InvalidField, InvalidInput, UnreadableJson, WrongMediaType

Shape = TypeVar("Shape")

JSON: Final = "application/json"
LIMIT_BYTES: Final = 1_000_000
_MOST_FIELDS: Final = 100
_MONEY: Final = frozenset({"bedrag", "credit", "debet", "maximum", "minimum", "norm", "waarde"})
_MONEY_REMEDY: Final = (
    'schrijf een bedrag als {"waarde": "1250.00", "valuta": "EUR"}: tekst, met een punt en'
    " precies twee cijfers, nooit een getal"
)


async def raw_body(request: Asked) -> bytes:
    """Give the bytes of a JSON body.

    :raises WrongMediaType: it is something else.
    :raises BodyTooLarge: more than one megabyte.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise WrongMediaType(wanted=JSON)
    content = await request.body()
    if len(content) > LIMIT_BYTES:
        raise BodyTooLarge(limit_bytes=LIMIT_BYTES)
    return content


def decode(content: bytes, shape: type[Shape]) -> Shape:
    """Read a body into a struct.

    :raises UnreadableJson: it is no JSON.
    :raises InvalidInput: with every field that is wrong.
    """
    try:
        found = msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        raise InvalidInput(fields=_faults(content, shape, str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(content) from error
    impossible = tuple(_impossible_days(found, ""))
    if impossible:
        raise InvalidInput(fields=impossible)
    return found


def canonical(content: bytes) -> str:
    """Write a JSON body so that the same content reads the same, whatever its spaces and order.

    :raises UnreadableJson: it is no JSON.
    """
    return msgspec.json.encode(_document(content), order="sorted").decode()


def camel(name: str) -> str:
    """Give the name on the wire of a name in the code."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def has_list(content: bytes, name: str) -> bool:
    """Return whether a body is an object with this field: a list instead of a single thing.

    :raises UnreadableJson: it is no JSON.
    """
    document = _document(content)
    return isinstance(document, dict) and name in document


def _document(content: bytes) -> Any:
    """Read a body without a shape.

    :raises UnreadableJson: it is no JSON.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(content) from error


def _unreadable(content: bytes) -> UnreadableJson:
    """Say where a body stops being JSON."""
    before = None
    try:
        json.loads(content.decode())
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
    except json.JSONDecodeError as error:
        before = error.doc[: error.pos]
    except (ValueError, RecursionError):
        pass
    if before is None:
        return UnreadableJson(line=None, column=None)
    return UnreadableJson(line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


@lru_cache
def _validator(shape: Any) -> Any:
    return jsonschema_rs.validator_for(msgspec.json.schema(shape), validate_formats=True)


def _faults(content: bytes, shape: Any, first: str) -> tuple[InvalidField, ...]:
    """Find every fault of a body that could not be read; ``first`` is what msgspec says."""
    document = _document(content)
    found: dict[tuple[str, str], InvalidField] = {}
    for error in _validator(shape).iter_errors(document):
        for field in _fields_of(error):
            found.setdefault((field.naam, field.code), field)
        if len(found) >= _MOST_FIELDS:
            break
    if not found:
        place = first.rpartition("`$")[2].rstrip("`").lstrip(".") if "`$" in first else "inhoud"
        return (_field(place, "vorm", "heeft niet de juiste vorm."),)
    return tuple(found.values())


def _fields_of(error: Any) -> Iterator[InvalidField]:
    """Turn one fault of the schema into the fields that it is about."""
    path = list(error.instance_path)
    kind = type(error.kind).__name__.rpartition("_")[2]
    if kind == "Required":
        yield _field(_name([*path, error.kind.property]), "verplicht", "ontbreekt.")
    elif kind == "AdditionalProperties":
        for name in error.kind.unexpected:
            yield _field(_name([*path, name[:60]]), "onbekend", "bestaat hier niet; haal het weg.")
    elif _is_about_money(path):
        yield _field(_name(path), "bedrag-ongeldig", f"{_MONEY_REMEDY}.")
    else:
        code, reason = _REASONS.get(kind, ("vorm", "heeft niet de juiste vorm."))
        yield _field(_name(path), code, reason.format(limit=getattr(error.kind, "limit", "")))


_REASONS: Final = {
    "Type": ("soort", "is niet van de juiste soort (tekst, getal, lijst of object)."),
    "AnyOf": ("soort", "heeft niet een van de toegestane vormen."),
    "Enum": ("keuze", "is geen van de toegestane waarden; zie /v1/openapi.json."),
    "Constant": ("keuze", "is geen van de toegestane waarden; zie /v1/openapi.json."),
    "Format": ("vorm", "heeft niet de juiste vorm: een dag is 2026-03-01, een nummer een UUID."),
    "Pattern": ("vorm", "heeft niet de juiste vorm, of bevat tekens die niet mogen."),
    "MinLength": ("te-kort", "is te kort: ten minste {limit} tekens."),
    "MaxLength": ("te-lang", "is te lang: hooguit {limit} tekens."),
    "MinItems": ("te-weinig", "is te kort: geef ten minste {limit}, of laat het weg als dat mag."),
    "MaxItems": ("te-veel", "heeft te veel onderdelen: hooguit {limit}."),
    "Minimum": ("te-laag", "is te laag: ten minste {limit}."),
    "Maximum": ("te-hoog", "is te hoog: hooguit {limit}."),
}


def _is_about_money(path: list[str | int]) -> bool:
    """Return whether a wrong value stands where an amount should be."""
    return bool(path) and path[-1] in _MONEY


def _name(path: list[str | int]) -> str:
    """Write a place in a body as people do: ``regels[0].bedrag``."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.lstrip(".") or "inhoud"


def _field(name: str, code: str, reason: str) -> InvalidField:
    return InvalidField(naam=name, bron="body", code=code, reden=reason)


def _impossible_days(value: object, name: str) -> Iterator[InvalidField]:
    """Find days that no administration knows; they would only break the calendar."""
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        if not FIRST_DAY <= day <= LAST_DAY:
            yield _field(name, "dag-onmogelijk", "ligt buiten 1900 tot en met 2199.")
    elif isinstance(value, msgspec.Struct):
        fields = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        for field, wire in fields:
            yield from _impossible_days(getattr(value, field), f"{name}.{wire}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from _impossible_days(each, f"{name}[{place}]")
