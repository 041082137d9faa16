"""`ontschot demo`: a municipality to look at, from real budget figures, in one command."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Final

import rich_click as click

from api.cli.checking import Checked, check_gemeente, print_findings
from api.cli.desk import Desk, at_desk
from api.cli.options import as_format, common, settings_for
from api.cli.output import (
    DESCRIPTION_AT,
    EXIT_FINDING,
    EXIT_OK,
    Format,
    Side,
    Value,
    amount,
    print_json,
    print_text,
    table,
)
from api.cli.progress import steps
from api.demo import CLIENT, Demo, Summary
from api.demo_messages import GEMEENTE
from api.messages import vault_of
from api.postgres import EnvironmentProblem
from api.runtime import (
    address_of,
    kept_for_others,
    require_embedded,
    reserved_port,
    start_over,
)
from api.settings import Settings
from api.tokens import check_development
from domains.draws.model import Outcome, Part
from domains.municipalities.names import Municipality, by_code_or_name
from ledger.money import show
from ledger.refusals import Refusal

_DEFAULT: Final = "GM0344"
_WORDS: Final = {
    "verplichtingen": "lopende verplichtingen",
    "openstaandeBetalers": "openstaande betalers",
    "wachtOpAkkoord": "wacht op akkoord",
    "tekorten": "tekorten",
    "overgangen": "overgangen in het jaar",
}


@dataclass(kw_only=True, unsafe_hash=True)
class BooksInUse(Refusal):
    """The municipality has real books here, where nothing invented belongs."""

    code: ClassVar[str] = "boeken-in-gebruik"
    municipality: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"{self.municipality} heeft hier al eigen boeken; de demo zet daar geen verzonnen"
            " gezinnen in. Kies een andere gemeente, of met --map een andere map."
        )


@dataclass(kw_only=True, unsafe_hash=True)
class WouldEraseBooks(Refusal):
    """Starting over would throw away books or checkpoints that are not of the demo."""

    code: ClassVar[str] = "boeken-niet-van-demo"
    folder: str
    municipalities: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"In {self.folder} staan ook boeken of controlepunten die niet van de demo zijn"
            f" ({self.municipalities}); --opnieuw gooit ze niet weg. Kies met --map een andere map,"
            " of haal de map met de hand weg als u haar echt kwijt wilt."
        )


@click.command(
    options_metavar="[OPTIES]",
    help="Laad een demogemeente uit echte begrotingscijfers en toon haar.\n\n"
    "De begroting van 2025 is echt (CBS, alle 342 gemeenten); wijkaandelen, gezinnen en trekkingen"
    " zijn verzonnen. Een tweede keer is snel en bewaart de gegevens.",
    epilog="Voorbeeld: ontschot demo --gemeente Ermelo --zonder-server",
)
@click.option(
    "--gemeente",
    default=_DEFAULT,
    show_default=True,
    metavar="CODE|NAAM",
    help="CBS-code of naam van de gemeente.",
)
@click.option(
    "--poort", type=click.IntRange(1, 65535), metavar="GETAL", help="Poort van de webserver."
)
@click.option(
    "--opnieuw",
    is_flag=True,
    help="Gooi eerst alle boeken en controlepunten in deze map weg, ook wat u zelf bij de demo"
    " boekte. Staan er boeken van een andere gemeente, dan wordt dit geweigerd.",
)
@click.option("--zonder-server", is_flag=True, help="Laad, toon de samenvatting en stop.")
@common
def command(  # noqa: D103 - its help says it.
    *,
    gemeente: str,
    poort: int | None,
    opnieuw: bool,
    zonder_server: bool,
    formaat: str,
    folder: str | None,
) -> int:
    settings = settings_for(folder)
    municipality = by_code_or_name(gemeente)
    if settings.omgeving == "productie":
        message = (
            "De demo boekt verzonnen gezinnen en draait daarom niet in de omgeving productie; zet"
            " ONTSCHOT_OMGEVING op ontwikkeling, met een eigen map."
        )
        raise EnvironmentProblem(message)
    if not zonder_server:
        check_development(settings)
    port = poort or settings.port
    with nullcontext() if zonder_server else reserved_port(settings.host, port) as held:
        if opnieuw:
            _start_over(settings)

        async def work(desk: Desk) -> int:
            code = await _load(desk, settings, municipality, as_format(formaat))
            if held is not None:
                # The web is heavy; who only loads does not wait for it.
                from api.cli.serving import serve

                told = _invitation(settings, municipality, port)
                await serve(desk, settings, held, told=told)
            return code

        return at_desk(settings, work)


def _start_over(settings: Settings) -> None:
    """Throw the demo away, and nothing else.

    :raises WouldEraseBooks: somebody else keeps books or checkpoints in this folder.
    """
    require_embedded(settings)
    others = kept_for_others(settings, CLIENT)
    if others:
        raise WouldEraseBooks(folder=str(settings.data_folder), municipalities=", ".join(others))
    start_over(settings)


async def _load(desk: Desk, settings: Settings, municipality: Municipality, chosen: Format) -> int:
    with steps() as progress:
        demo = Demo(desk.engine, desk.clock, municipality, progress)
        if await demo.would_mix():
            raise BooksInUse(municipality=municipality.name)
        summary = await demo.load()
        samples = Demo(desk.engine, desk.clock, by_code_or_name(GEMEENTE), progress)
        if not await samples.would_mix():
            await samples.load_messages(vault_of(settings, desk.database.key_folder))
        progress("Controle van de boeken")
        checked = await check_gemeente(desk, municipality.code)
    if chosen is Format.JSON:
        print_json(_document(summary, checked))
    else:
        print_text(_text(summary, checked))
    print_findings(checked)
    return EXIT_OK if checked.is_clean else EXIT_FINDING


def _invitation(settings: Settings, municipality: Municipality, port: int) -> str:
    command = f"{_program()} token --rol financieel --gemeente {municipality.code}"
    if settings.folder_is_chosen:
        command += f" --map {shlex.quote(str(settings.data_folder))}"
    address = address_of(settings.host, port)
    return (
        f"\nOpen {address}/ (stoppen: Ctrl-C).\n"
        f"Voor programma's: {address}{DESCRIPTION_AT}; toegangsbewijs: {command}"
    )


def _program() -> str:
    """Give this program as one may type it here."""
    found = Path(sys.argv[0])
    if shutil.which(found.name) == str(found):
        return found.name
    return shlex.quote(os.path.relpath(found))


def _document(summary: Summary, checked: Checked) -> Value:
    numbers = {budget.id: number for number, budget in enumerate(summary.families, 1)}
    return {
        "gemeente": {"code": summary.municipality.code, "naam": summary.municipality.name},
        "jaar": summary.year,
        "middelen": [
            {
                "middel": fund.fund,
                "geautoriseerd": amount(fund.authorised_cents),
                "vrij": amount(fund.free_cents),
                "complexeGezinnen": amount(fund.complex_reserve_cents),
                "wijken": amount(fund.districts_cents),
                "gezinnen": amount(fund.families_cents),
                "verplicht": amount(fund.reserved_cents),
                "besteed": amount(fund.spent_cents),
                "tekort": amount(fund.shortage_cents),
            }
            for fund in summary.funds
        ],
        "wijken": [{"code": each.code, "naam": each.name} for each in summary.districts],
        "gezinnen": [
            {
                "gezin": budget.family.id,
                "gezinsbudget": budget.id,
                "wijk": budget.family.district_on(date(budget.year, 12, 31)),
                "vastBedrag": amount(budget.amount_cents),
                "resteert": amount(budget.room_cents),
            }
            for budget in summary.families
        ],
        "trekkingen": [
            {
                "trekking": draw.id,
                "gezin": numbers[draw.request.family_budget],
                "soort": draw.request.kind,
                "bedrag": amount(draw.request.amount_cents),
                "uitkomst": str(draw.decision.outcome),
                "betalers": [
                    {"middel": part.fund, "bedrag": amount(part.amount_cents), "regel": part.rule}
                    for part in draw.decision.parts
                ],
            }
            for draw in summary.draws
        ],
        "aandacht": {
            name: {"aantal": number, "bedrag": amount(cents)}
            for name, _, number, cents in _attention(summary)
        },
        "controle": {
            "schoon": checked.is_clean,
            "boekingen": checked.report.entries,
            "schakels": checked.report.chain_number,
            "bevindingen": len(checked.findings),
        },
        "aannames": list(summary.assumptions),
    }


def _text(summary: Summary, checked: Checked) -> str:
    funds = table(
        [
            "middel",
            "begroot",
            "vrij",
            "complex",
            "wijken",
            "gezinnen",
            "verplicht",
            "besteed",
            "tekort",
        ],
        [
            [
                fund.fund,
                *(
                    show(cents)
                    for cents in (
                        fund.authorised_cents,
                        fund.free_cents,
                        fund.complex_reserve_cents,
                        fund.districts_cents,
                        fund.families_cents,
                        fund.reserved_cents,
                        fund.spent_cents,
                        fund.shortage_cents,
                    )
                ),
            ]
            for fund in summary.funds
        ],
        [Side.LEFT, *[Side.RIGHT] * 8],
    )
    numbers = {budget.id: number for number, budget in enumerate(summary.families, 1)}
    drawn = table(
        ["gezin", "hulp", "bedrag", "betaald door", "uitkomst"],
        [
            [
                str(numbers[draw.request.family_budget]),
                draw.request.kind,
                show(draw.request.amount_cents),
                _payers(draw.decision.parts),
                str(draw.decision.outcome),
            ]
            for draw in summary.draws
        ],
        [Side.LEFT, Side.LEFT, Side.RIGHT],
    )
    families = table(
        ["gezin", "wijk", "vast bedrag", "resteert"],
        [
            [
                str(numbers[budget.id]),
                budget.family.district_on(date(budget.year, 12, 31)),
                show(budget.amount_cents),
                show(budget.room_cents),
            ]
            for budget in summary.families
        ],
        [Side.LEFT, Side.LEFT, Side.RIGHT, Side.RIGHT],
    )
    assumed = "\n".join(f"- {line}" for line in summary.assumptions)
    state = "schoon" if checked.is_clean else f"{len(checked.findings)} bevindingen"
    attention = table(
        ["vraagt aandacht", "aantal", "bedrag", "adres"],
        [
            [_WORDS[name], str(number), show(cents), address]
            for name, address, number, cents in _attention(summary)
        ],
        [Side.LEFT, Side.RIGHT, Side.RIGHT],
    )
    return (
        f"Demo {summary.municipality.name} ({summary.municipality.code}), begroting {summary.year}"
        f" (CBS Iv3), {_districts(len(summary.districts))}\n\n{funds}\n\n{families}\n\n{drawn}\n\n"
        f"{attention}\n\n"
        f"Aannames van de demo:\n{assumed}\n\n"
        f"Controle: {state}; {checked.report.entries} boekingen in"
        f" {checked.report.chain_number} schakels."
    )


def _attention(summary: Summary) -> list[tuple[str, str, int, int]]:
    """List what waits for somebody: its name, its address, how many and how much."""
    awaiting = [each for each in summary.draws if each.outcome is Outcome.AWAITS_APPROVAL]
    short = [each.shortage_cents for each in summary.funds if each.shortage_cents]
    shifts = [shift.amount_cents for each in summary.transitions for shift in each.shifts]
    return [
        (
            "verplichtingen",
            "/v1/verplichtingen",
            len(summary.reservations),
            sum(each.reserved_cents for each in summary.reservations),
        ),
        (
            "openstaandeBetalers",
            "/v1/openstaande-betalers",
            len(summary.payer_items),
            sum(each.unsettled_cents for each in summary.payer_items),
        ),
        (
            "wachtOpAkkoord",
            "/v1/trekkingen",
            len(awaiting),
            sum(each.request.amount_cents for each in awaiting),
        ),
        ("tekorten", "/v1/signalen", len(short), sum(short)),
        ("overgangen", "/v1/overgangen", len(summary.transitions), sum(shifts)),
    ]


def _payers(parts: Sequence[Part]) -> str:
    paid: dict[str, int] = {}
    for part in parts:
        paid[part.fund] = paid.get(part.fund, 0) + part.amount_cents
    return ", ".join(f"{fund} {show(cents)}" for fund, cents in paid.items())


def _districts(number: int) -> str:
    return "1 wijk" if number == 1 else f"{number} wijken"
