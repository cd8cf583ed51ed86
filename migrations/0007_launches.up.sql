-- Launches of campaigns by their schedules: one row for each occurrence, and how far it has come among the users.

CREATE TABLE launches (
  workspace text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C" NOT NULL,
  due_time bigint NOT NULL,
  begin_time bigint NOT NULL,
  local_time text NOT NULL,
  cursor text COLLATE "C" NOT NULL DEFAULT '',
  users_launched bigint NOT NULL DEFAULT 0,
  done boolean NOT NULL DEFAULT false,
  holder text NOT NULL DEFAULT '',
  lease_end timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (workspace, campaign_id, due_time)
) WITH (fillfactor = 50);
COMMENT ON COLUMN launches.local_time IS 'what each user''s clock shows when he is due; empty: all at due_time';
COMMENT ON COLUMN launches.cursor IS 'the user_key of the last user launched';
COMMENT ON COLUMN launches.holder IS 'the server process that works on it, until lease_end';

-- What is under way, the longest due first.
CREATE INDEX launches_under_way ON launches (due_time) WHERE NOT done;
