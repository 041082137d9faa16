"""What moving money refuses, each time with the sentence, and that nothing is left behind."""

from datetime import date
from uuid import UUID

import pytest

from domains.districts.rules import UnknownDistrict
from domains.pooling import operations as pooling
from domains.pooling.model import CouncilLine, FundAmount
from domains.pooling.rules import (
    ClosedForShift,
    DecisionNeeded,
    NotEnoughRoom,
    NotPooled,
    NotPositive,
    SameFund,
    SourceWithoutBudget,
)
from domains.sources import UnknownSource
from ledger import books
from ledger.refusals import Refusal
from tests.domains.support import DAY, YEAR, Operation, Town


def line(source: str, cents: int, *, programme: str = "P1", taakveld: str = "6.3") -> CouncilLine:
    """Make a council line."""
    return CouncilLine(source=source, programme=programme, taakveld=taakveld, amount_cents=cents)


def council(*lines: CouncilLine, day: date = DAY) -> Operation:
    """Ask for a council budget."""
    return lambda connection, instruction: pooling.book_council_budget(
        connection,
        instruction=instruction,
        year=YEAR,
        lines=lines,
        decision="raadsbesluit",
        booking_date=day,
    )


def shift(giving: CouncilLine, taking: CouncilLine, *, decision: str = "") -> Operation:
    """Ask for a shift."""
    return lambda connection, instruction: pooling.shift(
        connection,
        instruction=instruction,
        year=YEAR,
        from_line=giving,
        to_line=taking,
        decision=decision,
        booking_date=DAY,
    )


def reserve(*amounts: FundAmount) -> Operation:
    """Ask for a complex reserve."""
    return lambda connection, instruction: pooling.set_complex_reserve(
        connection, instruction=instruction, amounts=amounts, booking_date=DAY
    )


def fill(*amounts: FundAmount, wijk: str = "01") -> Operation:
    """Ask to fill a district, named by its last two digits."""
    return lambda connection, instruction: pooling.fill_districts(
        connection,
        instruction=instruction,
        amounts={f"WK{instruction.gemeente[2:]}{wijk}": amounts},
        booking_date=DAY,
        explanation="Wijkbudget",
    )


def give_back(*amounts: FundAmount, wijk: str = "01") -> Operation:
    """Ask to return money of a district, named by its last two digits."""
    return lambda connection, instruction: pooling.return_from_district(
        connection,
        instruction=instruction,
        wijk=f"WK{instruction.gemeente[2:]}{wijk}",
        amounts=amounts,
        booking_date=DAY,
    )


def of(fund: str, cents: int) -> FundAmount:
    """Name an amount of a fund."""
    return FundAmount(fund=fund, amount_cents=cents)


