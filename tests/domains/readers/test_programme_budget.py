"""A municipality's own budget: programma;taakveld;naam;baten_eur;lasten_eur."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.budgets.mapping import DEFAULT_MAPPING, map_budget
from domains.readers.faults import MOST_PLACES, AtPlaces, SeveralFaults
from domains.readers.model import BudgetFile, Unit
from domains.readers.refusals import FileTooLarge
from domains.readers.registry import read_budget
from domains.readers.table import LIMIT_BYTES, read_at_most
from ledger.refusals import Refusal

HEADING = "programma;taakveld;naam;baten_eur;lasten_eur"
GOOD = "P3;0.4;Overhead;0;90000000"


def read(content: str | bytes, *, year: int = 2026, unit: Unit | None = None) -> BudgetFile:
    raw = content.encode() if isinstance(content, str) else content
    return read_budget(raw, file_name="eigen.csv", municipality="GM0629", year=year, unit=unit)


def refused(content: str | bytes, *, year: int = 2026, unit: Unit | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(content, year=year, unit=unit)
    assert "eigen.csv" in caught.value.message()
    assert caught.value.facts()["file_name"] == "eigen.csv"
    return caught.value


def test_the_real_budget_of_wassenaar(testdata: Path) -> None:
    content = (testdata / "iv3" / "wassenaar_begroting_2026_taakveld_programma.csv").read_bytes()
    file = read(content)
    assert (file.kind, file.unit, len(file.lines)) == ("programma", Unit.EURO, 60)
    assert file.expenses_cents == 95_520_068_00
    assert {line.programme for line in file.lines} == {"P1", "P2", "P3", "P4", "P5"}
    mapped = map_budget(file, DEFAULT_MAPPING)
    assert mapped.totals_by_source() == {
        "JW": 6_957_049_35,
        "GGZ": 722_278_65,
        "WMO": 5_258_605_00,
        "TOE": 8_586_610_00,
        "ARM": 1_631_199_20,
        "SHV": 611_699_70,
        "BUIG": 7_952_096_10,
    }
    negative = next(each for each in mapped.left_out if each.taakveld == "6.753")
    assert (negative.line_number, negative.amount_cents) == (44, -100_000_00)


# a cell -> its cents, or the reason
AMOUNTS = """
0            0
1234         123400
-1234        -123400
1234,5       123450
1234.56      123456
007          700
1.234        kan duizendtallen of drie decimalen hebben
1,234        kan duizendtallen of drie decimalen hebben
1.234,56     heeft tekens tussen de duizendtallen
1234.567     heeft meer dan twee decimalen
0.1000000001 heeft meer dan twee decimalen
1e6          staat in wetenschappelijke notatie
12-          heeft de min achteraan
99999999999999999 is te groot
€12          is geen bedrag
nvt          is geen bedrag
#REF!        is geen bedrag
NaN          is geen bedrag
١٢           is geen bedrag
"""


@pytest.mark.parametrize("row", AMOUNTS.strip().splitlines())
def test_an_amount_is_exact_or_refused(row: str) -> None:
    cell, expected = row.split(maxsplit=1)
    text = f"{HEADING}\n{GOOD}\nP2;6.3;Inkomen;0;{cell}\n"
    if expected.lstrip("-").isdigit():
        assert read(text).lines[1].expenses_cents == int(expected)
        return
    refusal = refused(text)
    assert refusal.code == "bedrag-onleesbaar"
    assert f"regel 3, kolom 'lasten_eur': '{cell}' {expected}" in refusal.message()


# lines under the heading, divided by a slash -> code, and a part of the sentence
REFUSED = """
P2;6.3;Ink;0;-99998                  | geen-cijfer-in-eigen-bestand | regel 2, kolom 'lasten_eur'
P2;6.3;Ink;-99998.0;1                | geen-cijfer-in-eigen-bestand | regel 2, kolom 'baten_eur'
P2;6.71a;Hulp;0;1                    | taakveld-bestaat-niet        | gebruik in 2026: 6.711
P2;6.6;Hulp;0;1                      | taakveld-bestaat-niet        | zet de kolom op tekst
P2;9.99;Iets;0;1                     | taakveld-bestaat-niet        | in geen enkel jaar
P2;6.3;Ink;0;1 / P2;6.3;Ink;0;2      | regel-dubbel                 | stond al op regel 2
P2;6.3;Ink;0;                        | veld-leeg                    | kolom 'lasten_eur': is leeg
;6.3;Ink;0;1                         | veld-leeg                    | kolom 'programma': is leeg
P2;;Totaal;0;1                       | veld-leeg                    | Haal totaalregels weg
P2;6.3;Ink;1 | kolommen-verschoven | 4 kolommen, de kopregel heeft er 5
P2;6.3;Ink;te;veel;1                 | kolommen-verschoven          | 6 kolommen
P2;6.3;"Ink;0;1                      | aanhalingstekens-onjuist     | regel 2
P2;6.3;"Ink"om;0;1                   | aanhalingstekens-onjuist     | regel 2
P2;6.3;"Ink;0;1 / P2;6.4;x";0;1      | aanhalingstekens-onjuist     | regel 2
P2;6.3;<lang>;0;1                    | veld-te-lang                 | regel 2, kolom 'naam'
P2;6.3;<te lang>;0;1                 | veld-te-lang                 | regel 2: heeft meer dan 1.000
P2;6.3;Ink;0;0                       | begroting-zonder-cijfers     | niets te boeken
P2;6.3;Ink;0;95520                   | eenheid-onwaarschijnlijk     | in duizenden euro's
P2;6.3;Ink;0;9552006800000           | eenheid-onwaarschijnlijk     | controleer de bedragen
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines())
def test_a_wrong_line_is_refused_with_the_place_and_the_remedy(row: str) -> None:
    lines, code, part = (cell.strip() for cell in row.split("|"))
    lines = lines.replace("<lang>", "x" * 1001).replace("<te lang>", "x" * 200_000)
    refusal = refused("\n".join([HEADING, *lines.split(" / ")]) + "\n")
    assert refusal.code == code
    assert part in refusal.message()


