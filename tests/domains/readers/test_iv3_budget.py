"""The CBS file with the budgets of all municipalities, in thousands of euros."""

from pathlib import Path

import pytest

from domains.budgets.mapping import DEFAULT_MAPPING, map_budget
from domains.data.files import content_of
from domains.municipalities.names import MUNICIPALITIES
from domains.readers.model import BudgetFile, Unit
from domains.readers.refusals import NoFigures
from domains.readers.registry import read_budget
from ledger.refusals import Refusal

HEADING = "Gemeenten;Taakveld;Baten;Lasten"
NO_FIGURES = {"De Bilt", "Landsmeer", "Midden-Drenthe", "Vijfheerenlanden"}


def read(
    text: str, *, name: str = "iv3.csv", code: str = "GM0344", unit: Unit | None = None
) -> BudgetFile:
    return read_budget(text.encode(), file_name=name, municipality=code, year=2025, unit=unit)


def test_the_real_file_gives_the_budget_of_utrecht(testdata: Path) -> None:
    content = (testdata / "iv3" / "iv3_begroting_2025_alle_gemeenten.csv").read_bytes()
    file = read_budget(
        content,
        file_name="iv3_begroting_2025_alle_gemeenten.csv",
        municipality="GM0344",
        year=2025,
        unit=None,
    )
    assert (file.kind, file.unit, len(file.lines)) == ("iv3", Unit.THOUSAND, 69)
    assert file.expenses_cents == 2_184_963_000_00
    social = next(line for line in file.lines if line.taakveld == "6.3")
    assert (social.programme, social.name) == ("H6", "Inkomensregelingen")


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_real_files_of_earlier_years_have_their_own_coding(testdata: Path, year: int) -> None:
    content = (testdata / "iv3" / f"iv3_begroting_{year}_selectie.csv").read_bytes()
    file = read_budget(content, file_name="x.csv", municipality="GM0034", year=year, unit=None)
    assert "6.74a" in {line.taakveld for line in file.lines}
    with pytest.raises(Refusal) as caught:
        read_budget(content, file_name="x.csv", municipality="GM0034", year=2025, unit=None)
    assert caught.value.code == "begroting-ander-jaar"
    assert "2023-2024 (zie de taakvelden" in caught.value.message()


def test_the_shipped_file_says_the_same_as_the_real_one(testdata: Path) -> None:
    real = (testdata / "iv3" / "iv3_begroting_2025_alle_gemeenten.csv").read_bytes()
    for code in ("GM0344", "GM0888", "GM0164", "GM0820"):
        amounts = [
            [
                (line.taakveld, line.revenues_cents, line.expenses_cents)
                for line in read_budget(
                    content, file_name="x.csv", municipality=code, year=2025, unit=None
                ).lines
            ]
            for content in (real, content_of("iv3_begroting_2025.csv"))
        ]
        assert amounts[0] == amounts[1]


def test_every_municipality_can_be_read_and_mapped_to_the_cent() -> None:
    heading, *lines = content_of("iv3_begroting_2025.csv").decode().splitlines(keepends=True)
    parts: dict[str, list[str]] = {}
    for line in lines:
        parts.setdefault(line.partition(";")[0].strip('"'), [heading]).append(line)
    short = {"Beek (L.)", "Hengelo (O.)", "Laren (NH.)"}
    short |= {"Middelburg (Z.)", "Rijswijk (ZH.)", "Stein (L.)"}
    for each in MUNICIPALITIES:
        name = each.name.partition(" (")[0] if each.name in short else each.name
        if each.name in NO_FIGURES:
            with pytest.raises(NoFigures):
                read("".join(parts[name]), code=each.code)
            continue
        file = read("".join(parts[name]), code=each.code)
        budget = map_budget(file, DEFAULT_MAPPING)
        left = sum(item.amount_cents for item in budget.left_out if item.side.value == "lasten")
        assert sum(line.amount_cents for line in budget.lines) + left == file.expenses_cents
        assert {"JW", "GGZ", "WMO", "ARM", "SHV", "BUIG"} & set(budget.totals_by_source()), name


NO_FIGURE_FORMS = ["-99998", "-99998.0", "-99998,0", ".", ""]


