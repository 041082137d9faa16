"""What the register of providers says on a day, and what it refuses."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domains.budgets.taakvelden import in_year
from domains.eligibility.catalogue import KINDS
from domains.providers import rules
from domains.providers.model import (
    Band,
    Contract,
    NewBand,
    NewContract,
    NewProvider,
    NewStanding,
    NewTariff,
    Product,
    Provider,
    ProviderStanding,
    PurchaseScale,
    Quality,
    Tariff,
    Unit,
)
from domains.quantities import Rounding, read_e4
from ledger.refusals import Refusal

HELP = Product(category="45", code="45A04", unit=Unit.HOUR)
OTHER = Product(category="45", code="45A04", unit=Unit.MINUTE)


def day(text: str) -> date:
    """Read ``1-7`` as a day of 2026, and ``1-7-2027`` as it stands."""
    numbers = [int(each) for each in text.split("-")]
    return date(numbers[2] if len(numbers) > 2 else 2026, numbers[1], numbers[0])


def provider(*standings: str) -> Provider:
    """Make a provider from lines such as ``1-1 voldoet``, with ``!`` where it is barred."""
    found = []
    for number, line in enumerate(standings, 1):
        first, quality = line.removesuffix(" !").split()
        found.append(
            ProviderStanding(
                id=UUID(int=number),
                version=number,
                from_date=day(first),
                quality=Quality(quality),
                is_barred=line.endswith("!"),
                reason="reden",
            )
        )
    return Provider(id=UUID(int=1), code="A", name="Aanbieder A", standings=tuple(found))


def contract(number: int, days: str = "1-1 1-1-2027", **more: object) -> Contract:
    """Make a contract of provider A that holds on these days."""
    first, until = days.split()
    made = Contract(
        id=UUID(int=number),
        provider="A",
        reference=f"C{number}",
        purchase_scale=PurchaseScale.LOCAL,
        from_date=day(first),
        until_date=None if until == "-" else day(until),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def tariff(number: int, euros: str, first: str, *, of: int = 1, product: Product = HELP) -> Tariff:
    """Make a version of a tariff."""
    return Tariff(
        id=UUID(int=number),
        contract=UUID(int=of),
        product=product,
        version=number,
        tariff_e4=read_e4(euros),
        rounding=Rounding.HALF_UP,
        from_date=day(first),
    )


STANDINGS = """
standings                              days         meets  barred from
1-1 voldoet                            1-3 1-6      ja     -
1-1 onbekend                           1-3 1-6      ?      -
1-3 voldoet                            1-2 1-6      ?      -
1-1 voldoet-niet                       1-3 1-6      nee    -
1-1 voldoet, 1-5 voldoet-niet          1-3 1-6      nee    -
1-1 voldoet, 1-5 voldoet-niet          1-3 1-5      ja     -
1-1 voldoet, 1-5 onbekend              1-3 1-6      ?      -
1-1 voldoet-niet, 1-1 voldoet          1-3 1-6      ja     -
1-1 voldoet !                          1-3 1-6      ja     1-3
1-1 voldoet, 1-5 voldoet !             1-3 1-6      ja     1-5
1-1 voldoet, 1-5 voldoet !             1-3 1-5      ja     -
1-1 voldoet !, 1-4 voldoet             1-3 1-6      ja     1-3
1-1 voldoet, 1-5 voldoet !, 1-2 voldoet   1-3 1-6   ja     -
"""


@pytest.mark.parametrize("row", STANDINGS.strip().splitlines()[1:])
def test_the_standing_of_every_day_counts(row: str) -> None:
    told, barred = row.rstrip().rsplit(maxsplit=1)
    told, meets = told.rsplit(maxsplit=1)
    told, first, until = told.rsplit(maxsplit=2)
    found = provider(*(line.strip() for line in told.split(",")))
    answer = {"ja": True, "nee": False, "?": None}[meets]
    assert rules.meets_quality(found, day(first), day(until)) is answer
    expected = None if barred == "-" else day(barred)
    assert rules.barred_on(found, day(first), day(until)) == expected


TARIFFS = """
day        tariff
31-12-2025 -
1-1        50
30-6       50
1-7        52.5025
1-10       51
31-12      51
1-1-2027   -
"""


@pytest.mark.parametrize("row", TARIFFS.strip().splitlines()[1:])
def test_the_tariff_of_a_day_is_the_latest_version_that_began(row: str) -> None:
    when, euros = row.split()
    versions = [tariff(1, "50", "1-1"), tariff(2, "52.5025", "1-7"), tariff(3, "51", "1-10")]
    found = rules.tariff_on(
        day(when), product=HELP, contracts={UUID(int=1): contract(1)}, tariffs=versions
    )
    assert (found.tariff_e4 if found else "-") == ("-" if euros == "-" else read_e4(euros))


def test_a_later_version_from_an_earlier_day_takes_over() -> None:
    versions = [tariff(1, "50", "1-7"), tariff(2, "40", "1-1")]
    held = {UUID(int=1): contract(1)}
    found = rules.tariff_on(day("1-8"), product=HELP, contracts=held, tariffs=versions)
    assert found == versions[1]
    assert rules.tariff_on(day("1-8"), product=OTHER, contracts=held, tariffs=versions) is None, (
        "another unit is another product"
    )


SCALES = """
kind                 scale      year  taakveld
jeugdhulp-ambulant   lokaal     2026  6.751
jeugdhulp-ambulant   regionaal  2026  6.752
jeugd-ggz            landelijk  2026  6.753
jeugdhulp-verblijf   lokaal     2026  6.761
gezinshuis           regionaal  2026  6.762
pleegzorg            landelijk  2026  6.763
jeugdhulp-ambulant   -          2026  6.751
jeugdhulp-ambulant   regionaal  2024  6.72d
huishoudelijke-hulp  regionaal  2026  6.711
jeugdbescherming     landelijk  2026  6.821
"""


@pytest.mark.parametrize("row", SCALES.strip().splitlines()[1:])
def test_the_purchase_scale_decides_the_taakveld_of_youth_help(row: str) -> None:
    code, scale, year, taakveld = row.split()
    kind = next(each for each in KINDS if each.code == code)
    found = rules.at_scale(
        kind.nature_in(int(year)),
        None if scale == "-" else PurchaseScale(scale),
        year=int(year),
    )
    assert found.taakveld == taakveld
    assert in_year(found.taakveld, int(year)) is not None
    assert (found.category, found.cost_account) == (
        kind.nature.category,
        kind.nature.cost_account,
    )


def test_the_scale_of_a_day_is_that_of_the_contract_that_holds() -> None:
    regional = contract(2, "1-7 -", purchase_scale=PurchaseScale.REGIONAL)
    held = [contract(1, "1-1 1-9"), regional]
    assert rules.scale_on(day("1-3"), held) is PurchaseScale.LOCAL
    assert rules.scale_on(day("1-8"), held) is None, "nobody knows which contract is meant"
    assert rules.scale_on(day("1-9"), held) is PurchaseScale.REGIONAL
    assert rules.scale_on(day("1-12-2025"), held) is None


SIGNALS = """
tariff   day    signal
49.9999  1-3    onder-bandbreedte
50       1-3    binnen-bandbreedte
60       1-3    binnen-bandbreedte
60.0001  1-3    boven-bandbreedte
60.0001  1-7    binnen-bandbreedte
50       1-7    onder-bandbreedte
50       31-12-2025  zonder-bandbreedte
"""


@pytest.mark.parametrize("row", SIGNALS.strip().splitlines()[1:])
def test_a_tariff_outside_its_band_warns(row: str) -> None:
    euros, when, signal = row.split()
    bands = [
        Band(
            id=UUID(int=number),
            product=HELP,
            version=number,
            low_e4=read_e4(low),
            high_e4=read_e4(high),
            from_date=day(first),
            study="kostprijsonderzoek",
        )
        for number, low, high, first in ((1, "50", "60", "1-1"), (2, "55", "65", "1-7"))
    ]
    found = rules.price_signal(read_e4(euros), product=HELP, day=day(when), bands=bands)
    assert found == signal
    other = rules.price_signal(read_e4(euros), product=OTHER, day=day(when), bands=bands)
    assert other == "zonder-bandbreedte"


def new_provider(code: str = "B", name: str = "Aanbieder B") -> NewProvider:
    return NewProvider(
        code=code,
        name=name,
        standing=NewStanding(
            from_date=day("1-1"), quality=Quality.MEETS, is_barred=False, reason=""
        ),
    )


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (new_provider(), ""),
        (new_provider(code="a"), "aanbieder-bestaat-al"),
        (new_provider(name="  AANBIEDER  a "), "aanbieder-bestaat-al"),
    ],
)
def test_a_code_or_name_leads_to_one_provider(new: NewProvider, code: str) -> None:
    known = {"a": "A", "aanbieder a": "A"}
    assert told(lambda: rules.check_provider(new, known_as=known)) == code


@pytest.mark.parametrize(
    ("quality", "is_barred", "reason", "code"),
    [
        (Quality.MEETS, False, "", ""),
        (Quality.UNKNOWN, False, "", ""),
        (Quality.FAILS, False, " ", "stand-zonder-reden"),
        (Quality.MEETS, True, "", "stand-zonder-reden"),
        (Quality.FAILS, True, "Inspectie", ""),
    ],
)
def test_who_is_shut_out_is_told_why(
    quality: Quality, *, is_barred: bool, reason: str, code: str
) -> None:
    new = NewStanding(from_date=day("1-1"), quality=quality, is_barred=is_barred, reason=reason)
    assert told(lambda: rules.check_standing(new, provider="A")) == code


CONTRACTS = """
provider  reference  days          refusal
A         C2         1-1 1-1-2027
A         C2         1-1 -
B         C1         1-1 -
X         C2         1-1 -         aanbieder-onbekend
A         C2         1-3 1-3       contract-zonder-dagen
A         C1         1-1 -         contract-bestaat-al
"""


@pytest.mark.parametrize("row", CONTRACTS.strip().splitlines()[1:])
def test_a_contract_is_one_of_a_known_provider(row: str) -> None:
    who, reference, first, until, *refusal = row.split()
    new = NewContract(
        provider=who,
        reference=reference,
        purchase_scale=PurchaseScale.LOCAL,
        from_date=day(first),
        until_date=None if until == "-" else day(until),
    )
    known = [contract(1)]
    found = told(lambda: rules.check_contract(new, providers=("A", "B"), known=known))
    assert found == "".join(refusal)


NEW_TARIFFS = """
contract  tariff        first     refusal
1         50            1-1
1         50            31-12
1         0             1-1       tarief-nul
1         0.0001        1-1
1         50            1-1-2027  tarief-buiten-contract
9         50            1-1       contract-onbekend
2         50            1-7       tarief-in-ander-contract
3         50            1-2-2027
4         50            1-1
5         50            1-3-2025
"""


@pytest.mark.parametrize("row", NEW_TARIFFS.strip().splitlines()[1:])
def test_each_day_of_a_product_has_one_tariff(row: str) -> None:
    where, euros, first, *refusal = row.split()
    contracts = {
        UUID(int=1): contract(1),
        UUID(int=2): contract(2, "1-7 -"),
        UUID(int=3): contract(3, "1-1-2027 -"),
        UUID(int=4): contract(4, "1-1 -", provider="B"),
        UUID(int=5): contract(5, "1-1-2025 1-1"),
    }
    new = NewTariff(
        contract=UUID(int=int(where)),
        product=HELP,
        tariff_e4=read_e4(euros),
        rounding=Rounding.HALF_UP,
        from_date=day(first),
    )
    known = [tariff(1, "50", "1-1")]
    found = told(lambda: rules.check_tariff(new, contracts=contracts, known=known))
    assert found == "".join(refusal)


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [("0", "1", "bandbreedte-onjuist"), ("2", "1", "bandbreedte-onjuist"), ("1", "1", "")],
)
def test_a_band_has_room_for_a_tariff(low: str, high: str, code: str) -> None:
    new = NewBand(
        product=HELP, low_e4=read_e4(low), high_e4=read_e4(high), from_date=day("1-1"), study="s"
    )
    assert told(lambda: rules.check_band(new)) == code


def told(check: object) -> str:
    """Give the code of the refusal, or nothing."""
    assert callable(check)
    try:
        check()
    except Refusal as refusal:
        return refusal.code
    return ""
