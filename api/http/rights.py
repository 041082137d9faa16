"""Who may do what: the role lets somebody in, the team decides which families he sees."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Final, Literal

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db
from api.http.body import camel
from api.http.purposes import HEADER, set_purpose
from api.http.services import Asked, Services, services_of
from api.problems import InvalidField, InvalidInput, NotAllowed
from api.tokens import ROLES, NotAuthenticated
from domains.covers.queries import covered_families
from domains.families.model import Family
from domains.families.rules import UnknownFamily
from domains.instruction import Actor
from domains.privacy.rules import decide_purpose

EVERYONE: Final = frozenset(ROLES)
MONEY: Final = frozenset({"beheerder", "financieel"})
"""May move money: budgets, shifts, districts, entries, periods."""
BOOKS: Final = MONEY | {"auditor", "budgethouder", "controller"}
"""May read every entry and every account."""
ANALYSE: Final = MONEY | {"controller"}
"""May lay down what is looked at for domain benefits, estimate it and book it."""
SIGN: Final = frozenset({"budgethouder", "controller"})
"""May sign for domain benefits, each for the budget that he holds or as controller."""
READ_LOG: Final = frozenset({"auditor", "controller"})
"""May read who did what."""
FAMILIES_READ: Final = BOOKS | {"teamleider", "wijkteam"}
FAMILIES_WRITE: Final = frozenset({"beheerder", "budgethouder", "teamleider", "wijkteam"})
APPROVE: Final = frozenset({"budgethouder", "teamleider"})
"""May judge draws that wait, as far as the mandate goes."""
FAMILY_BUDGETS_WRITE: Final = FAMILIES_WRITE | {"financieel"}
BIRTH_DATES: Final = frozenset({"auditor", "budgethouder", "controller", "teamleider", "wijkteam"})
"""May see when somebody was born; the others see money and pseudonyms only."""

PRIVACY: Final = frozenset({"privacy"})
"""May read who looked at families and why, forget them, and answer what they ask."""
COVER_READ: Final = FAMILIES_READ | {"privacy"}
COVER_WRITE: Final = frozenset({"teamleider", "wijkteam"})
"""May let a colleague stand in, each for his own team or families."""

_OF_TEAMS: Final = frozenset({"teamleider", "wijkteam"})
"""These roles reach the families of their own teams only."""
_OWN: Final = frozenset({"request", "self"})


async def let_in(
    connection: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler
) -> None:
    """Check the token, the role and what stands in the address, before anything is read.

    :raises NotAuthenticated: no token, or one that we do not accept.
    :raises NotAllowed: the role does not allow this.
    :raises PurposeMissing: it opens a family, and nobody says why.
    :raises PurposeNotAllowed: this role does not open families for that.
    :raises InvalidInput: a query key that this address does not know or that is there twice, or a
        text with a character that no database keeps.
    """
    needed: frozenset[str] | None = handler.opt.get("roles")
    if needed is None:
        return
    services = connection.app.state.services
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated(reason="Er is geen token meegestuurd.")
    actor: Actor = await services.verifier.verify(token.strip(), services.clock.now())
    actor = await with_cover(services, actor)
    connection.scope["user"] = actor
    if not actor.roles & needed:
        raise NotAllowed(needed=", ".join(sorted(needed)))
    if handler.opt["opens"]:
        asked_for = connection.headers.get(HEADER, "")
        set_purpose(connection.scope, decide_purpose(asked_for, roles=actor.roles))
    known = {camel(name) for name in handler.parsed_fn_signature.parameters if name not in _OWN}
    unknown = [name for name in dict.fromkeys(connection.query_params) if name not in known]
    if unknown:
        raise InvalidInput(
            fields=tuple(
                InvalidField(
                    naam=name[:60],
                    bron="query",
                    code="onbekend",
                    reden="bestaat hier niet; let op hoofdletters, zoals in peilDatum.",
                )
                for name in unknown
            )
        )
    # Of a repeated key only the last would count, and not each reader of an address agrees on that.
    repeated = [name for name in known if len(connection.query_params.getall(name, [])) > 1]
    if repeated:
        raise InvalidInput(
            fields=tuple(
                InvalidField(
                    naam=name, bron="query", code="dubbel", reden="staat er meer dan een keer."
                )
                for name in sorted(repeated)
            )
        )
    unkept = (
        *_unkept("query", connection.query_params.multi_items()),
        *_unkept("pad", connection.path_params.items()),
    )
    if unkept:
        raise InvalidInput(fields=unkept)


def _unkept(
    source: Literal["query", "pad"], found: Iterable[tuple[str, Any]]
) -> Iterable[InvalidField]:
    """Name the texts of an address that hold a character which no database keeps."""
    for name, text in found:
        if "\0" in str(text):
            reason = "bevat tekens die niet mogen."
            yield InvalidField(naam=camel(name), bron=source, code="vorm", reden=reason)


async def with_cover(services: Services, actor: Actor) -> Actor:
    """Give an actor with the families of colleagues for whom he stands in today."""
    if sees_every_family(actor) or not actor.roles & _OF_TEAMS:
        return actor
    async with db.transaction(services.engine, actor.gemeente) as connection:
        found = await covered_families(
            connection,
            gemeente=actor.gemeente,
            substitute=actor.subject,
            on=services.clock.today(),
        )
    return replace(actor, families=found)


def sees_families(actor: Actor) -> bool:
    """Return whether an actor reads about families at all; who does not sees aggregates only."""
    return bool(actor.roles & FAMILIES_READ)


def sees_every_family(actor: Actor) -> bool:
    """Return whether an actor may read about all families, of whatever team."""
    return bool(actor.roles & (FAMILIES_READ - _OF_TEAMS))


def teams_seen(actor: Actor) -> frozenset[str] | None:
    """Return the teams whose families an actor may read about; ``None``: of all."""
    if sees_every_family(actor):
        return None
    return actor.teams if actor.roles & _OF_TEAMS else frozenset()


def sight_of(request: Asked) -> db.Sight:
    """Return what a database transaction of a request sees and writes."""
    actor, opened_to = request.user, request.route_handler.opt
    if actor.roles & PRIVACY & (opened_to.get("roles") or opened_to.get("visitors", frozenset())):
        return db.WHOLE  # He answers for every family, at the addresses that are open to him.
    return db.Sight(teams=teams_seen(actor), families=actor.families)


def connection_for(request: Asked) -> AbstractAsyncContextManager[AsyncConnection]:
    """Open a database transaction that sees the families which the asker may see."""
    return db.transaction(services_of(request).engine, request.user.gemeente, sight_of(request))


def snapshot_for(request: Asked) -> AbstractAsyncContextManager[AsyncConnection]:
    """Open such a database transaction that sees one moment; it writes only who looked."""
    engine = services_of(request).engine.execution_options(isolation_level="REPEATABLE READ")
    return db.transaction(engine, request.user.gemeente, sight_of(request))


def sees_family(actor: Actor, family: Family) -> bool:
    """Return whether an actor may read about a family."""
    return sees_every_family(actor) or _own_family(actor, family)


def check_sees_family(actor: Actor, family: Family) -> None:
    """Refuse a family that is not for this actor, as if it did not exist.

    :raises UnknownFamily: he may not know of it.
    """
    if not sees_family(actor, family):
        raise UnknownFamily(family=str(family.id))


def may_change_family(actor: Actor, family: Family, *, roles: frozenset[str]) -> bool:
    """Return whether an actor may change something for a family, with these roles."""
    return bool(actor.roles & (roles - _OF_TEAMS)) or _own_family(actor, family)


def may_change_team(actor: Actor, team: str, *, roles: frozenset[str]) -> bool:
    """Return whether an actor may bring a family to a team, with these roles."""
    return bool(actor.roles & (roles - _OF_TEAMS)) or _own_team(actor, team)


def _own_family(actor: Actor, family: Family) -> bool:
    return _own_team(actor, family.team) or (
        bool(actor.roles & _OF_TEAMS) and family.id in actor.families
    )


def _own_team(actor: Actor, team: str) -> bool:
    return bool(actor.roles & _OF_TEAMS) and team in actor.teams
