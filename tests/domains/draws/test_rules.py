"""A draw is refused only for what it is; who pays follows from law and room, to the cent."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.draws.cover import cover
from domains.draws.model import (
    Decision,
    DrawRequest,
    Membership,
    Outcome,
    Place,
    Room,
)
from domains.draws.rules import as_earlier, check_draw, decide_draw, plan_draw
from domains.eligibility.catalogue import KINDS, RULE_BASE
from domains.eligibility.model import Facts, RuleOutcome
from domains.families.model import Family, Member, Residence
from domains.settings.model import Settings
from ledger.refusals import Refusal

FAMILY = UUID("0f0b7f44-1df5-4a41-9f3e-5b7f3d6f0001")
PARENT = UUID("0f0b7f44-1df5-4a41-9f3e-5b7f3d6f0002")
YOUNGSTER = UUID("0f0b7f44-1df5-4a41-9f3e-5b7f3d6f0003")
PERSONS = {"ouder": PARENT, "jongere": YOUNGSTER}
BORN = {PARENT: date(1982, 7, 10), YOUNGSTER: date(2008, 5, 15)}
HOUSEHOLD = Family(
    id=FAMILY,
    residences=(Residence(from_date=date(2020, 1, 1), district="WK034401"),),
    family_type="standaard",
    registered_team="wijkteam noord",
    leads=(),
    is_complex=True,
    opened_on=date(2020, 1, 1),
    members=tuple(
        Member(person=person, birth_date=born, from_date=date(2020, 1, 1))
        for person, born in BORN.items()
    ),
)
RULE = {rule.rule_id: rule for rule in RULE_BASE.rules}
PLACES = {place.value: place for place in Place if place is not Place.SHORTAGE}


def table_of(text: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in row.split("|")) for row in text.strip().splitlines()]


def cents(text: str) -> int:
    return int(text.replace(".", "").replace(",", ""))


def rooms_of(text: str) -> tuple[Room, ...]:
    """Read ``gezin JW-2026 100,00``, divided by commas followed by a space."""
    found = []
    for cell in text.split(", "):
        if cell.strip() in {"", "-"}:
            continue
        place, fund, amount = cell.split()
        found.append(
            Room(
                fund=fund,
                source=fund.partition("-")[0],
                place=PLACES[place],
                amount_cents=cents(amount),
                wijk="WK034401" if place == "wijk" else "",
            )
        )
    return tuple(found)


def a_request(
    kind: str = "maatwerk",
    *,
    person: UUID = PARENT,
    days: str = "2026-05-01..2026-05-02",
    amount: int = 10_000,
    facts: Facts = (),
) -> DrawRequest:
    start, end = (date.fromisoformat(day) for day in days.split(".."))
    return DrawRequest(
        family_budget=FAMILY,
        persons=(person,),
        kind=kind,
        from_date=start,
        until_date=end,
        amount_cents=amount,
        provider="Woonstichting",
        description="inrichting en eerste huur",
        facts=facts,
        reason="",
    )


def decided(request: DrawRequest, rooms: tuple[Room, ...]) -> Decision:
    stretches = plan_draw(
        request,
        family=HOUSEHOLD,
        sources={room.source for room in rooms},
        rules=RULE_BASE,
        kinds=KINDS,
    )
    found = cover(stretches, gezin=FAMILY, rooms=rooms, advance_order=Settings().advance_order)
    return decide_draw(
        request, found=found, mandate=None, approval=None, rule_version=RULE_BASE.version
    )


def told(decision: Decision) -> str:
    return ", ".join(
        f"{part.place.value} {part.fund} {part.amount_cents / 100:.2f} {part.rule}".replace(
            ".", ","
        )
        for part in decision.parts
    )


FACTS_OF_B: Facts = (("beperking", True), ("wlz-recht", False))

# Steps 4 to 7 of the worked example: draw | who | kind | days | amount | rooms | who pays
WORKED_EXAMPLE = """
A | ouder | betalingsachterstand-in-schuldtraject | 2026-03-01..2026-03-02 | 1.250,00 | gezin JW-2026 11.250,00, gezin WMO-2026 2.812,50, gezin SHV-2026 1.687,50, gezin ARM-2026 2.250,00 | gezin SHV-2026 1250,00 E19
B | jongere | begeleiding-bij-beperking | 2026-04-01..2026-07-01 | 2.730,00 | gezin JW-2026 11.250,00, gezin WMO-2026 2.812,50, gezin SHV-2026 437,50, gezin ARM-2026 2.250,00 | gezin JW-2026 1320,00 E04, gezin WMO-2026 1410,00 E14
C | ouder | maatwerk | 2026-05-01..2026-05-02 | 3.500,00 | gezin JW-2026 9.930,00, gezin WMO-2026 1.402,50, gezin SHV-2026 437,50, gezin ARM-2026 2.250,00 | gezin ARM-2026 561,70 E35, gezin JW-2026 2478,96 E35, gezin SHV-2026 109,22 E35, gezin WMO-2026 350,12 E35
D | ouder | maatwerk | 2026-06-01..2026-09-01 | 12.000,00 | gezin JW-2026 7.451,04, gezin WMO-2026 1.052,38, gezin SHV-2026 328,28, gezin ARM-2026 1.688,30, wijk JW-2026 188.750,00, wijk WMO-2026 47.187,50, wijk SHV-2026 28.312,50, wijk ARM-2026 37.750,00 | gezin ARM-2026 1688,30 E35, gezin JW-2026 7451,04 E35, gezin SHV-2026 328,28 E35, gezin WMO-2026 1052,38 E35, wijk ARM-2026 185,00 E35, wijk JW-2026 925,00 E35, wijk SHV-2026 138,75 E35, wijk WMO-2026 231,25 E35
"""  # noqa: E501  # A row of a table stays on one line.
DRAWS = {row[0]: row[1:] for row in table_of(WORKED_EXAMPLE)}


def draw_of(name: str) -> tuple[DrawRequest, tuple[Room, ...], str]:
    """Give a draw of the worked example: what is asked, what lies ready, and who should pay."""
    who, kind, days, amount, rooms, expected = DRAWS[name]
    facts = FACTS_OF_B if who == "jongere" else ()
    request = a_request(kind, person=PERSONS[who], days=days, amount=cents(amount), facts=facts)
    return request, rooms_of(rooms), expected


@pytest.mark.parametrize("name", DRAWS)
def test_the_worked_example_to_the_cent(name: str) -> None:
    request, rooms, expected = draw_of(name)
    decision = decided(request, rooms)
    assert told(decision) == expected
    assert decision.outcome is Outcome.GRANTED
    assert sum(part.amount_cents for part in decision.parts) == request.amount_cents
    assert decision.rule_version == RULE_BASE.version


def test_draw_d_uses_the_whole_family_budget_and_tops_up_from_the_district() -> None:
    request, rooms, _ = draw_of("D")
    decision = decided(request, rooms)
    paid = Counter[Place]()
    for part in decision.parts:
        paid[part.place] += part.amount_cents
    assert paid == {Place.FAMILY: 1_052_000, Place.DISTRICT: 148_000}


def test_draw_b_moves_the_payer_on_the_birthday_and_the_taakveld_with_the_law() -> None:
    request, rooms, _ = draw_of("B")
    youth, adult = decided(request, rooms).parts
    birthday = date(2026, 5, 15)
    assert (youth.from_date, youth.until_date) == (date(2026, 4, 1), birthday)
    assert (adult.from_date, adult.until_date) == (birthday, date(2026, 7, 1))
    assert (youth.taakveld, youth.category, youth.cost_account) == ("6.751", "3.4.1", "4210")
    assert (adult.taakveld, adult.category, adult.cost_account) == ("6.712", "3.4.1", "4310")
    assert not youth.provisional
    assert adult.to_be_shown == ()


def test_draw_a_says_of_each_room_why_it_pays_or_not() -> None:
    request, rooms, _ = draw_of("A")
    decision = decided(request, rooms)
    assert [
        (each.fund, each.eligible, each.rule, each.room_cents, each.taken_cents)
        for each in decision.weighed
    ] == [
        ("ARM-2026", False, "E24", 225_000, 0),
        ("JW-2026", True, "E13", 1_125_000, 0),
        ("SHV-2026", True, "E19", 168_750, 125_000),
        ("WMO-2026", True, "E35", 281_250, 0),
    ]
    arm, youth, debts, _ = decision.weighed
    assert arm.reason == (
        "Mag niet betalen. Bijstand is er niet om schulden af te lossen; dat gaat via"
        " schuldhulpverlening."
    )
    assert arm.legal_basis == "Participatiewet 13 lid 1 g; 16"
    assert youth.reason == "Mag betalen, maar was niet nodig."
    assert debts.reason.startswith("Betaalt. Schuldhulpverlening")


# kind | who | days | amount | rooms | who pays
SITUATIONS = """
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2026 100,00, wijk SHV-2026 900,00, gezin JW-2026 50,00 | gezin SHV-2026 100,00 E19
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2026 60,00, wijk SHV-2026 900,00, gezin JW-2026 50,00 | gezin SHV-2026 60,00 E19, wijk SHV-2026 40,00 E19
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2026 60,00, complex SHV-2026 30,00, gezin JW-2026 50,00 | gezin JW-2026 10,00 E13, gezin SHV-2026 60,00 E19, complex SHV-2026 30,00 E19
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2026 60,00, gezin WMO-2026 30,00, gezin JW-2026 10,00 | gezin JW-2026 10,00 E13, gezin SHV-2026 60,00 E19, gezin WMO-2026 30,00 E35
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2026 60,00, gezin BUIG-2026 500,00 | gezin SHV-2026 60,00 E19, tekort TEKORT-2026 40,00 E41
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | gezin SHV-2025 60,00, gezin SHV-2027 60,00 | tekort TEKORT-2026 100,00 E41
schuldhulpverlening | ouder | 2026-03-01 1 | 100,00 | - | tekort TEKORT-2026 100,00 E41
jeugd-ggz | jongere | 2026-03-01 1 | 100,00 | gezin GGZ-2026 10,00, wijk GGZ-2026 20,00, gezin JW-2026 500,00 | gezin GGZ-2026 10,00 E03, gezin JW-2026 70,00 E03, wijk GGZ-2026 20,00 E03
jeugd-ggz | jongere | 2026-06-01 1 | 100,00 | gezin GGZ-2026 10,00, gezin WMO-2026 500,00 | gezin WMO-2026 100,00 E39
begeleiding-bij-beperking | jongere | 2026-05-14 2 | 0,01 | gezin JW-2026 1,00, gezin WMO-2026 1,00 | gezin JW-2026 0,01 E04
begeleiding-bij-beperking | jongere | 2026-05-14 2 | 2,00 | gezin JW-2026 0,40, gezin WMO-2026 1,30 | gezin JW-2026 0,40 E04, tekort TEKORT-2026 0,60 E41, gezin WMO-2026 1,00 E14
maatwerk | ouder | 2026-12-31 2 | 10,00 | gezin ARM-2026 9,00, gezin ARM-2027 2,00 | gezin ARM-2026 5,00 E35, gezin ARM-2027 2,00 E35, tekort TEKORT-2027 3,00 E41
maatwerk | ouder | 2026-03-01 1 | 10,00 | gezin ARM-2026 4,00, gezin ARM-2026 4,00, gezin SHV-2026 0,00, wijk TOE-2026 9,00 | gezin ARM-2026 8,00 E35, wijk TOE-2026 2,00 E35
maatwerk | ouder | 2026-03-01 1 | 0,01 | gezin JW-2026 1,00, gezin ARM-2026 1,00, gezin SHV-2026 1,00 | gezin ARM-2026 0,01 E35
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", table_of(SITUATIONS))
def test_the_funds_pay_in_the_order_of_the_law(row: tuple[str, ...]) -> None:
    kind, who, period, amount, rooms, expected = row
    start, days = period.split()
    until = date.fromisoformat(start) + timedelta(days=int(days))
    request = a_request(
        kind,
        person=PERSONS[who],
        days=f"{start}..{until}",
        amount=cents(amount),
        facts=FACTS_OF_B if who == "jongere" else (),
    )
    assert told(decided(request, rooms_of(rooms))) == expected


