"""The checker's questions about what is derived: balances, month totals, floors, the chain's head.

Those by account look at a range of account ids, from ``first`` up to and including ``last``.
Columns of every answer: kind of finding, chain number, entry, account, detail, expected, found.
"""

from typing import Final

_THESE: Final = "gemeente = %(gemeente)s AND account_id BETWEEN %(first)s AND %(last)s"
_GEMEENTE: Final = "octet_length(%(gemeente)s::text), ':', %(gemeente)s::text"

BALANCES: Final = f"""
WITH moved AS (
    SELECT account_id, sum(amount_cents) AS cents FROM ledger.posting WHERE {_THESE}
    GROUP BY account_id
), judged AS (
    SELECT coalesce(account.account_id, balance.account_id) AS account_id,
           account.account_id IS NOT NULL AS is_known, balance.account_id IS NOT NULL AS is_kept,
           account.floor_cents, balance.floor_cents AS kept_floor, balance.balance_cents,
           coalesce(moved.cents, 0) AS cents
    FROM (SELECT * FROM ledger.account WHERE {_THESE}) AS account
    FULL JOIN (SELECT * FROM ledger.balance WHERE {_THESE}) AS balance USING (account_id)
    LEFT JOIN moved ON moved.account_id = coalesce(account.account_id, balance.account_id)
)
SELECT 'saldo', NULL::bigint, NULL::uuid, account_id, NULL, cents::text, balance_cents::text
FROM judged WHERE balance_cents <> cents
UNION ALL
SELECT 'saldo-ontbreekt', NULL, NULL, account_id, NULL, cents::text, NULL
FROM judged WHERE NOT is_kept
UNION ALL
SELECT 'saldo-zonder-rekening', NULL, NULL, account_id, NULL, NULL, NULL
FROM judged WHERE NOT is_known
UNION ALL
SELECT 'ondergrens', NULL, NULL, account_id, NULL, floor_cents::text, kept_floor::text
FROM judged WHERE is_known AND is_kept AND kept_floor IS DISTINCT FROM floor_cents
"""

MONTHS: Final = f"""
WITH moved AS (
    SELECT account_id, date_trunc('month', booking_date::timestamp)::date AS month,
           coalesce(sum(amount_cents) FILTER (WHERE amount_cents > 0), 0) AS debit,
           coalesce(-sum(amount_cents) FILTER (WHERE amount_cents < 0), 0) AS credit
    FROM ledger.posting WHERE {_THESE} GROUP BY 1, 2
)
SELECT 'maandtotaal', NULL::bigint, NULL::uuid, account_id,
       concat(side.name, ' van ', to_char(month, 'YYYY-MM')),
       side.expected::text, side.found::text
FROM moved
FULL JOIN (
    SELECT account_id, month, sum(debit_cents) AS debit_cents, sum(credit_cents) AS credit_cents
    FROM (
        SELECT account_id, month, debit_cents, credit_cents FROM ledger.month_total WHERE {_THESE}
        UNION ALL
        SELECT account_id, last_month, month_debit_cents, month_credit_cents FROM ledger.balance
        WHERE {_THESE} AND last_month IS NOT NULL
    ) AS part
    GROUP BY account_id, month
) AS kept USING (account_id, month)
CROSS JOIN LATERAL (VALUES
    ('debet', moved.debit, kept.debit_cents), ('credit', moved.credit, kept.credit_cents)
) AS side (name, expected, found)
WHERE side.expected IS DISTINCT FROM side.found
UNION ALL
SELECT 'laatste-maand', NULL, NULL, account_id, NULL, to_char(moved.month, 'YYYY-MM-DD'),
       to_char(balance.last_month, 'YYYY-MM-DD')
FROM (SELECT * FROM ledger.balance WHERE {_THESE}) AS balance
LEFT JOIN (SELECT account_id, max(month) AS month FROM moved GROUP BY account_id) AS moved
    USING (account_id)
WHERE moved.month IS DISTINCT FROM balance.last_month
"""

