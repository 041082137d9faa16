"""The pages of the alderman: what help of one domain saved another, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncConnection

from api import db, exports
from api.exports import FileForm, Wanted
from api.http.benefit_report import rounded, seen_by, step_for
from api.http.file_answers import file_answer
from api.http.rights import BOOKS
from api.http.services import services_of
from api.problems import NotFound
from api.web import benefit_words as words
from api.web.benefit_words import Period, name_of
from api.web.language import gettext
from api.web.pages import WETHOUDER, euros, page
from api.web.pdf import pdf_answer
from api.web.sankey import sankey_of
from api.web.visitors import Visit
from domains.benefits.report.model import Report, Scope
from domains.benefits.report.operations import behind_cell, show_reports
from domains.benefits.report.queries import estimate_reports
from domains.benefits.suppression import TOTAL
from domains.districts.queries import districts
from domains.exports import domain_benefits
from domains.readers.model import District
from ledger import balances

OfPeriod: TypeAlias = Annotated[str, QueryParameter(name="periode", max_length=10)]
OfDomain: TypeAlias = Annotated[str, QueryParameter(name="domein", max_length=60)]
Place: TypeAlias = Annotated[str, QueryParameter(name="wijk", max_length=10)]
FileOf: TypeAlias = Annotated[Literal["csv", "json", "xlsx"], QueryParameter(name="formaat")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One year, or one of two periods that are compared."""

    label: str
    story: words.Story


@get("/wethouder", visitors=WETHOUDER.visitors)
async def benefits(
    request: Visit, *, periode: OfPeriod = "", domein: OfDomain = "", wijk: Place = ""
) -> Template:
    """Show what help saved, from payer to receiver, with how sure that is."""
    return await _benefits_page(request, periode, domein, wijk)


@get("/wethouder/pdf", visitors=WETHOUDER.visitors)
async def document(
    request: Visit, *, periode: OfPeriod = "", domein: OfDomain = "", wijk: Place = ""
) -> Response[bytes]:
    """Give the same page as a document."""
    shown = await _benefits_page(request, periode, domein, wijk)
    return await pdf_answer(request, shown, name="-".join(filter(None, ("domeinbaten", periode))))


async def _benefits_page(request: Visit, periode: str, domein: str, wijk: str) -> Template:
    chosen = period_of(request, periode)
    step = step_for(request.user)
    report = await report_of(request, chosen, wijk)
    places = await districts_of(request)
    story = words.story_of(report, domein, step=step) if domein else None
    rows = words.rows_of(report, step=step)
    receivers, squares = words.matrix(report, step=step)
    return page(
        request,
        "wethouder/benefits.html",
        report=report,
        story=story or words.story_of_all(report, step=step),
        chosen={"periode": chosen.code, "domein": domein, "wijk": wijk},
        period=chosen,
        periods=[(each.code, each.label) for each in words.periods(_today(request))],
        domains=[
            ("", gettext("alle domeinen")),
            *((each.domain, name_of(each.domain)) for each in report.domains),
        ],
        places=[("", gettext("de hele gemeente")), *((each.code, each.name) for each in places)],
        place_names={each.code: each.name for each in places},
        rows=rows,
        receivers=receivers,
        squares=squares,
        picture=sankey_of(
            {(each.payer, each.receiver): each.amounts.known_cents for each in rows},
            name=name_of,
            shown=euros,
        ),
        step=step,
        rounded=rounded,
        total=TOTAL,
        words=words,
    )


@get("/wethouder/ontwikkeling", visitors=WETHOUDER.visitors)
async def development(
    request: Visit,
    *,
    domein: OfDomain = "",
    wijk: Place = "",
    eerste: Annotated[str, QueryParameter(name="eerste", max_length=10)] = "",
    tweede: Annotated[str, QueryParameter(name="tweede", max_length=10)] = "",
) -> Template:
    """Show the years side by side with their intervals, and any two periods."""
    known = words.periods(_today(request))
    years = [each for each in known if each.code.isdigit()][::-1]
    pair = [period_of(request, code) for code in ((eerste, tweede) if eerste and tweede else ())]
    *reports, whole = await reports_of(request, [*years, *pair, known[0]], wijk)
    told = [
        _step(request, period, report, domein)
        for period, report in zip([*years, *pair], reports, strict=True)
    ]
    return page(
        request,
        "wethouder/development.html",
        steps=[each for each in told[: len(years)] if each is not None],
        pair=[each for each in told[len(years) :] if each is not None],
        chosen={"domein": domein, "wijk": wijk, "eerste": eerste, "tweede": tweede},
        domain=name_of(domein) if domein else "",
        domains=[
            ("", gettext("alle domeinen")),
            *((each.domain, name_of(each.domain)) for each in whole.domains),
        ],
        places=[
            ("", gettext("de hele gemeente")),
            *((each.code, each.name) for each in await districts_of(request)),
        ],
        periods=[
            ("", gettext("kies een periode")),
            *((each.code, each.label) for each in known[1:]),
        ],
        words=words,
    )