# amount | rooms -> the line that a wijkteam member reads
SENTENCES = """
100,00 | gezin ARM-2026 100,00 | Toegekend: € 100,00, waarvan € 100,00 uit het gezinsbudget.
100,00 | gezin ARM-2026 60,00, wijk ARM-2026 90,00 | Toegekend: € 100,00, waarvan € 60,00 uit het gezinsbudget en € 40,00 uit het wijkbudget.
100,00 | gezin ARM-2026 60,00, wijk ARM-2026 9,00, complex JW-2026 1,00 | Toegekend: € 100,00, waarvan € 60,00 uit het gezinsbudget, € 9,00 uit het wijkbudget, € 1,00 uit de reserve voor de meest complexe gezinnen en € 30,00 nog zonder dekking (open post voor de budgethouder).
"""  # noqa: E501  # A row of a table stays on one line.


@pytest.mark.parametrize("row", table_of(SENTENCES))
def test_the_answer_is_one_line(row: tuple[str, ...]) -> None:
    amount, rooms, expected = row
    decision = decided(a_request(amount=cents(amount)), rooms_of(rooms))
    assert decision.sentence == expected


def test_a_shortage_says_for_which_source_it_stands_in_and_keeps_the_taakveld() -> None:
    (part,) = decided(a_request("schuldhulpverlening"), ()).parts
    assert (part.fund, part.place, part.stands_in_for) == ("TEKORT-2026", Place.SHORTAGE, "SHV")
    assert (part.taakveld, part.category, part.cost_account) == ("6.3", "3.8", "4410")
    (tailor_made,) = decided(a_request(), ()).parts
    assert tailor_made.stands_in_for == ""


