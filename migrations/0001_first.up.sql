-- The first schema: users, their events and messages, journals, campaigns.
--
-- Run by `cadenza migrate up`, or by hand with `psql -1 -f` (then schema_migrations does not know of it). Times that come from
-- inputs are bigint microseconds since the Unix epoch: exact over all of the years 1 to 9999, and cheap; micros_to_time() shows them.
-- Text that is compared is COLLATE "C": its order is that of its bytes, the same on every machine.

-- What was fixed when the database was made.
CREATE TABLE store_settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  shards integer NOT NULL
);
INSERT INTO store_settings (shards) VALUES (64);

-- One row per user, and one per name that leads to another user (merged_into). version is the fence of every change.
-- No second index: with room left on the page, every update stays on it (HOT).
CREATE TABLE profiles (
  shard smallint NOT NULL,
  workspace text COLLATE "C" NOT NULL,
  user_key text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  merged_into text COLLATE "C" NOT NULL DEFAULT '',
  state bytea NOT NULL,
  PRIMARY KEY (shard, workspace, user_key)
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1,
        autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);

-- Every applied input. The partition is chosen by the clock of this database alone, so that a resend after midnight, or to a
-- server whose clock is wrong, is still looked for where the first arrival was put.
CREATE TABLE events (
  received_day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
  shard smallint NOT NULL,
  workspace text COLLATE "C" NOT NULL,
  user_key text COLLATE "C" NOT NULL,
  user_seq bigint NOT NULL,
  named_shard smallint NOT NULL,
  named_key text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  digest bytea NOT NULL,
  kind smallint NOT NULL,
  name text COLLATE "C" NOT NULL,
  event_time bigint NOT NULL,
  receive_time bigint NOT NULL,
  journal bigint NOT NULL,
  journal_seq bigint NOT NULL,
  body bytea NOT NULL
) PARTITION BY RANGE (received_day);
COMMENT ON COLUMN events.user_key IS 'the user whose sequence it is in (resolved)';
COMMENT ON COLUMN events.named_key IS 'the user as the producer named him: with event_id, the key of deduplication';
COMMENT ON COLUMN events.body IS 'a serialised cadenza.v1.Input';
CREATE INDEX events_named ON events (named_shard, workspace, named_key, event_id);
CREATE INDEX events_user ON events (shard, workspace, user_key, user_seq);

-- title and body are UTF-8 in bytea: what a template renders may hold a zero byte, which text cannot.
CREATE TABLE messages (
  shard smallint NOT NULL,
  workspace text COLLATE "C" NOT NULL,
  user_key text COLLATE "C" NOT NULL,
  message_seq bigint NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  channel text COLLATE "C" NOT NULL,
  title bytea NOT NULL,
  body bytea NOT NULL,
  create_time bigint NOT NULL,
  expire_time bigint NOT NULL,
  PRIMARY KEY (shard, workspace, user_key, message_seq)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);
-- Only for the retention's sweep; rows come roughly in the order of their expiry.
CREATE INDEX messages_expire ON messages USING brin (expire_time) WITH (autosummarize = on);

-- A journal is the gapless sequence of one writer's commits: journal_seq is used by each commit that changed something.
CREATE TABLE journals (
  journal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process text NOT NULL,
  open_time timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE journal_commits (
  journal bigint NOT NULL,
  journal_seq bigint NOT NULL,
  users integer NOT NULL,
  commit_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (journal, journal_seq)
);
CREATE INDEX journal_commits_time ON journal_commits USING brin (commit_time) WITH (autosummarize = on);

CREATE TABLE campaigns (
  workspace text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  display_name text NOT NULL,
  state smallint NOT NULL,
  trigger_kind smallint NOT NULL,
  trigger_event_name text NOT NULL,
  trigger_product_id text NOT NULL,
  condition text NOT NULL,
  cooldown bigint NOT NULL,
  channel text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  time_to_live bigint NOT NULL,
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  PRIMARY KEY (workspace, campaign_id)
);
COMMENT ON COLUMN campaigns.cooldown IS 'microseconds';
COMMENT ON COLUMN campaigns.time_to_live IS 'microseconds';

-- Grows in the transaction of every campaign's change.
CREATE TABLE rule_set (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO rule_set (revision) VALUES (0);

-- The last proof of each server process that it can commit.
CREATE TABLE heartbeats (
  process text COLLATE "C" PRIMARY KEY,
  beat bigint NOT NULL,
  beat_time timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION micros_to_time(micros bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_timestamp(micros / 1000000.0)
$$;

-- Makes the partitions of yesterday (a clock may step back over midnight) to days_ahead from today; returns how many were missing.
-- ATTACH, unlike CREATE … PARTITION OF, leaves reading and writing of the other partitions alone.
CREATE FUNCTION make_event_partitions(days_ahead integer) RETURNS integer
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  partition_day date;
  partition_name text;
  made integer := 0;
BEGIN
  FOR i IN -1 .. greatest(days_ahead, 1) LOOP
    partition_day := today + i;
    partition_name := 'events_' || to_char(partition_day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(quote_ident(partition_name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING STORAGE)'
                   ' WITH (autovacuum_vacuum_insert_scale_factor = 0.1)', partition_name);
    EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, partition_day, partition_day + 1);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

-- Drops the partitions of days before the last retention_days (0 = keep all; never fewer than 2, which deduplication needs); returns
-- how many. Needs events to itself for a moment: gives up after 200 ms (55P03) rather than hold up the writers who would queue behind.
CREATE FUNCTION drop_event_partitions(retention_days integer) RETURNS integer
LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
  first_kept text := 'events_' || to_char((now() AT TIME ZONE 'UTC')::date - greatest(retention_days, 2), 'YYYYMMDD');
  partition_name text;
  dropped integer := 0;
BEGIN
  IF retention_days = 0 THEN
    RETURN 0;
  END IF;
  FOR partition_name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname::text COLLATE "C" < first_kept
    ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE %I', partition_name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

SELECT make_event_partitions(7);
