"""The worked example: one family, from the council's budget to who pays in the end, over HTTP.

Start ``make demo`` and run ``.venv/bin/python docs/worked_example.py`` beside it. Every order has a
key of its own that is always the same, so a second run gets the same answers and books nothing.
"""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

GEMEENTE: Final = "GM0344"
YEAR: Final = 2026
TEAM: Final = "voorbeeldteam"

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "financieel": (),
    "teamleider": ("--team", TEAM),
    "budgethouder": (),
}
"""Who acts, with what their token needs besides the role."""

DAYS: Final = (
    "2026-01-01",
    "2026-01-02",
    "2026-01-05",
    "2026-03-01",
    "2026-04-01",
    "2026-05-01",
    "2026-06-01",
    "2026-07-01",
    "2026-09-15",
)
"""The booking day of each step: on that day the books are read, also when they know more."""

DRAWS: Final[Sequence[tuple[str, str, Sequence[str], Mapping[str, Any]]]] = (
    (
        "Trekking A: een betalingsachterstand",
        "teamleider",
        ("ouder",),
        {
            "soort": "betalingsachterstand-in-schuldtraject",
            "van": "2026-03-01",
            "totEnMet": "2026-03-01",
            "bedrag": {"waarde": "1250.00", "valuta": "EUR"},
            "aanbieder": "Woningcorporatie",
            "omschrijving": "Huurachterstand in het schuldtraject",
            "reden": "Zonder betaling volgt ontruiming",
        },
    ),
    (
        "Trekking B: achttien is een datum, geen muur",
        "teamleider",
        ("jongere",),
        {
            "soort": "begeleiding-bij-beperking",
            "van": "2026-04-01",
            "totEnMet": "2026-06-30",
            "bedrag": {"waarde": "2730.00", "valuta": "EUR"},
            "aanbieder": "Zorgaanbieder",
            "omschrijving": "Begeleiding bij een beperking",
            "feiten": {"beperking": True, "wlz-recht": False},
            "reden": "Begeleiding loopt door op de achttiende verjaardag",
        },
    ),
    (
        "Trekking C: wat nodig is, uit één bedrag",
        "teamleider",
        ("ouder",),
        {
            "soort": "maatwerk",
            "van": "2026-05-01",
            "totEnMet": "2026-05-01",
            "bedrag": {"waarde": "3500.00", "valuta": "EUR"},
            "aanbieder": "Woningcorporatie",
            "omschrijving": "Inrichting en eerste huur",
            "feiten": {"voorliggende-voorziening-tijdig": False},
            "reden": "Een eigen woning voorkomt een uithuisplaatsing",
        },
    ),
    (
        "Trekking D: het gezinsbudget is op, de hulp niet",
        "budgethouder",
        ("ouder", "jongere"),
        {
            "soort": "maatwerk",
            "van": "2026-06-01",
            "totEnMet": "2026-08-31",
            "bedrag": {"waarde": "12000.00", "valuta": "EUR"},
            "aanbieder": "Stichting Onderdak",
            "omschrijving": "Tijdelijke woonplek en begeleiding",
            "feiten": {"voorliggende-voorziening-tijdig": False},
            "reden": "Zonder woonplek slaapt de jongere op straat",
            "spoed": True,
        },
    ),
    (
        "Trekking E: eerst de hulp, dan de betaler",
        "teamleider",
        ("ouder",),
        {
            "soort": "ggz-behandeling-volwassene",
            "van": "2026-07-01",
            "totEnMet": "2026-07-21",
            "bedrag": {"waarde": "900.00", "valuta": "EUR"},
            "aanbieder": "GGZ-instelling",
            "omschrijving": "Eerste weken behandeling",
            "reden": "De zorgverzekeraar heeft nog niet besloten",
        },
    ),
)
"""What is asked, by whom and for which members of the family: one step each."""