def test_a_missing_fact_makes_the_cover_provisional_under_the_law_only() -> None:
    by_law = a_request("jeugdhulp-ambulant", person=YOUNGSTER)
    (part,) = decided(by_law, rooms_of("gezin JW-2026 900,00")).parts
    assert part.provisional
    assert part.to_be_shown == ("beschikking-of-verwijzing",)
    (part,) = decided(a_request(), rooms_of("gezin JW-2026 900,00")).parts
    assert not part.provisional
    assert part.to_be_shown == ("voorliggende-voorziening-tijdig",)


def test_the_pool_keeps_the_taakveld_of_the_help_whoever_pays() -> None:
    request = a_request("begeleiding-bij-beperking", person=YOUNGSTER, facts=(("beperking", True),))
    (part,) = decided(request, rooms_of("gezin ARM-2026 900,00")).parts
    assert (part.rule, part.taakveld, part.cost_account) == ("E35", "6.751", "4210")


# kind | facts | room -> why this fund pays or not
REASONS = """
ggz-behandeling-volwassene | - | BWMO | Geen regel opent dit middel voor deze hulp.
ggz-behandeling-volwassene | - | GGZ | Mag niet betalen. GGZ-behandeling vanaf 18 jaar
ggz-behandeling-volwassene | - | WMO | Mag voorschieten, maar heeft geen ruimte.
ggz-behandeling-volwassene | - | JW | Mag niet betalen. GGZ-behandeling vanaf 18 jaar
begeleiding-bij-beperking | wlz-recht | WMO | Mag voorschieten, maar heeft geen ruimte.
maatwerk | voorliggende-voorziening-tijdig | JW | Voorwaarde niet vervuld: voorliggende-
maatwerk | voorliggende-voorziening-tijdig | WMO | Mag voorschieten, maar heeft geen ruimte.
maatwerk | - | BWMO | Geen regel opent dit middel voor deze hulp.
maatwerk | - | WMO | Mag betalen, maar heeft geen ruimte.
"""