# Free in the example: ARM 260 000, JW 750 000, SHV 170 000, WMO 350 000.
@pytest.mark.parametrize(
    ("operation", "refusal", "sentence"),
    [
        (council(line("JW", 0)), NotPositive, "€ 0,00 is niet te verplaatsen"),
        (council(line("JW", 1), line("JW", -1)), NotPositive, "€ -0,01 is niet te verplaatsen"),
        (council(line("JWX", 1)), UnknownSource, "bestaat niet. Bedoelt u JW?"),
        (council(line("ZVW", 1)), SourceWithoutBudget, "Bron ZVW heeft geen budget"),
        (council(line("TEKORT", 1)), SourceWithoutBudget, "Bron TEKORT heeft geen budget"),
        (council(), books.TooFewLines, "minder dan twee regels"),
        (council(line("JW", 1), day=date(2025, 12, 31)), books.PeriodUnknown, "nooit is geopend"),
        (council(line("JW", 10**16)), books.AmountTooLarge, "een regel boven"),
        (shift(line("ARM", 0), line("SHV", 0)), NotPositive, "€ 0,00 is niet te verplaatsen"),
        (shift(line("ARM", 1), line("ARM", 1)), SameFund, "begint en eindigt bij ARM-2026"),
        (shift(line("BUIG", 1), line("ARM", 1)), ClosedForShift, "Van en naar BUIG-2026 mag niet"),
        (shift(line("ARM", 1), line("BUIG", 1)), ClosedForShift, "(Participatiewet 69)"),
        (shift(line("SPUK", 1), line("ARM", 1)), ClosedForShift, "SPUK-2026 mag niet"),
        (shift(line("ARM", 1), line("DER", 1)), ClosedForShift, "DER-2026 mag niet"),
        (shift(line("ARM", 1), line("TEKORT", 1)), ClosedForShift, "TEKORT-2026 mag niet"),
        (shift(line("ARM", 1), line("ZVW", 1)), ClosedForShift, "ZVW-2026 mag niet"),
        (shift(line("ARM", 1), line("ARMOE", 1)), UnknownSource, "bestaat niet. Bedoelt u ARM?"),
        (
            shift(line("ARM", 1), line("SHV", 1, programme="P2")),
            DecisionNeeded,
            "van programma P1 naar P2 kan alleen de raad",
        ),
        (
            shift(line("ARM", 1), line("SHV", 1, programme="P2"), decision=" "),
            DecisionNeeded,
            "Noem het raadsbesluit in 'besluit'",
        ),
        (
            shift(line("ARM", 260_000_01), line("SHV", 260_000_01)),
            NotEnoughRoom,
            "In de vrije ruimte heeft ARM-2026 € 260.000,00 ruimte, minder dan € 260.000,01",
        ),
        (
            shift(line("GGZ", 1), line("SHV", 1)),
            NotEnoughRoom,
            "In de vrije ruimte heeft GGZ-2026 € 0,00 ruimte",
        ),
        (
            shift(line("ARM", 1, taakveld="6.1"), line("SHV", 1)),
            NotEnoughRoom,
            "In programma P1, taakveld 6.1, heeft ARM-2026 € 0,00 ruimte",
        ),
        (reserve(of("JW-2026", 0)), NotPositive, "€ 0,00 is niet te verplaatsen"),
        (reserve(of("BUIG-2026", 1)), NotPooled, "Middel BUIG-2026 mag niet in een wijk-"),
        (
            reserve(of("JW-2026", 750_000_00), of("JW-2026", 1)),
            NotEnoughRoom,
            "heeft JW-2026 € 750.000,00 ruimte, minder dan € 750.000,01",
        ),
        (reserve(), books.TooFewLines, "minder dan twee regels"),
        (fill(of("JW-2026", -1)), NotPositive, "€ -0,01 is niet te verplaatsen"),
        (fill(of("BWMO-2026", 1)), NotPooled, "zijn te bundelen (regel E35)"),
        (fill(of("JW-2026", 1), wijk="99"), UnknownDistrict, "is niet bekend"),
        (fill(of("JW-2025", 1)), NotEnoughRoom, "heeft JW-2025 € 0,00 ruimte"),
        (
            fill(of("WMO-2026", 350_000_00), of("ARM-2026", 260_000_01)),
            NotEnoughRoom,
            "heeft ARM-2026 € 260.000,00 ruimte",
        ),
        (give_back(of("JW-2026", 0)), NotPositive, "€ 0,00 is niet te verplaatsen"),
        (
            give_back(of("JW-2026", 200_000_01)),
            NotEnoughRoom,
            "heeft JW-2026 € 200.000,00 ruimte, minder dan € 200.000,01",
        ),
        (give_back(of("JW-2026", 1), wijk="99"), UnknownDistrict, "is niet bekend"),
    ],
)
async def test_a_move_is_refused_in_words_and_leaves_nothing(
    town: Town, operation: Operation, refusal: type[Refusal], sentence: str
) -> None:
    before = (await town.number_of_entries(), await town.count("domains.fund"))
    with pytest.raises(refusal) as caught:
        await town.do(operation, "een sleutel")
    assert sentence in caught.value.message()
    assert (await town.number_of_entries(), await town.count("domains.fund")) == before
    # A refusal uses up no key: the same key may be used for a better request.
    await town.do(council(line("TOE", 1)), "een sleutel", content="verbeterd")


async def test_a_shift_of_two_amounts_is_a_mistake_of_the_caller(town: Town) -> None:
    with pytest.raises(ValueError, match="1, 2"):
        await town.do(shift(line("ARM", 1), line("SHV", 2)))


async def test_all_of_what_is_free_can_be_moved(town: Town) -> None:
    await town.do(shift(line("ARM", 260_000_00), line("SHV", 260_000_00)))
    assert (await town.rooms("0110"))["ARM-2026"] == "€ 0,00"


async def test_a_reversal_is_refused_when_it_cannot_be(town: Town) -> None:
    (filled,) = await town.fill({"JW": 1_000})
    with pytest.raises(books.UnknownEntry):
        await town.reverse(UUID(int=7))
    (reversal,) = await town.reverse(filled)
    with pytest.raises(books.AlreadyReversed):
        await town.reverse(filled)
    # A reversal may itself be reversed, once.
    await town.reverse(reversal)
    with pytest.raises(books.AlreadyReversed):
        await town.reverse(reversal)


async def test_money_that_was_passed_on_cannot_be_taken_back(town: Town) -> None:
    await town.authorise({"TOE": 10})
    (filled,) = await town.fill({"TOE": 10})
    await town.open_budget(await town.register())
    with pytest.raises(books.BelowFloor):
        await town.reverse(filled)


async def test_another_municipality_sees_nothing_of_it(town: Town) -> None:
    (filled,) = await town.fill({"JW": 1_000})
    other = Town(town.engine, "GM1999")
    assert await other.count("domains.fund") == 0
    assert await other.count("domains.district") == 0
    assert await other.count("ledger.entry") == 0
    with pytest.raises(books.UnknownEntry):
        await other.reverse(filled)