STANDINGS: Final = """
step fund  free      complex   district   family    spent
1    JW    950000.00 50000.00       0.00      0.00      0.00
1    WMO   400000.00     0.00       0.00      0.00      0.00
1    SHV   200000.00     0.00       0.00      0.00      0.00
1    ARM   300000.00     0.00       0.00      0.00      0.00
2    JW    750000.00 50000.00  200000.00      0.00      0.00
2    WMO   350000.00     0.00   50000.00      0.00      0.00
2    SHV   170000.00     0.00   30000.00      0.00      0.00
2    ARM   260000.00     0.00   40000.00      0.00      0.00
3    JW    750000.00 50000.00  188750.00  11250.00      0.00
3    WMO   350000.00     0.00   47187.50   2812.50      0.00
3    SHV   170000.00     0.00   28312.50   1687.50      0.00
3    ARM   260000.00     0.00   37750.00   2250.00      0.00
4    JW    750000.00 50000.00  188750.00  11250.00      0.00
4    WMO   350000.00     0.00   47187.50   2812.50      0.00
4    SHV   170000.00     0.00   28312.50    437.50   1250.00
4    ARM   260000.00     0.00   37750.00   2250.00      0.00
5    JW    750000.00 50000.00  188750.00   9930.00   1320.00
5    WMO   350000.00     0.00   47187.50   1402.50   1410.00
5    SHV   170000.00     0.00   28312.50    437.50   1250.00
5    ARM   260000.00     0.00   37750.00   2250.00      0.00
6    JW    750000.00 50000.00  188750.00   7451.04   3798.96
6    WMO   350000.00     0.00   47187.50   1052.38   1760.12
6    SHV   170000.00     0.00   28312.50    328.28   1359.22
6    ARM   260000.00     0.00   37750.00   1688.30    561.70
7    JW    750000.00 50000.00  187825.00      0.00  12175.00
7    WMO   350000.00     0.00   46956.25      0.00   3043.75
7    SHV   170000.00     0.00   28173.75      0.00   1826.25
7    ARM   260000.00     0.00   37565.00      0.00   2435.00
8    JW    750000.00 50000.00  187825.00      0.00  12175.00
8    WMO   350000.00     0.00   46056.25      0.00   3943.75
8    SHV   170000.00     0.00   28173.75      0.00   1826.25
8    ARM   260000.00     0.00   37565.00      0.00   2435.00
9    JW    750000.00 50000.00  187825.00      0.00  12175.00
9    WMO   350000.00     0.00   46596.25      0.00   3403.75
9    SHV   170000.00     0.00   28173.75      0.00   1826.25
9    ARM   260000.00     0.00   37565.00      0.00   2435.00
"""
"""Where the money of each fund is after each step, in euros."""

PAYERS: Final = """
step outcome                            place fund amount   rule
4    toegekend                          gezin SHV   1250.00 E19
5    toegekend                          gezin JW    1320.00 E04
5    toegekend                          gezin WMO   1410.00 E14
6    toegekend                          gezin ARM    561.70 E35
6    toegekend                          gezin JW    2478.96 E35
6    toegekend                          gezin SHV    109.22 E35
6    toegekend                          gezin WMO    350.12 E35
7    toegekend                          gezin ARM   1688.30 E35
7    toegekend                          gezin JW    7451.04 E35
7    toegekend                          gezin SHV    328.28 E35
7    toegekend                          gezin WMO   1052.38 E35
7    toegekend                          wijk  ARM    185.00 E35
7    toegekend                          wijk  JW     925.00 E35
7    toegekend                          wijk  SHV    138.75 E35
7    toegekend                          wijk  WMO    231.25 E35
8    toegekend-met-openstaande-betaler  wijk  WMO    900.00 E39
"""
"""Which fund pays what of each draw, from where and by which rule."""

ITEM: Final = """
order         state    payer  amount
claims        geclaimd ZVW    900.00
aanvaardingen aanvaard ZVW    540.00
aanvaardingen geclaimd ZVW    360.00
betwistingen  aanvaard ZVW    540.00
betwistingen  betwist  ZVW    360.00
blijft        aanvaard ZVW    540.00
blijft        blijft   ZVW    360.00
"""
"""What stands in which state of the advance after each order about it."""


class NotDone(Exception):
    """The server did not do what was asked; the text is a Dutch sentence."""


