-- Segments: named conditions, and who is in them.

CREATE TABLE segments (
  workspace text COLLATE "C" NOT NULL,
  segment_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  display_name text NOT NULL,
  state smallint NOT NULL,
  condition text NOT NULL,
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  evaluation_state smallint NOT NULL DEFAULT 0,
  evaluation_number bigint NOT NULL DEFAULT 0,
  evaluation_start bigint NOT NULL,
  evaluation_end bigint NOT NULL,
  evaluation_cursor text COLLATE "C" NOT NULL DEFAULT '',
  users_examined bigint NOT NULL DEFAULT 0,
  users_total bigint NOT NULL DEFAULT -1,
  holder text NOT NULL DEFAULT '',
  lease_end timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (workspace, segment_id)
) WITH (fillfactor = 50);
COMMENT ON COLUMN segments.evaluation_state IS 'of the users who were there before: 0 none, 1 running, 2 done';
COMMENT ON COLUMN segments.evaluation_cursor IS 'the user_key of the last user examined';
COMMENT ON COLUMN segments.holder IS 'the server process that evaluates, until lease_end';

-- Changed in the transaction of the profile that says the same. Counted and listed along the key.
CREATE TABLE segment_members (
  workspace text COLLATE "C" NOT NULL,
  segment_id text COLLATE "C" NOT NULL,
  user_key text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  PRIMARY KEY (workspace, segment_id, user_key)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

-- Of a campaign that a segment triggers.
ALTER TABLE campaigns ADD COLUMN trigger_segment_id text NOT NULL DEFAULT '';
