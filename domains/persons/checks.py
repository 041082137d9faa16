"""Checks that keys were destroyed by requests that the chain knows; nothing else here is proven."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {"vergeten-zonder-opdracht": "geen opdracht van {found} heeft dit gezin als antwoord"}
)
"""Every kind of finding, with its sentence."""

_FORGOTTEN: Final = """
    SELECT 'vergeten-zonder-opdracht', 'gezin ' || key.family_id, NULL::uuid, NULL, NULL,
           key.destroyed_by || ' ' || key.destroyed_at
    FROM persons.data_key AS key
    WHERE key.gemeente = %(gemeente)s AND key.wrapped IS NULL AND NOT EXISTS (
        SELECT 1 FROM domains.answered AS answered
        WHERE answered.gemeente = key.gemeente AND answered.result = key.family_id
          AND answered.actor = key.destroyed_by AND answered.recorded_at = key.destroyed_at)
"""

STATEMENTS: Final = (("opdrachten om te vergeten", _FORGOTTEN),)
"""Each pass by its name."""
