"""Which domain a source pays for, also when domains are renamed, split or merged."""

from datetime import date

import pytest

from domains import chart
from domains.benefits.policy_domains import (
    DOMAINS,
    DomainRegrouped,
    PolicyDomain,
    UnknownDomain,
    stretches_of,
)
from domains.sources import SOURCES

FROM, TURN, UNTIL = date(2023, 1, 1), date(2024, 7, 1), date(2026, 1, 1)


def domain(code: str, *sources: str, days: tuple[date | None, date | None]) -> PolicyDomain:
    """Make a domain; ``None`` is for ever."""
    return PolicyDomain(
        code=code,
        name=code,
        sources=sources,
        valid_from=days[0] or date(2015, 1, 1),
        valid_until=days[1],
    )


BEFORE, AFTER, ALWAYS = (None, TURN), (TURN, None), (None, None)
YOUTH = domain("jeugd", "JW", days=ALWAYS)
RENAMED = (YOUTH, domain("wmo", "WMO", days=BEFORE), domain("thuis", "WMO", days=AFTER))
SPLIT = (
    YOUTH,
    domain("wmo", "WMO", "BWMO", days=BEFORE),
    domain("wmo", "WMO", days=AFTER),
    domain("opvang", "BWMO", days=AFTER),
)
MERGED = (
    YOUTH,
    domain("wmo", "WMO", days=BEFORE),
    domain("opvang", "BWMO", days=BEFORE),
    domain("zorg", "WMO", "BWMO", days=AFTER),
)


def measured(
    domains: tuple[PolicyDomain, ...],
    *asked: str,
    days: tuple[date, date] = (FROM, UNTIL),
) -> dict[str, set[str]]:
    """Give per domain that is measured the sources that count for it."""
    names, stretches = stretches_of(asked, from_date=days[0], until_date=days[1], domains=domains)
    return {name: {each.source for each in stretches if each.domain == name} for name in names}


def test_every_source_pays_for_one_domain() -> None:
    paying = [source for each in DOMAINS for source in each.sources]
    assert sorted(paying) == sorted({each.code for each in SOURCES} - {chart.SHORTAGE_SOURCE})
    assert all(each.name for each in DOMAINS)


def test_a_renamed_domain_goes_on_under_its_last_name() -> None:
    assert measured(RENAMED, "wmo", "jeugd") == {"thuis": {"WMO"}, "jeugd": {"JW"}}
    assert measured(RENAMED, "thuis") == measured(RENAMED, "wmo", "thuis") == {"thuis": {"WMO"}}


def test_a_domain_that_was_split_halfway_is_measured_together_or_not_at_all() -> None:
    with pytest.raises(DomainRegrouped) as caught:
        measured(SPLIT, "wmo", "jeugd")
    assert caught.value.message().startswith("Domein wmo is op 1-7-2024 gesplitst")
    assert "opvang en wmo" in caught.value.message()
    assert measured(SPLIT, "wmo", "opvang") == {"opvang+wmo": {"WMO", "BWMO"}}
    assert measured(SPLIT, "jeugd") == {"jeugd": {"JW"}}


def test_on_one_side_of_a_split_each_part_stands_alone() -> None:
    assert measured(SPLIT, "wmo", days=(FROM, TURN)) == {"wmo": {"WMO", "BWMO"}}
    assert set(measured(SPLIT, "wmo", "opvang", days=(TURN, UNTIL))) == {"wmo", "opvang"}


def test_domains_that_were_merged_are_measured_as_what_they_became() -> None:
    assert measured(MERGED, "zorg") == {"zorg": {"WMO", "BWMO"}}
    with pytest.raises(DomainRegrouped, match="zorg"):
        measured(MERGED, "wmo")


def test_a_domain_that_is_not_there_in_these_months_is_refused() -> None:
    with pytest.raises(UnknownDomain, match="jeugd, wmo"):
        measured(SPLIT, "opvang", days=(FROM, TURN))
