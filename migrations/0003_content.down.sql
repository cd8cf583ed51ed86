-- Takes everything of 0003_content away, with all data.
ALTER TABLE campaigns
  DROP CONSTRAINT campaigns_localizations,
  DROP COLUMN localized_bodies, DROP COLUMN localized_titles, DROP COLUMN locales, DROP COLUMN content_type;
ALTER TABLE rule_set DROP COLUMN catalog_revision;
DROP TABLE content_blocks;
DROP TABLE catalog_items;
DROP TABLE catalogs;