@pytest.mark.parametrize("form", NO_FIGURE_FORMS)
def test_no_figure_is_reported_and_is_never_an_amount(form: str) -> None:
    file = read(f"{HEADING}\nUtrecht;0.4 Overhead;{form};500000\nUtrecht;6.3 Ink.;0;{form}\n")
    assert file.expenses_cents == 500_000_000_00
    assert [(each.line_number, each.taakveld, each.column) for each in file.no_figure] == [
        (2, "0.4", "baten"),
        (3, "6.3", "lasten"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(end: str) -> None:
    lines = [HEADING, "Utrecht;0.4 Overhead;0;500000", "", "Utrecht;6.3 Ink.;1;2.5"]
    file = read("\ufeff" + end.join(lines))
    assert [(line.line_number, line.expenses_cents) for line in file.lines] == [
        (2, 500_000_000_00),
        (4, 2_500_00),
    ]


def test_mixed_line_ends_keep_their_line_numbers() -> None:
    text = f"{HEADING}\r\nUtrecht;0.4 Overhead;0;500000\rUtrecht;6.3 I;0;1\nUtrecht;6.1 S;0;x\r\n"
    with pytest.raises(Refusal) as caught:
        read(text)
    assert "regel 4, kolom 'lasten': 'x' is geen bedrag" in caught.value.message()


def test_a_code_may_stand_where_the_name_is_expected() -> None:
    assert len(read(f"{HEADING}\nGM0344  ;0.4 Overhead;0;500000\n").lines) == 1


def test_thousands_stated_by_the_user_are_believed_for_a_part_of_a_budget() -> None:
    assert read(f"{HEADING}\nUtrecht;6.3 I;0;10\n", unit=Unit.THOUSAND).expenses_cents == 10_000_00


def test_euros_stated_by_the_user_are_believed_where_the_total_is_likely() -> None:
    file = read(f"{HEADING}\nUtrecht;6.3 I;0;500000000\n", unit=Unit.EURO)
    assert (file.unit, file.expenses_cents) == (Unit.EURO, 500_000_000_00)


# lines under the heading, divided by a slash -> code, and a part of the sentence
REFUSED = """
Zeist;0.4 O;0;500000                            | gemeente-niet-in-bestand  | wel van Zeist
Nederland;0.4 O;0;5                             | gemeente-niet-in-bestand  | alleen het landelijk
Utrecht;0.4 O;0;500000 / Utrecht;0.4 O;0;1      | regel-dubbel              | stond al op regel 2
Utrecht;6.71a H;0;500000                        | taakveld-bestaat-niet     | in 2025: 6.711
Utrecht;;0;500000                               | taakveld-bestaat-niet     | regel 2
Utrecht;0.4 O;0;veel                            | bedrag-onleesbaar         | 'veel' is geen bedrag
Utrecht;0.4 O;0;12.345                          | bedrag-onleesbaar         | duizendtallen
Utrecht;0.4 O;0                                 | kolommen-verschoven       | regel 2: 3 kolommen
Utrecht;0.4 O;0;500000000 | eenheid-onwaarschijnlijk | waarschijnlijk in euro's
Utrecht;0.4 O;0;5                               | eenheid-onwaarschijnlijk  | controleer de bedragen
Utrecht;0.4 O;0;0                               | begroting-zonder-cijfers  | geen enkel bedrag
Utrecht;0.4 O;-99998;-99998                     | begroting-zonder-cijfers  | geen enkel bedrag
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines())
def test_a_wrong_file_is_refused_with_the_place_and_the_remedy(row: str) -> None:
    lines, code, part = (cell.strip() for cell in row.split("|"))
    with pytest.raises(Refusal) as caught:
        read("\n".join([HEADING, *lines.split(" / ")]) + "\n")
    assert caught.value.code == code
    assert part in caught.value.message()
    assert "iv3.csv" in caught.value.message()


def test_euros_stated_for_a_file_in_thousands_are_not_believed() -> None:
    with pytest.raises(Refusal) as caught:
        read(f"{HEADING}\nUtrecht;0.4 O;0;500000\n", unit=Unit.EURO)
    assert caught.value.code == "eenheid-onwaarschijnlijk"


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        read("Gemeenten;Taakveld;Baten\nUtrecht;6.3 I;0\n")
    assert caught.value.code == "kolommen-ontbreken"
    assert "ontbreekt in de kopregel: lasten" in caught.value.message()


# name of the file, asked is 2025 -> accepted or not
FILE_NAMES = """
iv3_begroting_2025.csv             ja
2026/iv3_begroting_2025.csv        ja
iv3.csv                            ja
2024-11-05 begroting.csv           ja
begroting 2024-2025.csv            ja
export20241105.csv                 ja
iv3_begroting_2024.csv             nee
2025/iv3_begroting_2024.csv        nee
2025-01-03 realisatie 2024.csv     nee
"""


@pytest.mark.parametrize("row", FILE_NAMES.strip().splitlines())
def test_the_year_in_the_name_of_the_file_counts(row: str) -> None:
    name, accepted = row.rsplit(maxsplit=1)
    text = f"{HEADING}\nUtrecht;0.4 Overhead;0;500000\n"
    if accepted == "ja":
        assert read(text, name=name.strip()).year == 2025
        return
    with pytest.raises(Refusal) as caught:
        read(text, name=name.strip())
    assert caught.value.code == "begroting-ander-jaar"
