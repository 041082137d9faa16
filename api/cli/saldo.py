"""`ontschot saldo`: what lies where on a date, and how it came there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.chain import known_link
from api.cli.accounts import account_id, path_of
from api.cli.desk import Desk, at_desk
from api.cli.options import (
    DAY,
    NUMBER,
    as_format,
    choice,
    common_with_csv,
    gemeente,
    settings_for,
)
from api.cli.output import (
    EXIT_OK,
    Format,
    Side,
    Value,
    amount,
    in_cell,
    print_csv,
    print_json,
    print_text,
    say,
    table,
)
from api.clock import FIRST_DAY
from api.runtime import require_books
from domains import chart
from domains.districts.queries import district
from domains.families.queries import families, family_budgets
from domains.families.rules import UnknownFamily
from domains.municipalities.names import by_code_or_name
from ledger import balances, money
from ledger.accounts import Account, Book, dimensions
from ledger.balances import AccountBalance, StatementLine
from ledger.refusals import Refusal

_PAGE: Final = 1_000
_MOST_STATEMENTS: Final = 100
_STATEMENT_HEADING: Final = ("rekening", "boekdatum", "soort", "omschrijving", "regel")


@dataclass(kw_only=True, unsafe_hash=True)
class AccountNotOpened(Refusal):
    """There is no such account in this municipality."""

    code: ClassVar[str] = "rekening-niet-geopend"
    account: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Rekening {self.account} bestaat niet in deze gemeente. `ontschot saldo` zonder"
            " --rekening toont welke er zijn."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class TooManyStatements(Refusal):
    """The filters leave more accounts than statements can be made of at once."""

    code: ClassVar[str] = "te-veel-rekeningen"
    accounts: int

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Mutaties van {self.accounts} rekeningen tegelijk kan niet; hooguit"
            f" {_MOST_STATEMENTS}. Kies met --rekening, --middel, --wijk of --gezin."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """Which accounts are asked about, and as of when."""

    gemeente: str
    book: Book
    account: str | None
    fund: str | None
    wijk: str | None
    gezin: UUID | None
    on: date
    since: date
    known_up_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """Accounts with their balances, and their lines when those were asked for."""

    on: date
    known_up_to: int
    balances: tuple[AccountBalance, ...]
    statements: Mapping[UUID, tuple[StatementLine, ...]]


@click.command(
    options_metavar="[OPTIES]",
    help="Toon saldi en mutaties op een peildatum.\n\n"
    "Een saldo is debet min credit. --peildatum telt boekingen tot en met die dag; --stand-per telt"
    " wat bekend was tot en met die schakel, zodat een oud rapport altijd opnieuw te maken is.",
    epilog="Voorbeeld: ontschot saldo --gemeente GM0344 --middel JW-2025 --peildatum 2025-06-30",
)
@gemeente
@click.option(
    "--rekening", metavar="REKENING", help="Nummer, of pad zoals 0120/JW-2025/wijk=WK034400."
)
@click.option("--middel", metavar="MIDDEL", help="Alleen dit middel, zoals JW-2025.")
@click.option("--wijk", metavar="WIJK", help="Alleen deze wijk, zoals WK034400.")
@click.option("--gezin", type=NUMBER, help="Alleen dit gezin (of gezinsbudget).")
@click.option(
    "--boek",
    type=choice(*Book),
    default=str(Book.BUDGET),
    show_default=True,
    help="Welk boek.",
)
@click.option("--peildatum", type=DAY, help="Geboekt tot en met deze dag (standaard vandaag).")
@click.option(
    "--stand-per", type=click.IntRange(0), metavar="SCHAKEL", help="Bekend tot en met deze schakel."
)
@click.option("--mutaties", is_flag=True, help="Toon ook elke regel, met het saldo erna.")
@click.option("--vanaf", type=DAY, help="Mutaties vanaf deze dag.")
@common_with_csv
def command(  # noqa: D103, PLR0913 - its help says it; one argument per option.
    *,
    gemeente: str,
    rekening: str | None,
    middel: str | None,
    wijk: str | None,
    gezin: UUID | None,
    boek: str,
    peildatum: date | None,
    stand_per: int | None,
    mutaties: bool,
    vanaf: date | None,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    require_books(settings)

    async def work(desk: Desk) -> int:
        question = _Question(
            gemeente=municipality.code,
            book=Book(boek.upper()),
            account=rekening,
            fund=None if middel is None else middel.upper(),
            wijk=wijk,
            gezin=gezin,
            on=peildatum or desk.clock.today(),
            since=vanaf or FIRST_DAY,
            known_up_to=stand_per,
        )
        async with db.transaction(desk.engine, municipality.code) as connection:
            answer = await _answer(connection, question, with_lines=mutaties)
        chosen = as_format(formaat)
        if mutaties:
            _show_statements(answer, chosen)
        else:
            _show_balances(answer, chosen)
        return EXIT_OK

    return at_desk(settings, work)


async def _answer(connection: AsyncConnection, question: _Question, *, with_lines: bool) -> _Answer:
    known_up_to = await known_link(
        connection, gemeente=question.gemeente, asked=question.known_up_to
    )
    found = await _balances(connection, question, known_up_to)
    statements: dict[UUID, tuple[StatementLine, ...]] = {}
    if with_lines:
        if len(found) > _MOST_STATEMENTS:
            raise TooManyStatements(accounts=len(found))
        for each in found:
            statements[each.account.id] = await _lines(
                connection, question, each.account, known_up_to
            )
    return _Answer(on=question.on, known_up_to=known_up_to, balances=found, statements=statements)


async def _balances(
    connection: AsyncConnection, question: _Question, known_up_to: int
) -> tuple[AccountBalance, ...]:
    if question.account is not None:
        wanted = account_id(question.account, gemeente=question.gemeente)
        known = await balances.find_accounts(
            connection, gemeente=question.gemeente, accounts=[wanted]
        )
        if wanted not in known:
            raise AccountNotOpened(account=question.account)
        cents = await balances.balances(
            connection,
            gemeente=question.gemeente,
            accounts=[wanted],
            on=question.on,
            known_up_to=known_up_to,
        )
        return (AccountBalance(account=known[wanted], balance_cents=cents[wanted]),)
    if question.wijk is not None:
        await district(connection, gemeente=question.gemeente, code=question.wijk)
    gezin = None if question.gezin is None else await _family(connection, question)
    found = await balances.trial_balance(
        connection,
        gemeente=question.gemeente,
        book=question.book,
        on=question.on,
        known_up_to=known_up_to,
        having=dimensions(wijk=question.wijk, gezin=gezin),
    )
    return tuple(each for each in found if question.fund in {None, each.account.colour})


async def _family(connection: AsyncConnection, question: _Question) -> str:
    """Find the family that is meant, by its own number or by that of its budget."""
    asked = question.gezin
    if asked is not None:
        for budget in await family_budgets(connection, gemeente=question.gemeente, ids=[asked]):
            return str(budget.family.id)
        for family in await families(connection, gemeente=question.gemeente, ids=[asked]):
            return str(family.id)
    raise UnknownFamily(family=str(asked))


async def _lines(
    connection: AsyncConnection, question: _Question, account: Account, known_up_to: int
) -> tuple[StatementLine, ...]:
    """Read all lines of an account, a page at a time."""
    lines: list[StatementLine] = []
    while True:
        page = await balances.statement(
            connection,
            gemeente=question.gemeente,
            account=account.id,
            from_date=question.since,
            on=question.on,
            known_up_to=known_up_to,
            limit=_PAGE,
            after=lines[-1] if lines else None,
        )
        lines += page
        if len(page) < _PAGE:
            return tuple(lines)


def _show_balances(answer: _Answer, chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "peildatum": answer.on,
                "standPer": answer.known_up_to,
                "rekeningen": [_account(each) for each in answer.balances],
            }
        )
        return
    if chosen is Format.CSV:
        print_csv(
            ["rekening", "naam", "code", "middel", "kenmerken", "saldo"],
            [
                [
                    str(each.account.id),
                    chart.name_of(each.account.code),
                    each.account.code,
                    each.account.colour,
                    " ".join(f"{name}={value}" for name, value in each.account.dimensions),
                    in_cell(each.balance_cents),
                ]
                for each in answer.balances
            ],
        )
        return
    if not answer.balances:
        say("Er zijn geen rekeningen die hieraan voldoen.")
        return
    print_text(
        table(
            ["rekening", "naam", "saldo"],
            [
                [
                    path_of(each.account),
                    chart.name_of(each.account.code),
                    money.show(each.balance_cents),
                ]
                for each in answer.balances
            ],
            [Side.LEFT, Side.LEFT, Side.RIGHT],
        )
    )
    say(f"Peildatum {answer.on}, stand per schakel {answer.known_up_to}.")


def _show_statements(answer: _Answer, chosen: Format) -> None:
    if chosen is Format.JSON:
        print_json(
            {
                "peildatum": answer.on,
                "standPer": answer.known_up_to,
                "rekeningen": [
                    {
                        **_account(each),
                        "mutaties": [_line(line) for line in answer.statements[each.account.id]],
                    }
                    for each in answer.balances
                ],
            }
        )
        return
    if chosen is Format.CSV:
        print_csv(
            [
                "rekening",
                "boekdatum",
                "soort",
                "omschrijving",
                "regel",
                "bedrag",
                "saldo",
                "boeking",
            ],
            [
                [
                    path_of(each.account),
                    line.place.booking_date.isoformat(),
                    line.kind,
                    line.description,
                    line.basis,
                    in_cell(line.amount_cents),
                    in_cell(line.balance_cents),
                    str(line.entry),
                ]
                for each in answer.balances
                for line in answer.statements[each.account.id]
            ],
        )
        return
    for each in answer.balances:
        print_text(_statement_text(each, answer.statements[each.account.id]))
    say(f"Peildatum {answer.on}, stand per schakel {answer.known_up_to}.")


def _statement_text(found: AccountBalance, lines: Sequence[StatementLine]) -> str:
    heading = [*_STATEMENT_HEADING[1:], "debet", "credit", "saldo"]
    body = table(
        heading,
        [
            [
                line.place.booking_date.isoformat(),
                line.kind,
                line.description,
                line.basis,
                money.show(line.amount_cents) if line.amount_cents > 0 else "",
                money.show(-line.amount_cents) if line.amount_cents < 0 else "",
                money.show(line.balance_cents),
            ]
            for line in lines
        ],
        [*[Side.LEFT] * 4, *[Side.RIGHT] * 3],
    )
    title = f"{path_of(found.account)} ({chart.name_of(found.account.code)})"
    return f"{title}, saldo {money.show(found.balance_cents)}\n{body}\n"


def _account(found: AccountBalance) -> dict[str, Value]:
    return {
        "rekening": found.account.id,
        "boek": str(found.account.book),
        "code": found.account.code,
        "naam": chart.name_of(found.account.code),
        "middel": found.account.colour,
        "kenmerken": dict(found.account.dimensions),
        "saldo": amount(found.balance_cents),
    }


def _line(line: StatementLine) -> dict[str, Value]:
    return {
        "boekdatum": line.place.booking_date,
        "schakel": line.place.chain_number,
        "boeking": line.entry,
        "soort": line.kind,
        "omschrijving": line.description,
        "stuk": line.document,
        "regel": line.basis,
        "bedrag": amount(line.amount_cents),
        "saldo": amount(line.balance_cents),
    }
