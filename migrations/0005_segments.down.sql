-- Takes everything of segments away, with all data. Profiles keep their lists, which nothing reads.
ALTER TABLE campaigns DROP COLUMN trigger_segment_id;
DROP TABLE segment_members;
DROP TABLE segments;
