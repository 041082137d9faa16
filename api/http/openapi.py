"""The description of the interface (OpenAPI 3.1), open to everybody."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from api.exports import MEDIA_TYPES, FileForm
from api.http.body import JSON
from api.http.design_rules import VERSION
from api.http.examples import EXAMPLES
from api.http.purposes import HEADER
from api.problems import MEDIA_TYPE
from domains.privacy.model import PURPOSES

PREFIX: Final = "/v1"

_PROBLEMS: Final = {
    "400": "Het verzoek heeft niet de juiste vorm.",
    "401": "Er is geen geldig token.",
    "403": "De rol mag dit niet.",
    "404": "Dit bestaat niet, of niet voor u.",
    "405": "Dit adres kent deze methode niet.",
    "406": "Het antwoord is alleen te krijgen als JSON.",
    "408": "Het verzoek kwam niet op tijd aan.",
    "409": "De boeken staan dit zo niet toe.",
    "412": "Het is intussen anders dan de ETag in If-Match zegt.",
    "413": "De inhoud is te groot.",
    "415": "De inhoud is van een andere soort.",
    "422": "De inhoud kan zo niet.",
    "429": "U vraagt te vaak; zie Retry-After.",
    "500": "Er ging iets mis in het programma.",
    "503": "Even niet bereikbaar.",
}
_ONLY_WITH_BODY: Final = frozenset({"408", "412", "413", "415"})
_DOCUMENT_KEY: Final = "ontschot_openapi"


@get("/openapi.json", media_type="application/vnd.oai.openapi+json", include_in_schema=False)
async def description(request: Request[None, None, State]) -> Response[bytes]:
    """Give the description of every address."""
    return Response(
        described(request.app),
        media_type="application/vnd.oai.openapi+json",
        headers={"Access-Control-Allow-Origin": "*"},
    )


def described(app: Any) -> bytes:
    """Give the description as JSON, built once for an application."""
    if _DOCUMENT_KEY not in app.state:
        app.state[_DOCUMENT_KEY] = msgspec.json.encode(document(app))
    found: bytes = app.state[_DOCUMENT_KEY]
    return found


def document(app: Any) -> dict[str, Any]:
    """Build the description: Litestar's own, with what it cannot know."""
    found: dict[str, Any] = app.openapi_schema.to_schema()
    found["servers"] = [{"url": PREFIX}]
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    handlers = dict(_handlers(app))
    shapes = [shape for each in handlers.values() for shape in _shapes(each)]
    shapes += [shape for each in handlers.values() for shape in each.opt["answers"]]
    _, described = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    schemas.update(described)
    for schema in schemas.values():
        schema.pop("description", None)  # Our docstrings are for programmers.
    schemas["Probleem"] = _PROBLEM
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _complete(operation, handlers[path, method])
    found["paths"] = {
        path.removeprefix(PREFIX).replace("{id_}", "{id}"): item
        for path, item in found["paths"].items()
    }
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _name(operation, path, method)
            if method == "get":
                _complete_look(operation)
            elif _THING.fullmatch(path) and "get" in found["paths"].get(_above(path), {}):
                operation["parameters"].append(_CONDITION_PARAMETER)
            else:
                del operation["responses"]["412"]
    return dict(_simplified(found))


_REFERENCE: Final = "#/components/schemas/{name}"
_THING: Final = re.compile(r"/.+/\{\w+\}/[a-z0-9-]+")
"""A thing below a single thing, such as the approvals of a draw."""

_PROBLEM: Final = {
    "title": "Probleem",
    "description": "Een fout, volgens RFC 9457.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "traceId": {"type": "string"},
        "feiten": {"type": "object"},
        "ongeldigeVelden": {
            "type": "array",
            "items": {"type": "object"},
        },
        "plaatsen": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "traceId"],
}


