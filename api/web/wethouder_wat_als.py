"""What if more money went into one domain: an expectation with its interval and assumptions."""

from fractions import Fraction
from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from api.http.benefit_report import ROUNDED, rounded, step_for
from api.web import benefit_words as words
from api.web.forms import Form
from api.web.language import gettext
from api.web.pages import WETHOUDER, euros, page
from api.web.visitors import Visit
from api.web.wethouder import OfDomain, OfPeriod, Place, districts_of, period_of, report_of
from domains.benefits.report.model import Report
from domains.benefits.what_if import Measured, WhatIf, what_if

_KEPT: Final = [(str(percent), f"{percent}%") for percent in (100, 75, 50, 25)]
_HALF: Final = "50"


@get("/wethouder/wat-als", visitors=WETHOUDER.visitors)
async def ask(
    request: Visit,
    *,
    domein: OfDomain = "",
    wijk: Place = "",
    periode: OfPeriod = "",
    bedrag: Annotated[str, QueryParameter(name="bedrag", max_length=30)] = "100.000",
    werking: Annotated[str, QueryParameter(name="werking", max_length=3)] = _HALF,
) -> Template:
    """Show what an amount more for a domain may save others."""
    chosen = period_of(request, periode)
    whole = await report_of(request, chosen, "")
    report = await report_of(request, chosen, wijk) if wijk else whole
    form = Form.of(bedrag=bedrag)
    extra = form.cents("bedrag")
    percent = werking if werking in dict(_KEPT) else _HALF
    kept, step = Fraction(int(percent), 100), step_for(request.user)
    found, of_whole = None, False
    if domein and not form.errors:
        found = expectation(report, domein, extra_cents=extra, kept=kept, step=step)
        if found is None and wijk:
            found = expectation(whole, domein, extra_cents=extra, kept=kept, step=step)
            of_whole = found is not None
    places = await districts_of(request)
    return page(
        request,
        "wethouder/what_if.html",
        form=form,
        found=found,
        of_whole=of_whole,
        chosen={"domein": domein, "wijk": wijk, "periode": chosen.code, "werking": percent},
        place=next((each.name for each in places if each.code == wijk), ""),
        period=chosen,
        periods=[(each.code, each.label) for each in words.periods(report.scope.on)],
        domains=[
            ("", gettext("kies een domein")),
            *((each.domain, words.name_of(each.domain)) for each in whole.domains),
        ],
        places=[("", gettext("de hele gemeente")), *((each.code, each.name) for each in places)],
        workings=_KEPT,
        told=lambda cents: euros(rounded(cents, ROUNDED)),
        words=words,
    )


HANDLERS: Final = (ask,)


def expectation(
    report: Report, domain: str, *, extra_cents: int, kept: Fraction, step: int
) -> WhatIf | None:
    """Say what more may do from the figures that a report shows, rounded as it shows them.

    ``None``: the report does not show what the domain spent, or nothing that it saved others.
    """
    story = words.story_of(report, domain, step=step)
    if story is None or story.spent_cents is None:
        return None
    measured = [
        Measured(
            receiver=receiver,
            cents=rounded(cell.figure.known_cents, step),
            low_cents=rounded(cell.figure.low_cents, step),
            high_cents=rounded(cell.figure.high_cents, step),
            grade=cell.grade,
        )
        for (payer, receiver), cell in report.cells.items()
        if payer == domain != receiver
    ]
    return what_if(
        sorted(measured, key=lambda each: -each.cents),
        spent_cents=story.spent_cents,
        extra_cents=extra_cents,
        kept=kept,
    )
