-- What the statistics of a workspace's campaigns must be, by docs/statistics.md, from the stored events, messages and definitions of
-- campaigns. Naive on purpose. It does not know of: goals that are sessions, conditions of goals but `event.properties.X > N`, inputs
-- that came too late to convert (over 72 hours), and campaigns that were changed: it says so, or the load has none.

CREATE TABLE recount.goals (campaign_id text, conversion_id text, event_name text, product_id text, condition text, span bigint,
                            revenue_property text, currency_code text);
-- Every input, under the clock by which it was applied, in its user's sequence.
CREATE TABLE recount.inputs (user_key text, user_seq bigint, event_id text, clock bigint, kind integer, content bytea, decisions bytea,
                             PRIMARY KEY (user_key, user_seq));
-- At this place in the sequence of user_key he turned out to be from_key too.
CREATE TABLE recount.merges (user_key text, user_seq bigint, clock bigint, from_key text PRIMARY KEY);
-- What is in the past of a person: his own inputs, and those of whom he turned out to be, which lie before the input that said so.
-- `path` is their order.
CREATE TABLE recount.past (person text, path bigint[], user_key text, user_seq bigint, PRIMARY KEY (person, path));
CREATE TABLE recount.decided (user_key text, user_seq bigint, place integer, clock bigint, outcome integer, campaign_id text,
                              event_id text, variant_id text, entered boolean, stopped_by integer);
-- What counts: once, and if `of_users` the person too, the first time in this campaign.
CREATE TABLE recount.facts (user_key text, user_seq bigint, place integer, campaign_id text, variant_id text, what text, hour bigint,
                            value numeric, of_users boolean);

CREATE FUNCTION recount.gate_name(gate integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['trigger', 'active_window', 'condition', 'audience', 'subscription', 're_eligibility', 'holdout', 'variant', 'delay',
                'quiet_hours', 'frequency_cap', 'delivery_rate', 'render'])[gate]
