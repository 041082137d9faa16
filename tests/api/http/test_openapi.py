"""The description of the interface is whole, valid and in Dutch words."""

from collections.abc import Iterator
from typing import Any

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


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


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
            kinds = set(response.get("content", ()))
            if status == "304":
                assert not kinds, where
                continue
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
        condition = {each["name"] for each in operation.get("parameters", ())} & {"If-Match"}
        assert bool(condition) is ("412" in operation["responses"])
        done = {"202"} if path in later else {"200", "201"}
        if path == "/processing-activities":
            done = {"200"}
        assert done <= operation["responses"].keys()
        keys = [
            each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"
        ]
        assert bool(keys) is (path not in without_key)


def test_names_tell_nothing_of_the_code(document: Node) -> None:
    for name in document["components"]["schemas"]:
        assert name.isalnum(), name


def test_every_example_is_an_order_that_its_address_takes(document: Node) -> None:
    seen = 0
    for path, _, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in body:
            seen += 1
            shape = {"components": document["components"], **body["schema"]}
            assert jsonschema_rs.validator_for(shape).is_valid(body["example"]), path
    assert seen >= 13


def test_every_reference_leads_somewhere(document: Node) -> None:
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_every_schema_is_a_schema(document: Node) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
        )
    each = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    jsonschema_rs.validator_for({"components": document["components"], "anyOf": each})


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
