"""A municipality with a budget, a district and a family, made over HTTP."""

from dataclasses import dataclass
from typing import Any

from tests.api.http.conftest import NOW, Person

YEAR = {"van": "2026-01-01", "totEnMet": "2026-12-31", "open": True, "reden": "Boekjaar 2026"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What a test can work with."""

    wijk: str
    family: dict[str, Any]
    budget: dict[str, Any]

    @property
    def draws(self) -> str:
        """Return the address of the draws on the family's budget."""
        return f"/v1/gezinsbudgetten/{self.budget['id']}/trekkingen"

    def draw(self, amount: str, **more: Any) -> dict[str, Any]:
        """Make a request for bespoke help for the first member."""
        return {
            "personen": [self.family["leden"][0]["persoon"]],
            "soort": "maatwerk",
            "van": "2026-05-01",
            "totEnMet": "2026-05-01",
            "bedrag": euro(amount),
            "aanbieder": "Aanbieder",
            "omschrijving": "Hulp",
            "reden": "Geen voorliggende voorziening op tijd",
            "boekdatum": "2026-05-01",
            **more,
        }


def euro(value: str) -> dict[str, str]:
    """Write an amount for the wire."""
    return {"waarde": value, "valuta": "EUR"}


def council_budget(**amounts: str) -> dict[str, Any]:
    """Make a budget by hand: an amount per source."""
    return {
        "jaar": 2026,
        "besluit": "Raadsbesluit",
        "boekdatum": "2026-01-02",
        "regels": [
            {"bron": source, "programma": "P1", "taakveld": "6.3", "bedrag": euro(amount)}
            for source, amount in amounts.items()
        ],
    }


def district_budget(wijk: str, **amounts: str) -> dict[str, Any]:
    """Make an order that fills one district: an amount per source."""
    return {
        "boekdatum": "2026-01-02",
        "toelichting": "Eerste vulling",
        "wijken": [
            {
                "wijk": wijk,
                "bedragen": [
                    {"middel": f"{source}-2026", "bedrag": euro(amount)}
                    for source, amount in amounts.items()
                ],
            }
        ],
    }


def plain(amount: str = "100.00", **more: Any) -> dict[str, Any]:
    """Make a plain entry between two accounts of the book LASTEN."""
    account = {"boek": "LASTEN", "middel": "JW-2026"}
    return {
        "boekdatum": "2026-03-01",
        "omschrijving": "Factuur",
        "regels": [
            {"rekening": {**account, "code": "4210", "taakveld": "6.751"}, "debet": euro(amount)},
            {"rekening": {**account, "code": "1200"}, "credit": euro(amount)},
        ],
        **more,
    }


async def make_money(finance: Person, gemeente: str) -> str:
    """Open the year, book a budget and fill one district; gives its code."""
    wijk = f"WK{gemeente[2:]}01"
    await finance.done("/v1/boekingsperioden", YEAR)
    await finance.done("/v1/begrotingen", council_budget(JW="100000.00", ARM="50000.00"))
    await finance.done("/v1/wijken", {"wijken": [{"code": wijk, "naam": "Wijk 01"}]})
    await finance.done("/v1/wijkbudgetten", district_budget(wijk, JW="20000.00", ARM="10000.00"))
    return wijk


async def make_town(finance: Person, team: Person, gemeente: str, *, name: str = "noord") -> Town:
    """Make money, and a family of a team with a budget of € 9.000."""
    wijk = await make_money(finance, gemeente)
    kind = {
        "code": "standaard",
        "naam": "Standaard",
        "minimum": euro("1000.00"),
        "norm": euro("9000.00"),
        "maximum": euro("20000.00"),
    }
    await finance.done("/v1/gezinstypen", {"gezinstypen": [kind]})
    family = await team.done(
        "/v1/gezinnen",
        {
            "wijk": wijk,
            "gezinstype": "standaard",
            "team": name,
            "van": "2026-01-01",
            "leden": [{"geboortedatum": "1982-03-03"}],
        },
    )
    budget = await team.done(
        "/v1/gezinsbudgetten", {"gezin": family["id"], "jaar": 2026, "boekdatum": "2026-01-05"}
    )
    return Town(wijk=wijk, family=family, budget=budget)


async def grant_without_approval(finance: Person, euros: int) -> None:
    """Let urgent help of this much be granted before anybody approved it."""
    await finance.done(
        "/v1/instellingen",
        {
            "naam": "grens_zonder_akkoord",
            "waarde": euros,
            "geldigVan": NOW.date().isoformat(),
            "besluit": "collegebesluit 2",
        },
    )