@pytest.mark.parametrize("row", table_of(REASONS))
def test_every_room_that_paid_nothing_says_why(row: tuple[str, ...]) -> None:
    kind, fact, source, expected = row
    facts: Facts = () if fact == "-" else ((fact, True),)
    decision = decided(a_request(kind, facts=facts), rooms_of(f"gezin {source}-2026 0,00"))
    (weighed,) = decision.weighed
    assert weighed.reason.startswith(expected)
    assert weighed.taken_cents == 0
    assert told(decision) == "tekort TEKORT-2026 100,00 E41"


# what the request differs in, one thing a row; the order is the order of the checks -> code
MEMBERS = (
    Membership(person=YOUNGSTER, from_date=date(2026, 1, 1), until_date=None),
    Membership(person=PARENT, from_date=date(2026, 7, 1), until_date=None),
    Membership(person=PARENT, from_date=date(2020, 1, 1), until_date=date(2026, 6, 1)),
)
EARLIER = (
    as_earlier(
        replace(a_request(days="2026-05-01..2026-05-03"), provider="Meubelhuis", description="bed")
    ),
    as_earlier(
        replace(
            a_request("schuldhulpverlening", days="2026-04-01..2026-06-01"),
            provider="Kredietbank",
            description="traject",
        )
    ),
)
ON = date(2026, 3, 1)
CHECKS = """
bedrag 0                                            | trekking-niet-positief
bedrag -1                                           | trekking-niet-positief
dagen 2026-05-02..2026-05-02                        | periode-leeg
dagen 2026-05-02..2026-05-01                        | periode-leeg
dagen 2026-05-02..9999-12-31                        | periode-te-lang
dagen 9998-05-02..9999-12-31                        | periode-te-ver-vooruit
dagen 2026-05-02..2036-05-03                        | periode-te-lang
dagen 2026-05-02..2036-05-02                        | persoon-niet-in-gezin
soort maatwerkje                                    | soort-hulp-onbekend
soort pgb-in-geld                                   | pgb-niet-in-geld
persoon 0f0b7f44-1df5-4a41-9f3e-5b7f3d6f0009        | persoon-niet-in-gezin
dagen 2019-12-31..2020-01-02                        | persoon-niet-in-gezin
dagen 2026-05-31..2026-06-01                        | -
dagen 2026-05-31..2026-06-02                        | persoon-niet-in-gezin
dagen 2026-05-31..2026-07-02                        | persoon-niet-in-gezin
dagen 2024-12-31..2025-01-01                        | periode-voor-oudste-open-jaar
dagen 2024-12-31..2025-01-02                        | -
dagen 2028-03-01..2028-03-02                        | -
dagen 2028-03-02..2028-03-03                        | periode-te-ver-vooruit
aanbieder MEUBELHUIS, omschrijving  Bed             | hulp-dubbel
aanbieder MEUBELHUIS, omschrijving kast             | -
aanbieder Woonwinkel, omschrijving bed              | -
aanbieder Meubelhuis, omschrijving bed, dagen 2026-05-02..2026-05-09 | hulp-dubbel
aanbieder Meubelhuis, omschrijving bed, dagen 2026-05-03..2026-05-09 | -
aanbieder Meubelhuis, omschrijving bed, dagen 2026-04-09..2026-05-01 | -
aanbieder Meubelhuis, omschrijving bed, persoon 0f0b7f44-1df5-4a41-9f3e-5b7f3d6f0003 | -
soort schuldhulpverlening, aanbieder kredietbank    | hulp-dubbel
soort schuldhulpverlening, aanbieder Ander          | tweede-aanbieder-zonder-reden
soort schuldhulpverlening, aanbieder Ander, reden x | -
"""


