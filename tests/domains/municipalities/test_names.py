"""Municipalities by code, by name and by the other names that files use."""

import pytest

from domains.data.files import rows_of
from domains.municipalities.names import (
    MUNICIPALITIES,
    TotalIsNoMunicipality,
    UnknownMunicipality,
    by_code_or_name,
    by_name,
    municipality,
)

NAMES = """
Utrecht                       GM0344
utrecht                       GM0344
's-Gravenhage                 GM0518
Den Haag                      GM0518
Beek                          GM0888
Beek (L.)                     GM0888
Hengelo                       GM0164
Laren                         GM0417
Middelburg                    GM0687
Nuenen                        GM0820
Nuenen, Gerwen en Nederwetten GM0820
Rijswijk                      GM0603
Stein                         GM0971
Bergen (NH.)                  GM0373
Bergen (L.)                   GM0893
"""


@pytest.mark.parametrize("row", NAMES.strip().splitlines())
def test_a_name_stands_for_one_municipality(row: str) -> None:
    name, code = row.rsplit(maxsplit=1)
    assert by_name(name).code == code


@pytest.mark.parametrize("text", ["GM0344", "gm0344 ", "Utrecht", "utrecht"])
def test_a_person_may_type_a_code_or_a_name(text: str) -> None:
    assert by_code_or_name(text).code == "GM0344"


def test_there_are_342_municipalities_with_inhabitants() -> None:
    assert len({each.code for each in MUNICIPALITIES}) == 342
    assert min(each.inhabitants for each in MUNICIPALITIES) == 968


def test_every_name_in_the_budget_file_stands_for_another_municipality() -> None:
    names = {row["Gemeenten"] for row in rows_of("iv3_begroting_2025.csv")}
    assert len({by_name(name).code for name in names}) == 342


REFUSED = """
Nederland  gemeente-is-landelijk-totaal  Noem één gemeente
Bergen     gemeente-onbekend             Bergen (NH.) (GM0373)
Utrech     gemeente-onbekend             Bedoelt u Utrecht (GM0344)
Qqqq       gemeente-onbekend             CBS-code zoals GM0344
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines())
def test_an_unclear_name_is_refused_with_a_way_out(row: str) -> None:
    name, code, hint = row.split(maxsplit=2)
    with pytest.raises((UnknownMunicipality, TotalIsNoMunicipality)) as caught:
        by_name(name)
    assert caught.value.code == code
    assert hint in caught.value.message()


def test_an_unknown_code_names_codes_that_are_close() -> None:
    with pytest.raises(UnknownMunicipality) as caught:
        municipality("GM9344")
    assert "(GM0344)" in caught.value.message()
