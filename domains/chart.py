"""The chart of accounts: which account a euro of a fund lies on (rekeningschema).

The codes follow the proposal in ``domains/data/rekeningschema.csv``. The colour of an account is
its fund, such as ``JW-2026``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, ParamSpec, cast
from uuid import UUID

from domains.data.files import rows_of
from ledger.accounts import Account, Book, dimensions

AUTHORISATION = "0100"
FREE = "0110"
DISTRICT = "0120"
COMPLEX_RESERVE = "0125"
FAMILY = "0130"
RESERVED = "0140"
SPENT = "0150"
LAPSED = "0160"
CARRIED = "0170"
SHORTAGE = "0199"
PAYMENTS = "1000"
CLAIM = "1100"
DUE_FROM = "1110"
CREDITORS = "1200"
TO_BE_INVOICED = "1210"
DUE_TO = "1230"
OWED_TO_GEMEENTE = "1240"
GRANT_LIABILITY = "1300"
DONOR_LIABILITY = "1310"
RESERVE = "1810"
TO_RESERVE = "4910"
GRANT_REVENUE = "8110"
OBSERVED = "7100"
OBSERVED_CONTRA = "7900"
CONTRIBUTION = "8300"
FROM_RESERVE = "8910"

BENEFITS: Final = {
    "verwacht": "9100",
    "gemeten": "9200",
    "bekrachtigd": "9300",
    "verzilverd": "9400",
}
"""Per state of a domain benefit the account of the domain that receives it."""
CONTRIBUTED = "9900"

SHORTAGE_SOURCE = "TEKORT"
"""The source that stands for help without cover; it never has room."""

_Naming = ParamSpec("_Naming")
_CHART: Final = rows_of("rekeningschema.csv")
_NAMES: Final = {row["rekening"]: row["naam"] for row in _CHART}
_CATEGORIES: Final = {row["rekening"]: row["iv3_categorie"] for row in _CHART}

COSTS: Final = tuple(
    row["rekening"] for row in _CHART if (row["boek"], row["soort"]) == ("LASTEN", "LASTEN")
)
"""The accounts on which costs stand."""


def name_of(code: str) -> str:
    """Give the Dutch name of an account code; the code itself where the chart has no such code."""
    return _NAMES.get(code, code)


def fund(source: str, year: int) -> str:
    """Name the fund (middel) of a source in a year."""
    return f"{source}-{year}"


def source_of(fund_code: str) -> str:
    """Name the source of a fund."""
    return fund_code.rsplit("-", 1)[0]


def year_of(fund_code: str) -> int:
    """Give the year of a fund."""
    return int(fund_code.rsplit("-", 1)[1])


def _kept(make: Callable[_Naming, Account]) -> Callable[_Naming, Account]:
    """Keep accounts that lists of decisions name again and again, each with the hash of its id."""
    return cast("Callable[_Naming, Account]", lru_cache(maxsize=50_000)(make))


def authorisation(gemeente: str, fund_code: str, *, programme: str, taakveld: str) -> Account:
    """Give the contra account of what the council authorised for a programme and taakveld."""
    return Account(
        gemeente=gemeente,
        book=Book.BUDGET,
        code=AUTHORISATION,
        colour=fund_code,
        dimensions=dimensions(programma=programme, taakveld=taakveld),
    )


@_kept
def free(gemeente: str, fund_code: str) -> Account:
    """Give the account of what is not allotted yet; never below zero."""
    return _room(gemeente, FREE, fund_code)


@_kept
def complex_reserve(gemeente: str, fund_code: str) -> Account:
    """Give the account of what is set apart for the most complex families; never below zero."""
    return _room(gemeente, COMPLEX_RESERVE, fund_code)


@_kept
def district(gemeente: str, fund_code: str, *, wijk: str) -> Account:
    """Give the account of a district budget; never below zero."""
    return _room(gemeente, DISTRICT, fund_code, wijk=wijk)


@_kept
def family(gemeente: str, fund_code: str, *, gezin: str) -> Account:
    """Give the account of a family budget; never below zero."""
    return _room(gemeente, FAMILY, fund_code, gezin=gezin)


def reserved(
    gemeente: str,
    fund_code: str,
    *,
    wijk: str,
    gezin: str,
    taakveld: str,
    category: str,
    verplichting: UUID,
) -> Account:
    """Give the account of what one draw still reserves; never below zero."""
    return Account(
        gemeente=gemeente,
        book=Book.BUDGET,
        code=RESERVED,
        colour=fund_code,
        dimensions=dimensions(
            wijk=wijk,
            gezin=gezin,
            taakveld=taakveld,
            categorie=category,
            verplichting=str(verplichting),
        ),
        floor_cents=0,
    )


def spent(
    gemeente: str,
    fund_code: str,
    *,
    wijk: str,
    gezin: str,
    taakveld: str,
    category: str,
    verplichting: UUID,
) -> Account:
    """Give the account of what one draw spent on a family, by taakveld and economic category."""
    return Account(
        gemeente=gemeente,
        book=Book.BUDGET,
        code=SPENT,
        colour=fund_code,
        dimensions=dimensions(
            wijk=wijk,
            gezin=gezin,
            taakveld=taakveld,
            categorie=category,
            verplichting=str(verplichting),
        ),
    )


def borne(gemeente: str, fund_code: str, *, taakveld: str, category: str, other: str) -> Account:
    """Give the account of what was spent on help that another municipality paid first."""
    return Account(
        gemeente=gemeente,
        book=Book.BUDGET,
        code=SPENT,
        colour=fund_code,
        dimensions=dimensions(taakveld=taakveld, categorie=category, betaler=other),
    )


@_kept
def shortage(gemeente: str, fund_code: str) -> Account:
    """Give the contra account of help that no fund covers yet."""
    return Account(gemeente=gemeente, book=Book.BUDGET, code=SHORTAGE, colour=fund_code)


def lapsed(gemeente: str, fund_code: str) -> Account:
    """Give the account of what was free when its year was closed, and is gone."""
    return Account(gemeente=gemeente, book=Book.BUDGET, code=LAPSED, colour=fund_code)


def carried(gemeente: str, fund_code: str) -> Account:
    """Give the account of what was free when its year was closed, and went to the next year."""
    return Account(gemeente=gemeente, book=Book.BUDGET, code=CARRIED, colour=fund_code)


@_kept
def cost(gemeente: str, fund_code: str, *, code: str, taakveld: str, category: str) -> Account:
    """Give the cost account for a taakveld and economic category."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=code,
        colour=fund_code,
        dimensions=dimensions(taakveld=taakveld, categorie=category),
    )


