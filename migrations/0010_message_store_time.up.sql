-- When a message was stored: an import's clocks may lie so far back that its messages have expired long ago when they are made. Of
-- messages that are there already nobody knows.
ALTER TABLE messages ADD COLUMN store_time timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE messages ALTER COLUMN store_time SET DEFAULT now();
DROP INDEX messages_expire;
-- Only for the retention's sweep; rows come roughly in the order of both.
CREATE INDEX messages_expire ON messages USING brin (expire_time, store_time) WITH (autosummarize = on);