@get("/wethouder/cel/{betaler:str}/{ontvanger:str}", visitors=WETHOUDER.visitors)
async def cell(
    request: Visit,
    betaler: FromPath[str],
    ontvanger: FromPath[str],
    *,
    periode: OfPeriod = "",
    wijk: Place = "",
) -> Template:
    """Tell how a figure was made: the estimates behind it, and for who keeps books its entries.

    :raises NotFound: the report does not show such a figure.
    """
    chosen = period_of(request, periode)
    report = await report_of(request, chosen, wijk)
    found = report.cells.get((betaler, ontvanger))
    if found is None:
        raise NotFound
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        entries = await behind_cell(
            connection,
            gemeente=gemeente,
            scope=report.scope,
            at=services_of(request).clock.now(),
            contributor=betaler,
            receiver=ontvanger,
        )
        ids = list(dict.fromkeys(each.estimate for each in entries))
        estimates = await estimate_reports(connection, gemeente=gemeente, ids=ids)
    step = step_for(request.user)
    return page(
        request,
        "wethouder/cell.html",
        payer=betaler,
        receiver=ontvanger,
        cell=found,
        amounts=words.amounts(found.figure, step=step),
        period=chosen,
        report=report,
        estimates=estimates,
        # An entry tells of one block of families, and those may be few.
        entries=entries if request.user.roles & BOOKS else (),
        reads_books=bool(request.user.roles & BOOKS),
        words=words,
    )


@get("/wethouder/bestand", visitors=WETHOUDER.visitors)
async def file(
    request: Visit, *, formaat: FileOf = "csv", periode: OfPeriod = "", wijk: Place = ""
) -> Response[bytes]:
    """Give the report as a file."""
    chosen, step = period_of(request, periode), step_for(request.user)
    report = await report_of(request, chosen, wijk)
    table = domain_benefits.as_table(report, told=lambda cents: rounded(cents, step))
    gemeente, scope = request.user.gemeente, report.scope
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        wanted = Wanted(
            gemeente=gemeente, year=scope.on.year, on=scope.on, known_up_to=scope.known_up_to
        )
        form = FileForm(formaat)
        content = await exports.written(connection, wanted, table, form=form)
    return file_answer(content, form=form, name=table.name)


HANDLERS: Final = (benefits, document, development, cell, file)


def period_of(request: Visit, code: str) -> Period:
    """Give a period by its code.

    :raises NotFound: there is none.
    """
    for each in words.periods(_today(request)):
        if each.code == code:
            return each
    raise NotFound


def _step(request: Visit, period: Period, report: Report, domain: str) -> Step | None:
    """Tell of one period; nothing where the domain is not in it."""
    step = step_for(request.user)
    story = (
        words.story_of(report, domain, step=step)
        if domain
        else words.story_of_all(report, step=step)
    )
    return None if story is None else Step(label=period.label, story=story)


async def report_of(request: Visit, period: Period, wijk: str) -> Report:
    """Make the report as the address of the interface makes it, in view of all that was shown."""
    (found,) = await reports_of(request, [period], wijk)
    return found


async def reports_of(request: Visit, periods: Sequence[Period], wijk: str) -> list[Report]:
    """Make the reports of several periods, in one look at the books."""
    services, gemeente = services_of(request), request.user.gemeente

    async def made(connection: AsyncConnection) -> Sequence[Report]:
        last = await balances.last_link(connection, gemeente=gemeente)
        return await show_reports(
            connection,
            gemeente=gemeente,
            scopes={
                services.clock.new_random_id(): Scope(
                    wijk=wijk or None,
                    from_date=period.from_date,
                    until_date=period.until_date,
                    on=services.clock.today(),
                    known_up_to=last,
                )
                for period in periods
            },
            at=services.clock.now(),
            actor=request.user.subject,
        )

    found = await db.run(services.engine, gemeente, made)
    return [seen_by(request.user, each) for each in found]


async def districts_of(request: Visit) -> Sequence[District]:
    """Give the districts of the municipality."""
    gemeente = request.user.gemeente
    async with db.snapshot(services_of(request).engine, gemeente) as connection:
        return await districts(connection, gemeente=gemeente)


def _today(request: Visit) -> date:
    return services_of(request).clock.today()
