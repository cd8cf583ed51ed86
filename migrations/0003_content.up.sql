-- What messages are made of besides campaigns: catalogs with their items, and content blocks; and the languages of a message.

CREATE TABLE catalogs (
  workspace text COLLATE "C" NOT NULL,
  catalog_id text COLLATE "C" NOT NULL,
  display_name text NOT NULL,
  item_count bigint NOT NULL DEFAULT 0,
  revision bigint NOT NULL,
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  PRIMARY KEY (workspace, catalog_id)
) WITH (fillfactor = 50);
COMMENT ON COLUMN catalogs.revision IS 'rule_set.catalog_revision of the last change of the catalog or of an item';

-- Locked by way of their catalog's row: whoever changes items holds that one.
CREATE TABLE catalog_items (
  workspace text COLLATE "C" NOT NULL,
  catalog_id text COLLATE "C" NOT NULL,
  item_id text COLLATE "C" NOT NULL,
  update_time bigint NOT NULL,
  fields bytea NOT NULL,
  PRIMARY KEY (workspace, catalog_id, item_id)
);
COMMENT ON COLUMN catalog_items.fields IS 'a serialised cadenza.v1.Value, a map';
ALTER TABLE catalog_items ALTER COLUMN fields SET COMPRESSION lz4;

CREATE TABLE content_blocks (
  workspace text COLLATE "C" NOT NULL,
  content_block_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  display_name text NOT NULL,
  content text NOT NULL,
  create_time bigint NOT NULL,
  update_time bigint NOT NULL,
  PRIMARY KEY (workspace, content_block_id)
);

-- Grows in the transaction of every change of a catalog or of an item.
ALTER TABLE rule_set ADD COLUMN catalog_revision bigint NOT NULL DEFAULT 0;

-- A message's other languages, as three lists of one length.
ALTER TABLE campaigns
  ADD COLUMN content_type smallint NOT NULL DEFAULT 0,
  ADD COLUMN locales text[] NOT NULL DEFAULT '{}',
  ADD COLUMN localized_titles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN localized_bodies text[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT campaigns_localizations CHECK (cardinality(locales) = cardinality(localized_titles) AND
                                                cardinality(locales) = cardinality(localized_bodies));
COMMENT ON COLUMN campaigns.content_type IS '0 text/plain, 1 text/html, 2 application/json';
