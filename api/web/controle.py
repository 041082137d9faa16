"""The pages of the controller: is the chain whole, what did the checker find, what waits too long.

From any figure the way leads to its entry, and from the entry to its link of the chain.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template

from api import db
from api.http.services import services_of
from api.web.language import marked
from api.web.pages import CONTROLE, page
from api.web.visitors import Visit
from domains import checks
from domains.settings.queries import settings_on
from domains.signals.model import SignalKind
from domains.signals.queries import signals
from ledger import checker
from ledger.balances import last_link
from ledger.reading import rows

_KINDS: Final = {
    SignalKind.SHORTAGE: marked("Toegekend, en nog zonder dekking"),
    SignalKind.GRANTED_AFTER_DEADLINE: marked("Toegekend omdat niemand op tijd oordeelde"),
    SignalKind.APPROVAL_OVERDUE: marked("Wacht te lang op akkoord"),
    SignalKind.PAYER_OVERDUE: marked("Voorgeschoten, en te lang zonder betaler"),
    SignalKind.PROVIDER_ASKS: marked("Een aanbieder vraagt om hulp of een wijziging"),
    SignalKind.NOT_BOOKED: marked("Toegewezen in de zorgadministratie, en niet geboekt"),
}
_MOST: Final = 100
_LINKS: Final = """
    SELECT link.chain_number, link.recorded_at, encode(link.hash, 'hex') AS hash,
           (SELECT count(*) FROM ledger.entry AS entry WHERE entry.gemeente = link.gemeente
            AND entry.chain_number = link.chain_number) AS entries
    FROM ledger.link AS link WHERE link.gemeente = %s
    ORDER BY link.chain_number DESC LIMIT 10
"""


@get("/controle", visitors=CONTROLE.visitors)
async def overview(request: Visit) -> Template:
    """Show how the chain stands and which exceptions wait for somebody."""
    services, gemeente = services_of(request), request.user.gemeente
    today = services.clock.today()
    async with db.snapshot(services.engine, gemeente) as connection:
        number = await last_link(connection, gemeente=gemeente)
        links = await rows(connection, _LINKS, (gemeente,))
        found = await signals(
            connection,
            gemeente=gemeente,
            today=today,
            settings=await settings_on(connection, gemeente=gemeente, day=today),
        )
    return page(
        request,
        "controle/overview.html",
        number=number,
        links=links,
        signals=found[:_MOST],
        omitted=max(0, len(found) - _MOST),
        kinds=_KINDS,
    )


@post("/controle/controleren", visitors=CONTROLE.visitors, status_code=200)
async def check(request: Visit) -> Template:
    """Derive everything again from the entries, compare, and show every difference."""
    services, gemeente = services_of(request), request.user.gemeente
    async with db.snapshot(services.engine, gemeente) as connection:
        report = await checker.check(connection, gemeente=gemeente, progress=None)
        decided = await checks.check(connection, gemeente=gemeente)
    found = (*report.findings, *decided.findings)
    omitted = sum(count for _, count in (*report.omitted, *decided.omitted))
    return page(
        request,
        "controle/checked.html",
        report=report,
        decisions=decided.draws + decided.budgets,
        findings=found[:_MOST],
        omitted=omitted + max(0, len(found) - _MOST),
        at=services.clock.now(),
    )


@get("/controle/zoek", visitors=CONTROLE.visitors)
async def find(request: Visit) -> Template | Redirect:
    """Lead from an id of an entry or a draw, as any page or file names it, to its entries."""
    wanted = request.query_params.get("nummer", "").strip()
    entries: Sequence[Any] = ()
    async with db.snapshot(services_of(request).engine, request.user.gemeente) as connection:
        if _is_id(wanted):
            entries = await rows(
                connection, _ENTRIES, {"gemeente": request.user.gemeente, "id": UUID(wanted)}
            )
    if len(entries) == 1:
        return Redirect(f"/financien/journaal/{entries[0].entry_id}", status_code=303)
    return page(request, "controle/found.html", wanted=wanted, entries=entries)


_ENTRIES: Final = """
    SELECT entry_id, chain_number, booking_date, kind, description FROM ledger.entry
    WHERE gemeente = %(gemeente)s AND (entry_id = %(id)s OR decision = %(id)s OR reverses = %(id)s)
    ORDER BY chain_number, position LIMIT 100
"""


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


HANDLERS: Final = (overview, check, find)
