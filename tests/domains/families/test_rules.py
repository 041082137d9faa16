"""Who can be in a family, and for how much its budget may be opened."""

from datetime import date

import pytest

from domains.families.rules import (
    BornInFuture,
    NoMembers,
    OutsideBand,
    check_members,
    opening_amount,
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
    ("asked", "reason", "amount"),
    [
        # The norm of the family type, unless told.
        (None, "", 18_000_00),
        # Within the band, the bounds included.
        (5_000_00, "", 5_000_00),
        (30_000_00, "", 30_000_00),
        # Outside it: only with a reason.
        (4_999_99, "", None),
        (30_000_01, "", None),
        (30_000_01, "   ", None),
        (4_999_99, "gezin verhuist in mei", 4_999_99),
        (30_000_01, "drie zorgtrajecten tegelijk", 30_000_01),
    ],
)
def test_the_fixed_amount(asked: int | None, reason: str, amount: int | None) -> None:
    if amount is not None:
        assert opening_amount(STANDARD, amount_cents=asked, reason=reason) == amount
        return
    with pytest.raises(OutsideBand) as caught:
        opening_amount(STANDARD, amount_cents=asked, reason=reason)
    assert "bandbreedte van € 5.000,00 tot € 30.000,00" in caught.value.message()
