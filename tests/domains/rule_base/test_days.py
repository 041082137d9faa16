"""The database and the program agree on which version of a rule holds on which day."""

from collections.abc import Callable
from datetime import date, timedelta

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.eligibility.catalogue import RULE_VERSIONS
from domains.eligibility.model import Rule
from domains.rule_base.rules import in_force
from tests.domains.rule_base.test_rules import version
from tests.support.making import new_id

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(-3, 16)]

PERIODS = st.lists(
    st.tuples(st.integers(0, 10), st.none() | st.integers(0, 5)), min_size=1, max_size=5
)

INSERT = """
INSERT INTO domains.rule (gemeente, rule_id, version, version_id, sources, sources_in_order, reach,
    kinds, person, age_from, age_until, conditions, outcome, hardness, legal_basis, explanation,
    valid_from, valid_until, decision, recorded_at, actor)
VALUES (%s, 'E25', %s, %s, '{ARM}', false, 'soort', '{kindpakket}', 'jeugdige', 0, %s, '',
    'TOEGESTAAN', 'RAAD', 'verordening', 'Uitleg.', %s, %s, 'besluit', '2026-01-01', 'proef')
"""
HOLDS = """
SELECT age_until FROM domains.rule_days
WHERE rule_id = 'E25' AND gemeente IN ('', %(gemeente)s)
    AND from_date <= %(day)s AND %(day)s < until_date
ORDER BY gemeente DESC
"""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(periods=PERIODS)
def test_the_same_version_holds_on_every_day(
    app_url: str,
    owner_url: str,
    new_gemeente: Callable[[], str],
    periods: list[tuple[int, int | None]],
) -> None:
    gemeente = new_gemeente()
    own = [
        version(
            f"{FIRST + timedelta(days=start)}.."
            + ("" if length is None else f"{FIRST + timedelta(days=start + length)}"),
            age_until=number,
        )
        for number, (start, length) in enumerate(periods, 1)
    ]
    with psycopg.connect(app_url) as writing:
        writing.execute("SELECT set_config('ontschot.gemeente', %s, true)", (gemeente,))
        for number, rule in enumerate(own, 1):
            values = (gemeente, number, new_id(), rule.age_until, rule.valid_from, rule.valid_until)
            writing.execute(INSERT, values)
    ours = in_force(RULE_VERSIONS, own)
    with psycopg.connect(owner_url) as reading:
        for day in DAYS:
            stored = reading.execute(HOLDS, {"gemeente": gemeente, "day": day}).fetchone()
            assert [stored and stored[0]] == ages_on(day, ours)


def ages_on(day: date, rules: tuple[Rule, ...]) -> list[int | None]:
    """Give the age until which the rule speaks on a day, by each version that holds."""
    return [rule.age_until for rule in rules if rule.rule_id == "E25" and rule.valid_on(day)]