@_kept
def creditors(gemeente: str, fund_code: str) -> Account:
    """Give the account of what is owed to providers."""
    return Account(gemeente=gemeente, book=Book.LASTEN, code=CREDITORS, colour=fund_code)


def to_be_invoiced(gemeente: str, fund_code: str, *, verplichting: UUID) -> Account:
    """Give the account of what one draw delivered in a closed year and nobody declared yet."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=TO_BE_INVOICED,
        colour=fund_code,
        dimensions=dimensions(verplichting=str(verplichting)),
    )


def payments(gemeente: str, fund_code: str) -> Account:
    """Give the account of payments under way to and from the financial package."""
    return Account(gemeente=gemeente, book=Book.LASTEN, code=PAYMENTS, colour=fund_code)


def claim(gemeente: str, fund_code: str, *, payer: str, debtor: str) -> Account:
    """Give the account of what an outside payer owes; ``debtor`` if another pays in its place."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=CLAIM,
        colour=fund_code,
        dimensions=dimensions(betaler=payer, debiteur=debtor or None),
    )


def due_from(gemeente: str, fund_code: str, *, other: str) -> Account:
    """Give the account of what another fund owes this one."""
    return _between_funds(gemeente, DUE_FROM, fund_code, other)


def due_to(gemeente: str, fund_code: str, *, other: str) -> Account:
    """Give the account of what this fund owes another."""
    return _between_funds(gemeente, DUE_TO, fund_code, other)


