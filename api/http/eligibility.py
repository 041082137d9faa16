"""The rules (rechtsregels): who may pay which help, by which article, and what a case comes to."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.paging import page_of
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, FAMILIES_READ, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    MOST,
    Antwoord,
    Code,
    Cursor,
    DryRun,
    Invoer,
    Limit,
    Tekst,
    VerplichteTekst,
    day_after,
    last_day,
)
from api.problems import NotFound
from domains import chart
from domains.draws.cover import nature_of
from domains.draws.rules import check_period
from domains.eligibility.catalogue import KINDS
from domains.eligibility.model import (
    Condition,
    HelpKind,
    Reach,
    Rule,
    RuleBase,
    RuleOutcome,
    Segment,
    SourceVerdict,
)
from domains.eligibility.rules import check_facts, help_kind, segments
from domains.instruction import Instruction
from domains.rule_base.model import Narrowing, RuleVersion
from domains.rule_base.operations import add_rule, narrow_rule
from domains.rule_base.queries import rule_base, rule_base_of_version, rule_versions
from domains.sources import SOURCES
from domains.sources.model import Hardness

Leeftijd: TypeAlias = Annotated[int, Meta(ge=0, le=150)]
Feiten: TypeAlias = Annotated[dict[Code, bool], Meta(max_length=50)]
OnDay: TypeAlias = Annotated[
    date | None, QueryParameter(name="dag", description="Alleen regels die op deze dag gelden.")
]
OfSource: TypeAlias = Annotated[
    str | None, QueryParameter(name="bron", description="Alleen regels over deze bron.")
]
OfVersion: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="regelversie", description="De regels zoals een eerder besluit ze kende."),
]
Codes: TypeAlias = Annotated[list[Code], Meta(max_length=50)]


class Rechtsregel(Antwoord, frozen=True, kw_only=True):
    """A rule on the days on which it holds here."""

    regel: str
    bronnen: list[str]
    in_volgorde: bool
    """The first source pays, and only what it cannot pay goes to the next."""
    reikwijdte: str
    soorten: list[str]
    persoon: str
    leeftijd_van: int
    leeftijd_tot: int | None
    """The first age that no longer counts."""
    voorwaarden: dict[str, bool]
    uitkomst: str
    hardheid: str
    grondslag: str
    uitleg: str
    taakveld: str | None
    categorie: str | None
    van: date
    tot_en_met: date | None


class Rechtsregels(Antwoord, frozen=True, kw_only=True):
    """A page of rules, and the name of the whole."""

    regelversie: str
    resultaten: list[Rechtsregel]


class Regelversie(Rechtsregel, frozen=True, kw_only=True):
    """A version of a rule as it was recorded, with the decision behind it."""

    id: UUID | None
    versie: int
    eigen: bool
    """A rule of this gemeente, not one that is the same everywhere."""
    besluit: str
    vastgelegd_op: datetime


class Regelversies(Antwoord, frozen=True, kw_only=True):
    """Every version of one rule; a later one takes over from its first day."""

    resultaten: list[Regelversie]


class NieuweRechtsregel(Invoer, frozen=True, kw_only=True):
    """A rule of the gemeente's own, by a decision."""

    regel: Code
    bronnen: Annotated[list[Code], Meta(min_length=1, max_length=20)]
    soorten: Codes = msgspec.field(default_factory=list)
    persoon: Tekst = "iedereen"
    leeftijd_van: Leeftijd = 0
    leeftijd_tot: Leeftijd | None = None
    voorwaarden: Feiten = msgspec.field(default_factory=dict)
    uitkomst: Literal["TOEGESTAAN", "TOEGESTAAN_MITS", "ALLEEN_ONTSCHOT", "NIET"]
    hardheid: Literal["RAAD", "AFSPRAAK"]
    grondslag: Tekst = ""
    uitleg: VerplichteTekst
    van: date
    tot_en_met: date | None = None
    besluit: VerplichteTekst


