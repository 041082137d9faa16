"""The fund sources: which are closed, by whom, and what a wrong code answers."""

import pytest

from domains.sources import SOURCES, UnknownSource, source
from domains.sources.model import Hardness

TABLE = """
JW      RAAD      open      eigen
GGZ     RAAD      open      eigen
WMO     RAAD      open      eigen
BWMO    RAAD      open      eigen
TOE     RAAD      open      eigen
ARM     RAAD      open      eigen
SHV     RAAD      open      eigen
BUIG    WET       gesloten  eigen
SPUK    WET       gesloten  eigen
RES     RAAD      open      eigen
ZVW     WET       gesloten  extern
WLZ     WET       gesloten  extern
OND     WET       gesloten  extern
DER     AFSPRAAK  gesloten  eigen
TEKORT  RAAD      gesloten  eigen
"""


def test_sources_are_as_hard_and_as_closed_as_the_rules_say() -> None:
    found = [
        [
            each.code,
            each.hardness.value,
            "gesloten" if each.closed_for_shift else "open",
            "extern" if each.external else "eigen",
        ]
        for each in SOURCES
    ]
    assert found == [line.split() for line in TABLE.strip().splitlines()]


def test_every_source_says_what_it_is_and_on_what_it_rests() -> None:
    for each in SOURCES:
        assert each.name, each.code
        assert each.origin, each.code
        assert each.legal_basis, each.code


def test_a_source_is_found_by_its_code() -> None:
    assert source("JW").name == "Jeugdwet-middelen"
    assert source("DER").hardness is Hardness.AFSPRAAK


@pytest.mark.parametrize(("asked", "hint"), [("jw", "Bedoelt u JW"), ("WMOO", "WMO"), ("X", "JW")])
def test_an_unknown_source_is_refused_with_those_that_exist(asked: str, hint: str) -> None:
    with pytest.raises(UnknownSource) as caught:
        source(asked)
    assert caught.value.code == "bron-onbekend"
    assert hint in caught.value.message()
