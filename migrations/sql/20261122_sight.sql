-- Of which families a database transaction sees and writes rows. ontschot.teams is * or a list of
-- teams; ontschot.gezinnen lists families beside those, of a colleague whom somebody covers. What
-- was not set lets nothing through. The posting function runs as the owner and is not held back:
-- whoever calls it has looked before. Their cost is high, so that rows are found by a key first.
CREATE FUNCTION domains.sees_family(p_gemeente text, p_family uuid, p_team text DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_teams text := nullif(current_setting('ontschot.teams', true), '');
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RETURN false;
    END IF;
    IF v_teams = '*' THEN
        RETURN true;
    END IF;
    IF p_family = ANY (nullif(current_setting('ontschot.gezinnen', true), '')::uuid[]) THEN
        RETURN true;
    END IF;
    -- The team of whoever leads its help, or led it last; at first that of its registration.
    RETURN coalesce(coalesce(
        (SELECT lead.team FROM domains.lead_professional AS lead
         WHERE lead.gemeente = p_gemeente AND lead.family_id = p_family
         ORDER BY lead.from_date DESC LIMIT 1),
        p_team,
        (SELECT family.team FROM domains.family AS family
         WHERE family.gemeente = p_gemeente AND family.family_id = p_family)
    ) = ANY (v_teams::text[]), false);
END
$$
---
-- Of the family where a person is, or was last; whoever helped him before sees that stay, not him.
CREATE FUNCTION domains.sees_person(p_gemeente text, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(domains.sees_family(p_gemeente, (
        SELECT member.family_id FROM domains.member AS member
        WHERE member.gemeente = p_gemeente AND member.person_id = p_person
        ORDER BY member.from_date DESC LIMIT 1)), false);
END
$$
---
CREATE FUNCTION domains.sees_budget(p_gemeente text, p_budget uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM domains.family_budget AS budget
        WHERE budget.gemeente = p_gemeente AND budget.family_budget_id = p_budget
          AND domains.sees_family(p_gemeente, budget.family_id));
END
$$
---
-- Also of whoever took a person in with the help that runs.
CREATE FUNCTION domains.sees_draw(p_gemeente text, p_draw uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM domains.draw AS draw
        JOIN domains.family_budget AS budget USING (gemeente, family_budget_id)
        WHERE draw.gemeente = p_gemeente AND draw.draw_id = p_draw
          AND domains.sees_family(p_gemeente, budget.family_id)
    ) OR EXISTS (
        SELECT 1 FROM domains.part AS part
        WHERE part.gemeente = p_gemeente AND part.draw_id = p_draw
          AND domains.sees_family(p_gemeente, part.gezin));
END
$$
---
CREATE FUNCTION domains.sees_part(p_gemeente text, p_part uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM domains.part AS part
        WHERE part.gemeente = p_gemeente AND part.part_id = p_part
          AND (domains.sees_family(p_gemeente, part.gezin)
               OR domains.sees_draw(p_gemeente, part.draw_id)));
END
$$
---
CREATE FUNCTION domains.sees_event(p_gemeente text, p_event uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM domains.known_event AS known
        WHERE known.gemeente = p_gemeente AND known.event_id = p_event
          AND domains.sees_family(p_gemeente, known.family_id));
END
$$
---
-- An executed event is named by a person and age, by the known event, or by the rule that changed.
CREATE FUNCTION domains.sees_executed(
    p_gemeente text, p_kind text, p_name text, p_draws uuid[]
) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE p_kind
        WHEN 'verjaardag' THEN domains.sees_person(p_gemeente, right(p_name, 36)::uuid)
        WHEN 'rechtsregel' THEN NOT EXISTS (
            SELECT 1 FROM unnest(p_draws) AS draw WHERE NOT domains.sees_draw(p_gemeente, draw))
        ELSE domains.sees_event(p_gemeente, p_name::uuid) END;
END
$$
---
CREATE FUNCTION domains.sees_settlement(p_gemeente text, p_settlement uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM domains.neighbour_settlement AS plan
        WHERE plan.gemeente = p_gemeente AND plan.settlement_id = p_settlement
          AND domains.sees_part(p_gemeente, plan.item_id));
END
$$
---
CREATE FUNCTION domains.sees_account(p_gemeente text, p_account uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN p_gemeente IS NOT DISTINCT FROM current_setting('ontschot.gemeente', true)
    AND NOT EXISTS (
        SELECT 1 FROM ledger.account AS account
        WHERE account.gemeente = p_gemeente AND account.account_id = p_account
          AND account.dimensions ? 'gezin'
          AND NOT domains.sees_family(p_gemeente, (account.dimensions ->> 'gezin')::uuid));
END
$$
---
CREATE FUNCTION domains.sees_entry(p_gemeente text, p_chain_number bigint, p_position integer)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN p_gemeente IS NOT DISTINCT FROM current_setting('ontschot.gemeente', true)
    AND NOT EXISTS (
        SELECT 1 FROM ledger.posting AS line
        JOIN ledger.account AS account USING (gemeente, account_id)
        WHERE line.gemeente = p_gemeente AND line.chain_number = p_chain_number
          AND line.position = p_position AND account.dimensions ? 'gezin'
          AND NOT domains.sees_family(p_gemeente, (account.dimensions ->> 'gezin')::uuid));
END
$$
---
-- The stays of a person whom a family takes in: of whoever is in a family of others now, none.
CREATE FUNCTION domains.stays_of(p_gemeente text, p_person uuid)
RETURNS TABLE (person_id uuid, birth_date date, from_date date, until_date date)
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    RETURN QUERY SELECT stay.person_id, stay.birth_date, stay.from_date, stay.until_date
    FROM domains.member AS stay
    WHERE stay.gemeente = p_gemeente AND stay.person_id = p_person
      AND NOT EXISTS (
          SELECT 1 FROM domains.member AS elsewhere
          WHERE elsewhere.gemeente = p_gemeente AND elsewhere.person_id = p_person
            AND elsewhere.until_date IS NULL
            AND NOT domains.sees_family(p_gemeente, elsewhere.family_id))
    ORDER BY stay.from_date;
END
$$
---
REVOKE ALL ON FUNCTION domains.stays_of FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION domains.stays_of TO ontschot_app
---
-- The day on which the last of family budgets got its first money. An entry that also moves money
-- of others is not seen, and still is money of this budget: so whose it is, is asked of the budget.
CREATE FUNCTION domains.budgets_booked_on(p_gemeente text, p_budgets uuid[]) RETURNS date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_gemeente IS DISTINCT FROM current_setting('ontschot.gemeente', true) THEN
        RAISE EXCEPTION 'de gemeente % is niet die van deze transactie', p_gemeente
            USING ERRCODE = 'OS003';
    END IF;
    RETURN (
        SELECT max(opened.since) FROM unnest(p_budgets) AS budget (id)
        CROSS JOIN LATERAL (
            SELECT min(entry.booking_date) AS since FROM domains.family_budget_step AS step
            JOIN ledger.entry AS entry
              ON entry.gemeente = step.gemeente AND entry.entry_id = step.entry_id
            WHERE step.gemeente = p_gemeente AND step.family_budget_id = budget.id
        ) AS opened
        WHERE domains.sees_budget(p_gemeente, budget.id));
END
$$
---
REVOKE ALL ON FUNCTION domains.budgets_booked_on FROM PUBLIC
---
GRANT EXECUTE ON FUNCTION domains.budgets_booked_on TO ontschot_app
---
-- The policies ask these as whoever reads, which is the application and nobody else.
DO $$
DECLARE
    asked regprocedure;
BEGIN
    FOR asked IN SELECT oid FROM pg_proc
        WHERE pronamespace = 'domains'::regnamespace AND starts_with(proname, 'sees_') LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', asked);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO ontschot_app', asked);
    END LOOP;
END
$$
---
-- Whoever works for the whole municipality is let through before any row is looked at.
DO $$
DECLARE
    guarded record;
BEGIN
    FOR guarded IN SELECT * FROM (VALUES
        ('domains.family', 'domains.sees_family(gemeente, family_id, team)'),
        ('domains.member', 'domains.sees_family(gemeente, family_id)'),
        ('domains.family_district', 'domains.sees_family(gemeente, family_id)'),
        ('domains.lead_professional', 'domains.sees_family(gemeente, family_id)'),
        ('domains.family_severity', 'domains.sees_family(gemeente, family_id)'),
        ('domains.family_budget', 'domains.sees_family(gemeente, family_id)'),
        ('domains.known_event', 'domains.sees_family(gemeente, family_id)'),
        ('domains.family_budget_step', 'domains.sees_budget(gemeente, family_budget_id)'),
        ('domains.draw', 'domains.sees_budget(gemeente, family_budget_id)'
            ' OR domains.sees_draw(gemeente, draw_id)'),
        ('domains.draw_decision', 'domains.sees_draw(gemeente, draw_id)'),
        ('domains.draw_line', 'domains.sees_draw(gemeente, draw_id)'),
        ('domains.part', 'domains.sees_family(gemeente, gezin)'
            ' OR domains.sees_draw(gemeente, draw_id)'),
        ('domains.delivery', 'domains.sees_draw(gemeente, draw_id)'),
        ('domains.allocation', 'domains.sees_draw(gemeente, draw_id)'),
        ('domains.part_move', 'domains.sees_part(gemeente, part_id)'),
        ('domains.payer_item', 'domains.sees_part(gemeente, part_id)'),
        ('domains.payer_move', 'domains.sees_part(gemeente, part_id)'),
        ('domains.neighbour_settlement', 'domains.sees_part(gemeente, item_id)'),
        ('domains.neighbour_settled', 'domains.sees_settlement(gemeente, settlement_id)'),
        ('domains.neighbour_received', 'domains.sees_settlement(gemeente, settlement_id)'),
        ('domains.big_five', 'domains.sees_person(gemeente, person_id)'),
        ('domains.declared_line', 'domains.sees_person(gemeente, person_id)'),
        ('domains.provider_notice', 'domains.sees_person(gemeente, person_id)'),
        ('domains.told_help', 'domains.sees_person(gemeente, person_id)'),
        ('domains.withdrawn_event', 'domains.sees_event(gemeente, event_id)'),
        ('domains.executed_event', 'domains.sees_executed(gemeente, kind, name, draws)'),
        ('domains.benefit_block', 'false'),
        ('domains.benefit_line', 'false'),
        ('persons.data_key', 'domains.sees_family(gemeente, family_id)'),
        ('persons.person', 'domains.sees_person(gemeente, person_id)'),
        ('ledger.account', 'NOT dimensions ? ''gezin'''
            ' OR domains.sees_family(gemeente, (dimensions ->> ''gezin'')::uuid)'),
        ('ledger.balance', 'domains.sees_account(gemeente, account_id)'),
        ('ledger.month_total', 'domains.sees_account(gemeente, account_id)'),
        ('ledger.posting', 'domains.sees_account(gemeente, account_id)'),
        ('ledger.entry', 'domains.sees_entry(gemeente, chain_number, position)'),
        ('access.audit_line', 'false')
    ) AS policy (table_name, seen) LOOP
        EXECUTE format('CREATE POLICY own_families ON %s AS RESTRICTIVE USING'
            ' ((SELECT current_setting(''ontschot.teams'', true)) = ''*'' OR (%s))',
            guarded.table_name, guarded.seen);
    END LOOP;
END
$$
