"""What every page shares: its templates, its words, its menu, and the answer that it is.

Texts stand in Dutch, marked for gettext. Amounts are whole cents until a template shows them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig

from api.http.rights import BOOKS, FAMILIES_WRITE, MONEY, PRIVACY, READ_LOG
from api.http.trace import trace_of
from api.web.language import LANGUAGES, gettext, language, marked, ngettext
from api.web.sessions import Session
from api.web.visitors import SAFE, Visit, asked_path
from ledger.money import show, whole_euros

HERE: Final = Path(__file__).parent
_LOCALE: Final = "nl_NL"
_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the pages: what the menu calls it, where it begins, and who may visit it."""

    label: str
    path: str
    visitors: frozenset[str]


WIJKTEAM: Final = Section(
    label=marked("Wijkteam"), path="/wijkteam", visitors=FAMILIES_WRITE - MONEY
)
WETHOUDER: Final = Section(
    label=marked("Wethouder"),
    path="/wethouder",
    visitors=MONEY | {"auditor", "budgethouder", "controller", "wethouder"},
)
FINANCIEN: Final = Section(label=marked("Financiën"), path="/financien", visitors=BOOKS)
CONTROLE: Final = Section(label=marked("Controle"), path="/controle", visitors=BOOKS)
PRIVACY_LOG: Final = Section(label=marked("Privacy"), path="/privacy", visitors=PRIVACY)
SECTIONS: Final = (WIJKTEAM, WETHOUDER, FINANCIEN, CONTROLE, PRIVACY_LOG)
"""The menu, in its order; who has one role lands on the first section that is his."""

_OWN: Final = {
    "controller": CONTROLE,
    "auditor": CONTROLE,
    "financieel": FINANCIEN,
    "wethouder": WETHOUDER,
    "privacy": PRIVACY_LOG,
    "beheerder": Section(label=marked("Aan de slag"), path="/begin", visitors=MONEY),
}


def home_of(session: Session) -> Section | None:
    """Give the section where somebody's own work is; ``None``: no page is for him."""
    own = [section for role, section in _OWN.items() if role in session.actor.roles]
    open_ = [each for each in SECTIONS if session.actor.roles & each.visitors]
    return next(iter(own + open_), None)


def page(request: Visit, name: str, /, *, status: int = 200, **values: Any) -> Template:
    """Answer with a page, for whoever is signed in.

    ``name`` is a template; ``values`` is what it shows.
    """
    session: Session | None = request.scope.get("auth")
    roles = session.actor.roles if session else frozenset[str]()
    return Template(
        template_name=name,
        status_code=status,
        context={
            **values,
            "visitor": session,
            "moves_money": bool(roles & MONEY),
            "reads_log": bool(roles & READ_LOG),
            "sections": [each for each in SECTIONS if roles & each.visitors],
            "path": request.url.path,
            "asked_path": asked_path(request),
            "language": language(),
            # What answers a form cannot be asked for again in another language.
            "languages": LANGUAGES if request.method in SAFE else {},
            "trace": trace_of(request),
            "is_development": request.app.state.services.settings.omgeving == "ontwikkeling",
        },
    )


def templates() -> TemplateConfig[JinjaTemplateEngine]:
    """Give the templates as the application needs them."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # Comes with the extension.
    environment.filters |= {
        "amount": amount,
        "day": day,
        "day_before": day_before,
        "euros": euros,
        "moment": moment,
        "number": number,
        "share": share,
        "short": short,
        "spaced": spaced,
    }
    return TemplateConfig(engine=JinjaTemplateEngine.from_environment(environment))


def amount(cents: int) -> str:
    """Show whole cents on one line: ``€ 1.250,00``."""
    return show(cents).replace(" ", "\N{NO-BREAK SPACE}")


def euros(cents: int) -> str:
    """Show an estimate in whole euros, for it is no more precise: ``€ 1.250``."""
    return amount(whole_euros([cents])[0] * 100).removesuffix(",00")


def day(value: date) -> str:
    """Show a day in words: ``15 mei 2026``."""
    return format_date(value, "d MMMM y", locale=_LOCALE)


def moment(value: datetime) -> str:
    """Show a moment as a clock here shows it: ``15 mei 2026 om 09:30``."""
    return format_datetime(value.astimezone(_AMSTERDAM), "d MMMM y 'om' HH:mm", locale=_LOCALE)


def number(value: int) -> str:
    """Show a count: ``12.345``."""
    return str(format_decimal(value, locale=_LOCALE))


def share(part: int, whole: int) -> int:
    """Give a part of a whole in whole percents, for a bar; between 0 and 100."""
    return max(0, min(100, part * 100 // whole)) if whole > 0 else 0


def short(id_: UUID) -> str:
    """Give the part of an id by which people tell things apart: ``3F9A21``."""
    return id_.hex[-6:].upper()


def spaced(code: str) -> str:
    """Show a code of the wire as words: ``wacht op akkoord``."""
    return code.replace("-", " ")


def day_before(until: date) -> date:
    """Turn the first day that no longer counts into the last one that does."""
    return until - timedelta(days=1)