class Example:
    """Takes the steps one after the other, tells what it does and collects what differs."""

    def __init__(
        self, client: httpx.AsyncClient, tokens: Mapping[str, str], *, gemeente: str = GEMEENTE
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._wijk = f"WK{gemeente[2:]}01"
        self._step = 0
        self.differences: list[str] = []

    async def run(self) -> None:
        """Take all steps.

        :raises NotDone: the server refused a step.
        """
        await self._council()
        await self._district()
        members, draws = await self._family()
        decided = []
        for title, role, helped, asked in DRAWS:
            self._begin(title)
            persons = [members[name] for name in helped]
            decided.append(await self._draw(role, draws, {**asked, "personen": persons}))
        await self._settlement(decided[-1]["id"])

    async def _council(self) -> None:
        self._begin("De raad stelt de begroting vast")
        await self._post(
            "financieel",
            "/v1/boekingsperioden",
            {
                "van": f"{YEAR}-01-01",
                "totEnMet": f"{YEAR}-12-31",
                "open": True,
                "reden": f"Boekjaar {YEAR} geopend",
            },
        )
        await self._post(
            "financieel",
            "/v1/begrotingen",
            {
                "jaar": YEAR,
                "boekdatum": self._day,
                "besluit": f"Raadsbesluit begroting {YEAR}",
                "regels": [
                    {
                        "bron": source,
                        "programma": "Sociaal domein",
                        "taakveld": taakveld,
                        "bedrag": euro(amount),
                    }
                    for source, taakveld, amount in (
                        ("JW", "6.751", "1000000.00"),
                        ("WMO", "6.712", "400000.00"),
                        ("SHV", "6.3", "200000.00"),
                        ("ARM", "6.3", "300000.00"),
                    )
                ],
            },
        )
        await self._post(
            "financieel",
            "/v1/complexreserves",
            {"boekdatum": self._day, "bedragen": [of_fund("JW", "50000.00")]},
        )
        today = (await self._get("/v1/middelen"))["peilDatum"]
        # A setting never works back, so its day, and with it its key, is that of this run.
        await self._post(
            "financieel",
            "/v1/instellingen",
            {
                "naam": "voorfinanciering",
                "waarde": ["WMO"],
                "geldigVan": today,
                "besluit": f"Collegebesluit voorfinanciering {YEAR}",
            },
            key=f"instellingen-{today}",
        )
        await self._look()

    async def _district(self) -> None:
        self._begin("De wijk krijgt haar budget")
        await self._post(
            "financieel", "/v1/wijken", {"wijken": [{"code": self._wijk, "naam": "Wijk 1"}]}
        )
        await self._post(
            "financieel",
            "/v1/wijkbudgetten",
            {
                "boekdatum": self._day,
                "toelichting": f"Wijkbudget {self._wijk}",
                "wijken": [
                    {
                        "wijk": self._wijk,
                        "bedragen": [
                            of_fund("JW", "200000.00"),
                            of_fund("WMO", "50000.00"),
                            of_fund("SHV", "30000.00"),
                            of_fund("ARM", "40000.00"),
                        ],
                    }
                ],
            },
        )
        await self._look()

    async def _family(self) -> tuple[Mapping[str, str], str]:
        """Register the family; gives its members, and where to ask for help."""
        self._begin("Het gezin krijgt een vast bedrag van € 18.000,00")
        await self._post(
            "financieel",
            "/v1/gezinstypen",
            {
                "gezinstypen": [
                    {
                        "code": "voorbeeldgezin",
                        "naam": "Gezin met vragen op meer levensgebieden",
                        "minimum": euro("5000.00"),
                        "norm": euro("18000.00"),
                        "maximum": euro("30000.00"),
                    }
                ]
            },
        )
        family = await self._post(
            "teamleider",
            "/v1/gezinnen",
            {
                "wijk": self._wijk,
                "gezinstype": "voorbeeldgezin",
                "team": TEAM,
                "van": f"{YEAR}-01-01",
                "leden": [{"geboortedatum": "1982-03-09"}, {"geboortedatum": "2008-05-15"}],
            },
        )
        budget = await self._post(
            "teamleider",
            "/v1/gezinsbudgetten",
            {"gezin": family["id"], "jaar": YEAR, "boekdatum": self._day},
        )
        await self._look()
        by_age = sorted(family["leden"], key=lambda each: str(each["geboortedatum"]))
        members = zip(("ouder", "jongere"), by_age, strict=True)
        return (
            {name: each["persoon"] for name, each in members},
            f"/v1/gezinsbudgetten/{budget['id']}/trekkingen",
        )

    async def _settlement(self, draw: str) -> None:
        self._begin("Wie betaalt: de post wordt gesloten")
        listed = await self._get("/v1/openstaande-betalers", betaler="ZVW")
        item = next(each["id"] for each in listed["resultaten"] if each["trekking"] == draw)
        for order, body in (
            ("claims", {"betaler": "ZVW", "gevraagdOp": self._day}),
            (
                "aanvaardingen",
                {
                    "betaler": "ZVW",
                    "bedrag": euro("540.00"),
                    "document": "Besluit zorgverzekeraar",
                    "boekdatum": self._day,
                },
            ),
            (
                "betwistingen",
                {"betaler": "ZVW", "reden": "De intake valt buiten de verzekerde zorg"},
            ),
            ("blijft", {"besluit": "Besluit budgethouder"}),
        ):
            found = await self._post("financieel", f"/v1/openstaande-betalers/{item}/{order}", body)
            stands = sorted(
                (each["toestand"], each["betaler"], each["bedrag"]["waarde"])
                for each in found["standen"]
            )
            for state, payer, amount in stands:
                print(f"    {state:<9} {payer:<4} {show(amount):>12}")
            wanted = sorted(row for name, *row in rows_of(ITEM) if name == order)
            self._compare(f"openstaande betaler na {order}", stands, wanted)
        await self._look()

    def _begin(self, title: str) -> None:
        self._step += 1
        print(f"\nStap {self._step}. {title}")

    @property
    def _day(self) -> str:
        return DAYS[self._step - 1]

    async def _draw(self, role: str, draws: str, body: Mapping[str, Any]) -> Any:
        """Ask for help, tell what was decided and where the money is then."""
        found = await self._post(role, draws, {**body, "boekdatum": self._day})
        paid: dict[tuple[str, str, str], int] = {}
        for part in found["delen"]:
            key = (part["plaats"], source_of(part["middel"]), part["regel"])
            paid[key] = paid.get(key, 0) + cents(part["bedrag"]["waarde"])
        print(f"    {found['uitkomst']}: {found['zin']}")
        for (place, source, rule), amount in sorted(paid.items()):
            print(f"    {place:<6} {source:<4} {show(written(amount)):>12}  regel {rule}")
        self._compare(
            "wie betaalt",
            [
                (found["uitkomst"], place, source, written(amount), rule)
                for (place, source, rule), amount in sorted(paid.items())
            ],
            [row for number, *row in rows_of(PAYERS) if number == str(self._step)],
        )
        await self._look()
        return found

    async def _look(self) -> None:
        """Tell where the money of each fund is on the day of the step."""
        names = ("vrij", "complexeGezinnen", "wijken", "gezinnen", "besteed")
        standing = await self._get("/v1/middelen", peilDatum=self._day)
        found = {
            each["bron"]: [each[name]["waarde"] for name in names]
            for each in standing["resultaten"]
            if each["jaar"] == YEAR
        }
        print("    middel" + "".join(f"{name:>18}" for name in names))
        wanted = [row for number, *row in rows_of(STANDINGS) if number == str(self._step)]
        for source, *amounts in wanted:
            stands = found.get(source, ["0.00"] * len(names))
            print(f"    {source:<6}" + "".join(f"{show(amount):>18}" for amount in stands))
            self._compare(f"{source}-{YEAR}", stands, amounts)

    def _compare(self, what: str, found: Any, wanted: Any) -> None:
        told, expected = (
            [" ".join(each) if isinstance(each, tuple | list) else each for each in side]
            for side in (found, wanted)
        )
        if told != expected:
            self.differences.append(
                f"Stap {self._step}, {what}: gevonden {'; '.join(told) or 'niets'},"
                f" verwacht {'; '.join(expected)}"
            )

    async def _get(self, path: str, **query: str) -> Any:
        return await self._ask("financieel", "GET", path, params=query)

    async def _post(
        self, role: str, path: str, body: Mapping[str, Any], *, key: str | None = None
    ) -> Any:
        """Order something; the same order in the same step always has the same key."""
        chosen = f"voorbeeld-{YEAR}-{self._step}-{key or path.rpartition('/')[2]}"
        return await self._ask(role, "POST", path, json=body, headers={"Idempotency-Key": chosen})

    async def _ask(
        self,
        role: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Any:
        print(f"  {method:<4} {path}  ({role})")
        answer = await self._client.request(
            method,
            path,
            headers={"Authorization": f"Bearer {self._tokens[role]}", **(headers or {})},
            **content,
        )
        found = answer.json()
        if answer.is_error:
            raise NotDone(
                f"Stap {self._step}: {method} {path} gaf {answer.status_code}:"
                f" {found.get('title', '')} {found.get('detail', '')}".rstrip()
            )
        return found


def euro(amount: str) -> dict[str, str]:
    """Write an amount for the wire."""
    return {"waarde": amount, "valuta": "EUR"}


def of_fund(source: str, amount: str) -> dict[str, Any]:
    """Write an amount of a fund of the year for the wire."""
    return {"middel": f"{source}-{YEAR}", "bedrag": euro(amount)}


def source_of(fund: str) -> str:
    """Return the source of a fund."""
    return fund.partition("-")[0]


def cents(amount: str) -> int:
    """Read an amount in whole cents."""
    return int(amount.replace(".", ""))


def written(amount_cents: int) -> str:
    """Write whole cents as an amount on the wire."""
    return f"{amount_cents // 100}.{amount_cents % 100:02}"


def show(amount: str) -> str:
    """Write an amount as people read it."""
    euros, _, rest = amount.partition(".")
    return f"€ {int(euros):,}".replace(",", ".") + f",{rest}"


def rows_of(table: str) -> list[list[str]]:
    """Read the rows of a table, without its heading."""
    return [line.split() for line in table.strip().splitlines()[1:]]


def token_for(role: str, folder: str | None) -> str:
    """Let the program make a token for a role.

    :raises NotDone: it would not.
    """
    program = Path(sys.executable).with_name("ontschot")
    command = [str(program), "token", "--rol", role, "--gemeente", GEMEENTE, *ROLES[role]]
    if folder is not None:
        command += ["--map", folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotDone(f"{program} is niet te starten; voer eerst 'make setup' uit.") from error
    if done.returncode:
        raise NotDone(done.stderr.strip())
    return done.stdout.strip()


async def main(url: str, folder: str | None) -> int:
    """Run the example against a server; gives the exit code."""
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            await client.get("/gezondheid/leeft")
            example = Example(client, {role: token_for(role, folder) for role in ROLES})
            await example.run()
    except httpx.TransportError:
        sys.stderr.write(
            f"Er antwoordt geen server op {url}. Start haar in een ander venster met 'make demo',"
            " of wijs een ander adres aan met --url.\n"
        )
        return 3
    except NotDone as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    for difference in example.differences:
        sys.stderr.write(f"{difference}\n")
    if example.differences:
        sys.stderr.write(
            f"{len(example.differences)} verschillen met het voorbeeld. Boekte iemand anders in"
            f" {YEAR}? 'make demo FRESH=1' begint opnieuw.\n"
        )
        return 1
    print("\nAlle bedragen zijn die van het voorbeeld. Reken na: ontschot controleer")
    return 0


def asked() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--map", dest="folder")
    try:
        known, unknown = parser.parse_known_args()
    except argparse.ArgumentError:
        known, unknown = argparse.Namespace(), ["?"]
    if unknown:
        sys.stderr.write(
            "Gebruik: worked_example.py [--url ADRES] [--map MAP]\n\n"
            "Doet het uitgewerkte voorbeeld tegen de server van 'make demo' en vergelijkt elk"
            " bedrag.\n  --url  adres van de server (http://127.0.0.1:8000)\n"
            "  --map  map van de demo (.ontschot)\n"
        )
        sys.exit(2)
    return known


if __name__ == "__main__":
    options = asked()
    sys.exit(asyncio.run(main(options.url, options.folder)))
