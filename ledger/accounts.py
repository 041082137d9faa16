"""Accounts: a place in a book for money of one colour.

An account is known by its natural key (gemeente, book, code, colour, dimensions). Its id is
derived from that key, so whoever knows the key knows the id without asking the database, and the
same account can never exist twice.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f6e7473-6368-8f74-8000-726b656e696e")

Dimensions: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values that tell accounts of one code and colour apart, sorted by name."""


class Book(StrEnum):
    """A closed set of accounts that sums to zero; no entry crosses books."""

    BUDGET = "BUDGET"
    LASTEN = "LASTEN"
    DOMEINBATEN = "DOMEINBATEN"
    WAARNEMING = "WAARNEMING"
    """What others paid and we only observe; no money of ours."""


@dataclass(frozen=True, kw_only=True)  # Without slots, so that it can keep its id.
class Account:
    """An account; the balance is debit minus credit, in whole cents.

    ``colour`` is the fund whose money lies here; it never changes. ``floor_cents`` is the lowest
    balance that the account may ever have (``None``: no floor); at most zero, because an account
    opens at zero.
    """

    gemeente: str
    book: Book
    code: str
    colour: str
    dimensions: Dimensions = ()
    floor_cents: int | None = None

    @cached_property
    def id(self) -> UUID:
        """Return the id that follows from the natural key (RFC 9562, version 5)."""
        parts = [self.gemeente, self.book, self.code, self.colour]
        for dimension in self.dimensions:
            parts += dimension
        return uuid5(_NAMESPACE, "".join([netstring(part) for part in parts]))

    def dimension(self, name: str) -> str | None:
        """Return the value of a dimension, or nothing where the account has none."""
        return dict(self.dimensions).get(name)


def dimensions(**values: str | None) -> Dimensions:
    """Make dimensions from names and values, leaving out what is absent."""
    return tuple(sorted((name, value) for name, value in values.items() if value is not None))


def netstring(text: str | None) -> str:
    """Write a text so that no two sequences of texts read the same (length in bytes, then text)."""
    return "-" if text is None else f"{len(text.encode())}:{text}"