def _handlers(app: Any) -> Iterator[tuple[tuple[str, str], HTTPRouteHandler]]:
    """Give the handler behind each address and method."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.opt.get("roles") is not None:
                for method in handler.http_methods:
                    yield (route.path_format, method.lower()), handler


def _shapes(handler: HTTPRouteHandler) -> list[Any]:
    form = handler.opt.get("form")
    return [*handler.opt["body"], *([form] if form else [])]


def _complete(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    """Add to one operation its body, key, roles and problems."""
    reads = bool(_shapes(handler))
    operation["security"] = [{"token": []}]
    operation["x-rollen"] = sorted(handler.opt["roles"])
    outgoing = handler.opt["outgoing"]
    if outgoing is not None:
        operation["deprecated"] = True
        operation["description"] = f"Vervalt op {outgoing.gone_at:%Y-%m-%d}: {outgoing.instead}."
    content = {}
    if handler.opt["body"]:
        content[JSON] = {"schema": _one_of(handler.opt["body"])}
    if handler.opt["form"]:
        content["multipart/form-data"] = {"schema": _one_of((handler.opt["form"],))}
    if content:
        operation["requestBody"] = {"required": True, "content": content}
    if handler.opt.get("idempotent"):
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    if handler.opt["opens"]:
        operation.setdefault("parameters", []).append(_PURPOSE_PARAMETER)
    for parameter in operation.get("parameters", []):
        parameter["name"] = parameter["name"].removesuffix("_")
    _complete_answers(operation, handler)
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Probleem"}}}
    for status, text in _PROBLEMS.items():
        if reads or status not in _ONLY_WITH_BODY:
            operation["responses"][status] = {"description": text, "content": problem}
    for response in operation["responses"].values():
        response.setdefault("headers", {})["API-Version"] = {
            "schema": {"type": "string", "example": VERSION}
        }


def _name(operation: dict[str, Any], path: str, method: str) -> None:
    """Give an operation its name, its place among the others, and an example of its body."""
    words = re.findall(r"[a-z0-9]+", path)
    operation["operationId"] = method + "".join(word.capitalize() for word in words)
    operation["tags"] = [path.split("/")[1]]
    example = EXAMPLES.get(operation["operationId"])
    if example is not None:
        operation["requestBody"]["content"][JSON]["example"] = example


def _complete_look(operation: dict[str, Any]) -> None:
    """Say that whoever has an answer already need not get it again."""
    operation.setdefault("parameters", []).append(_HAS_ALREADY_PARAMETER)
    operation["responses"]["200"]["headers"]["ETag"] = {"schema": {"type": "string"}}
    operation["responses"]["304"] = {
        "description": "Niet veranderd sinds de ETag in If-None-Match.",
        "headers": operation["responses"]["200"]["headers"],
    }


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _complete_answers(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    """Say in Dutch what a good answer is, also that of a dry run."""
    answers = operation["responses"]
    if handler.opt["answers"]:
        for answer in answers.values():
            answer["content"] = {JSON: {"schema": _one_of(handler.opt["answers"])}}
    if handler.opt["files"]:
        answers["200"]["content"] = {
            MEDIA_TYPES[form]: answers["200"]["content"].get(JSON, {})
            if form is FileForm.JSON
            else {"schema": {"type": "string"}}
            for form in handler.opt["files"]
        }
    if "201" in answers:
        answers["201"]["description"] = "Vastgelegd."
        answers["200"] = {
            "description": "Doorgerekend met proef=true, of een lijst met een geweigerde regel.",
            "content": answers["201"]["content"],
        }
    elif "202" in answers:
        answers["202"]["description"] = (
            "Aangenomen; de kopregel Location zegt waar het te volgen is."
        )
    else:
        answers["200"]["description"] = "Het antwoord."


def _one_of(shapes: tuple[type[Any], ...]) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    return {"oneOf": list(schemas)}


_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Verplicht, behalve bij proef=true: 1 tot 200 zichtbare ASCII-tekens, nieuw"
    " voor elke nieuwe opdracht. Hetzelfde verzoek met dezelfde sleutel geeft hetzelfde antwoord.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


_PURPOSE_PARAMETER: Final = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Verplicht: waarvoor u het gezin inziet. "
    + "; ".join(
        f"`{each.code}`: {each.name} ({', '.join(sorted(each.roles))})"
        for each in PURPOSES.values()
    ),
    "schema": {"type": "string", "enum": sorted(PURPOSES)},
}
_CONDITION_PARAMETER: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "De ETag van wat hierboven staat, zoals u het zag. Is het intussen anders, dan"
    " gebeurt er niets (412).",
    "schema": {"type": "string"},
}
_HAS_ALREADY_PARAMETER: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "De ETag van het antwoord dat u al heeft; is dat nog zo, dan antwoord 304.",
    "schema": {"type": "string"},
}


def _simplified(node: Any) -> Any:
    """Write a value that may be null as one schema, which every reader of OpenAPI understands."""
    if isinstance(node, list):
        return [_simplified(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _simplified(value) for key, value in node.items()}
    for word in ("oneOf", "anyOf"):
        choices = found.get(word)
        if not isinstance(choices, list):
            continue
        filled = [each for each in choices if each != {"type": "null"}]
        if len(filled) == 1 and "$ref" not in filled[0]:
            del found[word]
            found.update(filled[0])
            if len(filled) < len(choices) and isinstance(found.get("type"), str):
                found["type"] = [found["type"], "null"]
        elif len(choices) == 1:
            del found[word]
            found.update(choices[0])
    return found
