"""The invented families of the demo, and the help that they ask for: nobody of them exists."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from domains.draws.model import Payment
from domains.families.model import FamilyType
from domains.providers.model import AskedLine, Product, Unit
from domains.quantities import read_e4

YEAR: Final = 2025
"""The year of the budget figures that travel with the program."""

TYPES: Final = (
    FamilyType(
        code="standaard",
        name="Gezin met vragen op meer levensgebieden",
        min_cents=500_000,
        norm_cents=1_800_000,
        max_cents=3_000_000,
    ),
    FamilyType(
        code="complex",
        name="Gezin met de meest complexe vragen",
        min_cents=1_500_000,
        norm_cents=3_500_000,
        max_cents=6_000_000,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedFamily:
    """An invented family: birth dates from old to young."""

    name: str
    family_type: str
    is_complex: bool
    birth_dates: tuple[date, ...]
    has_youngster: bool = False
    """The youngest turns eighteen half a year after the demo is loaded, whenever that is."""
    in_new_district: bool = False
    """It lives where no money was allotted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedHelp:
    """Invented help for a member of one of the families."""

    name: str
    family: str
    member: int
    """Place in the family by age, the oldest first."""
    kind: str
    from_date: date
    until_date: date
    amount_cents: int
    provider: str
    description: str
    facts: tuple[tuple[str, bool | None], ...] = ()
    role: str = "budgethouder"
    """Who asks; above the mandate of that role the request waits."""
    payment: Payment = Payment.AT_ONCE
    lines: tuple[AskedLine, ...] = ()
    """What is asked in price times quantity; then the amount is what they come to."""
    delivered_until: date | None = None
    """What was delivered from the first day on (exclusive): an amount, or a volume of the line."""
    delivered_cents: int | None = None
    delivered_e4: int | None = None


FAMILIES: Final = (
    InventedFamily(
        name="gezin-1",
        family_type="standaard",
        is_complex=False,
        birth_dates=(date(1982, 3, 9), date(2007, 5, 15)),
    ),
    InventedFamily(
        name="gezin-2",
        family_type="standaard",
        is_complex=False,
        birth_dates=(date(1988, 1, 30), date(1990, 11, 20), date(2016, 2, 1), date(2019, 8, 8)),
    ),
    InventedFamily(
        name="gezin-3",
        family_type="complex",
        is_complex=True,
        birth_dates=(date(1979, 6, 2), date(2009, 9, 30), date(2012, 12, 12)),
    ),
    InventedFamily(
        name="gezin-4",
        family_type="standaard",
        is_complex=False,
        birth_dates=(date(1984, 4, 4),),
        has_youngster=True,
        in_new_district=True,
    ),
)

_NO_OTHER: Final = ("voorliggende-voorziening-tijdig", False)