def test_all_wrong_spots_come_at_once_in_the_order_of_the_file() -> None:
    refusal = refused(f"{HEADING}\nP2;6.71a;x;0;een\nP2;6.3;x\n;6.4;x;0;-99998\n")
    assert isinstance(refusal, SeveralFaults)
    assert [place.line for place in refusal.places] == [2, 2, 3, 4, 4]
    assert refusal.count == 5


def test_what_a_file_holds_cannot_steer_a_terminal() -> None:
    refusal = refused(f"{HEADING}\n{GOOD}\nP2;6.3;x;0;\x1b[2Jweg\n")
    assert "\x1b" not in refusal.message()
    assert "[2Jweg' is geen bedrag" in refusal.message()


def test_one_kind_of_fault_keeps_its_own_name() -> None:
    refusal = refused(f"{HEADING}\nP2;6.1;x;0;een\nP2;6.3;x;twee;0\n")
    assert refusal.code == "bedrag-onleesbaar"
    assert isinstance(refusal, AtPlaces)
    assert [place.column for place in refusal.places] == ["lasten_eur", "baten_eur"]


def test_no_more_than_twenty_spots_are_shown_and_the_others_counted() -> None:
    refusal = refused(HEADING + "\n" + "".join(f"P{n};6.3;x;0;x\n" for n in range(25)))
    assert isinstance(refusal, AtPlaces)
    assert len(refusal.places) == MOST_PLACES == 20
    assert "en nog 5" in refusal.message()
    assert refusal.facts()["count"] == 25


# the whole file (\\n is a new line) -> code, and a part of the sentence
WHOLE_FILES = """
                                                            | bestand-leeg            | is leeg
\\n \\n                                                     | bestand-leeg            | is leeg
;;;;\\n;;;;                                                | bestand-leeg            | is leeg
programma;taakveld;naam;baten_eur;lasten_eur\\n             | alleen-kopregel         | geen regels
programma;taakveld;naam;baten_eur;lasten_eur\\n;;;;\\n      | alleen-kopregel         | geen regels
programma,taakveld,baten,lasten\\nP2,6.3,0,1                | scheidingsteken-onjuist | een komma
programma\ttaakveld\tbaten\tlasten\\nP2\t6.3\t0\t1          | scheidingsteken-onjuist | een tab
taakveld;naam;baten_eur\\n6.3;Ink;1 | kolommen-ontbreken | programma, lasten
programma;taakveld;baten;lasten;lasten_eur\\nP;6.3;0;1;1 | kolom-dubbel | lasten, lasten_eur
programma;taakveld;baten;lasten;lasten\\nP;6.3;0;1;1        | kolom-dubbel            | lasten
programma;taakveld;baten_eur;lasten_duizend\\nP;6.3;0;1     | eenheid-tegenstrijdig   | regel 1
naam;bedrag\\nInk;1                                         | indeling-onbekend       | naam, bedrag
Dit is geen tabel\\nmaar een brief                          | indeling-onbekend       | Bekend zijn
jaar;programma;taakveld;baten;lasten\\n2025;P;6.3;0;9 | begroting-ander-jaar | regel 2, kolom 'jaar'
PK\x03\x04                                                  | bestand-geen-tekst      | Excel
%PDF-1.7                                                    | bestand-geen-tekst      | PDF
"""


@pytest.mark.parametrize("row", WHOLE_FILES.strip("\n").splitlines())
def test_a_wrong_file_is_refused_with_the_remedy(row: str) -> None:
    text, code, part = (cell.strip(" ") for cell in row.split(" | "))
    refusal = refused(text.replace("\\n", "\n"))
    assert refusal.code == code
    assert part in refusal.message()


def test_a_spreadsheet_export_in_utf_16_is_named() -> None:
    refusal = refused(f"{HEADING}\n{GOOD}\n".encode("utf-16"))
    assert refusal.code == "bestand-geen-tekst"
    assert "UTF-16" in refusal.message()


