-- Narrower indexes for the tables that every commit writes to.
--
-- An index of several texts costs PostgreSQL more to keep than the row itself: long entries, and a comparison of two or three texts at
-- every step of a descent. Here the first column decides nearly always, and is a number or an id that ascends. What a hash finds is
-- compared with the row, so two users with one hash cost time and nothing else. hashtextextended is immutable, the same in every
-- process, and seeds one text's hash with another's.
--
-- Builds the indexes of all stored events and messages anew, and holds up writers for that long.

-- Deduplication. The id comes first: UUIDv7 ids ascend, so new entries go to the right edge, where the page is always in memory. The hash
-- keeps producers apart whose ids are unique only per user ("1", "2", "3").
DROP INDEX events_named;
CREATE INDEX events_id ON events (event_id, hashtextextended(named_key, hashtextextended(workspace, 0)));

-- A user's history.
DROP INDEX events_user;
CREATE INDEX events_user ON events (hashtextextended(user_key, hashtextextended(workspace, 0)), user_seq);

-- A user's row and his messages: his key decides at the first comparison (shard and workspace rarely differ between neighbours).
ALTER TABLE profiles DROP CONSTRAINT profiles_pkey, ADD PRIMARY KEY (user_key, workspace, shard);
ALTER TABLE messages DROP CONSTRAINT messages_pkey, ADD PRIMARY KEY (user_key, message_seq, workspace, shard);

-- The profiles of busy users are some kilobytes long, and change with every batch. PostgreSQL compresses what is longer than 2 kB; its own
-- method takes ten times as long as lz4.
ALTER TABLE profiles ALTER COLUMN state SET COMPRESSION lz4;
