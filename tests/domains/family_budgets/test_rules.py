"""For how much a family budget may be opened, and what stands out."""

import pytest

from domains.family_budgets.rules import OutsideBand, opening_amount
from tests.domains.support import STANDARD


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
