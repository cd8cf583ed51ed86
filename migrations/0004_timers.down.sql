-- Takes everything of timers away, with all that wait.
ALTER TABLE campaigns DROP COLUMN recheck_condition, DROP COLUMN exception_event_names, DROP COLUMN delay;
DROP TABLE timers;
