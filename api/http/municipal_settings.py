"""The settings (instellingen): what the gemeente itself decides about mandates, terms and order."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from litestar import Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import canonical, decode, raw_body
from api.http.perform import Given, Task, carry_out
from api.http.rights import EVERYONE, MONEY
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import (
    Antwoord,
    Bedrag,
    Code,
    DryRun,
    Invoer,
    Tekst,
    VerplichteTekst,
    amount,
    check_day,
)
from domains.instruction import Instruction
from domains.settings.model import SettingName, Settings, SettingVersion
from domains.settings.operations import decide_setting
from domains.settings.queries import setting_versions
from domains.settings.rules import settings_of, value_of

OnDay: TypeAlias = Annotated[
    date | None, QueryParameter(name="dag", description="Zoals ze op deze dag gelden.")
]


class Mandaatgrens(Invoer, frozen=True, kw_only=True):
    """What a role may grant by itself."""

    per_trekking: Bedrag
    per_gezin_jaar: Bedrag


Taakvelden: TypeAlias = Annotated[list[Code], Meta(max_length=200)]
Waarde: TypeAlias = (
    Annotated[dict[Code, Mandaatgrens | Taakvelden | Tekst], Meta(max_length=200)]
    | Taakvelden
    | int
    | Code
)
"""Days or whole euros, a choice, sources in order, limits per role, taakvelden per part, or how an
office is reached."""


class Instelling(Antwoord, frozen=True, kw_only=True):
    """A setting as it holds on a day, and by which decision."""

    naam: str
    waarde: Waarde
    standaardwaarde: Waarde
    """What holds as long as nobody decided otherwise."""
    besluit: str | None
    """None: the value that the program came with."""
    geldig_van: date | None
    versie: int
    vastgelegd_op: datetime | None


class Instellingen(Antwoord, frozen=True, kw_only=True):
    """Every setting."""

    resultaten: list[Instelling]


class NieuweInstelling(Invoer, frozen=True, kw_only=True):
    """Another value for a setting, by a decision, from a day on."""

    naam: Literal[
        "voorfinanciering",
        "mandaat",
        "akkoordtermijn",
        "betalertermijn",
        "tekorttermijn",
        "autorisatieniveau",
        "programmaonderdelen",
        "open_einde",
        "grens_zonder_akkoord",
        "iv3_contact",
        "levering_boven_verplichting",
    ]
    waarde: Waarde
    geldig_van: date
    besluit: VerplichteTekst


@get("/instellingen", opt=open_to(EVERYONE), summary="Wat de gemeente zelf heeft ingesteld")
async def list_settings(request: Asked, *, dag: OnDay = None) -> Instellingen:
    """List every setting as it holds on a day; today unless told."""
    day = services_of(request).clock.today() if dag is None else check_day("dag", dag)
    gemeente = request.user.gemeente
    async with db.transaction(services_of(request).engine, gemeente) as connection:
        versions = await setting_versions(connection, gemeente=gemeente)
    holds = {each.name: each for each in versions if each.valid_from <= day}
    return Instellingen(resultaten=[_setting(name, holds.get(name)) for name in SettingName])


@post(
    "/instellingen",
    opt=open_to(MONEY, body=NieuweInstelling, key=True),
    summary="Stel iets anders in, met een besluit",
)
async def add_setting(request: Asked, *, proef: DryRun = False) -> Response[Instelling]:
    """Let a setting have another value from a day on, by a decision."""
    content = await raw_body(request)
    asked = decode(content, NieuweInstelling)
    gemeente = request.user.gemeente

    async def operation(connection: AsyncConnection, instruction: Instruction) -> Sequence[UUID]:
        return await decide_setting(
            connection,
            instruction=instruction,
            name=SettingName(asked.naam),
            value=_stored(asked.waarde),
            decision=asked.besluit,
            valid_from=asked.geldig_van,
        )

    async def answer(
        connection: AsyncConnection, results: Sequence[UUID], _number: int
    ) -> Given[Instelling]:
        versions = await setting_versions(connection, gemeente=gemeente)
        (made,) = [each for each in versions if each.id == results[0]]
        return Given(body=_setting(made.name, made), location="/v1/instellingen")

    return await carry_out(
        request,
        Task(operation=operation, answer=answer),
        content=canonical(content),
        dry_run=proef,
    )


HANDLERS: Final = (list_settings, add_setting)


def _setting(name: SettingName, version: SettingVersion | None) -> Instelling:
    default = _told(value_of(Settings(), name))
    if version is None:
        return Instelling(
            naam=name,
            waarde=default,
            standaardwaarde=default,
            besluit=None,
            geldig_van=None,
            versie=0,
            vastgelegd_op=None,
        )
    return Instelling(
        naam=name,
        waarde=_told(value_of(settings_of({name: version.value}), name)),
        standaardwaarde=default,
        besluit=version.decision,
        geldig_van=version.valid_from,
        versie=version.number,
        vastgelegd_op=version.recorded_at,
    )


def _stored(value: Waarde) -> Any:
    """Write a value as the domain keeps it: limits in whole cents."""
    if not isinstance(value, dict):
        return value
    return {
        name: {
            "per_draw_cents": each.per_trekking.cents,
            "per_family_year_cents": each.per_gezin_jaar.cents,
        }
        if isinstance(each, Mandaatgrens)
        else each
        for name, each in value.items()
    }


def _told(value: Any) -> Waarde:
    """Write a value for the wire: limits as amounts."""
    if not isinstance(value, dict):
        found: Waarde = value
        return found
    return {
        name: Mandaatgrens(
            per_trekking=amount(each["per_draw_cents"]),
            per_gezin_jaar=amount(each["per_family_year_cents"]),
        )
        if isinstance(each, dict)
        else each
        for name, each in value.items()
    }
