"""Looks at everything that was ever shown together, before one more table is shown.

A district can be found by taking the other districts from the municipality, a quarter by taking
three from the year, and what changed since last month by taking last month's report from today's.
All such tables are sums over the same small pieces, so whoever holds them solves linear equations.
This file solves them first: as long as an amount about few families follows from what would be
shown, one cell more is hidden.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domains.benefits.panel import Floats, Integers, Mask
from domains.benefits.suppression import LEAST_FAMILIES, TOTAL, Place

_SAME: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """The smallest amounts that tables are sums of: what an entry brings one family in one cell."""

    cells: tuple[Place, ...]
    """A contributor and a receiver each; no totals."""
    cell: Integers
    """Per piece its place in ``cells``."""
    family: Integers
    """Per piece a number for its family, from 0."""
    cents: Integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A table that somebody saw: which pieces it is the sum of, and what was hidden in it."""

    pieces: Mask
    hidden: frozenset[Place]


def withhold(
    pieces: Pieces, *, table: Mask, hidden: frozenset[Place], earlier: Sequence[Shown]
) -> frozenset[Place]:
    """Say what to hide in a table beside what is hidden already, in view of all shown before.

    What may not follow: an amount about few families in a table, in the difference of this table
    with an earlier one, and in the pieces that no table tells apart. With nothing shown of it a
    table tells nothing new, so this always ends well. A table that was shown before is shown alike.
    """
    for same in earlier:
        if np.array_equal(same.pieces, table):
            return same.hidden
    equations = _Equations(pieces, [Shown(pieces=table, hidden=hidden), *earlier])
    known = equations.told_earlier()
    secrets = [secret for secret in equations.secrets() if not _follows(secret, known)]
    chosen = set(hidden)
    while True:
        rows = equations.rows(0, hidden=chosen)
        told = _extended(known, list(rows.values()))
        leak = next((secret for secret in secrets if _follows(secret, told)), None)
        if leak is None:
            return frozenset(chosen)
        used = _used(rows, leak=leak, known=known)
        chosen.add(min(used, key=lambda each: (TOTAL in each, equations.weight(each), each)))


class _Equations:
    """The tables as sums of unknowns: what a cell holds of the pieces that no table tells apart."""

    def __init__(self, pieces: Pieces, tables: Sequence[Shown]) -> None:
        member = np.stack([each.pieces for each in tables])
        kind, first = _kinds(member)
        kinds = member[:, first]
        self._tables = tables
        self._member: Mask = kinds
        families = int(pieces.family.max(initial=-1)) + 1
        self._amounts = np.zeros((families, kinds.shape[1], len(pieces.cells)), dtype=np.int64)
        np.add.at(self._amounts, (pieces.family, kind, pieces.cell), pieces.cents)
        self._real: Mask = np.any(self._amounts, axis=0)
        rows = sorted({row for row, _ in pieces.cells})
        columns = sorted({column for _, column in pieces.cells})
        self._cells: dict[Place, Mask] = {
            (row, column): np.array(
                [row in {each[0], TOTAL} and column in {each[1], TOTAL} for each in pieces.cells],
                dtype=np.bool_,
            )
            for row in (*rows, TOTAL)
            for column in (*columns, TOTAL)
        }

    def rows(self, table: int, *, hidden: Collection[Place]) -> dict[Place, Floats]:
        """Give what is shown of a table, totals too, as sums of unknowns."""
        signs = self._member[table].astype(np.int64)
        found = {place: self._sum(signs, place) for place in self._cells if place not in hidden}
        return {place: row for place, row in found.items() if row.any()}

    def weight(self, place: Place) -> int:
        """Give how large an amount of the new table is."""
        chosen = self._amounts[:, self._member[0]][:, :, self._cells[place]]
        return abs(int(chosen.sum()))

    def told_earlier(self) -> Floats:
        """Give what the earlier tables tell, as independent directions."""
        shown = [
            row
            for number, table in enumerate(self._tables)
            if number
            for row in self.rows(number, hidden=table.hidden).values()
        ]
        return _extended(np.zeros((0, self._real.size)), shown)

    def secrets(self) -> list[Floats]:
        """List every sum of unknowns that is about few families."""
        count = len(self._tables)
        alone = np.eye(self._member.shape[1], dtype=np.int64)
        tables = self._member.astype(np.int64)
        changes = tables[0] - tables[1:] if count > 1 else np.zeros((0, tables.shape[1]), np.int64)
        signs = np.unique(np.concatenate([alone, tables, changes]), axis=0)
        found = []
        for place, cells in self._cells.items():
            # Whole cents are exact in a float far beyond any amount here, and multiply quicker.
            amounts = self._amounts[:, :, cells].sum(axis=2).astype(np.float64) @ signs.T
            for chosen in signs[_few(amounts)]:
                row = self._sum(chosen, place)
                if row.any():
                    found.append(row)
        return found

    def _sum(self, signs: Integers, place: Place) -> Floats:
        chosen = signs[:, None] * self._cells[place] * self._real
        return chosen.ravel().astype(np.float64)


def _kinds(member: Mask) -> tuple[Integers, Integers]:
    """Number the pieces by the tables that they are in; gives a piece of each number too."""
    kind = np.zeros(member.shape[1], dtype=np.int64)
    first = kind[:1]
    for table in member:
        _, first, kind = np.unique(2 * kind + table, return_index=True, return_inverse=True)
    return kind, first


def _few(amounts: Floats) -> Mask:
    """Say which columns of amounts per family are about few of them, as in ``suppression.py``."""
    sizes = np.abs(amounts)
    count = np.count_nonzero(sizes, axis=0)
    mainly_one = 2 * sizes.max(axis=0, initial=0) > sizes.sum(axis=0)
    few: Mask = (count > 0) & ((count < LEAST_FAMILIES) | mainly_one)
    return few


def _extended(known: Floats, rows: Sequence[Floats]) -> Floats:
    """Add what some rows tell to independent directions that are known."""
    if not rows:
        return known
    fresh = np.array(rows)
    fresh = fresh - fresh @ known.T @ known
    _, sizes, directions = np.linalg.svd(fresh, full_matrices=False)
    return np.concatenate([known, directions[sizes > _SAME * max(1.0, sizes.max(initial=0.0))]])


def _follows(secret: Floats, told: Floats) -> bool:
    """Say whether a sum can be worked out from what is told."""
    rest = secret - secret @ told.T @ told
    return bool(np.linalg.norm(rest) <= _SAME * np.linalg.norm(secret))


def _used(rows: Mapping[Place, Floats], *, leak: Floats, known: Floats) -> list[Place]:
    """Name the cells of the new table without which a sum could not be worked out this way."""
    table = np.array(list(rows.values()))
    unknown = table - table @ known.T @ known
    shares, *_ = np.linalg.lstsq(unknown.T, leak - leak @ known.T @ known, rcond=None)
    return [place for place, share in zip(rows, shares, strict=True) if abs(share) > _SAME]