class NieuweBeperking(Invoer, frozen=True, kw_only=True):
    """How a rule that is not law becomes narrower; what is left out stays as it is."""

    van: date
    tot_en_met: date | None = None
    voorwaarden: Feiten = msgspec.field(default_factory=dict)
    bronnen: Codes | None = None
    soorten: Codes | None = None
    leeftijd_van: Leeftijd | None = None
    leeftijd_tot: Leeftijd | None = None
    uitkomst: Literal["NIET"] | None = None
    uitleg: Tekst = ""
    besluit: VerplichteTekst


class Hulpsoort(Antwoord, frozen=True, kw_only=True):
    """A kind of help, and where its cost belongs by what it is."""

    code: str
    naam: str
    valt_onder: list[str]
    taakvelden: dict[str, str]
    """From which year on, the taakveld."""
    categorie: str


class Hulpsoorten(Antwoord, frozen=True, kw_only=True):
    """A page of kinds of help."""

    resultaten: list[Hulpsoort]


class Toetsvraag(Invoer, frozen=True, kw_only=True):
    """A case: who, which help, which days, and what is known; nothing of it is kept."""

    geboortedatum: date
    soort: Code
    van: date
    tot_en_met: date
    feiten: Annotated[dict[Code, bool | None], Meta(max_length=50)] = msgspec.field(
        default_factory=dict
    )


class Oordeel(Antwoord, frozen=True, kw_only=True):
    """What the rules come to for one source on these days."""

    bron: str
    middel: str | None
    """None for a party outside the gemeente."""
    stand: str
    uitkomst: str | None
    eigen_hulp: bool
    """The law names this help for this source; else it pays only together, from the pool."""
    regel: str
    hardheid: str | None
    grondslag: str
    uitleg: str
    aan_te_tonen: list[str]
    weerlegd: list[str]


class Toetsperiode(Antwoord, frozen=True, kw_only=True):
    """Days on which the same rules give the same answer."""

    van: date
    tot_en_met: date
    taakveld: str
    categorie: str
    andere_betalers: list[str]
    """Parties outside the gemeente that have to pay these days."""
    oordelen: list[Oordeel]


class Rechtstoets(Antwoord, frozen=True, kw_only=True):
    """The answer to a case."""

    soort: str
    regelversie: str
    perioden: list[Toetsperiode]


