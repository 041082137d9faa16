"""Writes the walk as a page that a finance officer can read."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from domains import chart
from domains.draws.model import Decision
from domains.families.model import Family
from domains.payers.model import PayerItem
from ledger.accounts import Account
from ledger.balances import JournalEntry
from ledger.money import show
from tests.walk.draws import YEAR
from tests.walk.steps import Step, Walk

_MONTHS: Final = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]

_HEAD: Final = """# De wandeling van één euro

Gemaakt door `make wandeling` uit de echte boeken; een toets faalt als deze bladzijde niet meer
klopt. Gemeente GM0344, jaar 2026. Elke boeking is per middel in evenwicht: debet is credit. Een
saldo is debet min credit. Het gezin bestaat niet echt.
"""


def page_of(walk: Walk) -> str:
    """Write the whole page."""
    steps = "\n".join(_step(number, step, walk.family) for number, step in enumerate(walk.steps, 1))
    return f"{_HEAD}\n{steps}\n{_end(walk)}"


def _step(number: int, step: Step, family: Family) -> str:
    gezin = str(family.id)
    calls = "\n".join(f"    POST {call.path}\n    {call.body}\n" for call in step.calls)
    entries = "\n".join(_entry(entry, gezin) for entry in step.entries)
    decided = "" if step.draw is None else f"{_decision(step.draw.decision, family)}\n"
    settled = "" if step.item is None else f"\n{_item(step.item)}"
    return (
        f"## Stap {number}. {step.title}\n\n{step.story}\n\n{calls}\n{decided}{entries}{settled}\n"
        f"Stand na deze stap:\n\n{_standings(step)}"
    )


def _decision(decision: Decision, family: Family) -> str:
    eldest = min(family.members, key=lambda member: member.birth_date).person
    bases = {
        (each.rule, each.fund): each.legal_basis for each in decision.weighed if each.taken_cents
    }
    paid = _table(
        ["wie betaalt", "waaruit", "voor", "dagen", "bedrag", "regel", "grondslag"],
        [
            [
                part.fund,
                str(part.place),
                "ouder" if part.person == eldest else "jongere",
                _days(part.from_date, part.until_date - timedelta(days=1)),
                show(part.amount_cents),
                part.rule,
                bases.get((part.rule, part.fund), ""),
            ]
            for part in decision.parts
        ],
        right=("bedrag",),
    )
    return f"Uitkomst: **{decision.outcome}**. {decision.sentence}\n\n{paid}"


def _item(item: PayerItem) -> str:
    stands = _table(
        ["toestand", "betaler", "bedrag"],
        [[str(each.state), each.payer, show(each.amount_cents)] for each in item.standings],
        right=("bedrag",),
    )
    state = "nog open" if item.unsettled_cents else "gesloten"
    return f"De openstaande betaler van {item.part.fund} is {state}:\n\n{stands}"


def _entry(entry: JournalEntry, gezin: str) -> str:
    lines = _table(
        ["rekening", "middel", "debet", "credit", "regel"],
        [
            [
                _account(line.account, gezin),
                line.account.colour,
                show(line.amount_cents) if line.amount_cents > 0 else "",
                show(-line.amount_cents) if line.amount_cents < 0 else "",
                line.basis,
            ]
            for line in entry.lines
        ],
        right=("debet", "credit"),
    )
    book = entry.lines[0].account.book
    return (
        f"Boeking in {book}, {_day(entry.booking_date)} {YEAR}, {entry.kind}:"
        f" {entry.description.replace(gezin, 'van dit gezin')}.\n\n{lines}"
    )


_OWN: Final = {"gezin": "dit gezin", "verplichting": "deze trekking"}


def _account(account: Account, gezin: str) -> str:
    marks = [_OWN.get(mark, f"{mark} {value}") for mark, value in account.dimensions]
    return " · ".join([f"{account.code} {chart.name_of(account.code)}", *marks])


def _standings(step: Step) -> str:
    return _table(
        ["middel", "begroot", "vrij", "complex", "wijk", "gezin", "besteed"],
        [
            [
                each.fund,
                show(each.authorised_cents),
                show(each.free_cents),
                show(each.complex_reserve_cents),
                show(each.districts_cents),
                show(each.families_cents),
                show(each.spent_cents),
            ]
            for each in step.standings
        ],
        right=("begroot", "vrij", "complex", "wijk", "gezin", "besteed"),
    )


def _end(walk: Walk) -> str:
    clean = not (walk.report.findings or walk.decisions.findings)
    state = "geen bevindingen" if clean else "BEVINDINGEN"
    return (
        f"## De keten\n\nDe wandeling staat in {walk.links} schakels. De controle rekende"
        f" {walk.report.entries} boekingen en {walk.decisions.draws} trekkingen na: {state}.\n"
    )


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str]) -> str:
    rule = ["--:" if name in right else "---" for name in heading]
    lines = [heading, rule, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _days(first: date, last: date) -> str:
    return _day(first) if first == last else f"{_day(first)} t/m {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"