# First per link with everything that went off counted before everything that came on; only where
# that falls below the floor, group by group.
FLOORS: Final = f"""
WITH moved AS (
    SELECT line.account_id, line.chain_number, account.floor_cents,
           sum(line.amount_cents) AS change, sum(least(line.amount_cents, 0)) AS off
    FROM (SELECT * FROM ledger.posting WHERE {_THESE}) AS line
    JOIN (SELECT * FROM ledger.account WHERE {_THESE} AND floor_cents IS NOT NULL) AS account
        USING (account_id)
    GROUP BY line.account_id, line.chain_number, account.floor_cents
), path AS (
    SELECT *, sum(change) OVER (PARTITION BY account_id ORDER BY chain_number) - change AS before
    FROM moved
), doubtful AS MATERIALIZED (
    SELECT * FROM path WHERE before + off < floor_cents
), step AS (
    SELECT doubtful.account_id, doubtful.chain_number, doubtful.floor_cents, doubtful.before,
           coalesce(entry.group_number, 0) AS group_number, sum(line.amount_cents) AS change
    FROM doubtful
    JOIN (SELECT * FROM ledger.posting WHERE {_THESE}) AS line USING (account_id, chain_number)
    LEFT JOIN LATERAL (
        SELECT known.group_number FROM ledger.entry AS known
        WHERE known.gemeente = %(gemeente)s AND known.chain_number = line.chain_number
          AND known.position = line.position LIMIT 1) AS entry ON true
    GROUP BY doubtful.account_id, doubtful.chain_number, doubtful.floor_cents, doubtful.before,
             coalesce(entry.group_number, 0)
), exact AS (
    SELECT *, before + sum(change) OVER (
        PARTITION BY account_id, chain_number ORDER BY group_number) AS after
    FROM step
)
SELECT * FROM (
    SELECT DISTINCT ON (account_id)
           'onder-ondergrens', chain_number, NULL::uuid, account_id, NULL, floor_cents::text,
           after::text
    FROM exact WHERE after < floor_cents
    ORDER BY account_id, chain_number, group_number) AS first_time
"""

HEAD: Final = f"""
SELECT 'ketenkop', NULL::bigint, NULL::uuid, NULL::uuid, NULL,
       concat(coalesce(last.chain_number, 0), ' ', encode(coalesce(
           last.hash, sha256(convert_to(concat({_GEMEENTE}), 'UTF8'))), 'hex')),
       head.chain_number || ' ' || encode(head.hash, 'hex')
FROM (SELECT * FROM ledger.chain_head WHERE gemeente = %(gemeente)s) AS head
FULL JOIN (SELECT * FROM ledger.link WHERE gemeente = %(gemeente)s
           ORDER BY chain_number DESC LIMIT 1) AS last USING (gemeente)
WHERE head.chain_number IS DISTINCT FROM coalesce(last.chain_number, 0)
   OR head.hash IS DISTINCT FROM
      coalesce(last.hash, sha256(convert_to(concat({_GEMEENTE}), 'UTF8')))
"""

TWINS: Final = " UNION ALL ".join(
    f"""
SELECT 'dubbele-rij', {number}, {entry}, {account}, {detail}, '1', count(*)::text
FROM ledger.{table} WHERE gemeente = %(gemeente)s GROUP BY {key} HAVING count(*) > 1"""
    for table, key, number, entry, account, detail in (
        ("link", "chain_number", "chain_number", "NULL::uuid", "NULL::uuid", "'de schakel'"),
        ("chain_head", "gemeente", "NULL", "NULL", "NULL", "'de kop van de keten'"),
        ("balance", "account_id", "NULL", "NULL", "account_id", "'het saldo'"),
        (
            "month_total",
            "account_id, month",
            "NULL",
            "NULL",
            "account_id",
            "concat('het maandtotaal van ', to_char(month, 'YYYY-MM'))",
        ),
        (
            "request",
            "client, key",
            "NULL",
            "NULL",
            "NULL",
            "concat('sleutel ', key, ' van ', client)",
        ),
        ("entry", "entry_id", "NULL", "entry_id", "NULL", "'de boeking'"),
    )
)
