"""The help that the family of the walk asks for, one draw after the other."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domains.draws.model import DrawRequest
from domains.eligibility.model import Facts

YEAR: Final = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """A draw to come, and what is told about it."""

    title: str
    story: str
    helped: slice
    """Which members it is for, the eldest first."""
    kind: str
    from_date: date
    until_date: date
    """Exclusive."""
    amount_cents: int
    provider: str
    description: str
    facts: Facts = ()
    reason: str
    urgent: bool = False

    def request(self, family_budget: UUID, members: tuple[UUID, ...]) -> DrawRequest:
        """Make the request of a family, of which the members are given by age."""
        return DrawRequest(
            family_budget=family_budget,
            persons=members[self.helped],
            kind=self.kind,
            from_date=self.from_date,
            until_date=self.until_date,
            amount_cents=self.amount_cents,
            provider=self.provider,
            description=self.description,
            facts=self.facts,
            reason=self.reason,
            urgent=self.urgent,
        )


_PARENT: Final = slice(0, 1)
_YOUNGSTER: Final = slice(1, 2)
_BOTH: Final = slice(0, 2)

ARREARS: Final = Help(
    title="Trekking A: een betalingsachterstand",
    story="De ouder zit in een schuldtraject en heeft € 1.250,00 achterstand. De wet noemt"
    " een eigen bron voor deze hulp, schuldhulpverlening (E19), en bijstand mag er niet"
    " aan meebetalen (E24). Alleen SHV betaalt.",
    helped=_PARENT,
    kind="betalingsachterstand-in-schuldtraject",
    from_date=date(YEAR, 3, 1),
    until_date=date(YEAR, 3, 2),
    amount_cents=125_000,
    provider="Woningcorporatie",
    description="Huurachterstand in het schuldtraject",
    reason="Zonder betaling volgt ontruiming",
)
GUIDANCE: Final = Help(
    title="Trekking B: achttien is een datum, geen muur",
    story="De jongere krijgt 91 dagen begeleiding van € 30,00 en wordt op 15 mei achttien."
    " De hulp gaat door; alleen de betaler wisselt. Tot die dag betaalt de Jeugdwet (E04),"
    " daarna mag zij niet meer (E05) en betaalt de Wmo (E14).",
    helped=_YOUNGSTER,
    kind="begeleiding-bij-beperking",
    from_date=date(YEAR, 4, 1),
    until_date=date(YEAR, 7, 1),
    amount_cents=273_000,
    provider="Zorgaanbieder",
    description="Begeleiding bij een beperking",
    facts=(("beperking", True), ("wlz-recht", False)),
    reason="Begeleiding loopt door op de achttiende verjaardag",
)
RENT: Final = Help(
    title="Trekking C: wat nodig is, uit één bedrag",
    story="Inrichting en eerste huur, € 3.500,00. Geen wet noemt deze hulp en niets anders"
    " is op tijd (E35), dus het gezinsbudget betaalt: elk middel naar rato van wat het in"
    " het gezin nog heeft, tot op de cent.",
    helped=_PARENT,
    kind="maatwerk",
    from_date=date(YEAR, 5, 1),
    until_date=date(YEAR, 5, 2),
    amount_cents=350_000,
    provider="Woningcorporatie",
    description="Inrichting en eerste huur",
    facts=(("voorliggende-voorziening-tijdig", False),),
    reason="Een eigen woning voorkomt een uithuisplaatsing",
)
HOME: Final = Help(
    title="Trekking D: het gezinsbudget is op, de hulp niet",
    story="Ouder en jongere krijgen met spoed een tijdelijke woonplek, samen € 12.000,00."
    " Het gezin heeft nog € 10.520,00; al dat geld gaat op, en de wijk vult € 1.480,00"
    " aan uit dezelfde middelen.",
    helped=_BOTH,
    kind="maatwerk",
    from_date=date(YEAR, 6, 1),
    until_date=date(YEAR, 9, 1),
    amount_cents=1_200_000,
    provider="Stichting Onderdak",
    description="Tijdelijke woonplek en begeleiding",
    facts=(("voorliggende-voorziening-tijdig", False),),
    reason="Zonder woonplek slaapt de jongere op straat",
    urgent=True,
)
TREATMENT: Final = Help(
    title="Trekking E: eerst de hulp, dan de betaler",
    story="De eerste weken GGZ-behandeling van de ouder, € 900,00. De zorgverzekeraar hoort"
    " te betalen (E30) en heeft nog niet besloten; jeugdgeld mag niet (E12). De gemeente"
    " wees WMO aan om voor te schieten (E39). Het gezin heeft geen WMO meer, dus de wijk"
    " schiet voor. Er staat nu een openstaande betaler open: ZVW.",
    helped=_PARENT,
    kind="ggz-behandeling-volwassene",
    from_date=date(YEAR, 7, 1),
    until_date=date(YEAR, 7, 22),
    amount_cents=90_000,
    provider="GGZ-instelling",
    description="Eerste weken behandeling",
    reason="De zorgverzekeraar heeft nog niet besloten",
)
