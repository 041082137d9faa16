"""Files of observed costs and severities: read exactly, or refused with every wrong spot."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domains.costs.model import CostLine
from domains.readers.cost_history import read_costs
from domains.readers.faults import AtPlaces
from domains.readers.refusals import MissingColumns
from domains.readers.severities import read_severities
from ledger.refusals import Refusal

PERSON = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
TODAY = date(2026, 1, 2)
HEADING = "persoon;maand;bron;hulpsoort;bedrag_eur;factuurdatum;document"
GOOD = f"{PERSON};2024-03;JW;jeugd-ggz;1234,50;2024-04-12;F1"


def costs(*lines: str, heading: str = HEADING) -> tuple[CostLine, ...]:
    content = "\n".join([heading, *lines]).encode()
    return read_costs(content, file_name="kosten.csv", today=TODAY).lines


def test_columns_stand_in_any_order_with_either_separator() -> None:
    (first,) = costs(GOOD)
    (second,) = costs(
        f'F1,"1234,50",extra,{PERSON},2024-04-12,jeugd-ggz,JW,2024-03',
        heading="document,bedrag_eur,opmerking,persoon,factuurdatum,hulpsoort,bron,maand",
    )
    assert first == second
    assert (first.person, first.month, first.source) == (UUID(PERSON), date(2024, 3, 1), "JW")
    assert (first.amount_cents, first.invoiced_on) == (123_450, date(2024, 4, 12))
    assert (first.kind, first.document, first.line_number) == ("jeugd-ggz", "F1", 2)


def test_a_credit_is_negative_and_kind_and_document_may_be_empty() -> None:
    (line,) = costs(f"{PERSON};2024-03;WMO;;-0.05;2024-04-12;")
    assert (line.amount_cents, line.kind, line.document) == (-5, "", "")


# the column and what stands in it -> the code of the refusal
WRONG = """
persoon      | Jansen               | pseudoniem-onleesbaar
persoon      |                      | veld-leeg
maand        | 2024-13              | datum-onleesbaar
maand        | 2024-03-01           | datum-onleesbaar
maand        | 03-2024              | datum-onleesbaar
maand        | 2026-02              | datum-onleesbaar
bron         | JWX                  | code-onbekend
bron         | TEKORT               | code-onbekend
hulpsoort    | schuldhulp           | code-onbekend
bedrag_eur   | 1.234                | bedrag-onleesbaar
bedrag_eur   |                      | veld-leeg
factuurdatum | 12-4-2024            | datum-onleesbaar
factuurdatum | 2026-01-03           | datum-onleesbaar
factuurdatum | 2024-02-29           | factuur-voor-hulp
"""


@pytest.mark.parametrize("row", WRONG.strip().splitlines())
def test_a_wrong_spot_is_named_with_its_line_and_column(row: str) -> None:
    column, value, code = (each.strip() for each in row.split("|"))
    cells = dict(zip(HEADING.split(";"), GOOD.split(";"), strict=True)) | {column: value}
    with pytest.raises(Refusal) as caught:
        costs(GOOD, ";".join(cells.values()))
    assert caught.value.code == code
    assert isinstance(caught.value, AtPlaces)
    (place,) = caught.value.places
    assert (place.line, place.column, place.value) == (3, column, value)


def test_all_wrong_spots_are_told_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        costs("x;2024-99;ZZ;;1.234;gisteren;", GOOD, "te;weinig")
    assert caught.value.code == "bestand-onjuist"
    assert caught.value.facts()["count"] == 6


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumns, match="factuurdatum"):
        costs("x;y", heading="persoon;maand")


def test_severities_are_numbers_above_nought() -> None:
    content = f"gezin;gemeten_op;zwaarte\n{PERSON};2023-05-01;1,5\n".encode()
    (found,) = read_severities(content, file_name="zwaarte.csv", today=TODAY).measurements
    assert (found.family, found.measured_on) == (UUID(PERSON), date(2023, 5, 1))
    assert found.severity == Decimal("1.5")


@pytest.mark.parametrize("severity", ["0", "-1", "hoog", "1,23456", "1e3"])
def test_another_severity_is_refused(severity: str) -> None:
    content = f"gezin;gemeten_op;zwaarte\n{PERSON};2023-05-01;{severity}\n".encode()
    with pytest.raises(Refusal) as caught:
        read_severities(content, file_name="zwaarte.csv", today=TODAY)
    assert caught.value.code == "zwaarte-onleesbaar"
