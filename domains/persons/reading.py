"""Reading who stands behind pseudonyms from a CSV file of the municipality's own."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from domains.messages.contents import INITIALS, PREFIX, SURNAME, passes_eleven_check
from domains.messages.model import PersonFacts
from domains.persons.model import NewPerson
from ledger.refusals import Refusal

COLUMNS: Final = (
    "persoon",
    "bsn",
    "geboortedatum",
    "geslacht",
    "voorvoegsel",
    "achternaam",
    "voorletters",
)
_AS_TOLD: Final = {"voorvoegsel": PREFIX, "achternaam": SURNAME, "voorletters": INITIALS}
"""What a message must be able to tell; the rest has a form of its own."""
_NEEDED: Final = ("persoon", "bsn", "geboortedatum", "geslacht", "achternaam")


@dataclass(kw_only=True, unsafe_hash=True)
class PersonLineUnreadable(Refusal):
    """A line of a file with persons cannot be used."""

    code: ClassVar[str] = "personenregel-onleesbaar"
    file_name: str
    line: int
    column: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.file_name}, regel {self.line}: kolom {self.column} ontbreekt of klopt niet."
            " Geef per regel persoon (uuid), bsn (elfproef), geboortedatum (jjjj-mm-dd), geslacht"
            " (0, 1 of 2) en achternaam (tot 200 tekens), met voorvoegsel (tot 10 tekens) en"
            " voorletters (tot 6, zonder punten) waar die er zijn, gescheiden door puntkomma's."
        )


def read_persons(content: bytes, *, file_name: str) -> tuple[NewPerson, ...]:
    """Read persons, with columns by name in any order.

    :raises PersonLineUnreadable: the first line that cannot be used; never with its values.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PersonLineUnreadable(file_name=file_name, line=1, column="persoon") from None
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text), delimiter=";"), 2):
        found.append(_person(row, file_name=file_name, line=number))
    if not found:
        raise PersonLineUnreadable(file_name=file_name, line=1, column="persoon")
    return tuple(found)


def _person(row: Mapping[str, str | None], *, file_name: str, line: int) -> NewPerson:
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}

    def wrong(column: str) -> PersonLineUnreadable:
        return PersonLineUnreadable(file_name=file_name, line=line, column=column)

    for name in _NEEDED:
        if not told[name]:
            raise wrong(name)
    if not passes_eleven_check(told["bsn"]):
        raise wrong("bsn")
    if told["geslacht"] not in {"0", "1", "2"}:
        raise wrong("geslacht")
    for name, content in _AS_TOLD.items():
        try:
            if told[name] and not content.read(told[name]).isprintable():
                raise wrong(name)
        except ValueError:
            raise wrong(name) from None
    try:
        person = UUID(told["persoon"])
    except ValueError:
        raise wrong("persoon") from None
    try:
        birth_date = date.fromisoformat(told["geboortedatum"])
    except ValueError:
        raise wrong("geboortedatum") from None
    return NewPerson(
        person=person,
        facts=PersonFacts(
            bsn=told["bsn"],
            birth_date=birth_date,
            sex=told["geslacht"],
            surname=told["achternaam"],
            prefix=told["voorvoegsel"],
            initials=told["voorletters"],
        ),
    )