def owed_to_gemeente(gemeente: str, fund_code: str, *, other: str) -> Account:
    """Give the account of what is owed to another municipality; it claims the same there."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=OWED_TO_GEMEENTE,
        colour=fund_code,
        dimensions=dimensions(betaler=other),
    )


def contribution(gemeente: str, fund_code: str, *, taakveld: str, category: str) -> Account:
    """Give the revenue account of what others contribute."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=CONTRIBUTION,
        colour=fund_code,
        dimensions=dimensions(taakveld=taakveld, categorie=category),
    )


def observed(gemeente: str, fund_code: str, *, person: str, kind: str) -> Account:
    """Give the account of what a person's help of a kind cost, as it was observed."""
    return Account(
        gemeente=gemeente,
        book=Book.WAARNEMING,
        code=OBSERVED,
        colour=fund_code,
        dimensions=dimensions(persoon=person, hulpsoort=kind or None),
    )


def observed_contra(gemeente: str, fund_code: str) -> Account:
    """Give the contra account of observed costs."""
    return Account(gemeente=gemeente, book=Book.WAARNEMING, code=OBSERVED_CONTRA, colour=fund_code)


def benefit(gemeente: str, estimate: UUID, *, state: str, domain: str) -> Account:
    """Give the account of what a domain receives by an estimate, in one state of it."""
    return _of_estimate(gemeente, BENEFITS[state], colour=f"{estimate}/{state}", domain=domain)


def contributed(gemeente: str, estimate: UUID, *, state: str, domain: str) -> Account:
    """Give the contra account of what a domain brought about, in the same state."""
    return _of_estimate(gemeente, CONTRIBUTED, colour=f"{estimate}/{state}", domain=domain)


def _of_estimate(gemeente: str, code: str, *, colour: str, domain: str) -> Account:
    """Give an account of the book; its colour lets each state of each estimate sum to zero."""
    return Account(
        gemeente=gemeente,
        book=Book.DOMEINBATEN,
        code=code,
        colour=colour,
        dimensions=dimensions(domein=domain),
    )


def grant_liability(gemeente: str, fund_code: str, *, code: str) -> Account:
    """Give the account of a grant or gift that was received and not used yet.

    ``code`` is that of grants of the State (BBV 49 b) or of gifts with a purpose (BBV 44.2).
    """
    return Account(gemeente=gemeente, book=Book.LASTEN, code=code, colour=fund_code)


def grant_revenue(gemeente: str, fund_code: str, *, code: str, taakveld: str) -> Account:
    """Give the revenue account of what was used of a grant or gift, by taakveld."""
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=code,
        colour=fund_code,
        dimensions=dimensions(taakveld=taakveld, categorie=_CATEGORIES[code]),
    )


def reserve(gemeente: str, fund_code: str) -> Account:
    """Give the account of what the council set aside from a fund for later years (P112)."""
    return Account(gemeente=gemeente, book=Book.LASTEN, code=RESERVE, colour=fund_code)


def to_reserve(gemeente: str, fund_code: str) -> Account:
    """Give the account of what is added to a reserve: taakveld 0.10, category 7.1."""
    return _reserve_change(gemeente, TO_RESERVE, fund_code)


def from_reserve(gemeente: str, fund_code: str) -> Account:
    """Give the account of what is taken from a reserve: taakveld 0.10, category 7.1."""
    return _reserve_change(gemeente, FROM_RESERVE, fund_code)


def _reserve_change(gemeente: str, code: str, fund_code: str) -> Account:
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=code,
        colour=fund_code,
        dimensions=dimensions(taakveld="0.10", categorie="7.1"),
    )


def _between_funds(gemeente: str, code: str, fund_code: str, other: str) -> Account:
    return Account(
        gemeente=gemeente,
        book=Book.LASTEN,
        code=code,
        colour=fund_code,
        dimensions=dimensions(middel=other),
    )


def _room(
    gemeente: str, code: str, fund_code: str, *, wijk: str | None = None, gezin: str | None = None
) -> Account:
    return Account(
        gemeente=gemeente,
        book=Book.BUDGET,
        code=code,
        colour=fund_code,
        dimensions=dimensions(wijk=wijk, gezin=gezin),
        floor_cents=0,
    )
