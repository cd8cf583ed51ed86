ALTER TABLE profiles ALTER COLUMN state SET COMPRESSION default;
ALTER TABLE messages DROP CONSTRAINT messages_pkey, ADD PRIMARY KEY (shard, workspace, user_key, message_seq);
ALTER TABLE profiles DROP CONSTRAINT profiles_pkey, ADD PRIMARY KEY (shard, workspace, user_key);
DROP INDEX events_user;
CREATE INDEX events_user ON events (shard, workspace, user_key, user_seq);
DROP INDEX events_id;
CREATE INDEX events_named ON events (named_shard, workspace, named_key, event_id);
