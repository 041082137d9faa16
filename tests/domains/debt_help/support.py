"""Deliveries of debt help (DDAS 1.0) to make, valid and otherwise."""

import json
from typing import Any


def trajectory(gemeente: str, *clients: str, **more: Any) -> dict[str, Any]:
    """Make a trajectory of clients by their numbers."""
    return {
        "gemeentecode": gemeente,
        "startdatum": "2026-02-01",
        "client": [
            {"Burgerservicenummer": client, "Geboortedatum": "1982-03-03"} for client in clients
        ],
        **more,
    }


def delivery(*trajectories: dict[str, Any], **more: Any) -> bytes:
    """Make the file of a delivery."""
    return json.dumps(
        {
            "startdatumLevering": "2026-01-01",
            "einddatumLevering": "2026-12-31",
            "aanleverdatumEnTijd": "2026-12-31T23:59:59Z",
            "codeGegevensleverancier": "GL000001",
            "leveringen": [
                {
                    "teller": 1,
                    "aanleverende_organisatie": {"(Statutaire) Naam": "Schuldhulp X"},
                    "schuldhulptrajecten": list(trajectories),
                }
            ],
            **more,
        }
    ).encode()
