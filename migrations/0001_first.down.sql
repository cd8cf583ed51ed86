-- Takes everything of 0001_first away, with all data.
DROP FUNCTION drop_event_partitions(integer);
DROP FUNCTION make_event_partitions(integer);
DROP FUNCTION micros_to_time(bigint);
DROP TABLE heartbeats;
DROP TABLE rule_set;
DROP TABLE campaigns;
DROP TABLE journal_commits;
DROP TABLE journals;
DROP TABLE messages;
DROP TABLE events;
DROP TABLE profiles;
DROP TABLE store_settings;