$$;
CREATE FUNCTION recount.hour_of(micros bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT micros / 3600000000
$$;

CREATE PROCEDURE recount.read_goals(workspace text) LANGUAGE sql AS $$
  INSERT INTO recount.goals
  SELECT c.campaign_id, recount.content_text(f.content, 1), recount.content_text(f.content, 2),
         recount.content_text(recount.content(f.content, 3), 1), recount.content_text(f.content, 5),
         recount.content_number(recount.content(f.content, 6), 1) * 1000000, recount.content_text(f.content, 7),
         recount.content_text(f.content, 9)
  FROM campaigns c, recount.fields(c.definition) f WHERE c.workspace = read_goals.workspace AND f.field = 30
$$;

-- The clock of an input is noted with its decisions; where none are, it is that of its arrival.
CREATE PROCEDURE recount.read_inputs(workspace text) LANGUAGE sql AS $$
  INSERT INTO recount.inputs
  SELECT user_key, user_seq, event_id, coalesce(recount.noted_clock(decisions), receive_time), kind, recount.content(body, kind),
         decisions
  FROM events e WHERE e.workspace = read_inputs.workspace;

  -- Identify (9) and AddAlias (10). A name leads to one user for good.
  INSERT INTO recount.merges
  SELECT user_key, user_seq, clock, from_key FROM (
    SELECT user_key, user_seq, clock, CASE kind
      WHEN 9 THEN 'a:' || recount.content_text(content, 1)
      ELSE 'l:' || recount.content_text(recount.content(content, 1), 1) || ':' || recount.content_text(recount.content(content, 1), 2)
      END AS from_key
    FROM recount.inputs WHERE kind IN (9, 10)) AS m
  ORDER BY user_seq
  ON CONFLICT (from_key) DO NOTHING
$$;

CREATE PROCEDURE recount.find_pasts() LANGUAGE sql AS $$
  INSERT INTO recount.past
  WITH RECURSIVE past AS (
    SELECT user_key AS person, ARRAY[2 * user_seq] AS path, user_key, user_seq FROM recount.inputs
    UNION ALL
    SELECT m.user_key, (2 * m.user_seq - 1) || p.path, p.user_key, p.user_seq
    FROM past p JOIN recount.merges m ON m.from_key = p.person)
  SELECT * FROM past;
  ANALYZE recount.past
$$;

-- A user entered if a decision at a trigger (it begins with that gate) was not stopped by a gate that is about the user, whether or
-- not a message came of it. A launch that waits for the user's clock is yet to be decided on.
CREATE PROCEDURE recount.read_decisions() LANGUAGE sql AS $$
  INSERT INTO recount.decided
  SELECT user_key, user_seq, place, clock, outcome, campaign_id, event_id, variant_id,
         gates[1] = 1 AND NOT 9 * 256 + 4 = ANY (said) AND
           (outcome <> 1 OR 8 = ANY (gates) OR stopped_by > 8 OR (stopped_by < 7 AND 6 = ANY (gates))),
         stopped_by
  FROM (
    SELECT i.user_key, i.user_seq, d.place, i.clock, d.outcome, d.campaign_id, d.variant_id, d.gates,
           CASE WHEN d.event_id = '' THEN i.event_id ELSE d.event_id END AS event_id,
           (SELECT array_agg(abs(g) * 256 + f) FROM unnest(d.gates, d.forms) AS s(g, f)) AS said,
           CASE d.outcome WHEN 1 THEN -d.gates[array_length(d.gates, 1)] END AS stopped_by
    FROM recount.inputs i, recount.decisions(i.decisions) d) AS read
$$;

CREATE PROCEDURE recount.count_decisions() LANGUAGE sql AS $$
  INSERT INTO recount.facts
  SELECT user_key, user_seq, 1000 + 10 * place + w.step, campaign_id, variant_id, w.what, recount.hour_of(clock), 1, w.of_users
  FROM recount.decided, LATERAL (VALUES
    (entered, 1, 'entered', true),
    (entered AND outcome = 2, 2, 'controls', true),
    -- Gates from `variant` on are asked of who has entered, and count users.
    (outcome = 1, 3, 'stopped by ' || recount.gate_name(stopped_by), stopped_by >= 8),
    (outcome = 3, 4, 'waited', false),
    (outcome = 4, 5, 'sent', true),
    (outcome = 5, 6, 'cancelled', false)) AS w(is_so, step, what, of_users)
  WHERE w.is_so
$$;

-- Of each message the first report of each kind; a click says that it was opened too, and that it was delivered.
CREATE PROCEDURE recount.count_receipts(workspace text) LANGUAGE sql AS $$
  INSERT INTO recount.facts
  SELECT DISTINCT ON (m.message_id, k.what) i.user_key, i.user_seq, k.step, m.campaign_id, m.variant_id, k.what,
         recount.hour_of(i.clock), 1, true
  FROM recount.inputs i
  JOIN messages m ON m.workspace = count_receipts.workspace AND m.message_id = recount.content_text(i.content, 2)
  JOIN recount.past p ON p.user_key = i.user_key AND p.user_seq = i.user_seq AND p.person = m.user_key
  JOIN (VALUES (1, 'delivered', 1), (2, 'delivered', 1), (3, 'delivered', 1), (2, 'opened', 2), (3, 'opened', 2), (3, 'clicked', 3),
               (4, 'dismissed', 4)) AS k(kind, what, step) ON k.kind = recount.content_number(i.content, 1)
  WHERE i.kind = 15 AND m.create_time > i.clock - 30 * 86400000000
    -- It had been sent to whom the receipt is of.
    AND EXISTS (
      SELECT FROM recount.decided d
      JOIN recount.past sent ON sent.user_key = d.user_key AND sent.user_seq = d.user_seq AND sent.person = i.user_key
      JOIN recount.past own ON own.person = i.user_key AND own.user_key = i.user_key AND own.user_seq = i.user_seq
      WHERE d.outcome = 4 AND d.campaign_id = m.campaign_id AND d.event_id = m.event_id AND sent.path < own.path)
  ORDER BY m.message_id, k.what, p.path
$$;

CREATE FUNCTION recount.fulfils(goal recount.goals, input recount.inputs) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  wanted text[];
  found record;
BEGIN
  IF goal.event_name = '' THEN
    RETURN input.kind = 5 AND goal.product_id IN ('', recount.content_text(input.content, 1));
  END IF;
  IF input.kind <> 4 OR recount.content_text(input.content, 1) <> goal.event_name THEN
    RETURN false;
  END IF;
  IF goal.condition = '' THEN
    RETURN true;
  END IF;
  wanted := regexp_match(goal.condition, '^event\.properties\.(\w+) > ([0-9.]+)$');
  IF wanted IS NULL THEN
    RAISE EXCEPTION 'a condition that this does not know: %', goal.condition;
  END IF;
  SELECT * INTO found FROM recount.property(input.content, wanted[1]);
  RETURN coalesce(found.int_value::numeric > wanted[2]::numeric, found.double_value > wanted[2]::float8, false);
END
$$;

-- In billionths; null where the input has none.
CREATE FUNCTION recount.revenue(goal recount.goals, input recount.inputs, OUT currency text, OUT nanos numeric) LANGUAGE plpgsql AS $$
DECLARE
  price bytea := recount.content(input.content, 2);
  found record;
BEGIN
  IF input.kind = 5 THEN
    currency := recount.content_text(price, 1);
    nanos := (recount.content_number(price, 2) * 1000000000::numeric + recount.content_number(price, 3)) *
             greatest(recount.content_number(input.content, 3), 1);
  ELSIF goal.revenue_property <> '' THEN
    currency := goal.currency_code;
    SELECT * INTO found FROM recount.property(input.content, goal.revenue_property);
    nanos := coalesce(found.int_value * 1000000000::numeric, round(found.double_value * 1e9::float8)::bigint);
  END IF;
END
$$;

-- Touches and conversions, input by input, in the order in which they became the past of who did them in the end.
CREATE PROCEDURE recount.count_conversions() LANGUAGE plpgsql AS $$
DECLARE
  at record;
  goal recount.goals;
  input recount.inputs;
  touch record;
BEGIN
  CREATE TEMP TABLE touches ON COMMIT DROP AS
    SELECT p.person, p.path, d.campaign_id, d.variant_id, d.clock, d.user_key, d.user_seq, d.place
    FROM recount.decided d JOIN recount.past p USING (user_key, user_seq)
    WHERE d.entered AND d.campaign_id IN (SELECT g.campaign_id FROM recount.goals g);
  CREATE INDEX ON touches (person, campaign_id);
  -- Which touch has led to what, by which input.
  CREATE TEMP TABLE led (user_key text, user_seq bigint, place integer, conversion_id text, by_user text, by_seq bigint,
                         campaign_id text, variant_id text, clock bigint) ON COMMIT DROP;
  CREATE INDEX ON led (user_key, user_seq);
  FOR at IN
    SELECT i.user_key, i.user_seq, own.path FROM recount.inputs i
    JOIN recount.past final USING (user_key, user_seq)
    JOIN recount.past own ON own.person = i.user_key AND own.user_key = i.user_key AND own.user_seq = i.user_seq
    WHERE i.kind IN (4, 5) AND final.person NOT IN (SELECT from_key FROM recount.merges)
    ORDER BY final.person, final.path
  LOOP
    SELECT * INTO input FROM recount.inputs i WHERE i.user_key = at.user_key AND i.user_seq = at.user_seq;
    FOR goal IN SELECT * FROM recount.goals g LOOP
      CONTINUE WHEN NOT recount.fulfils(goal, input);
      SELECT * INTO touch FROM touches t
      WHERE t.person = at.user_key AND t.campaign_id = goal.campaign_id AND t.path < at.path
        AND input.clock - t.clock BETWEEN 0 AND goal.span
        AND NOT EXISTS (SELECT FROM led l WHERE l.user_key = t.user_key AND l.user_seq = t.user_seq AND l.place = t.place
                        AND l.conversion_id = goal.conversion_id)
      ORDER BY t.clock DESC, t.path DESC LIMIT 1;
      CONTINUE WHEN NOT FOUND;
      INSERT INTO led VALUES (touch.user_key, touch.user_seq, touch.place, goal.conversion_id, input.user_key, input.user_seq,
                              touch.campaign_id, touch.variant_id, touch.clock);
    END LOOP;
  END LOOP;

  INSERT INTO recount.facts
  SELECT l.by_user, l.by_seq, 100, l.campaign_id, l.variant_id, l.conversion_id || t.touch || w.suffix, recount.hour_of(i.clock),
         w.value, w.of_users
  FROM led l
  JOIN recount.inputs i ON i.user_key = l.by_user AND i.user_seq = l.by_seq
  JOIN recount.goals g ON g.campaign_id = l.campaign_id AND g.conversion_id = l.conversion_id
  -- Last touch: of all campaigns that the input converts, the one with the latest touch.
  JOIN LATERAL (SELECT o.campaign_id FROM led o WHERE o.by_user = l.by_user AND o.by_seq = l.by_seq
                ORDER BY o.clock DESC, o.campaign_id COLLATE "C" LIMIT 1) AS latest ON true
  JOIN (VALUES (' any_touch', false), (' last_touch', true)) AS t(touch, is_last)
    ON NOT t.is_last OR latest.campaign_id = l.campaign_id
  CROSS JOIN recount.revenue(g, i) AS r
  JOIN LATERAL (VALUES ('', 1::numeric, true), (' ' || r.currency, r.nanos, false)) AS w(suffix, value, of_users)
    ON w.value IS NOT NULL;
END
$$;

-- Users. A person is counted the first time that something of him counts, where he entered first; when somebody who was counted turns
-- out to be him, that one is taken away, and counts for him if he had not been counted.
CREATE VIEW recount.users AS
WITH of_person AS (
  SELECT p.person, f.campaign_id, f.variant_id, f.what, f.hour, p.path || f.place::bigint AS path, p.person = f.user_key AS own
  FROM recount.facts f JOIN recount.past p USING (user_key, user_seq) WHERE f.of_users
), counted_in AS (
  SELECT DISTINCT ON (person, campaign_id) person, campaign_id, variant_id FROM of_person ORDER BY person, campaign_id, path
), firsts AS (
  SELECT DISTINCT ON (person, campaign_id, what) person, campaign_id, what, hour, path, own FROM of_person
  ORDER BY person, campaign_id, what, path
), merged AS (
  SELECT m.user_key, m.from_key, recount.hour_of(m.clock) AS hour, theirs.campaign_id, theirs.what,
         ours.path < ARRAY[2 * m.user_seq - 1] AS had
  FROM recount.merges m
  JOIN firsts theirs ON theirs.person = m.from_key
  JOIN firsts ours ON ours.person = m.user_key AND ours.campaign_id = theirs.campaign_id AND ours.what = theirs.what
)
SELECT f.campaign_id, c.variant_id, f.hour, f.what, 1 AS value FROM firsts f JOIN counted_in c USING (person, campaign_id) WHERE f.own
UNION ALL
SELECT m.campaign_id, c.variant_id, m.hour, m.what, -1 FROM merged m
JOIN counted_in c ON c.person = m.from_key AND c.campaign_id = m.campaign_id
UNION ALL
SELECT m.campaign_id, c.variant_id, m.hour, m.what, 1 FROM merged m
JOIN counted_in c ON c.person = m.user_key AND c.campaign_id = m.campaign_id WHERE NOT m.had;

-- Every number of every campaign and variant by `unit`, 'hour' or 'day', in this time zone: by the local time of its hour. None is 0.
CREATE FUNCTION recount.numbers(unit text, zone text)
RETURNS TABLE (campaign_id text, variant_id text, start text, what text, value numeric) LANGUAGE sql AS $$
  SELECT campaign_id, variant_id, date_trunc(unit, to_timestamp(hour * 3600) AT TIME ZONE zone)::text, what, sum(value)
  FROM (SELECT campaign_id, variant_id, hour, what, value FROM recount.facts
        UNION ALL
        SELECT campaign_id, variant_id, hour, what || ' users', value FROM recount.users) AS n
  GROUP BY 1, 2, 3, 4 HAVING sum(value) <> 0
$$;

-- What must not be: one line each.
CREATE FUNCTION recount.contradictions(workspace text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT 'messages and decisions differ: ' || coalesce(m.campaign_id, d.campaign_id) || ' of ' || coalesce(m.event_id, d.event_id)
  FROM (SELECT campaign_id, variant_id, event_id, create_time / 3600000000 AS hour, count(*) AS messages
        FROM messages m WHERE m.workspace = contradictions.workspace GROUP BY 1, 2, 3, 4) AS m
  FULL JOIN (SELECT campaign_id, variant_id, event_id, recount.hour_of(clock) AS hour, count(*) AS messages
             FROM recount.decided WHERE outcome = 4 GROUP BY 1, 2, 3, 4) AS d USING (campaign_id, variant_id, event_id, hour)
  WHERE m.messages IS DISTINCT FROM d.messages
  UNION ALL
  SELECT 'a user with too many touches or messages to remember: ' || person FROM (
    SELECT p.person, count(*) FILTER (WHERE d.entered AND d.campaign_id IN (SELECT g.campaign_id FROM recount.goals g)) AS touches,
           count(*) FILTER (WHERE d.outcome = 4) AS messages
    FROM recount.past p JOIN recount.decided d USING (user_key, user_seq) GROUP BY 1) AS c
  WHERE touches > 64 OR messages > 64
  UNION ALL
  SELECT 'the sequence of a user has gaps: ' || user_key FROM recount.inputs GROUP BY user_key
  HAVING count(*) <> max(user_seq) - min(user_seq) + 1
$$;

-- Reads everything anew.
CREATE PROCEDURE recount.run(workspace text) LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE recount.goals, recount.inputs, recount.merges, recount.past, recount.decided, recount.facts;
  CALL recount.read_goals(workspace);
  CALL recount.read_inputs(workspace);
  CALL recount.find_pasts();
  CALL recount.read_decisions();
  CALL recount.count_decisions();
  CALL recount.count_receipts(workspace);
  CALL recount.count_conversions();
END
$$;
