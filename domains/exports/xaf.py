"""XAF 3.2 (XML Auditfile Financieel): the lines of a year in the form that accountants read.

costID is the taakveld, prodID the economic category, projID the family budget (a pseudonym); an
account is a code of the chart with its fund. It is written in pieces, so that the books of a large
city need no memory. Source: XmlAuditfileFinancieel 3.2 of the XML Platform.
"""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Final
from xml.sax.saxutils import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from domains import chart
from domains.exports import accounts, queries
from domains.exports.accounts import AccountType
from domains.exports.model import LedgerLine, LineTotals, Movement, Scope
from domains.municipalities.names import name_of
from ledger import money

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST: Final = 999
_RESULT: Final = "1900"
_TYPES: Final = {AccountType.BALANCE: "B", AccountType.EXPENSES: "P", AccountType.REVENUES: "P"}


async def audit_file(
    connection: AsyncConnection, *, gemeente: str, year: int, on: date, known_up_to: int
) -> AsyncIterator[bytes]:
    """Write the audit file of a year in pieces, up to a booking date.

    :raises domains.exports.refusals.NothingKnownYet: nothing was ever booked.
    """
    scope = await queries.scope_of(
        connection,
        gemeente=gemeente,
        from_date=date(year, 1, 1),
        on=min(on, date(year, 12, 31)),
        known_up_to=known_up_to,
    )
    moved = await queries.movements(connection, scope)
    yield head(scope, moved, await queries.line_totals(connection, scope)).encode()
    async for lines in queries.ledger_lines(connection, scope):
        yield entries(lines).encode()
    yield TAIL.encode()


def head(scope: Scope, moved: Sequence[Movement], totals: LineTotals) -> str:
    """Write all that comes before the first entry."""
    year = scope.from_date.year
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            '<auditfile xmlns="http://www.auditfiles.nl/XAF/3.2">\n',
            "<header>",
            _of("fiscalYear", year),
            _of("startDate", scope.from_date),
            _of("endDate", date(year, 12, 31)),
            _of("curCode", "EUR"),
            _of("dateCreated", scope.made_on),
            _of("softwareDesc", "Ontschot"),
            "</header>\n<company>",
            _of("companyIdent", scope.gemeente),
            _of("companyName", name_of(scope.gemeente)),
            _of("taxRegistrationCountry", "NL"),
            _of("taxRegIdent", scope.gemeente),
            "\n",
            _general_ledger(moved),
            _periods(year),
            _opening(scope, moved),
            "<transactions>",
            _totals(totals),
            "<journal>",
            _of("jrnID", "SUBGROOTBOEK"),
            _of("desc", f"Subgrootboek sociaal domein, bekend tot schakel {scope.known_up_to}"),
            _of("jrnTp", "M"),
            "\n",
        )
    )


def entries(lines: Sequence[LedgerLine]) -> str:
    """Write whole entries, in the order of the chain."""
    return "".join(
        _entry(list(found)) for _, found in groupby(lines, key=lambda line: line.voucher)
    )


TAIL: Final = "</journal></transactions></company></auditfile>\n"
"""All that comes after the last entry."""


def account_id(code: str, fund: str) -> str:
    """Name an account of the audit file: the code of the chart, and the fund."""
    return f"{code}.{fund}"


def _general_ledger(moved: Sequence[Movement]) -> str:
    known = {(each.account.code, each.account.colour) for each in moved}
    needed = known | {(_RESULT, fund) for fund in _results(moved)}
    if not needed:
        return ""
    return "".join(
        (
            "<generalLedger>\n",
            *(
                "".join(
                    (
                        "<ledgerAccount>",
                        _of("accID", account_id(code, fund)),
                        _of("accDesc", f"{chart.name_of(code)}, {fund}"),
                        _of("accTp", _TYPES[accounts.type_of(code)]),
                        _of("leadCode", accounts.iv3_place_of(code)),
                        "</ledgerAccount>\n",
                    )
                )
                for code, fund in sorted(needed)
            ),
            "</generalLedger>\n",
        )
    )


def _periods(year: int) -> str:
    first_days = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
    return "".join(
        (
            "<periods>",
            *(
                "".join(
                    (
                        "<period>",
                        _of("periodNumber", first.month),
                        _of("startDatePeriod", first),
                        _of("endDatePeriod", following - timedelta(days=1)),
                        "</period>",
                    )
                )
                for first, following in pairwise(first_days)
            ),
            "</periods>\n",
        )
    )


def _opening(scope: Scope, moved: Sequence[Movement]) -> str:
    """Write the opening balance; a result that nobody booked yet stands on 1900 of its fund."""
    cents = _results(moved)
    lines = {(_RESULT, fund): amount for fund, amount in cents.items()}
    for each in moved:
        if accounts.type_of(each.account.code) is AccountType.BALANCE:
            key = (each.account.code, each.account.colour)
            lines[key] = lines.get(key, 0) + each.opening_cents
    filled = [(key, amount) for key, amount in sorted(lines.items()) if amount]
    totals = LineTotals(
        lines=len(filled),
        debit_cents=sum(amount for _, amount in filled if amount > 0),
        credit_cents=-sum(amount for _, amount in filled if amount < 0),
    )
    return "".join(
        (
            "<openingBalance>",
            _of("opBalDate", scope.from_date),
            _totals(totals),
            *(
                "".join(
                    (
                        "<obLine>",
                        _of("nr", number),
                        _of("accID", account_id(*key)),
                        _amount(amount),
                        "</obLine>",
                    )
                )
                for number, (key, amount) in enumerate(filled, 1)
            ),
            "</openingBalance>\n",
        )
    )


def _results(moved: Sequence[Movement]) -> dict[str, int]:
    """Sum the results of earlier years per fund: what its lasten and baten still hold."""
    found: dict[str, int] = {}
    for each in moved:
        if accounts.type_of(each.account.code) is not AccountType.BALANCE:
            fund = each.account.colour
            found[fund] = found.get(fund, 0) + each.opening_cents
    return {fund: cents for fund, cents in found.items() if cents}


def _entry(lines: Sequence[LedgerLine]) -> str:
    first = lines[0]
    return "".join(
        (
            "<transaction>",
            _of("nr", first.voucher),
            _of("desc", first.told),
            _of("periodNumber", first.booking_date.month),
            _of("trDt", first.booking_date),
            *(_line(line) for line in lines),
            "</transaction>\n",
        )
    )


def _line(line: LedgerLine) -> str:
    envelope = line.envelope.hex if line.envelope else ""
    return "".join(
        (
            "<trLine>",
            _of("nr", line.line),
            _of("accID", account_id(line.code, line.fund)),
            _of("docRef", line.document or line.voucher),
            _of("effDate", line.booking_date),
            _amount(line.amount_cents),
            *(
                _of(name, value)
                for name, value in (
                    ("costID", line.taakveld),
                    ("prodID", line.category),
                    ("projID", envelope),
                )
                if value
            ),
            "</trLine>",
        )
    )


def _totals(totals: LineTotals) -> str:
    return "".join(
        (
            _of("linesCount", totals.lines),
            _of("totalDebit", money.write(totals.debit_cents)),
            _of("totalCredit", money.write(totals.credit_cents)),
        )
    )


def _amount(cents: int) -> str:
    return _of("amnt", money.write(abs(cents))) + _of("amntTp", "D" if cents > 0 else "C")


def _of(name: str, value: object) -> str:
    """Write an element; what XML cannot hold is left out, and what is too long is cut."""
    return f"<{name}>{escape(_NOT_XML.sub('', str(value))[:_LONGEST])}</{name}>"