@get("/rechtsregels", opt=open_to(EVERYONE), summary="Welke bron welke hulp mag betalen")
async def list_rules(
    request: Asked,
    *,
    dag: OnDay = None,
    bron: OfSource = None,
    regelversie: OfVersion = None,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Response[Rechtsregels]:
    """List the rules as they hold in the gemeente, on one day or on all.

    :raises NotFound: the rules never had this version.
    """
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        base: RuleBase | None = await rule_base(connection, gemeente=gemeente)
        if regelversie is not None:
            base = await rule_base_of_version(connection, gemeente=gemeente, version=regelversie)
    if base is None:
        raise NotFound
    chosen = [
        rule
        for rule in base.rules
        if (dag is None or rule.valid_on(dag)) and (bron is None or bron in rule.sources)
    ]
    page, headers = page_of(
        request,
        chosen,
        key=lambda rule: f"{rule.rule_id} {rule.valid_from}",
        cursor=cursor,
        limit=limit,
    )
    return Response(
        Rechtsregels(regelversie=base.version, resultaten=[_rule(each) for each in page]),
        headers=headers,
    )


@get("/rechtsregels/{regel:str}", opt=open_to(EVERYONE), summary="Alle versies van een rechtsregel")
async def get_rule(request: Asked, regel: FromPath[str]) -> Regelversies:
    """Give every version of a rule, the common ones first.

    :raises NotFound: there is no such rule.
    """
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        found = await rule_versions(connection, gemeente=gemeente)
    versions = [_version(each) for each in found if each.rule.rule_id == regel]
    if not versions:
        raise NotFound
    return Regelversies(resultaten=versions)


@post(
    "/rechtsregels",
    opt=open_to(MONEY, body=NieuweRechtsregel, key=True),
    summary="Voeg een eigen rechtsregel toe",
)
async def add_own_rule(request: Asked, *, proef: DryRun = False) -> Response[Regelversie]:
    """Add a rule of the gemeente's own by a decision; the law stays as it is."""
    content = await raw_body(request)
    asked = decode(content, NieuweRechtsregel)
    rule = Rule(
        rule_id=asked.regel,
        sources=tuple(dict.fromkeys(asked.bronnen)),
        sources_in_order=False,
        reach=Reach.KIND,
        kinds=tuple(dict.fromkeys(asked.soorten)),
        person=asked.persoon,
        age_from=asked.leeftijd_van,
        age_until=asked.leeftijd_tot,
        conditions=_conditions(asked.voorwaarden),
        outcome=RuleOutcome(asked.uitkomst),
        hardness=Hardness(asked.hardheid),
        legal_basis=asked.grondslag,
        explanation=asked.uitleg,
        nature=None,
        valid_from=asked.van,
        valid_until=_until(asked.tot_en_met),
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await add_rule(
            connection, instruction=instruction, rule=rule, decision=asked.besluit
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=_answer_for(request.user.gemeente)),
        content=canonical(content),
        dry_run=proef,
    )


@post(
    "/rechtsregels/{regel:str}/beperkingen",
    opt=open_to(MONEY, body=NieuweBeperking, key=True),
    summary="Beperk een rechtsregel die geen wet is",
)
async def add_narrowing(
    request: Asked, regel: FromPath[str], *, proef: DryRun = False
) -> Response[Regelversie]:
    """Narrow a rule of council or agreement from a day on, by a decision."""
    content = await raw_body(request)
    asked = decode(content, NieuweBeperking)
    narrowing = Narrowing(
        rule_id=regel,
        from_date=asked.van,
        until_date=_until(asked.tot_en_met),
        conditions=_conditions(asked.voorwaarden),
        sources=None if asked.bronnen is None else tuple(asked.bronnen),
        kinds=None if asked.soorten is None else tuple(asked.soorten),
        age_from=asked.leeftijd_van,
        age_until=asked.leeftijd_tot,
        outcome=None if asked.uitkomst is None else RuleOutcome(asked.uitkomst),
        explanation=asked.uitleg,
    )

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await narrow_rule(
            connection, instruction=instruction, narrowing=narrowing, decision=asked.besluit
        )

    return await carry_out(
        request,
        Task(operation=operation, answer=_answer_for(request.user.gemeente)),
        content=canonical(content),
        dry_run=proef,
    )


@get("/soorten-hulp", opt=open_to(EVERYONE), summary="Soorten hulp")
async def list_kinds(
    request: Asked, *, cursor: Cursor = None, limit: Limit = MOST
) -> Response[Hulpsoorten]:
    """List the kinds of help with the taakveld that each belongs on, per Iv3 year."""
    page, headers = page_of(request, KINDS, key=lambda each: each.code, cursor=cursor, limit=limit)
    return Response(Hulpsoorten(resultaten=[_kind(each) for each in page]), headers=headers)


@post(
    "/rechtstoetsen",
    opt=open_to(FAMILIES_READ, body=Toetsvraag),
    summary="Wie mag deze hulp betalen, op welke dagen, volgens welk artikel",
)
async def judge_case(request: Asked) -> Response[Rechtstoets]:
    """Answer per stretch of days and per source what the rules come to; books and keeps nothing.

    :raises domains.eligibility.rules.UnknownHelpKind: no kind of help has this code.
    :raises domains.eligibility.rules.UnknownFact: a fact is told that no rule asks for.
    :raises domains.draws.refusals.PeriodEmpty: there is no day in it.
    :raises domains.draws.refusals.PeriodTooLong: it lasts longer than ten years.
    """
    asked = decode(await raw_body(request), Toetsvraag)
    until = day_after(asked.tot_en_met)
    check_period(asked.van, until)
    kind = help_kind(asked.soort, KINDS)
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        base = await rule_base(connection, gemeente=gemeente)
    check_facts(asked.feiten, base.rules)
    found = segments(
        asked.van,
        until,
        kind=kind,
        birth_date=asked.geboortedatum,
        facts=tuple(sorted(asked.feiten.items())),
        sources=[each.code for each in SOURCES if each.code != chart.SHORTAGE_SOURCE],
        rules=base,
    )
    answer = Rechtstoets(
        soort=kind.code,
        regelversie=base.version,
        perioden=[_period(each, kind) for each in found],
    )
    return Response(answer, status_code=200)


HANDLERS: Final = (
    list_rules,
    get_rule,
    add_own_rule,
    add_narrowing,
    list_kinds,
    judge_case,
)

_EXTERNAL: Final = frozenset(each.code for each in SOURCES if each.external)


def _answer_for(
    gemeente: str,
) -> Callable[[AsyncConnection, Sequence[UUID], int], Awaitable[Given[Regelversie]]]:
    """Read back the version that an operation recorded."""

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Regelversie]:
        found = await rule_versions(connection, gemeente=gemeente)
        (made,) = [each for each in found if each.id == results[0]]
        return Given(body=_version(made), location=f"/v1/rechtsregels/{made.rule.rule_id}")

    return answer


