"""Which accounts a plain journal entry (memoriaal) leaves alone.

What the council authorised, what is reserved, spent or short, and what funds owe each other rest on
decisions. An entry of one's own there would say that a decision was taken which nobody can show.
What was observed rests on a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from ledger.accounts import Book
from ledger.balances import JournalEntry, find_accounts
from ledger.refusals import Refusal

_REMEDY: Final = {
    chart.AUTHORISATION: "Boek een begroting of een begrotingswijziging",
    chart.RESERVED: "Vraag een trekking aan, of laat een verplichting vrijvallen",
    chart.SPENT: "Vraag een trekking aan, of boek een trekking tegen",
    chart.SHORTAGE: "Vraag een trekking aan, of geef een tekort dekking",
    chart.LAPSED: "Sluit het jaar af, of laat vrijvallen wat overloopt (/financien/overlopend)",
    chart.CARRIED: "Sluit het jaar af",
    chart.TO_BE_INVOICED: "Sluit het jaar af, verwerk een declaratie, of laat vrijvallen wat"
    " niemand meer declareert (/financien/overlopend)",
    chart.DUE_FROM: "Leg vast welk middel aanvaardt, of verreken",
    chart.DUE_TO: "Leg vast welk middel aanvaardt, of verreken",
    chart.OBSERVED: "Lees de waargenomen kosten in uit een bestand",
    chart.OBSERVED_CONTRA: "Lees de waargenomen kosten in uit een bestand",
    **dict.fromkeys(
        (*chart.BENEFITS.values(), chart.CONTRIBUTED),
        "Boek een effectstudie of een raming; een nieuwere boekt haar voorganger terug",
    ),
}


@dataclass(kw_only=True, unsafe_hash=True)
class AccountNotFree(Refusal):
    """A plain entry names an account that only a decision of its own may change."""

    code: ClassVar[str] = "rekening-niet-vrij"
    account: str
    account_code: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        remedy = _REMEDY.get(self.account_code, "Gebruik de opdracht die erbij hoort")
        return (
            f"Op rekening {self.account_code} {chart.name_of(self.account_code)} ({self.account})"
            f" boekt geen eigen journaalpost. {remedy}."
        )


def check_reversible(entry: JournalEntry) -> None:
    """Refuse to reverse by hand what only a newer estimate reverses: a domain benefit.

    :raises AccountNotFree: the entry stands in the book of domain benefits.
    """
    for line in entry.lines:
        if line.account.book is Book.DOMEINBATEN:
            raise AccountNotFree(account=str(line.account.id), account_code=line.account.code)


async def check_plain(
    connection: AsyncConnection, *, gemeente: str, accounts: Iterable[UUID]
) -> None:
    """Refuse accounts that rest on decisions; one that does not exist is for the books to refuse.

    :raises AccountNotFree: what a decision stands behind.
    """
    wanted = sorted(set(accounts))
    found = await find_accounts(connection, gemeente=gemeente, accounts=wanted)
    for each in wanted:
        account = found.get(each)
        if account is not None and account.code in _REMEDY:
            raise AccountNotFree(account=str(each), account_code=account.code)
