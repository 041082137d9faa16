"""Every refusal has its status, its Dutch facts and a sentence, and a heading in the docs."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

import pytest

import api
import domains
import ledger
from api.fact_names import FACT_NAMES
from api.problems import (
    InvalidField,
    InvalidInput,
    all_refusals,
    problem,
    status_of,
    title_of,
)
from api.statuses import STATUSES
from domains.readers.faults import EmptyCell
from domains.readers.model import Place
from ledger.books import BelowFloor
from ledger.money import InvalidAmount
from ledger.refusals import Refusal


def _everything() -> Iterator[type[Refusal]]:
    for package in (ledger, domains, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for kind in dict.fromkeys(all_refusals()):
        if not kind.__module__.startswith(("tests", "api.cli")):  # Those never go over HTTP.
            yield kind


REFUSALS = sorted(_everything(), key=lambda kind: (kind.code, kind.__module__))


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_each_refusal_has_a_status_of_its_own(kind: type[Refusal]) -> None:
    assert kind.code in STATUSES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.code)


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_each_fact_has_a_name_on_the_wire(kind: type[Refusal]) -> None:
    left_out = {"code", "headline", "remedy", "places", "fields"}
    names = {field.name for field in fields(kind)} - left_out  # type: ignore[arg-type]
    assert names <= FACT_NAMES.keys()


def test_no_status_is_for_a_refusal_that_is_gone() -> None:
    assert STATUSES.keys() == {kind.code for kind in REFUSALS}


def test_two_facts_of_one_refusal_have_two_names() -> None:
    for kind in REFUSALS:
        names = [FACT_NAMES.get(field.name) for field in fields(kind)]  # type: ignore[arg-type]
        named = [name for name in names if name is not None]
        assert len(named) == len(set(named)), kind


def test_a_problem_says_what_where_and_what_to_do() -> None:
    found = problem(
        BelowFloor(account="r", balance_cents=100, change_cents=-250, floor_cents=0), trace="t"
    )
    assert found == {
        "type": "urn:ontschot:probleem:saldo-ontoereikend",
        "title": "Saldo ontoereikend",
        "status": 409,
        "detail": (
            "Rekening r staat op € 1,00; met € -2,50 erbij komt zij onder haar ondergrens van"
            " € 0,00. Boek minder, of vul de rekening eerst aan."
        ),
        "instance": "urn:uuid:t",
        "code": "saldo-ontoereikend",
        "traceId": "t",
        "feiten": {
            "rekening": "r",
            "saldo": {"waarde": "1.00", "valuta": "EUR"},
            "mutatie": {"waarde": "-2.50", "valuta": "EUR"},
            "ondergrens": {"waarde": "0.00", "valuta": "EUR"},
        },
    }


def test_wrong_fields_stand_together() -> None:
    wrong = [
        InvalidField(naam=name, bron="body", code="verplicht", reden="ontbreekt.")
        for name in ("jaar", "regels")
    ]
    found = problem(InvalidInput(fields=tuple(wrong)), trace="t")
    assert found["status"] == 400
    assert found["ongeldigeVelden"] == wrong
    assert found["detail"] == "2 velden kloppen niet: jaar, regels. Zie 'ongeldigeVelden'."
    assert "feiten" not in found


def test_wrong_spots_of_a_file_stand_together() -> None:
    spots = (
        Place(line=3, column="lasten", value="", reason="is leeg"),
        Place(line=9, column="baten", value="", reason="is leeg"),
    )
    found = problem(EmptyCell(file_name="b.csv", places=spots, count=2), trace="t")
    assert [spot["regel"] for spot in found["plaatsen"]] == [3, 9]


def test_titles_are_dutch_words() -> None:
    assert title_of("periode-gesloten") == "Periode gesloten"
    assert title_of("json-onleesbaar") == "JSON onleesbaar"


def test_a_refusal_that_nobody_listed_is_about_content() -> None:
    assert status_of(InvalidAmount(value="x")) == 400
    assert status_of(type("New", (Refusal,), {"code": "nieuw"})) == 422


def test_every_field_of_a_problem_has_a_known_source() -> None:
    assert get_args(InvalidField.__annotations__["bron"]) == ("body", "query", "header", "pad")
