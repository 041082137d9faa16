"""Figures that people steer by: utilisation of budgets, and variances of price and volume."""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from litestar import Response, get
from litestar.params import QueryParameter

from api import db, exports
from api.exports import OF_TABLES, FileForm, Wanted
from api.http.exports import OfYear
from api.http.file_answers import Form, file_answer, form_of
from api.http.rights import BOOKS, EVERYONE
from api.http.routes import open_to
from api.http.services import Asked, services_of
from api.http.wire import Antwoord, Bedrag, KnownUpTo, OnDate, amount, as_of
from api.problems import NotAllowed
from domains.figures import queries
from domains.figures.model import Grouping, UtilisationRow, Variance
from domains.figures.rules import METHOD, utilisation_table, variance_table
from domains.quantities import write_e4

Per: TypeAlias = Annotated[
    Literal["domein", "wijk", "programma", "middel"],
    QueryParameter(name="per", description="Waarvan elke regel er één is."),
]


class Uitputtingsregel(Antwoord, frozen=True, kw_only=True):
    """How far one domain, district, programme or fund is used up."""

    code: str
    naam: str
    begroot: Bedrag
    verplicht: Bedrag
    besteed: Bedrag
    vastgelegd: Bedrag
    """Verplicht and besteed together."""
    vrij: Bedrag
    prognose: Bedrag
    """What will be spent by the end of the year."""
    verwacht_over: Bedrag


class Uitputting(Antwoord, frozen=True, kw_only=True):
    """How far the budgets of a year were used up on a date."""

    jaar: int
    peil_datum: date
    stand_per: int
    per: str
    methode: str
    resultaten: list[Uitputtingsregel]
    totaal: Uitputtingsregel


class Verschilregel(Antwoord, frozen=True, kw_only=True):
    """Why the costs of a product of a provider differ from what was granted."""

    productcategorie: str
    productcode: str
    eenheid: str
    aanbieder: str
    volume_afgesproken: str
    bedrag_afgesproken: Bedrag
    volume_geleverd: str
    bedrag_geleverd: Bedrag
    prijsverschil: Bedrag
    volumeverschil: Bedrag
    verschil: Bedrag
    zonder_volume: Bedrag
    """Delivered as an amount, so without price and volume; not in the difference."""


class PrijsEnVolume(Antwoord, frozen=True, kw_only=True):
    """Variances of price and volume over the days of a year up to a date."""

    jaar: int
    peil_datum: date
    stand_per: int
    resultaten: list[Verschilregel]


@get(
    "/rapporten/uitputting",
    opt=open_to(EVERYONE, answers=(Uitputting,), files=OF_TABLES),
    summary="Uitputting per domein, wijk, programma of middel, met prognose",
)
async def show_utilisation(
    request: Asked,
    *,
    jaar: OfYear = None,
    per: Per = "domein",
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Response[Uitputting] | Response[bytes]:
    """Tell how far the budgets of a year are used up.

    :raises NotAllowed: figures of a district may tell about few families, so they are for who
        keeps the books.
    """
    grouping = Grouping(per)
    if grouping is Grouping.DISTRICT and not request.user.roles & BOOKS:
        raise NotAllowed(needed=", ".join(sorted(BOOKS)))
    form = form_of(request, formaat, OF_TABLES)
    services, gemeente = services_of(request), request.user.gemeente
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        wanted = Wanted(
            gemeente=gemeente,
            year=moment.on.year if jaar is None else jaar,
            on=moment.on,
            known_up_to=moment.known_up_to,
        )
        found = await queries.utilisation(
            connection,
            gemeente=gemeente,
            year=wanted.year,
            on=await exports.checked_day(connection, wanted),
            known_up_to=wanted.known_up_to,
            grouping=grouping,
        )
        if form is not FileForm.JSON:
            table = utilisation_table(found)
            content = await exports.written(connection, wanted, table, form=form)
            return file_answer(content, form=form, name=table.name)
    return Response(
        Uitputting(
            jaar=found.year,
            peil_datum=found.on,
            stand_per=found.known_up_to,
            per=found.grouping,
            methode=METHOD,
            resultaten=[_row(each) for each in found.rows],
            totaal=_row(found.total),
        )
    )


@get(
    "/rapporten/prijs-en-volume",
    opt=open_to(BOOKS, answers=(PrijsEnVolume,), files=OF_TABLES),
    summary="Prijs- en volumeverschil van wat is geleverd (P x Q)",
)
async def show_variances(
    request: Asked,
    *,
    jaar: OfYear = None,
    peil_datum: OnDate = None,
    stand_per: KnownUpTo = None,
    formaat: Form = None,
) -> Response[PrijsEnVolume] | Response[bytes]:
    """Tell why costs differ from what was granted, per product and provider."""
    form = form_of(request, formaat, OF_TABLES)
    services, gemeente = services_of(request), request.user.gemeente
    async with db.transaction(services.engine, gemeente) as connection:
        moment = await as_of(
            connection, services=services, gemeente=gemeente, on=peil_datum, known_up_to=stand_per
        )
        wanted = Wanted(
            gemeente=gemeente,
            year=moment.on.year if jaar is None else jaar,
            on=moment.on,
            known_up_to=moment.known_up_to,
        )
        found = await queries.variances(
            connection,
            gemeente=gemeente,
            year=wanted.year,
            on=await exports.checked_day(connection, wanted),
            known_up_to=wanted.known_up_to,
        )
        if form is not FileForm.JSON:
            table = variance_table(found, year=wanted.year)
            content = await exports.written(connection, wanted, table, form=form)
            return file_answer(content, form=form, name=table.name)
    return Response(
        PrijsEnVolume(
            jaar=wanted.year,
            peil_datum=moment.on,
            stand_per=moment.known_up_to,
            resultaten=[_variance(each) for each in found],
        )
    )


HANDLERS: Final = (show_utilisation, show_variances)


def _row(row: UtilisationRow) -> Uitputtingsregel:
    return Uitputtingsregel(
        code=row.code,
        naam=row.name,
        begroot=amount(row.used.budget_cents),
        verplicht=amount(row.used.reserved_cents),
        besteed=amount(row.used.spent_cents),
        vastgelegd=amount(row.used.committed_cents),
        vrij=amount(row.used.left_cents),
        prognose=amount(row.forecast_cents),
        verwacht_over=amount(row.expected_left_cents),
    )


def _variance(each: Variance) -> Verschilregel:
    found = each.delivered
    return Verschilregel(
        productcategorie=found.category,
        productcode=found.product,
        eenheid=found.unit,
        aanbieder=found.provider,
        volume_afgesproken=write_e4(found.planned_volume_e4),
        bedrag_afgesproken=amount(found.planned_cents),
        volume_geleverd=write_e4(found.volume_e4),
        bedrag_geleverd=amount(found.amount_cents),
        prijsverschil=amount(each.price_cents),
        volumeverschil=amount(each.volume_cents),
        verschil=amount(each.total_cents),
        zonder_volume=amount(found.without_volume_cents),
    )