def _conditions(asked: dict[str, bool]) -> tuple[Condition, ...]:
    return tuple(Condition(fact=fact, value=value) for fact, value in sorted(asked.items()))


def _until(day: date | None) -> date | None:
    return None if day is None else day_after(day)


def _rule(rule: Rule) -> Rechtsregel:
    nature = rule.nature
    return Rechtsregel(
        regel=rule.rule_id,
        bronnen=list(rule.sources),
        in_volgorde=rule.sources_in_order,
        reikwijdte=rule.reach,
        soorten=list(rule.kinds),
        persoon=rule.person,
        leeftijd_van=rule.age_from,
        leeftijd_tot=rule.age_until,
        voorwaarden={each.fact: each.value for each in rule.conditions},
        uitkomst=rule.outcome,
        hardheid=rule.hardness,
        grondslag=rule.legal_basis,
        uitleg=rule.explanation,
        taakveld=nature.taakveld if nature else None,
        categorie=nature.category if nature else None,
        van=rule.valid_from,
        tot_en_met=None if rule.valid_until is None else last_day(rule.valid_until),
    )


def _version(version: RuleVersion) -> Regelversie:
    return Regelversie(
        **msgspec.structs.asdict(_rule(version.rule)),
        id=version.id,
        versie=version.number,
        eigen=bool(version.gemeente),
        besluit=version.decision,
        vastgelegd_op=version.recorded_at,
    )


def _kind(kind: HelpKind) -> Hulpsoort:
    return Hulpsoort(
        code=kind.code,
        naam=kind.name,
        valt_onder=list(kind.wider),
        taakvelden={str(year): nature.taakveld for year, nature in kind.natures},
        categorie=kind.nature.category,
    )


def _period(segment: Segment, kind: HelpKind) -> Toetsperiode:
    nature = nature_of(segment, kind)
    return Toetsperiode(
        van=segment.from_date,
        tot_en_met=last_day(segment.until_date),
        taakveld=nature.taakveld,
        categorie=nature.category,
        andere_betalers=list(segment.outside_payers),
        oordelen=[_verdict(each, segment.year) for each in segment.pool],
    )


def _verdict(verdict: SourceVerdict, year: int) -> Oordeel:
    return Oordeel(
        bron=verdict.source,
        middel=None if verdict.source in _EXTERNAL else chart.fund(verdict.source, year),
        stand=verdict.standing,
        uitkomst=verdict.outcome,
        eigen_hulp=verdict.names_own_help,
        regel=verdict.rule_id,
        hardheid=verdict.hardness,
        grondslag=verdict.legal_basis,
        uitleg=verdict.rule.explanation if verdict.rule else "",
        aan_te_tonen=list(verdict.to_be_shown),
        weerlegd=list(verdict.contradicted),
    )
