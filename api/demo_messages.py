"""Help in the demo that the sample messages of iJw 3.2 are about, so that they can be taken in.

The sample declaration (JW323) is addressed to Diemen and names three allocations to two persons
who do not exist. The demo lays those down there, as the care administration would tell them: by a
301 of its own making.
"""

from collections.abc import Sequence
from datetime import date, time
from functools import partial
from typing import Final

from api import db
from api.demo_benefits import Steps
from api.invented import TYPES
from domains import chart
from domains.allocations.incoming import book_allocations
from domains.districts.operations import import_districts
from domains.families import operations as families
from domains.families.queries import family_budget
from domains.family_budgets.operations import open_family_budget
from domains.messages import model
from domains.messages.standard import Kind, Law, MessageType
from domains.municipalities.names import Municipality
from domains.notices.operations import take_in
from domains.persons.model import NewPerson
from domains.persons.operations import register_persons
from domains.persons.vault import Vault
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.providers.model import (
    NewContract,
    NewProvider,
    NewStanding,
    NewTariff,
    Product,
    PurchaseScale,
    Quality,
    Unit,
)
from domains.providers.operations import register_contracts, register_providers, set_tariffs
from domains.quantities import Rounding, read_e4
from domains.readers.cbs_districts import one_district
from ledger.entries import fingerprint

GEMEENTE: Final = "GM0384"
YEAR: Final = 2026
_FIRST_DAY: Final = date(YEAR, 1, 1)
_PROVIDER: Final = "65656055"
_BUDGET_CENTS: Final = 100_000_00
_TARIFFS: Final = {"45A03": "12.50", "45A04": "15.00"}
_PERSONS: Final = (
    ("999900006", date(2012, 5, 14), ((10072, "45A03"), (10073, "45A04"))),
    ("999900018", date(2014, 9, 2), ((10074, "45A03"),)),
)
"""Numbers of nobody, from the samples, each with its allocations."""


async def load_messages(steps: Steps, *, vault: Vault, municipality: Municipality) -> None:
    """Lay down a family with three allocations, and the money that pays for them."""
    asked, once = steps.instruction, steps.once
    fund = chart.fund("JW", YEAR)
    await once(
        lambda connection: pooling.book_council_budget(
            connection,
            instruction=asked("berichten-begroting"),
            year=YEAR,
            lines=[
                CouncilLine(
                    source="JW", programme="demo", taakveld="6.751", amount_cents=_BUDGET_CENTS
                )
            ],
            decision="begroting voor de voorbeeldberichten",
            booking_date=_FIRST_DAY,
        )
    )
    (wijk,) = one_district(municipality)
    await once(
        lambda connection: import_districts(
            connection, instruction=asked("berichten-wijk"), districts=[wijk]
        )
    )
    await once(
        lambda connection: pooling.fill_districts(
            connection,
            instruction=asked("berichten-wijkbudget"),
            amounts={wijk.code: [FundAmount(fund=fund, amount_cents=_BUDGET_CENTS // 2)]},
            booking_date=_FIRST_DAY,
            explanation="Wijkbudget voor de voorbeeldberichten",
        )
    )
    await once(
        lambda connection: families.set_family_types(
            connection,
            instruction=asked("berichten-gezinstypen"),
            family_types=TYPES,
            from_date=_FIRST_DAY,
        )
    )
    (family,) = await once(
        lambda connection: families.register_family(
            connection,
            instruction=asked("berichten-gezin"),
            wijk=wijk.code,
            family_type="standaard",
            team=f"wijkteam {wijk.code}",
            is_complex=False,
            birth_dates=[born for _, born, _ in _PERSONS],
            from_date=_FIRST_DAY,
        )
    )
    budget, _ = await once(
        lambda connection: open_family_budget(
            connection,
            instruction=asked("berichten-gezinsbudget"),
            family=family,
            year=YEAR,
            amount_cents=None,
            reason="",
            booking_date=_FIRST_DAY,
        )
    )
    async with db.transaction(steps.engine, steps.gemeente) as connection:
        found = await family_budget(connection, gemeente=steps.gemeente, family_budget_id=budget)
    persons = {member.birth_date: member.person for member in found.family.members}
    await once(
        lambda connection: register_persons(
            connection,
            instruction=asked("berichten-personen"),
            vault=vault,
            persons=[
                NewPerson(person=persons[born], facts=_facts(bsn, born))
                for bsn, born, _ in _PERSONS
            ],
        )
    )
    await _contract(steps)
    for bsn, born, products in _PERSONS:
        message = _message(municipality, _facts(bsn, born), products)
        sha256 = fingerprint("demo", bsn).hex()
        taken = partial(take_in, instruction=asked(f"berichten-301-{bsn}"), vault=vault)
        given = await once(partial(taken, sha256=sha256, message=message))
        booked = partial(book_allocations, instruction=asked(f"berichten-toewijzing-{bsn}"))
        await once(partial(booked, message=given[0], tell=lambda *_: None))


async def _contract(steps: Steps) -> None:
    """Register the provider of the samples, with the tariffs that it declares."""
    await steps.once(
        lambda connection: register_providers(
            connection,
            instruction=steps.instruction("berichten-aanbieder"),
            providers=[
                NewProvider(
                    code=_PROVIDER,
                    name="Aanbieder van de voorbeeldberichten",
                    standing=NewStanding(
                        from_date=_FIRST_DAY, quality=Quality.MEETS, is_barred=False, reason=""
                    ),
                )
            ],
        )
    )
    (contract,) = await steps.once(
        lambda connection: register_contracts(
            connection,
            instruction=steps.instruction("berichten-contract"),
            contracts=[
                NewContract(
                    provider=_PROVIDER,
                    reference="VOORBEELD-2026",
                    purchase_scale=PurchaseScale.LOCAL,
                    from_date=_FIRST_DAY,
                    until_date=None,
                )
            ],
        )
    )
    await steps.once(
        lambda connection: set_tariffs(
            connection,
            instruction=steps.instruction("berichten-tarieven"),
            tariffs=[
                NewTariff(
                    contract=contract,
                    product=Product(category="45", code=code, unit=Unit.HOUR),
                    tariff_e4=read_e4(tariff),
                    rounding=Rounding.HALF_UP,
                    from_date=_FIRST_DAY,
                )
                for code, tariff in _TARIFFS.items()
            ],
        )
    )


def _facts(bsn: str, born: date) -> model.PersonFacts:
    return model.PersonFacts(bsn=bsn, birth_date=born, sex="1", surname="Voorbeeld")


def _message(
    municipality: Municipality, person: model.PersonFacts, products: Sequence[tuple[int, str]]
) -> model.Allocation:
    return model.Allocation(
        header=model.Header(
            message=MessageType(law=Law.YOUTH, kind=Kind.ALLOCATION),
            sender=municipality.code.removeprefix("GM"),
            receiver=_PROVIDER,
            identification=f"DEMO{person.bsn[-4:]}",
            dated=_FIRST_DAY,
        ),
        person=person,
        products=tuple(
            model.AllocatedProduct(
                number=number,
                category="45",
                code=code,
                allocated_on=_FIRST_DAY,
                allocated_time=time(9),
                from_date=_FIRST_DAY,
                last_date=date(YEAR, 12, 31),
                extent=model.Extent(volume=16, unit="04", frequency="4"),
            )
            for number, code in products
        ),
    )