HELP: Final = (
    InventedHelp(
        name="achterstand",
        family="gezin-1",
        member=0,
        kind="betalingsachterstand-in-schuldtraject",
        from_date=date(YEAR, 3, 1),
        until_date=date(YEAR, 3, 2),
        amount_cents=125_000,
        provider="Woningcorporatie (fictief)",
        description="Huurachterstand, zodat het gezin niet op straat komt",
    ),
    InventedHelp(
        name="achttien",
        family="gezin-1",
        member=1,
        kind="begeleiding-bij-beperking",
        from_date=date(YEAR, 4, 1),
        until_date=date(YEAR, 7, 1),
        amount_cents=273_000,
        provider="Zorgaanbieder A (fictief)",
        description="Begeleiding die doorloopt na de achttiende verjaardag",
        facts=(("beperking", True), ("wlz-recht", False)),
        payment=Payment.RESERVATION,
    ),
    InventedHelp(
        name="inrichting",
        family="gezin-1",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 5, 1),
        until_date=date(YEAR, 5, 2),
        amount_cents=350_000,
        provider="Woningcorporatie (fictief)",
        description="Inrichting en eerste huur",
        facts=(_NO_OTHER,),
    ),
    InventedHelp(
        name="jeugdhulp",
        family="gezin-2",
        member=2,
        kind="jeugdhulp-ambulant",
        from_date=date(YEAR, 2, 1),
        until_date=date(YEAR, 8, 1),
        amount_cents=640_000,
        provider="Zorgaanbieder B (fictief)",
        description="Ambulante jeugdhulp",
        facts=(("beschikking-of-verwijzing", True),),
        payment=Payment.RESERVATION,
        delivered_until=date(YEAR, 4, 1),
        delivered_cents=208_000,
    ),
    InventedHelp(
        name="kindpakket",
        family="gezin-2",
        member=3,
        kind="kindpakket",
        from_date=date(YEAR, 9, 1),
        until_date=date(YEAR, 9, 2),
        amount_cents=30_000,
        provider="Stichting leergeld (fictief)",
        description="Zwemles en sportkleding",
        facts=(("laag-inkomen", True),),
    ),
    InventedHelp(
        name="jeugd-ggz",
        family="gezin-3",
        member=1,
        kind="jeugd-ggz",
        from_date=date(YEAR, 1, 15),
        until_date=date(YEAR, 7, 1),
        amount_cents=1_450_000,
        provider="Zorgaanbieder C (fictief)",
        description="Behandeling in het gezin",
    ),
    InventedHelp(
        name="begeleiding-uren",
        family="gezin-3",
        member=2,
        kind="jeugdhulp-ambulant",
        from_date=date(YEAR, 9, 1),
        until_date=date(YEAR, 12, 1),
        amount_cents=0,
        provider="Zorgaanbieder E (fictief)",
        description="Begeleiding in uren",
        facts=(("beschikking-of-verwijzing", True),),
        payment=Payment.RESERVATION,
        lines=(
            AskedLine(
                product=Product(category="45", code="45A04", unit=Unit.HOUR),
                volume_e4=read_e4("40"),
                from_date=date(YEAR, 9, 1),
                until_date=date(YEAR, 12, 1),
                tariff_e4=read_e4("92.50"),
            ),
        ),
        delivered_until=date(YEAR, 11, 1),
        delivered_e4=read_e4("30"),
    ),
    InventedHelp(
        name="bijstand",
        family="gezin-2",
        member=1,
        kind="algemene-bijstand",
        from_date=date(YEAR, 11, 1),
        until_date=date(YEAR, 12, 1),
        amount_cents=140_000,
        provider="Sociale dienst (fictief)",
        description="Bijstand over een maand",
    ),
    InventedHelp(
        name="woonplek",
        family="gezin-3",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 6, 1),
        until_date=date(YEAR, 9, 1),
        amount_cents=1_200_000,
        provider="Zorgaanbieder D (fictief)",
        description="Tijdelijke woonplek en begeleiding",
        facts=(_NO_OTHER,),
    ),
    InventedHelp(
        name="ggz-volwassene",
        family="gezin-1",
        member=0,
        kind="ggz-behandeling-volwassene",
        from_date=date(YEAR, 7, 1),
        until_date=date(YEAR, 7, 22),
        amount_cents=90_000,
        provider="GGZ-instelling (fictief)",
        description="Eerste weken behandeling; de zorgverzekeraar heeft nog niet besloten",
    ),
    InventedHelp(
        name="wasmachine",
        family="gezin-2",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 10, 1),
        until_date=date(YEAR, 10, 2),
        amount_cents=120_000,
        provider="Witgoedwinkel (fictief)",
        description="Wasmachine en bed; meer dan een wijkteam zelf mag toekennen",
        facts=(_NO_OTHER,),
        role="wijkteam",
    ),
    InventedHelp(
        name="nieuwe-wijk",
        family="gezin-4",
        member=0,
        kind="maatwerk",
        from_date=date(YEAR, 6, 1),
        until_date=date(YEAR, 6, 2),
        amount_cents=250_000,
        provider="Woningcorporatie (fictief)",
        description="Verhuizing naar een passende woning",
        facts=(_NO_OTHER,),
    ),
)
