"""The demo: real figures, invented families, loaded once however often it is asked for."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api import db
from api.cli.serving import _config, _Server
from api.clock import FixedClock, SystemClock
from api.demo import Demo
from api.postgres import EnvironmentProblem, erase, find_binaries
from api.runtime import reserved_port
from domains import checks
from domains.draws.model import Outcome
from domains.municipalities.names import MUNICIPALITIES, by_code_or_name
from domains.readers.model import District
from domains.readers.refusals import NoFigures
from ledger import checker
from ledger.reading import rows
from tests.api.cli.conftest import PROGRAM, SECONDS, Program, environment, load_help

pytestmark = pytest.mark.postgres

WITHOUT_FIGURES: Final = ("De Bilt", "Landsmeer", "Midden-Drenthe", "Vijfheerenlanden")


def cents(amount: dict[str, str]) -> int:
    assert amount["valuta"] == "EUR"
    return int(amount["waarde"].replace(".", ""))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def shown(ontschot: Program) -> Any:
    """Give what the demo tells of itself."""
    done = ontschot("demo", "--gemeente", "GM0233", "--zonder-server", "--formaat", "json")
    assert done.code == 0, done.err
    return done.document


def test_every_euro_of_the_demo_is_in_one_place_and_the_books_are_clean(ontschot: Program) -> None:
    words = ("demo", "--gemeente", "GM0233", "--zonder-server", "--formaat", "json")
    done = ontschot.as_people_do(*words)
    assert (done.code, done.err) == (0, "")
    found = done.document
    assert found["gemeente"] == {"code": "GM0233", "naam": "Ermelo"}
    assert found["controle"]["schoon"] is True
    places = ("vrij", "complexeGezinnen", "wijken", "gezinnen", "verplicht", "besteed")
    for fund in found["middelen"]:
        held = sum(cents(fund[place]) for place in places)
        assert held - cents(fund["tekort"]) == cents(fund["geautoriseerd"])
    assert len(found["gezinnen"]) == 4


def test_the_demo_shows_what_waits_for_somebody(shown: Any) -> None:
    assert shown["aandacht"] == {
        name: {"aantal": number, "bedrag": {"waarde": amount, "valuta": "EUR"}}
        for name, number, amount in (
            ("verplichtingen", 3, "7975.00"),
            ("openstaandeBetalers", 1, "900.00"),
            ("wachtOpAkkoord", 1, "1200.00"),
            ("tekorten", 1, "2500.00"),
            ("overgangen", 1, "1410.00"),
        )
    }
    outcomes = [draw["uitkomst"] for draw in shown["trekkingen"]]
    assert sorted(outcomes) == [
        *["toegekend"] * 10,
        "toegekend-met-openstaande-betaler",
        "wacht-op-akkoord",
    ]


def test_each_draw_is_paid_to_the_cent_and_one_changes_payer_at_eighteen(shown: Any) -> None:
    draws = {draw["bedrag"]["waarde"]: draw for draw in shown["trekkingen"]}
    for draw in draws.values():
        if draw["uitkomst"] == "wacht-op-akkoord":
            assert draw["betalers"] == []
            continue
        assert sum(cents(payer["bedrag"]) for payer in draw["betalers"]) == cents(draw["bedrag"])
    birthday = draws["2730.00"]["betalers"]
    assert [(payer["middel"], payer["bedrag"]["waarde"]) for payer in birthday] == [
        ("JW-2025", "1320.00"),
        ("WMO-2025", "1410.00"),
    ]


def test_a_second_run_keeps_everything_as_it_is(ontschot: Program, shown: Any) -> None:
    again = ontschot("demo", "--gemeente", "Ermelo", "--zonder-server", "--formaat", "json")
    assert again.document == shown


def test_a_municipality_without_figures_is_told_in_one_sentence(ontschot: Program) -> None:
    for name in WITHOUT_FIGURES:
        done = ontschot("demo", "--gemeente", name, "--zonder-server")
        assert (done.code, done.out) == (1, "")
        assert f"heeft voor {name} geen enkel bedrag" in done.err
        assert len(done.err.splitlines()) == 1


def test_a_busy_port_is_told_before_anything_is_loaded(ontschot: Program) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = ontschot.as_people_do("demo", "--gemeente", "Amsterdam", "--poort", str(port))
        assert done.code == 3
        assert f"Poort {port} op 127.0.0.1 is niet te gebruiken" in done.err
        assert "--poort" in done.err
    assert "GM0363" not in ontschot("controleer").out


def test_invented_families_never_go_into_production(ontschot: Program) -> None:
    done = ontschot("demo", "--zonder-server", settings={"ONTSCHOT_OMGEVING": "productie"})
    assert done.code == 3
    assert "productie" in done.err


def test_the_demo_stays_out_of_real_books(ontschot: Program, folder: Path) -> None:
    file = folder / "wijken.csv"
    file.write_text("wijkcode;wijknaam;inwoners\nWK035500;Zeist;66000\n", encoding="utf-8")
    assert ontschot("importeer", "wijken", str(file), "--gemeente", "Zeist").code == 0
    done = ontschot("demo", "--gemeente", "Zeist", "--zonder-server")
    assert (done.code, done.out) == (1, "")
    assert "[boeken-in-gebruik]" in done.err


def test_starting_over_forgets_the_books_and_their_checkpoints(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_years(_demo: Demo, _found: Sequence[District]) -> None:
        """Leave out the costs of years: four fifths of the work."""

    monkeypatch.setattr(Demo, "load_histories", no_years)
    program = Program(folder=folder)
    before = load_help(folder, "Vlieland")
    assert program("checkpoint", "--gemeente", "Vlieland").code == 0
    words = ("demo", "--gemeente", "Vlieland", "--zonder-server", "--formaat", "json")
    after = program(*words, "--opnieuw")
    assert after.code == 0, after.err
    families = {str(budget.id) for budget in before.families}
    assert len(families) == 4
    assert not families & {each["gezinsbudget"] for each in after.document["gezinnen"]}
    assert not list((folder / "checkpoints").glob("*"))
    assert program("controleer").code == 0


def test_starting_over_never_takes_books_of_others(folder: Path) -> None:
    program = Program(folder=folder)
    again = ("demo", "--gemeente", "Vlieland", "--zonder-server", "--opnieuw")
    file = folder / "wijken.csv"
    file.write_text("wijkcode;wijknaam;inwoners\nWK035500;Zeist;66000\n", encoding="utf-8")
    assert program("importeer", "wijken", str(file), "--gemeente", "Zeist").code == 0
    refused = program(*again)
    assert (refused.code, refused.out) == (1, "")
    assert "[boeken-niet-van-demo]" in refused.err
    assert "GM0355" in refused.err
    erase(folder, find_binaries(None))
    kept = folder / "checkpoints" / "GM0355.jsonl"
    kept.parent.mkdir()
    kept.touch()
    assert program(*again).code == 1
    assert kept.exists()


async def test_what_waits_in_the_demo_can_be_booked_on_the_day_of_the_answer(
    fresh_engine: AsyncEngine,
) -> None:
    now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    ermelo = by_code_or_name("Ermelo")
    await Demo(fresh_engine, FixedClock(now), ermelo, lambda _step: None).load_budget()
    async with db.transaction(fresh_engine, ermelo.code) as connection:
        (found,) = await rows(
            connection, "SELECT from_date, until_date, is_open FROM ledger.period_change"
        )
    assert tuple(found) == (date(2025, 1, 1), date(2028, 1, 1), True)


@pytest.mark.bewijs
async def test_the_demo_loads_every_municipality_that_has_figures(
    fresh_engine: AsyncEngine,
) -> None:
    without = []
    for municipality in MUNICIPALITIES:
        demo = Demo(fresh_engine, SystemClock(), municipality, lambda _step: None)
        try:
            summary = await demo.load_help(await demo.load_budget())
        except NoFigures:
            without.append(municipality.name)
            continue
        assert summary.draws
        for draw in summary.draws:
            if draw.outcome is Outcome.AWAITS_APPROVAL:
                continue
            assert draw.outcome.is_granted
            paid = sum(part.amount_cents for part in draw.decision.parts)
            assert paid == draw.request.amount_cents
        async with db.transaction(fresh_engine, municipality.code) as connection:
            report = await checker.check(connection, gemeente=municipality.code, progress=None)
            decisions = await checks.check(connection, gemeente=municipality.code)
        assert report.is_clean
        assert decisions.findings == ()
        assert len(summary.payer_items) >= 1
        assert sum(fund.shortage_cents for fund in summary.funds) >= 250_000
    assert tuple(sorted(without)) == WITHOUT_FIGURES


def test_a_port_that_another_program_took_meanwhile_is_told_too() -> None:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while message := await receive():
            await send({"type": f"{message['type']}.complete"})

    with reserved_port("127.0.0.1", port := free_port()) as held, socket.socket() as quicker:
        quicker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        quicker.bind(("127.0.0.1", port))
        quicker.listen()
        server = _Server(_config(app), "Open")
        with pytest.raises(EnvironmentProblem, match=f"Poort {port} .* niet te gebruiken"):
            asyncio.run(server.serve(sockets=[held]))


@pytest.mark.parametrize(
    "asked", [signal.SIGINT, signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.bewijs)]
)
def test_the_server_answers_and_stops_when_asked(ontschot: Program, asked: signal.Signals) -> None:
    port = free_port()
    command = [*PROGRAM, "start", "--poort", str(port), "--map", str(ontschot.folder)]
    with subprocess.Popen(
        command,
        cwd=ontschot.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell may start tests with Ctrl-C switched off; a terminal never does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - this process has one thread here.
    ) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert f"Open http://127.0.0.1:{port}/" in told
            # Said when it listens, so that nobody has to try again.
            assert httpx.get(f"http://127.0.0.1:{port}/gezondheid/leeft").status_code == 200
            os.kill(process.pid, asked)
            out, err = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err
