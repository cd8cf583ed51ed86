DROP INDEX messages_expire;
CREATE INDEX messages_expire ON messages USING brin (expire_time) WITH (autosummarize = on);
ALTER TABLE messages DROP COLUMN store_time;