def changed(request: DrawRequest, change: str) -> DrawRequest:
    name, _, value = change.strip().partition(" ")
    if name == "dagen":
        start, end = (date.fromisoformat(day) for day in value.split(".."))
        return replace(request, from_date=start, until_date=end)
    return CHANGES[name](request, value)


CHANGES: dict[str, Callable[[DrawRequest, str], DrawRequest]] = {
    "bedrag": lambda request, value: replace(request, amount_cents=int(value)),
    "persoon": lambda request, value: replace(request, persons=(UUID(value),)),
    "soort": lambda request, value: replace(request, kind=value),
    "aanbieder": lambda request, value: replace(request, provider=value),
    "omschrijving": lambda request, value: replace(request, description=value),
    "reden": lambda request, value: replace(request, reason=value),
}


def check(request: DrawRequest, asked_on: date = ON) -> None:
    check_draw(
        request,
        kinds=KINDS,
        members=MEMBERS,
        earlier=EARLIER,
        oldest_open_year=2025,
        asked_on=asked_on,
    )


@pytest.mark.parametrize("row", table_of(CHECKS))
def test_a_request_is_refused_only_for_what_it_is(row: tuple[str, ...]) -> None:
    changes, code = row
    request = a_request()
    for change in changes.split(","):
        request = changed(request, change)
    if code == "-":
        check(request)
        return
    with pytest.raises(Refusal) as caught:
        check(request)
    assert caught.value.code == code
    assert caught.value.message().endswith(".")


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": "Meubelhuis", "description": "bed"},
        {"kind": "schuldhulpverlening", "provider": "ander", "reason": ""},
        {"from_date": date(2019, 12, 31)},
    ],
)
def test_a_refusal_of_help_for_several_names_whom_it_is_about(changes: dict[str, object]) -> None:
    request = replace(a_request(), persons=(YOUNGSTER, PARENT), **changes)  # type: ignore[arg-type] # Free words.
    with pytest.raises(Refusal) as caught:
        check(request)
    named = YOUNGSTER if "from_date" in changes else PARENT
    assert f"ersoon {named} " in caught.value.message()


def test_asked_on_29_february_help_may_start_until_28_february() -> None:
    leap_day = date(2024, 2, 29)
    start = date(2026, 2, 28)
    check(replace(a_request(), from_date=start, until_date=start + timedelta(1)), leap_day)
    later = replace(a_request(), from_date=start + timedelta(1), until_date=date(2026, 3, 2))
    with pytest.raises(Refusal, match="28-2-2026"):
        check(later, leap_day)


