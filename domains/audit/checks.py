"""Checks that the audit log is whole: each line follows from the one before it.

The hash is made here anew, apart from the function that wrote it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.checkpoints import Checkpoint
from ledger.findings import Finding
from ledger.reading import rows

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "logregel-ontbreekt": "regel {expected} van het auditlog ontbreekt",
        "logregel-hash": "de hash van de regel volgt niet uit haar inhoud en de regel ervoor",
        "controlepunt-log": "het auditlog is anders dan toen het controlepunt werd gemaakt",
        "logkop": "de kop van het auditlog is {found}; de laatste regel is {expected}",
    }
)
"""Every kind of finding, with its sentence."""

_LINES: Final = """
    SELECT CASE WHEN number <> place THEN 'logregel-ontbreekt' ELSE 'logregel-hash' END,
           'logregel ' || number, NULL::uuid, NULL,
           CASE WHEN number <> place THEN place::text ELSE encode(expected, 'hex') END,
           encode(hash, 'hex')
    FROM (
        SELECT number, hash, place,
               sha256(coalesce(lag(hash) OVER (ORDER BY number), beginning) || content) AS expected
        FROM (
            SELECT line.number, line.hash, row_number() OVER (ORDER BY number) AS place,
                   sha256(convert_to(octet_length(gemeente) || ':' || gemeente, 'UTF8'))
                   AS beginning,
                   convert_to((
                       SELECT string_agg(octet_length(value) || ':' || value, '' ORDER BY turn)
                       FROM unnest(ARRAY[
                           number::text, to_char(logged_at AT TIME ZONE 'UTC',
                                                 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                           actor, client, action, object, result, origin, trace_id::text
                       ]) WITH ORDINALITY AS part (value, turn)), 'UTF8') AS content
            FROM access.audit_line AS line WHERE gemeente = %(gemeente)s
        ) AS line
    ) AS line
    WHERE number <> place OR hash <> expected
"""

_HEAD: Final = """
    SELECT 'logkop', 'auditlog', NULL::uuid, NULL,
           coalesce(line.number || ' ' || encode(line.hash, 'hex'), 'geen'),
           coalesce(head.number || ' ' || encode(head.hash, 'hex'), 'geen')
    FROM (SELECT * FROM access.audit_head WHERE gemeente = %(gemeente)s) AS head
    FULL JOIN (
        SELECT number, hash FROM access.audit_line WHERE gemeente = %(gemeente)s
        ORDER BY number DESC LIMIT 1
    ) AS line ON true
    WHERE (head.number, head.hash) IS DISTINCT FROM (line.number, line.hash)
"""

STATEMENTS: Final = (("regels van het auditlog", _LINES), ("kop van het auditlog", _HEAD))
"""Each pass by its name."""


async def compare(
    connection: AsyncConnection, checkpoints: Sequence[Checkpoint], *, gemeente: str
) -> tuple[Finding, ...]:
    """Compare the log with what checkpoints say of it; whether they are signed is judged apart."""
    signed = {each.log_number: each.log_hash.hex() for each in checkpoints if each.log_number}
    found = await rows(
        connection,
        "SELECT number, encode(hash, 'hex') AS hash FROM access.audit_line"
        " WHERE gemeente = %s AND number = ANY (%s)",
        (gemeente, list(signed)),
    )
    standing = {row.number: row.hash for row in found}
    return tuple(
        Finding(
            check="controlepunt-log",
            gemeente=gemeente,
            chain_number=None,
            entry=None,
            account=None,
            message=f"Gemeente {gemeente}, logregel {number}: {SENTENCES['controlepunt-log']}.",
            expected=expected,
            found=standing.get(number),
        )
        for number, expected in sorted(signed.items())
        if standing.get(number) != expected
    )
