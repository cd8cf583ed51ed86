-- Takes launches away: a schedule then knows of no occurrence before.
DROP TABLE launches;
