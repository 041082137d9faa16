"""The web application, put together from its parts; nothing in it is global."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
from joserfc.jwk import ECKey
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Contact
from sqlalchemy.ext.asyncio import AsyncEngine

from api.bearer import check_identity, claim_names, client_key
from api.clock import Clock
from api.effect_studies import Studies
from api.http import (
    accounts,
    accruals,
    allocations,
    analysis_plans,
    audit_lines,
    benefit_agreements,
    benefit_report,
    benefits,
    budget_changes,
    budgets,
    costs,
    council,
    covers,
    debt_help,
    districts,
    draws,
    effect_studies,
    eligibility,
    entries,
    events,
    exports,
    families,
    family_budget_steps,
    family_budgets,
    family_changes,
    family_rights,
    figures,
    funds,
    health,
    messages,
    municipal_settings,
    neighbours,
    netting,
    notices,
    openapi,
    payers,
    periods,
    processings,
    providers,
    registers,
    reservations,
    signals,
    year_end,
)
from api.http.auditing import AuditLog
from api.http.body import LIMIT_BYTES
from api.http.design_rules import VERSION, DesignRules
from api.http.errors import broken, refused
from api.http.limits import RateLimit
from api.http.rights import let_in
from api.http.services import Services
from api.issuers import Issuer, client_for_providers
from api.jobs import Jobs
from api.metrics import Metrics
from api.settings import Settings
from api.tokens import ClaimNames, TokenVerifier, check_development
from api.web import development, statics
from api.web.errors import lost
from api.web.pages import templates
from api.web.routes import pages
from api.web.signing_in import Client
from ledger.coalescer import Coalescer
from ledger.refusals import Refusal


def create_app(
    *,
    settings: Settings,
    engine: AsyncEngine,
    clock: Clock,
    verifier: TokenVerifier,
    coalescer: Coalescer,
    metrics: Metrics | None = None,
) -> Litestar:
    """Make the application; whoever calls owns the engine and the coalescer and closes them.

    ``metrics`` counts what it does; without, nobody looks at the figures.
    """
    jobs = Jobs()
    counted = metrics or Metrics()
    counted.watch("boekingen", lambda: coalescer.waiting)
    counted.watch("taken", lambda: jobs.running)
    services = Services(
        settings=settings,
        engine=engine,
        clock=clock,
        verifier=verifier,
        coalescer=coalescer,
        studies=Studies(engine),
        jobs=jobs,
    )
    version_1 = Router(
        openapi.PREFIX,
        guards=[let_in],
        route_handlers=[
            openapi.description,
            *registers.HANDLERS,
            *municipal_settings.HANDLERS,
            *funds.HANDLERS,
            *budgets.HANDLERS,
            *council.HANDLERS,
            *signals.HANDLERS,
            *budget_changes.HANDLERS,
            *districts.HANDLERS,
            *families.HANDLERS,
            *family_changes.HANDLERS,
            *family_rights.HANDLERS,
            *covers.HANDLERS,
            *processings.HANDLERS,
            *family_budgets.HANDLERS,
            *family_budget_steps.HANDLERS,
            *draws.HANDLERS,
            *payers.HANDLERS,
            *neighbours.HANDLERS,
            *netting.HANDLERS,
            *providers.HANDLERS,
            *reservations.HANDLERS,
            *eligibility.HANDLERS,
            *entries.HANDLERS,
            *events.HANDLERS,
            *accounts.HANDLERS,
            *analysis_plans.HANDLERS,
            *costs.HANDLERS,
            *effect_studies.HANDLERS,
            *benefits.HANDLERS,
            *benefit_agreements.HANDLERS,
            *benefit_report.HANDLERS,
            *periods.HANDLERS,
            *messages.HANDLERS,
            *allocations.HANDLERS,
            *notices.HANDLERS,
            *debt_help.HANDLERS,
            *year_end.HANDLERS,
            *accruals.HANDLERS,
            *exports.HANDLERS,
            *audit_lines.HANDLERS,
            *figures.HANDLERS,
        ],
    )
    app = Litestar(
        route_handlers=[
            version_1,
            pages(),
            statics.FILES,
            statics.theme,
            health.lives,
            health.is_ready,
        ],
        exception_handlers={Refusal: refused, HTTPException: lost, Exception: broken},
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Ontschot",
            version=VERSION,
            description="Subgrootboek dat het geld van het sociaal domein bundelt en van elke cent"
            " de herkomst bewaart.",
            path="/api-docs",
            render_plugins=[],
            contact=Contact(
                name="Beheer van Ontschot",
                email=settings.contact,
                url=settings.address or "https://ontschot.example",
            ),
        ),
        request_max_body_size=LIMIT_BYTES,
        template_config=templates(),
        on_shutdown=[services.studies.aclose, jobs.stop],
        state=State({"services": services}),
    )
    audit_log = AuditLog(engine)
    counted.watch("auditlog", lambda: audit_log.waiting)
    app.asgi_handler = DesignRules(
        app.asgi_handler,
        clock,
        audit_log,
        RateLimit(
            per_second=settings.requests_per_minute / 60, burst=settings.requests_per_minute // 2
        ),
        metrics=counted,
        signs_out_at=_origin(settings.issuers),
    )
    if settings.issuers is None:
        _let_personas_in(app, settings, clock)
    else:
        _let_people_in(app, settings, clock, settings.issuers.split()[0])
    return app


def _origin(issuers: str | None) -> str | None:
    """Give the origin of the identity provider where people sign in, if there is one."""
    if not issuers:
        return None
    found = urlsplit(issuers.split()[0])
    return f"{found.scheme}://{found.netloc}"


def _let_people_in(app: Litestar, settings: Settings, clock: Clock, issuer: str) -> None:
    """Let people sign in at their own identity provider.

    :raises EnvironmentProblem: a setting beside that of the provider is missing or wrong.
    """
    check_identity(settings)
    http = client_for_providers()
    app.on_shutdown.append(http.aclose)
    app.state.sign_in = Client(
        Issuer(issuer, http),
        http=http,
        clock=clock,
        client_id=settings.client_id,
        key=client_key(settings.client_key or Path()),
        claims=claim_names(settings),
    )


def _let_personas_in(app: Litestar, settings: Settings, clock: Clock) -> None:
    """Let the provider for development be the one where people sign in.

    :raises EnvironmentProblem: others than this machine could reach it.
    """
    check_development(settings)
    app.register(development.ROUTER)
    key = ECKey.generate_key("P-256")
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))  # type: ignore[arg-type]  # Litestar's own types of ASGI.
    app.state.development = development.Provider(client_key=key)
    app.state.sign_in = Client(
        Issuer(development.ISSUER, http),
        http=http,
        clock=clock,
        client_id=development.CLIENT_ID,
        key=key,
        claims=ClaimNames(),
    )
