"""The description of the interface is whole, valid and in Dutch words."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

pytestmark = pytest.mark.postgres

Node = dict[str, Any]

FILES = ("/exports/", "/rapporten/")
MESSAGES = ("/antwoord", "/bericht")
KINDS_OF_FILES = {
    "application/json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/xml",
    "text/csv",
    "text/html",
}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> Node:
    answer = await client.get("/v1/openapi.json")
    assert answer.status_code == 200
    found: Node = answer.json()
    return found


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_it_says_what_it_is(document: Node) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": "/v1"}]
    assert re.fullmatch(r"\d+\.\d+\.\d+", document["info"]["version"])
    assert document["info"]["contact"]


def test_paths_are_plural_kebab_case_nouns(document: Node) -> None:
    for path in document["paths"]:
        for part in path.strip("/").split("/"):
            assert re.fullmatch(
                r"[a-z]+3?(-[a-z]+)*|\{(aanbieder|betaler|id|ontvanger|regel|wijk)\}", part
            ), path
        assert not path.endswith("/")


def test_names_are_lower_camel_case(document: Node) -> None:
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z0-9]+([A-Z][a-z]+)*", field), f"{name}.{field}"


def test_every_operation_tells_who_may_use_it_and_what_can_go_wrong(document: Node) -> None:
    seen = set()
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        seen.add(operation["operationId"])
        assert operation["summary"], where
        assert operation["security"] == [{"token": []}], where
        assert operation["x-rollen"], where
        assert {"400", "401", "403", "404", "405", "406", "500", "503"} <= operation[
            "responses"
        ].keys(), where
        for status, response in operation["responses"].items():
            assert "API-Version" in response["headers"], where
            assert response["description"], where
            kinds = set(response["content"])
            if int(status) < 400 and (path.startswith(FILES) or path.endswith(MESSAGES)):
                assert kinds <= KINDS_OF_FILES, where
                continue
            assert kinds == {
                "application/problem+json" if int(status) >= 400 else "application/json"
            }, f"{where} {status}"
    assert len(seen) == len(list(operations(document)))


def test_every_order_describes_its_body_and_its_key(document: Node) -> None:
    # The last two change nothing.
    without_key = {"/boekingsperioden", "/rechtstoetsen", "/processing-activities"}
    later = {"/effectstudies"}  # A job, of which the outcome is read elsewhere.
    for path, method, operation in operations(document):
        if method != "post":
            assert "requestBody" not in operation
            continue
        bodies = operation["requestBody"]["content"]
        assert bodies
        assert all(body["schema"] for body in bodies.values())
        assert {"409", "413", "415", "422"} <= operation["responses"].keys()
        done = {"202"} if path in later else {"200", "201"}
        if path == "/processing-activities":
            done = {"200"}
        assert done <= operation["responses"].keys()
        keys = [
            each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"
        ]
        assert bool(keys) is (path not in without_key)


def test_every_reference_leads_somewhere(document: Node) -> None:
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_every_schema_is_a_schema(document: Node) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
        )
        validator = jsonschema_rs.validator_for(
            {"components": document["components"], "$ref": f"#/components/schemas/{name}"}
        )
        validator.is_valid({})


def test_days_and_moments_have_a_format(document: Node) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            is_day = field.lower().endswith("datum") or field in {"van", "totEnMet"}
            if is_day and "$ref" not in str(shape):
                assert shape.get("format") == "date", f"{name}.{field}"


def test_no_amount_is_a_number(document: Node) -> None:
    amount = document["components"]["schemas"]["Bedrag"]
    assert amount["properties"]["waarde"]["type"] == "string"
    assert "number" not in {
        kind for schema in document["components"]["schemas"].values() for kind in kinds(schema)
    }


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def kinds(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        kind = node.get("type")
        yield from [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
        for value in node.values():
            yield from kinds(value)
    elif isinstance(node, list):
        for value in node:
            yield from kinds(value)
