-- Timers, and the delay of campaigns.

-- One row for each timer of a user, written in the transactions of his profile, which lists them too. due_time is when the timer is tried
-- next: fire_time, until an attempt failed. Short-lived rows: vacuumed often, so that the front of timers_due does not fill with dead ones.
CREATE TABLE timers (
  shard smallint NOT NULL,
  workspace text COLLATE "C" NOT NULL,
  user_key text COLLATE "C" NOT NULL,
  timer_id text COLLATE "C" NOT NULL,
  set_seq bigint NOT NULL,
  fire_time bigint NOT NULL,
  due_time bigint NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  parked boolean NOT NULL DEFAULT false,
  error bytea NOT NULL DEFAULT '',
  payload bytea NOT NULL,
  PRIMARY KEY (user_key, timer_id, workspace, shard)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
COMMENT ON COLUMN timers.set_seq IS 'the user_seq of the input that set it';
COMMENT ON COLUMN timers.payload IS 'a serialised cadenza.v1.TimerFired';
COMMENT ON COLUMN timers.error IS 'UTF-8';
CREATE INDEX timers_due ON timers (due_time, shard) WHERE NOT parked;
CREATE INDEX timers_parked ON timers (workspace, user_key, timer_id) WHERE parked;

ALTER TABLE campaigns
  ADD COLUMN delay bigint NOT NULL DEFAULT 0,
  ADD COLUMN exception_event_names text NOT NULL DEFAULT '',
  ADD COLUMN recheck_condition smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN campaigns.delay IS 'microseconds';
COMMENT ON COLUMN campaigns.exception_event_names IS 'one a line';
