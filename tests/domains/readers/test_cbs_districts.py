"""Districts (wijken) from the files that CBS publishes."""

from pathlib import Path

import pytest

from domains.data.files import content_of
from domains.municipalities.names import municipality
from domains.readers.cbs_districts import one_district
from domains.readers.model import District
from domains.readers.registry import read_districts
from ledger.refusals import Refusal


def read(text: str) -> tuple[District, ...]:
    return read_districts(text.encode(), file_name="wijken.csv", municipality="GM0344")


@pytest.mark.parametrize("shipped", [False, True])
def test_buurten_of_ermelo_add_up_to_wijken(*, shipped: bool, testdata: Path) -> None:
    content = (testdata / "cbs" / "buurten_2021_ermelo.csv").read_bytes()
    if shipped:
        content = content_of("buurten_ermelo_2021.csv")
    assert read_districts(content, file_name="ermelo.csv", municipality="GM0233") == (
        District(code="WK023300", name="Ermelo e.o.", inhabitants=26_210, households=None),
        District(code="WK023301", name="Speuld e.o.", inhabitants=770, households=None),
    )


@pytest.mark.parametrize("shipped", [False, True])
def test_wijken_of_amsterdam_have_households_and_no_inhabitants(
    *, shipped: bool, testdata: Path
) -> None:
    content = (testdata / "cbs" / "ses_woa_2019_amsterdam_wijken_buurten.csv").read_bytes()
    if shipped:
        content = content_of("wijken_amsterdam_2019.csv")
    districts = read_districts(content, file_name="amsterdam.csv", municipality="GM0363")
    assert len(districts) == 99
    assert districts[0] == District(
        code="WK036300", name="Burgwallen-Oude Zijde", inhabitants=None, households=2_900
    )
    assert sum(each.households or 0 for each in districts) == 457_400


FIGURES = """
12     12
0      0
.      -
-99998 -
-99997 -
"""


@pytest.mark.parametrize("row", FIGURES.strip().splitlines())
def test_a_figure_is_a_number_or_not_there(row: str) -> None:
    cell, expected = row.split()
    (district,) = read(f"wijkcode;wijknaam;inwoners\nWK034401;West;{cell}\n")
    assert district.inhabitants == (None if expected == "-" else int(expected))


def test_a_buurt_without_a_figure_adds_nothing() -> None:
    text = "buurtcode,buurtnaam,inwoners\nBU03440101,A,7\nBU03440102,B,.\nBU03440201,C,.\n"
    assert [(each.code, each.name, each.inhabitants) for each in read(text)] == [
        ("WK034401", "A e.o.", 7),
        ("WK034402", "C", None),
    ]


def test_a_wijk_in_the_file_counts_above_its_buurten() -> None:
    text = "gwb_code;regio;a_inw\nGM0344;Utrecht;9\nWK034401;West;9\nBU03440101;A;7\nWK0399AA;X;1\n"
    assert [(each.code, each.inhabitants) for each in read(text)] == [("WK034401", 9)]


def test_without_a_file_the_whole_municipality_is_one_district_and_says_so() -> None:
    (district,) = one_district(municipality("GM0344"))
    assert district.code == "WK034400"
    assert "hele gemeente, geen wijkbestand ingelezen" in district.name
    assert district.inhabitants == municipality("GM0344").inhabitants


# the file (\\n is a new line) -> code, and a part of the sentence
REFUSED = """
                                                          | bestand-leeg             | is leeg
wijkcode;wijknaam;inwoners                                | alleen-kopregel          | geen regels
wijkcode;wijknaam\\nWK034401;West                         | kolommen-ontbreken       | inwoners
wijkcode;inwoners\\nWK034401;5                            | kolommen-ontbreken       | naam
naam;inwoners\\nWest;5                                    | indeling-onbekend        | wijkcode
wijkcode;wijknaam;inwoners\\nWK036301;West;5 | gemeente-niet-in-bestand | wel van GM0363
wijkcode;wijknaam;inwoners\\nWest;West;5 | wijkcode-onjuist | 'West' is geen code
wijkcode;wijknaam;inwoners\\nWK034401;W;5\\nWK034401;W;5 | regel-dubbel | stond al op regel 2
wijkcode;wijknaam;inwoners\\nWK034401;West;veel | bedrag-onleesbaar | geen heel aantal
wijkcode;wijknaam;inwoners\\nWK034401;West;-3 | bedrag-onleesbaar | geen heel aantal
wijkcode;wijknaam;inwoners\\nWK034401;West                | kolommen-verschoven      | regel 2
"""


@pytest.mark.parametrize("row", REFUSED.strip("\n").splitlines())
def test_a_wrong_file_is_refused_with_the_place(row: str) -> None:
    text, code, part = (cell.strip() for cell in row.split(" | "))
    with pytest.raises(Refusal) as caught:
        read(text.replace("\\n", "\n"))
    assert caught.value.code == code
    assert part in caught.value.message()
