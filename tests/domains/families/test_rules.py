"""Who can be in a family, what a youngster needs, and from when a band counts."""

from datetime import date

import pytest

from domains.families.rules import (
    BornInFuture,
    NoMembers,
    check_members,
)

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
