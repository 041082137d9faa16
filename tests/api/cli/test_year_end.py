"""`ontschot jaarafsluiting`: what stands in the way, told row by row, and nothing booked."""

from pathlib import Path

import pytest

from tests.api.cli.conftest import Program

pytestmark = pytest.mark.postgres

_CLOSE = ("jaarafsluiting", "2025", "--gemeente", "Ermelo")


def entries_of(ontschot: Program) -> int:
    checked = ontschot("controleer", "--gemeente", "Ermelo", "--formaat", "json").document
    return int(checked["controles"][0]["boekingen"])


def test_what_stands_in_the_way_is_told_with_its_remedy(ontschot: Program) -> None:
    before = entries_of(ontschot)
    tried = ontschot(*_CLOSE, "--proef", "--formaat", "json")
    assert tried.code == 1
    told = tried.document
    assert (told["uitkomst"], told["proef"], told["schakel"]) == ("geblokkeerd", True, None)
    blocking = {row["soort"] for row in told["regels"] if row["blokkeert"]}
    assert "niet-gedeclareerd" in blocking
    assert all(row["wat"] and row["waar"] and row["remedie"] for row in told["regels"])
    assert entries_of(ontschot) == before


def test_a_choice_takes_rows_away(ontschot: Program) -> None:
    tried = ontschot(*_CLOSE, "--verplichtingen", "overlopend", "--proef", "--formaat", "json")
    kinds = {row["soort"] for row in tried.document["regels"]}
    assert "niet-gedeclareerd" not in kinds
    assert tried.document["overlopendeTrekkingen"] > 0
    assert {"uitkeringen", "overgeheveld", "tekortbesluit"} <= set(tried.document)


def test_it_tells_in_dutch(ontschot: Program) -> None:
    tried = ontschot(*_CLOSE, "--proef")
    assert "Jaarafsluiting 2025" in tried.out
    assert "In de weg:" in tried.err
    assert "Proef: er is niets geboekt" in tried.err


def test_a_file_of_carry_overs_is_read_or_refused_with_its_line(
    ontschot: Program, tmp_path: Path
) -> None:
    file = tmp_path / "overhevelingen.csv"
    file.write_text(
        "middel;weg;bedrag;programma;taakveld;besluit;besloten_op;wijziging_nieuw_jaar\n"
        "JW-2025;zomaar;1000;P1;6.751;raadsbesluit;2025-12-01;\n",
        encoding="utf-8",
    )
    asked = (*_CLOSE, "--overhevelingen", str(file), "--proef", "--formaat", "json")
    told = [row["wat"] for row in ontschot(*asked).document["regels"]]
    assert any("de weg 'zomaar' bestaat niet" in each for each in told)
    file.write_text(
        "middel;weg;bedrag;programma;taakveld;besluit;besloten_op\nJW-2025;x;veel;P1;6.3;b;2025-12-01\n",
        encoding="utf-8",
    )
    refused = ontschot(*asked)
    assert (refused.code, "regel 2" in refused.err) == (2, True)
    file.write_text("bedrag\n1\n", encoding="utf-8")
    assert "ontbreekt in de kopregel: middel, weg" in ontschot(*asked).err


def test_days_are_opened_by_exception_only_in_a_closed_year(ontschot: Program) -> None:
    words = ("uitzondering", "open", "--gemeente", "Ermelo", "--van", "2025-12-01")
    days = ("--tot-en-met", "2025-12-31", "--open-tot", "2999-01-01T17:00")
    why = ("--reden", "nagekomen nota", "--op-verzoek-van", "controller")
    refused = ontschot(*words, *days, *why)
    assert (refused.code, "[boekjaar-niet-afgesloten]" in refused.err) == (1, True), refused.err
    told = ontschot("uitzondering", "lijst", "--gemeente", "Ermelo", "--formaat", "json")
    assert (told.code, told.document) == (0, {"uitzonderingen": []})


def test_what_is_accrued_is_listed_and_what_is_not_cannot_be_released(ontschot: Program) -> None:
    told = ontschot("overlopend", "lijst", "--gemeente", "Ermelo", "--formaat", "json")
    assert (told.code, told.document) == (0, {"overlopendePosten": []})
    assert "niets overlopend" in ontschot("overlopend", "lijst", "--gemeente", "Ermelo").out
    words = ("overlopend", "vrijval", "3fd42359-92ed-4f45-9a1a-fe878b33e968")
    why = ("--reden", "geen declaratie", "--document", "brief 12", "--proef")
    refused = ontschot(*words, "--gemeente", "Ermelo", *why)
    assert (refused.code, "[trekking-" in refused.err) == (1, True), refused.err
