"""The sample declaration of the standard, on what the demo lays down for it."""

import io
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.clock import SystemClock
from api.demo import Demo
from api.demo_messages import GEMEENTE
from api.messages import Office, take_in_declaration
from domains.declarations.answering import write_answer
from domains.figures.queries import variances
from domains.instruction import Actor
from domains.messages.schema import load_schema, schema_file
from domains.messages.standard import Kind, Law, MessageType
from domains.municipalities.names import by_code_or_name
from domains.persons.vault import Vault
from ledger import balances

pytestmark = pytest.mark.postgres

VAULT = Vault(file="proef.key", master=bytes(range(32)))


async def test_the_sample_declaration_is_answered_as_its_schema_asks(
    fresh_engine: AsyncEngine, testdata: Path
) -> None:
    schemas = testdata / "ijw_iwmo"
    for _ in range(2):  # A second run changes nothing.
        demo = Demo(fresh_engine, SystemClock(), by_code_or_name(GEMEENTE), lambda _step: None)
        await demo.load_messages(VAULT)
    office = Office(
        engine=fresh_engine,
        clock=SystemClock(),
        actor=Actor(
            subject="demo", client="demo", gemeente=GEMEENTE, roles=frozenset({"financieel"})
        ),
        vault=VAULT,
        schemas=schemas,
        tell=lambda *_: None,
    )
    with (schemas / "voorbeeld_JW323.xml").open("rb") as file:
        found = await take_in_declaration(
            office, file, file_name="voorbeeld_JW323.xml", booking_date=None
        )
    assert (found.granted_cents, found.refused) == (340_00, 2)
    answer = io.BytesIO()
    async with db.transaction(fresh_engine, GEMEENTE) as connection:
        await write_answer(
            connection, gemeente=GEMEENTE, vault=VAULT, message=found.id, file=answer
        )
    shape = schema_file(schemas, MessageType(law=Law.YOUTH, kind=Kind.ANSWER))
    assert shape is not None
    load_schema(shape).assertValid(etree.fromstring(answer.getvalue()))
    async with db.transaction(fresh_engine, GEMEENTE) as connection:
        differences = await variances(
            connection,
            gemeente=GEMEENTE,
            year=2026,
            on=date(2026, 12, 31),
            known_up_to=await balances.last_link(connection, gemeente=GEMEENTE),
        )
    told = {
        each.delivered.product: (
            each.delivered.planned_volume_e4,
            each.delivered.planned_cents,
            each.delivered.volume_e4,
            each.delivered.amount_cents,
            each.price_cents,
        )
        for each in differences
    }
    # Sixteen hours a month, of one product to two persons.
    assert told == {
        "45A03": (384_0000, 4_800_00, 8_0000, 100_00, 0),
        "45A04": (192_0000, 2_880_00, 16_0000, 240_00, 0),
    }
