"""The smallest requests that our own description allows, made from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

Node = dict[str, Any]

NOBODY: Final = str(UUID(int=7))
"""The id of nothing."""

_TEXTS: Final = {
    "^[0-9]{4}$(?!\\n)": "4210",
    "^[0-9]{9}$": "999990019",
    "^[012]$": "1",
    "date": "2026-03-01",
    "date-time": "2026-03-01T09:00:00Z",
    "uuid": NOBODY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An operation that takes a JSON body, with the smallest body that it takes."""

    path: str
    body: Node


def orders(document: Node) -> Iterator[Order]:
    """Give every order of the description."""
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            body = smallest(content["application/json"]["schema"], schemas)
            yield Order(path=path, body=body)


def smallest(shape: Node, schemas: Node) -> Any:
    """Make the smallest value of a shape."""
    shape = _first(shape, schemas)
    kind = _kind(shape)
    if kind == "object":
        needed = shape.get("required", ())
        return {name: smallest(shape["properties"][name], schemas) for name in needed}
    if kind == "array":
        return [smallest(shape["items"], schemas) for _ in range(shape.get("minItems", 0))]
    plain: Node = {"integer": shape.get("minimum", 1), "boolean": True}
    return plain[kind] if kind in plain else _text(shape)


def _first(shape: Node, schemas: Node) -> Node:
    """Follow a reference, and take the first of more choices."""
    while "$ref" in shape or "oneOf" in shape or "anyOf" in shape:
        name = str(shape.get("$ref", "")).rpartition("/")[2]
        shape = schemas[name] if name else [*shape.get("oneOf", ()), *shape.get("anyOf", ())][0]
    return shape


def _kind(shape: Node) -> Any:
    kind = shape.get("type")
    return kind[0] if isinstance(kind, list) else kind


def _text(shape: Node) -> str:
    known = (*shape.get("enum", ()), *shape.get("examples", ()))
    known += (_TEXTS.get(shape.get("pattern", "")), _TEXTS.get(shape.get("format", "")))
    return str(next(filter(None, known), "x" * max(1, shape.get("minLength", 1))))
