"""The form of the delivery to CBS, written down apart from what writes it.

CBS publishes no schema; this one follows what its Excel model becomes as JSON.
"""

from typing import Any, Final

import jsonschema_rs


def _closed(**fields: Any) -> dict[str, Any]:
    """Describe an object that has exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def _list(**fields: Any) -> dict[str, Any]:
    return {"type": "array", "items": _closed(**fields), "uniqueItems": True}


_TEXT: Final = {"type": "string"}
_EUROS: Final = {"type": "integer", "not": {"const": 0}}
_TAAKVELD: Final = {"type": "string", "pattern": r"^[0-8]\.[0-9]{1,3}[a-d]?$"}
_CATEGORY: Final = {"type": "string", "pattern": r"^[1-7]\.[1-9](\.[1-9])?$"}
_BALANCE_CODE: Final = {"type": "string", "pattern": "^[AP][0-9]{2,3}$"}
_CELLS: Final = _list(taakveld=_TAAKVELD, categorie=_CATEGORY, bedrag=_EUROS)
_BALANCE_CELLS: Final = _list(balanscode=_BALANCE_CODE, categorie=_CATEGORY, bedrag=_EUROS)

SCHEMA: Final = jsonschema_rs.validator_for(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_closed(
            metadata=_closed(
                overheidslaag={"const": "Gemeente"},
                overheidsnummer={"type": "string", "pattern": "^[0-9]{4}$"},
                overheidsnaam={"type": "string", "minLength": 1},
                boekjaar={"type": "integer", "minimum": 2017, "maximum": 2199},
                periode={"type": "integer", "minimum": 0, "maximum": 5},
                status={"enum": ["Begroting", "Realisatie"]},
                datum={
                    "type": "string",
                    "format": "date-time",
                    "pattern": r"T00:00:00\+0[12]:00$",
                },
                details_openbaar={"type": "boolean"},
                financieel_pakket=_TEXT,
                export_software={"type": "string", "minLength": 1},
            ),
            contact=_closed(naam=_TEXT, telefoon=_TEXT, email=_TEXT),
            data=_closed(
                lasten=_CELLS,
                balans_lasten=_BALANCE_CELLS,
                baten=_CELLS,
                balans_baten=_BALANCE_CELLS,
                balans_standen=_list(
                    balanscode=_BALANCE_CODE,
                    standper={"enum": ["1 januari", "ultimo"]},
                    bedrag=_EUROS,
                ),
                kengetallen=_list(kengetal=_TEXT, verslagperiode=_TEXT, waarde=_TEXT),
                beleidsindicatoren={"type": "array", "maxItems": 0},
            ),
        ),
    },
    validate_formats=True,
)
"""Judges a delivery: ``list(SCHEMA.iter_errors(document))`` is empty when it is in order."""