def test_another_encoding_is_refused_with_the_byte_and_the_line() -> None:
    refusal = refused(f"{HEADING}\r\n{GOOD}\r\nP2;6.91;Coördinatie;0;1\r\n".encode("cp1252"))
    assert refusal.code == "bestand-geen-utf8"
    assert "regel 3 (byte 84) bevat het byte 0xF6 (in Windows-1252: ö)" in refusal.message()


def test_a_file_that_is_too_large_is_not_read_at_all() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= LIMIT_BYTES + 1
            return b"x" * size

    with pytest.raises(FileTooLarge) as caught:
        read_at_most(Endless(), file_name="groot.csv", limit_bytes=LIMIT_BYTES)  # type: ignore[arg-type]  # Only read() is used.
    assert "groter dan 50 MB" in caught.value.message()
    assert refused(b"x" * (LIMIT_BYTES + 1)).code == "bestand-te-groot"
    assert read_at_most(io.BytesIO(b"abc"), file_name="klein.csv", limit_bytes=3) == b"abc"


def test_a_budget_in_the_coding_of_other_years_is_a_budget_of_another_year() -> None:
    lines = [f"P2;6.71{letter};x;0;9000000" for letter in "abc"]
    refusal = refused("\n".join([HEADING, GOOD, *lines]))
    assert refusal.code == "begroting-ander-jaar"
    assert read("\n".join([HEADING, GOOD, *lines]), year=2024).year == 2024


# heading of the amounts, the amount, what the user says -> euros read, or the code
UNITS = """
lasten          90000000  -        90000000
lasten_eur      90000000  -        90000000
lasten (euro)   90000000  -        90000000
lasten_duizend  90000     -        90000000
lasten x 1.000  90000     -        90000000
lasten          90000     -        eenheid-onwaarschijnlijk
lasten          90000     duizend  90000000
lasten          90000     euro     90000
lasten_eur      90000     -        eenheid-onwaarschijnlijk
lasten_eur      90000     euro     90000
lasten_eur      90000     duizend  90000000
lasten_eur      90000000  duizend  eenheid-onwaarschijnlijk
lasten_duizend  90000000  -        eenheid-onwaarschijnlijk
lasten_duizend  90000000  euro     90000000
lasten_duizend  90000     euro     eenheid-onwaarschijnlijk
"""


@pytest.mark.parametrize("row", UNITS.strip().splitlines())
def test_euros_and_thousands_are_not_mixed_up(row: str) -> None:
    heading, cell, stated, expected = row.rsplit(maxsplit=3)
    text = f"programma;taakveld;baten;{heading.strip()}\nP2;6.3;0;{cell}\n"
    unit = None if stated == "-" else Unit(stated)
    if expected.isdigit():
        assert read(text, unit=unit).expenses_cents == int(expected) * 100
        return
    refusal = refused(text, unit=unit)
    assert refusal.code == expected
    assert "--eenheid" in refusal.message()


def test_a_taakveld_may_stand_twice_under_two_names_or_programmes() -> None:
    text = f"{HEADING}\n{GOOD}\nP2;6.3;Schuldhulp;0;1\nP2;6.3;Bijstand;0;2\nP4;6.3;Bijstand;0;2\n"
    assert [line.expenses_cents for line in read(text).lines[1:]] == [100, 200, 200]


def test_a_line_without_a_name_gets_the_official_one() -> None:
    text = "taakveld;programma;lasten;baten\n6.3;P2;90000000;0\n6.4 Eigen naam;P2;1;0\n"
    assert [line.name for line in read(text).lines] == ["Inkomensregelingen", "Eigen naam"]


ROWS = (
    {"programma": "P3", "taakveld": "0.4", "naam": "Overhead", "baten": "0", "lasten": "90000000"},
    {"programma": "P2", "taakveld": "6.3", "naam": "Ink; en meer", "baten": "12,5", "lasten": "-7"},
)
SPACES = st.sampled_from(["", " ", "  ", "\N{NO-BREAK SPACE}"])


@given(
    order=st.permutations(["programma", "taakveld", "naam", "baten", "lasten", "toelichting"]),
    spaces=st.lists(SPACES, min_size=6, max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    capitals=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_the_order_of_columns_and_the_spaces_do_not_matter(
    order: list[str], spaces: list[str], end: str, capitals: type[str]
) -> None:
    lines = [";".join(capitals(name) + space for name, space in zip(order, spaces, strict=True))]
    for row in ROWS:
        cells = [row.get(name, "vrij") for name in order]
        quoted = [
            f'"{cell}"' if ";" in cell else f"{cell}{space}"
            for cell, space in zip(cells, spaces, strict=True)
        ]
        lines.append(";".join(quoted))
    file = read(end.join(lines) + end)
    assert [
        (line.programme, line.taakveld, line.name, line.revenues_cents, line.expenses_cents)
        for line in file.lines
    ] == [("P3", "0.4", "Overhead", 0, 90_000_000_00), ("P2", "6.3", "Ink; en meer", 12_50, -7_00)]


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    for start in (b"", HEADING.encode() + b"\n", b"Gemeenten;Taakveld;Baten;Lasten\nUtrecht;"):
        try:
            outcome = str(read(start + content).lines)
        except Refusal as refusal:
            outcome = f"{refusal.message()}{refusal.facts()}"
        assert outcome
