"""What every handler needs, made once by whoever starts the program."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from litestar import Request
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncEngine

from api.clock import Clock
from api.effect_studies import Studies
from api.jobs import Jobs
from api.settings import Settings
from api.tokens import TokenVerifier
from domains.instruction import Actor
from ledger.coalescer import Coalescer

Asked: TypeAlias = Request[Actor, Any, State]
"""A request of somebody whose token was checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the running program that a request uses."""

    settings: Settings
    engine: AsyncEngine
    clock: Clock
    verifier: TokenVerifier
    coalescer: Coalescer
    studies: Studies
    jobs: Jobs


def services_of(request: Request[Any, Any, State]) -> Services:
    """Give the services of the application that a request came to."""
    found: Services = request.app.state.services
    return found
