"""Who can be in a family, what a youngster needs, and from when a band counts."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domains.families.model import FamilyType, Member
from domains.families.rules import (
    BornInFuture,
    FamilyTypeFixed,
    NoMembers,
    check_members,
    is_new_version,
    is_youngster,
)
from tests.domains.support import STANDARD

TODAY = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("birth_dates", "refusal"),
    [
        ([], NoMembers),
        ([date(1982, 3, 3)], None),
        ([date(1982, 3, 3), TODAY], None),
        ([date(1982, 3, 3), date(2026, 1, 3)], BornInFuture),
        ([date(1901, 1, 1)], None),
        ([date(1900, 12, 31)], BornInFuture),
    ],
)
def test_a_family_has_members_who_can_live(
    birth_dates: list[date], refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_members(birth_dates, today=TODAY)
        return
    with pytest.raises(refusal):
        check_members(birth_dates, today=TODAY)


def test_an_impossible_birth_date_is_told_by_its_place_only() -> None:
    with pytest.raises(BornInFuture) as caught:
        check_members([date(1982, 3, 3), date(2082, 7, 31)], today=TODAY)
    assert caught.value.message() == ("De geboortedatum van lid 2 kan niet. Controleer het jaar.")
    assert caught.value.facts() == {"person": 2}
    assert "2082" not in repr(caught.value)


@pytest.mark.parametrize(
    ("birth_date", "is_one"),
    [
        # The day before, on and after the 16th birthday.
        (date(2010, 1, 3), False),
        (date(2010, 1, 2), True),
        (date(2010, 1, 1), True),
        # The last day of being 23, and the 24th birthday.
        (date(2002, 1, 3), True),
        (date(2002, 1, 2), False),
    ],
)
def test_a_youngster_is_16_to_23_years_old(birth_date: date, *, is_one: bool) -> None:
    member = Member(person=UUID(int=1), birth_date=birth_date, from_date=birth_date)
    assert is_youngster(member, on=TODAY) is is_one


DEARER = replace(STANDARD, norm_cents=20_000_00)


@pytest.mark.parametrize(
    ("known", "wanted", "day", "is_new"),
    [
        ([], STANDARD, date(2026, 1, 1), True),
        # What stands so already stays as it is.
        ([(date(2026, 1, 1), STANDARD)], STANDARD, date(2026, 1, 1), False),
        ([(date(2026, 1, 1), STANDARD)], STANDARD, date(2027, 1, 1), False),
        # Another band: only later than every band that is known.
        ([(date(2026, 1, 1), STANDARD)], DEARER, date(2026, 1, 2), True),
        ([(date(2026, 1, 1), STANDARD)], DEARER, date(2026, 1, 1), None),
        ([(date(2026, 1, 1), STANDARD)], DEARER, date(2025, 1, 1), None),
        ([(date(2026, 1, 1), STANDARD)], STANDARD, date(2025, 1, 1), None),
        (
            [(date(2026, 1, 1), STANDARD), (date(2027, 1, 1), DEARER)],
            DEARER,
            date(2026, 6, 1),
            None,
        ),
        # And back again.
        (
            [(date(2026, 1, 1), STANDARD), (date(2027, 1, 1), DEARER)],
            STANDARD,
            date(2028, 1, 1),
            True,
        ),
    ],
)
def test_from_when_a_band_counts(
    known: list[tuple[date, FamilyType]], wanted: FamilyType, day: date, *, is_new: bool | None
) -> None:
    if is_new is not None:
        assert is_new_version(known, wanted, from_date=day) is is_new
        return
    with pytest.raises(FamilyTypeFixed):
        is_new_version(known, wanted, from_date=day)
