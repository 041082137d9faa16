"""Open payer items as a table, in three forms."""

import asyncio
from datetime import date

import pytest

from api.cli.desk import Desk, _with_engine
from api.runtime import database
from api.settings import settings_from
from tests.api.cli.conftest import Program
from tests.domains.payers.support import accepting, advance, claiming
from tests.domains.support import example_town

pytestmark = pytest.mark.postgres

UTRECHT = "GM0344"
ASKED = ("exporteer", "openstaande-betalers", "--gemeente", UTRECHT)


@pytest.fixture
def item(ontschot: Program) -> str:
    """Make a municipality with an advance beside the demo: a part accepted, a part open."""

    async def work(desk: Desk) -> str:
        town = await example_town(desk.engine, UTRECHT)
        made = await advance(town)
        await town.do(claiming(made, cents=600_00))
        await town.do(accepting(made, cents=540_00))
        return str(made)

    with database(settings_from({"ONTSCHOT_MAP": str(ontschot.folder)}, ontschot.folder)) as found:
        return asyncio.run(_with_engine(found, work))


def test_who_still_has_to_pay_is_a_table(ontschot: Program, item: str) -> None:
    table = ontschot(*ASKED, "--formaat", "csv")
    assert table.code == 0, table.err
    heading, *rows = table.out.splitlines()
    assert heading.startswith("nummer;soort;van;tot en met;middel;taakveld;toestand;betaler;bedrag")
    start = f"{item};ggz-behandeling-volwassene;2026-07-01;2026-07-31;WMO-2026;6.714;"
    assert [row.removeprefix(start).split(";financieel")[0] for row in rows] == [
        "aanvaard;ZVW;540,00",
        "geclaimd;ZVW;60,00",
        "open;ZVW;300,00",
    ]
    document = ontschot(*ASKED, "--toestand", "open", "--formaat", "json").document
    (found,) = document["resultaten"]
    assert found["bedrag"] == {"waarde": "300.00", "valuta": "EUR"}
    claimed = ontschot(*ASKED, "--toestand", "geclaimd", "--formaat", "json").document
    assert [each["bedrag"]["waarde"] for each in claimed["resultaten"]] == ["60.00"]
    age = date.fromisoformat(document["peilDatum"]) - date(2026, 1, 2)
    assert found["dagen"] == age.days
    assert "€ 540,00" in ontschot(*ASKED, "--betaler", "ZVW").out
    assert ontschot(*ASKED, "--betaler", "WLZ").out == "Geen openstaande betalers.\n"
