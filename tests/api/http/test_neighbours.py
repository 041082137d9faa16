"""Debts to other municipalities over HTTP: seen, tried, paid once."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.http.conftest import Person
from tests.api.http.town import euro
from tests.domains.neighbours.test_settling import help_after_a_move, start, two_towns

pytestmark = pytest.mark.postgres

DEBTS, PAYMENTS = "/v1/schulden-aan-gemeenten", "/v1/betalingen-aan-gemeenten"


async def test_a_debt_is_paid_once_and_seen_as_paid(
    engine: AsyncEngine, new_gemeente: Callable[[], str], person: Callable[..., Person]
) -> None:
    payer, bearer = await two_towns(engine, new_gemeente, first_pays=True)
    await help_after_a_move(payer, bearer)
    await start(payer, date(2026, 6, 20), seed=2)
    finance = person("financieel", where=bearer.gemeente)
    (debt,) = (await finance.seen(DEBTS))["resultaten"]
    assert (debt["gemeente"], debt["bedrag"]) == (payer.gemeente, euro("300.00"))
    assert (debt["geboektOp"], debt["betaaldOp"]) == ("2026-06-20", None)
    order = {"gemeente": payer.gemeente, "boekdatum": "2026-06-25", "document": "B7"}
    tried = await finance.post(PAYMENTS, order, dry_run=True)
    assert (tried.status_code, tried.json()["bedrag"]) == (200, euro("300.00"))
    paid = await finance.post(PAYMENTS, order, key="betaal")
    assert paid.status_code == 201, paid.text
    assert (await finance.post(PAYMENTS, order, key="betaal")).json() == paid.json()
    (known,) = (await finance.seen(DEBTS))["resultaten"]
    assert (known["betaaldOp"], known["betaling"]) == ("2026-06-25", paid.json()["id"])
    refused = await finance.post(PAYMENTS, order)
    assert (refused.status_code, refused.json()["code"]) == (409, "niets-verschuldigd-aan-gemeente")
