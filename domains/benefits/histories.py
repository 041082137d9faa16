"""Reads the cost histories of families from the books, as they stood at one link of the chain.

A cost belongs to the month in which the help was given, to the family that the person belonged to
in that month, and to the domain whose source paid. What the interventions of a plan cost is no
outcome: it is kept apart as what was paid for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from domains.analysis_plans.model import AnalysisPlan
from domains.benefits.panel import Cents, Integers, Mask, Panel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paid:
    """What interventions cost: per line a family, month, intervention, payer and whole cents.

    The arrays are parallel; families and months are numbered as in the panel, and months before
    the panel are below zero.
    """

    interventions: tuple[str, ...]
    payers: tuple[str, ...]
    """The domains that paid."""
    family: Integers
    month: Integers
    intervention: Integers
    payer: Integers
    cents: Cents

    def by_payer(
        self, families: Mask, *, from_month: int, until_month: int
    ) -> dict[str, dict[str, int]]:
        """Sum what some families' interventions cost in some months, per intervention and payer.

        ``families`` is a mask over the families of the panel.
        """
        chosen = families[self.family] & (self.month >= from_month) & (self.month < until_month)
        totals = np.zeros((len(self.interventions), len(self.payers)), np.int64)
        np.add.at(totals, (self.intervention[chosen], self.payer[chosen]), self.cents[chosen])
        return {
            code: {
                payer: int(totals[row, column])
                for column, payer in enumerate(self.payers)
                if totals[row, column]
            }
            for row, code in enumerate(self.interventions)
            if totals[row].any()
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenPanel:
    """The histories that a plan looks at, as they stood at a link of the chain."""

    panel: Panel
    families: tuple[UUID, ...]
    """In the order of the arrays: by id."""
    first_month: date
    chain_number: int
    data_hash: bytes
    """SHA-256 over all arrays; the same data always gives the same hash."""
    begun: NDArray[np.int64]
    """Families by interventions: the month in which each began, or ``NEVER``."""
    interventions: tuple[str, ...]
    exposure: tuple[frozenset[str], ...]
    """Per family the interventions that began within six months of the first; empty: none."""
    districts: tuple[str, ...]
    """Per family the district (wijk) where it lived when its help began, else at the end."""
    paid: Paid
    left_out: Mapping[str, int]
    """Why families or costs do not count, in Dutch, with how many families or whole cents."""

    def cohorts(self) -> tuple[str, ...]:
        """Give per family the half-year in which its help began, such as ``2024-1``, or nothing."""
        raise NotImplementedError


async def read_panel(
    connection: AsyncConnection, *, gemeente: str, plan: AnalysisPlan, chain_number: int
) -> FrozenPanel:
    """Read the panel of a plan from the entries up to a link of the chain."""
    raise NotImplementedError
