"""Checks that deliveries of debt help are answers to requests that the chain knows.

What was told in them no statement ties to the chain: it is of another system, which keeps it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "schuldhulp-zonder-opdracht": "geen opdracht in de boeken heeft deze levering als antwoord",
        "schuldhulp-afwijkend": "wie inlas en wanneer is {found}; de opdracht zegt {expected}",
    }
)
"""Every kind of finding, with its sentence."""

_DELIVERIES: Final = """
    SELECT CASE WHEN answered.result IS NULL THEN 'schuldhulp-zonder-opdracht'
                ELSE 'schuldhulp-afwijkend' END,
           'schuldhulplevering ' || delivery_id, NULL::uuid, NULL,
           answered.actor || ' ' || answered.recorded_at,
           delivery.actor || ' ' || delivery.recorded_at
    FROM domains.help_delivery AS delivery
    LEFT JOIN (
        SELECT DISTINCT ON (result) * FROM domains.answered WHERE gemeente = %(gemeente)s
        ORDER BY result, chain_number
    ) AS answered ON answered.result = delivery.delivery_id
    WHERE delivery.gemeente = %(gemeente)s
      AND (answered.actor IS DISTINCT FROM delivery.actor
           OR answered.recorded_at IS DISTINCT FROM delivery.recorded_at)
"""

STATEMENTS: Final = (("opdrachten van schuldhulpleveringen", _DELIVERIES),)
"""Each pass by its name."""
