"""Pick the reader that knows a file: by its heading, never by its name."""

from typing import Final, Protocol

from domains.municipalities.names import Municipality
from domains.municipalities.names import municipality as municipality_of
from domains.readers import cbs_districts, iv3_budget, programme_budget
from domains.readers.model import BudgetFile, District, Unit
from domains.readers.refusals import UnknownLayout
from domains.readers.table import HEAD_BYTES, columns_of, shown, table_of

_COLUMNS_SHOWN: Final = 12


class BudgetReader(Protocol):
    """What a module must offer to read one format of budget."""

    @property
    def LAYOUT(self) -> str:  # noqa: N802  # A constant of the module that fulfils this.
        """The format in a few Dutch words, for whoever brought another one."""
        ...

    def recognises(self, head: bytes) -> bool:
        """Return whether a file that begins like this is of this format."""
        ...

    def read(
        self,
        content: bytes,
        *,
        file_name: str,
        municipality: Municipality,
        year: int,
        unit: Unit | None,
    ) -> BudgetFile:
        """Read the budget of one municipality from the whole file."""
        ...


READERS: Final[tuple[BudgetReader, ...]] = (iv3_budget, programme_budget)


def read_budget(
    content: bytes, *, file_name: str, municipality: str, year: int, unit: Unit | None
) -> BudgetFile:
    """Read a budget in any known format.

    ``municipality`` is a CBS code. ``unit`` is what the user says about the amounts: it wins
    where the file is silent, and switches off the check on the total per inhabitant.

    :raises UnknownMunicipality: no municipality has this code.
    :raises UnknownLayout: no reader knows the heading.
    :raises Refusal: whatever the reader finds wrong, see ``refusals.py``.
    """
    whose = municipality_of(municipality)
    head = content[:HEAD_BYTES]
    for reader in READERS:
        if reader.recognises(head):
            return reader.read(
                content, file_name=file_name, municipality=whose, year=year, unit=unit
            )
    table = table_of(content, file_name=file_name, separators=";")
    raise UnknownLayout(
        file_name=file_name,
        line=table.heading_line,
        found=", ".join(map(shown, columns_of(head)[:_COLUMNS_SHOWN])),
        known=" en ".join(reader.LAYOUT for reader in READERS),
    )


def read_districts(content: bytes, *, file_name: str, municipality: str) -> tuple[District, ...]:
    """Read the districts of a municipality (a CBS code) from a CBS district file.

    :raises UnknownMunicipality: no municipality has this code.
    :raises UnknownLayout: the file has no column with codes of wijken or buurten.
    :raises Refusal: whatever the reader finds wrong, see ``refusals.py``.
    """
    whose = municipality_of(municipality)
    head = content[:HEAD_BYTES]
    if cbs_districts.recognises(head):
        return cbs_districts.read(content, file_name=file_name, municipality=whose)
    table = table_of(content, file_name=file_name, separators=";,\t")
    raise UnknownLayout(
        file_name=file_name,
        line=table.heading_line,
        found=", ".join(map(shown, columns_of(head)[:_COLUMNS_SHOWN])),
        known=cbs_districts.LAYOUT,
    )
