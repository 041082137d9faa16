"""Taakvelden and the years in which their codes exist."""

import pytest

from domains.budgets.taakvelden import in_year, why_not

EXISTS = """
6.2    2022  Wijkteams
6.2    2024  Toegang en eerstelijnsvoorzieningen
6.2    2025  -
6.6    2024  Maatwerkvoorziening (Wmo)
6.60   2025  Hulpmiddelen en diensten (Wmo)
6.71a  2022  -
6.71a  2023  Huishoudelijke hulp (Wmo)
6.71a  2025  -
6.711  2024  -
6.711  2025  Huishoudelijke hulp (Wmo)
6.711  2026  Huishoudelijke hulp (Wmo)
6.74c  2024  Gesloten plaatsing
6.74c  2025  -
8.3    2026  Wonen en bouwen
9.9    2026  -
"""


@pytest.mark.parametrize("row", EXISTS.strip().splitlines())
def test_a_code_exists_in_its_own_years_only(row: str) -> None:
    code, year, name = row.split(maxsplit=2)
    found = in_year(code, int(year))
    assert (found.name if found else "-") == name


REASONS = """
6.71a  2025  bestaat niet in 2025, wel in 2023-2024; gebruik in 2025: 6.711
6.711  2023  bestaat niet in 2023, wel in 2025 en later; gebruik in 2023: 6.71a
6.2    2026  bestaat niet in 2026, wel in 2017-2024; gebruik in 2026: 6.21, 6.22, 6.23
6,3    2026  bestaat niet; schrijf 6.3 met een punt
9.9    2026  bestaat in geen enkel jaar
"""


@pytest.mark.parametrize("row", REASONS.strip().splitlines())
def test_the_reason_names_the_years_and_the_code_to_use(row: str) -> None:
    code, year, reason = row.split(maxsplit=2)
    assert why_not(code, int(year)) == reason


def test_a_code_cut_by_a_spreadsheet_is_recognised() -> None:
    assert "6.60 soms 6.6: zet de kolom op tekst" in why_not("6.6", 2026)
