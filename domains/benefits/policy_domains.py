"""Which domain a source pays for, and what became of domains that were renamed, split or merged.

A domain that only got another name goes on under its last name. A domain that was split, or merged
with another, halfway through the months that one looks at has costs before and after that cannot be
compared, unless all its parts are measured together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from domains.data.files import rows_of
from domains.days import day_text
from ledger.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDomain:
    """A domain from a day on, up to a day (exclusive; ``None``: still), with its sources."""

    code: str
    name: str
    sources: tuple[str, ...]
    valid_from: date
    valid_until: date | None


DOMAINS: Final[tuple[PolicyDomain, ...]] = tuple(
    PolicyDomain(
        code=row["domein"],
        name=row["naam"],
        sources=tuple(row["bronnen"].split("+")),
        valid_from=date.fromisoformat(row["geldig_vanaf"]),
        valid_until=date.fromisoformat(row["geldig_tot"]) if row["geldig_tot"] else None,
    )
    for row in rows_of("domeinen.csv")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days on which what a source pays counts for a domain (``None``: still)."""

    source: str
    domain: str
    from_date: date
    until_date: date | None


@dataclass(kw_only=True, unsafe_hash=True)
class UnknownDomain(Refusal):
    """There is no policy domain with this code, or not in the months that are asked."""

    code: ClassVar[str] = "domein-onbekend"
    domain: str
    known: str

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return f"Domein '{self.domain}' bestaat hier niet. Kies uit: {self.known}."


@dataclass(kw_only=True, unsafe_hash=True)
class DomainRegrouped(Refusal):
    """A domain was split or merged halfway, and not all of its parts are measured."""

    code: ClassVar[str] = "domein-gesplitst"
    domain: str
    needed: str
    day: date

    def message(self) -> str:
        """Return the Dutch sentence for whoever asked."""
        return (
            f"Domein {self.domain} is op {day_text(self.day)} gesplitst of samengevoegd; kosten van"
            " ervoor en erna zijn alleen samen te vergelijken."
            f" Neem {self.needed} allemaal op, of kies maanden aan één kant van die dag."
        )


def check_codes(codes: Iterable[str]) -> None:
    """Refuse what is no domain, of any day; domains that are measured together are joined by +.

    :raises UnknownDomain: naming the first.
    """
    known = {each.code for each in DOMAINS}
    for code in codes:
        if not known.issuperset(code.split("+")):
            raise UnknownDomain(domain=code, known=", ".join(sorted(known)))


def stretches_of(
    asked: Sequence[str],
    *,
    from_date: date,
    until_date: date,
    domains: Sequence[PolicyDomain] = DOMAINS,
) -> tuple[tuple[str, ...], tuple[Stretch, ...]]:
    """Name what is measured in some months, and say which source counts for which domain.

    What is measured has the last name of a domain; parts that are measured together have the names
    of all, joined by ``+``. Sources of other domains are told too: those may have paid.

    :raises UnknownDomain: there is no such domain in these months.
    :raises DomainRegrouped: a domain was split or merged and not all of it is asked.
    """
    there = [
        each
        for each in domains
        if each.valid_from < until_date
        and (each.valid_until is None or each.valid_until > from_date)
    ]
    names: dict[str, str] = {}
    for code in asked:
        if code not in {each.code for each in there}:
            known = ", ".join(sorted({each.code for each in there}))
            raise UnknownDomain(domain=code, known=known)
        related = _related(code, there)
        name = _name_of(code, related, asked=asked, until_date=until_date)
        names |= {each.code: name for each in related}
    measured = tuple(dict.fromkeys(names[code] for code in asked))
    stretches = tuple(
        Stretch(
            source=source,
            domain=names.get(each.code, each.code),
            from_date=each.valid_from,
            until_date=each.valid_until,
        )
        for each in domains
        for source in each.sources
    )
    return measured, stretches


def _related(code: str, there: Sequence[PolicyDomain]) -> list[PolicyDomain]:
    """Give all domains between which sources went over, directly or by another one."""
    related = [each for each in there if each.code == code]
    while True:
        sources = {source for each in related for source in each.sources}
        codes = {each.code for each in related}
        more = [
            each
            for each in there
            if each not in related and (sources & set(each.sources) or each.code in codes)
        ]
        if not more:
            return related
        related += more


def _name_of(
    code: str, related: Sequence[PolicyDomain], *, asked: Sequence[str], until_date: date
) -> str:
    """Name what is measured of domains between which sources went over."""
    ends = {each: min(each.valid_until or until_date, until_date) for each in related}
    last = sorted({each.code for each, end in ends.items() if end == max(ends.values())})
    side_by_side = any(
        one.code != other.code and _overlap(one, other) for one in related for other in related
    )
    if side_by_side and not set(last) <= set(asked):
        turned = max(each.valid_from for each in related)
        raise DomainRegrouped(domain=code, needed=" en ".join(last), day=turned)
    return "+".join(last)


def _overlap(one: PolicyDomain, other: PolicyDomain) -> bool:
    """Return whether two domains were there on the same day."""
    return (one.valid_until is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from < other.valid_until
    )