ROOMS = st.lists(
    st.builds(
        lambda source, year, place, amount: Room(
            fund=f"{source}-{year}",
            source=source,
            place=place,
            amount_cents=amount,
            wijk="WK034401" if place is Place.DISTRICT else "",
        ),
        st.sampled_from(["JW", "GGZ", "WMO", "TOE", "ARM", "SHV", "RES", "BUIG", "BWMO"]),
        st.sampled_from([2026, 2027]),
        st.sampled_from(list(PLACES.values())),
        st.integers(0, 10**7),
    ),
    max_size=20,
    unique_by=lambda room: (room.fund, room.place),
).map(tuple)


@st.composite
def requests(draw: st.DrawFn) -> DrawRequest:
    start = draw(st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 6, 30)))
    last = min(start + timedelta(days=draw(st.integers(1, 400))), date(2028, 1, 1))
    names = sorted({each.fact for rule in RULE_BASE.rules for each in rule.conditions})
    facts = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([True, False, None])))
    return a_request(
        draw(st.sampled_from([kind.code for kind in KINDS])),
        person=draw(st.sampled_from([PARENT, YOUNGSTER])),
        days=f"{start}..{last}",
        amount=draw(st.integers(1, 10**7)),
        facts=tuple(sorted(facts.items())),
    )


@settings(max_examples=500)
@given(request=requests(), rooms=ROOMS)
def test_the_parts_are_the_amount_and_no_fund_pays_more_than_it_has(
    request: DrawRequest, rooms: tuple[Room, ...]
) -> None:
    decision = decided(request, rooms)
    assert sum(part.amount_cents for part in decision.parts) == request.amount_cents
    assert all(part.amount_cents > 0 for part in decision.parts)
    held = {(room.place, room.fund): room.amount_cents for room in rooms}
    paid: dict[tuple[Place, str], int] = {}
    for part in decision.parts:
        key = (part.place, part.fund)
        paid[key] = paid.get(key, 0) + part.amount_cents
    assert all(amount <= held[key] for key, amount in paid.items() if key[0] is not Place.SHORTAGE)
    assert sum(each.taken_cents for each in decision.weighed) == sum(
        amount for (place, _), amount in paid.items() if place is not Place.SHORTAGE
    )


@given(request=requests(), rooms=ROOMS)
def test_each_part_rests_on_a_rule_that_opens_its_own_source_on_its_own_days(
    request: DrawRequest, rooms: tuple[Room, ...]
) -> None:
    for part in decided(request, rooms).parts:
        rule = RULE[part.rule]
        source, _, year = part.fund.partition("-")
        assert rule.outcome not in {RuleOutcome.NIET, RuleOutcome.EXTERN}
        assert source in rule.sources
        last = part.until_date - timedelta(days=1)
        assert int(year) == part.from_date.year == last.year
        assert rule.valid_on(part.from_date)
        assert rule.valid_on(last)


@settings(max_examples=500)
@given(request=requests(), rooms=ROOMS, other_rooms=ROOMS)
def test_money_changes_who_pays_and_nothing_else(
    request: DrawRequest, rooms: tuple[Room, ...], other_rooms: tuple[Room, ...]
) -> None:
    one, other = decided(request, rooms), decided(request, other_rooms)
    assert one.outcome.is_granted
    assert other.outcome.is_granted
    assert one.until_date == other.until_date
    assert per_day(one) == per_day(other)


def per_day(decision: Decision) -> dict[tuple[date, date, str, str], int]:
    """Give what is granted for which days and of what nature, whoever pays."""
    found: dict[tuple[date, date, str, str], int] = {}
    for part in decision.parts:
        key = (part.from_date, part.until_date, part.taakveld, part.category)
        found[key] = found.get(key, 0) + part.amount_cents
    return found


@given(request=requests(), rooms=ROOMS, data=st.data())
def test_the_order_of_the_rooms_changes_nothing(
    request: DrawRequest, rooms: tuple[Room, ...], data: st.DataObject
) -> None:
    shuffled = tuple(data.draw(st.permutations(rooms)))
    assert decided(request, shuffled) == decided(request, rooms)


@given(request=requests(), rooms=ROOMS)
def test_nothing_is_short_while_an_open_fund_has_room(
    request: DrawRequest, rooms: tuple[Room, ...]
) -> None:
    decision = decided(request, rooms)
    for short in [part for part in decision.parts if part.place is Place.SHORTAGE]:
        for each in decision.weighed:
            if each.eligible and each.from_date == short.from_date:
                taken = sum(
                    other.taken_cents
                    for other in decision.weighed
                    if (other.fund, other.place) == (each.fund, each.place)
                )
                assert taken == each.room_cents
