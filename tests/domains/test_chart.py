"""The chart of accounts: every code that the program books on has a name and its own book."""

import inspect
from uuid import UUID

import pytest

from domains import chart
from domains.data.files import rows_of
from domains.eligibility.catalogue import KINDS, RULE_BASE
from ledger.accounts import Account, Book

SCHEMA = {row["rekening"]: row for row in rows_of("rekeningschema.csv")}
CODES = {
    name: value
    for name, value in vars(chart).items()
    if name.isupper() and isinstance(value, str) and value.isdigit()
}


def test_a_code_stands_in_the_chart_once() -> None:
    rows = rows_of("rekeningschema.csv")
    assert len(rows) == len(SCHEMA)
    assert [row["rekening"] for row in rows] == sorted(SCHEMA)
    assert all(row["naam"] for row in rows)
    assert {row["boek"] for row in rows} == {book.value for book in Book}


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_code_of_the_program_has_a_name(name: str) -> None:
    assert chart.name_of(CODES[name]) == SCHEMA[CODES[name]]["naam"]


def test_an_account_lies_in_the_book_of_the_chart() -> None:
    made = [
        chart.free("GM0344", "JW-2026"),
        chart.complex_reserve("GM0344", "JW-2026"),
        chart.district("GM0344", "JW-2026", wijk="WK034401"),
        chart.family("GM0344", "JW-2026", gezin="g"),
        chart.shortage("GM0344", "TEKORT-2026"),
        chart.payments("GM0344", "JW-2026"),
        chart.claim("GM0344", "JW-2026", payer="ZVW", debtor=""),
        chart.due_from("GM0344", "JW-2026", other="WMO-2026"),
        chart.due_to("GM0344", "JW-2026", other="WMO-2026"),
        chart.contribution("GM0344", "JW-2026", taakveld="6.751", category="4.5.8"),
        chart.owed_to_gemeente("GM0344", "JW-2026", other="GM0150"),
        chart.borne("GM0344", "JW-2026", taakveld="6.751", category="3.4.1", other="GM0150"),
        chart.benefit("GM0344", UUID(int=2), state="gemeten", domain="JEUGD"),
        chart.contributed("GM0344", UUID(int=2), state="gemeten", domain="SCHULD"),
        chart.lapsed("GM0344", "JW-2026"),
        chart.carried("GM0344", "JW-2026"),
        chart.to_be_invoiced("GM0344", "JW-2026", verplichting=UUID(int=1)),
        chart.grant_liability("GM0344", "SPUK-2026", code=chart.GRANT_LIABILITY),
        chart.grant_revenue("GM0344", "SPUK-2026", code=chart.GRANT_REVENUE, taakveld="6.1"),
        chart.reserve("GM0344", "JW-2026"),
        chart.to_reserve("GM0344", "JW-2026"),
        chart.from_reserve("GM0344", "JW-2026"),
        chart.creditors("GM0344", "JW-2026"),
        chart.observed("GM0344", "JW-2026", person="p", kind="jeugd-ggz"),
        chart.observed_contra("GM0344", "JW-2026"),
        chart.authorisation("GM0344", "JW-2026", programme="6", taakveld="6.751"),
        *(
            make(
                "GM0344",
                "JW-2026",
                wijk="WK034401",
                gezin="g",
                taakveld="6.751",
                category="3.4.1",
                verplichting=UUID(int=1),
            )
            for make in (chart.reserved, chart.spent)
        ),
    ]
    makers = [
        function
        for _, function in inspect.getmembers(chart, callable)
        if not isinstance(function, type)
        and inspect.signature(function).return_annotation is Account
        and not function.__name__.startswith("_")
    ]
    assert len(made) + 1 == len(makers), "chart.cost is judged below; add new makers here"
    assert {(account.code, account.book.value) for account in made} == {
        (account.code, SCHEMA[account.code]["boek"]) for account in made
    }


def test_help_costs_land_on_cost_accounts_of_the_chart() -> None:
    natures = [kind.nature for kind in KINDS]
    natures += [rule.nature for rule in RULE_BASE.rules if rule.nature is not None]
    for nature in natures:
        row = SCHEMA[nature.cost_account]
        assert (row["boek"], row["soort"]) == ("LASTEN", "LASTEN"), nature


def test_a_code_outside_the_chart_is_its_own_name() -> None:
    assert chart.name_of("7777") == "7777"
