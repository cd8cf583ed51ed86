// Catalogs and content blocks.
#include "storage/postgres/statements.h"

namespace cadenza::postgres {

#define CADENZA_CATALOG_COLUMNS "workspace, catalog_id, display_name, item_count, create_time, update_time"
#define CADENZA_BLOCK_COLUMNS "workspace, content_block_id, revision, display_name, content, create_time, update_time"

// Answers whether it did it, and whether the catalog was there before; if neither, there is no room.
const Statement kInsertCatalog = {"insert_catalog", R"sql(
WITH known AS (
  SELECT FROM catalogs WHERE workspace = $1::text AND catalog_id = $2::text
), raised AS (
  UPDATE rule_set SET catalog_revision = catalog_revision + 1
  WHERE NOT EXISTS (SELECT FROM known) AND (SELECT count(*) FROM catalogs WHERE workspace = $1::text) < $6::bigint
  RETURNING catalog_revision
), put AS (
  INSERT INTO catalogs (workspace, catalog_id, display_name, revision, create_time, update_time)
  SELECT $1::text, $2::text, $3::text, catalog_revision, $4::bigint, $5::bigint FROM raised
  ON CONFLICT DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT FROM put), EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM raised)
)sql"};

const Statement kGetCatalog = {"get_catalog", "SELECT " CADENZA_CATALOG_COLUMNS R"sql( FROM catalogs
WHERE workspace = $1::text AND catalog_id = $2::text
)sql"};

const Statement kListCatalogs = {"list_catalogs", "SELECT " CADENZA_CATALOG_COLUMNS R"sql( FROM catalogs
WHERE workspace = $1::text AND catalog_id > $2::text ORDER BY catalog_id LIMIT $3::bigint
)sql"};

const Statement kListCatalogRevisions = {"list_catalog_revisions", R"sql(
SELECT workspace, catalog_id, revision FROM catalogs
)sql"};

// Before every change of items, in its transaction: so that the next statement sees all items that there are.
const Statement kLockCatalog = {"lock_catalog", R"sql(
SELECT item_count FROM catalogs WHERE workspace = $1::text AND catalog_id = $2::text FOR UPDATE
)sql"};

const Statement kDeleteItemsOfCatalog = {"delete_items_of_catalog", R"sql(
DELETE FROM catalog_items WHERE workspace = $1::text AND catalog_id = $2::text
)sql"};

const Statement kDeleteCatalog = {"delete_catalog", R"sql(
WITH gone AS (
  DELETE FROM catalogs WHERE workspace = $1::text AND catalog_id = $2::text RETURNING 1
), raised AS (
  UPDATE rule_set SET catalog_revision = catalog_revision + 1 WHERE EXISTS (SELECT FROM gone)
)
SELECT EXISTS (SELECT FROM gone)
)sql"};

// Answers the positions of those that went in: all that are known, and new ones while there is room ($6).
const Statement kUpsertCatalogItems = {"upsert_catalog_items", R"sql(
WITH given AS (
  SELECT g.position, g.item_id, g.fields, i.known IS NULL AS is_new
  FROM unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS g(item_id, fields, position)
  LEFT JOIN LATERAL (
    SELECT true AS known FROM catalog_items i
    WHERE i.workspace = $1::text AND i.catalog_id = $2::text AND i.item_id = g.item_id LIMIT 1) i ON true
), fits AS MATERIALIZED (
  SELECT g.position, g.item_id, g.fields, g.is_new
  FROM (SELECT *, count(*) FILTER (WHERE is_new) OVER (ORDER BY position) AS newcomer FROM given) g
  JOIN catalogs c ON c.workspace = $1::text AND c.catalog_id = $2::text
  WHERE NOT g.is_new OR c.item_count + g.newcomer <= $6::bigint
), put AS (
  INSERT INTO catalog_items (workspace, catalog_id, item_id, update_time, fields)
  SELECT $1::text, $2::text, item_id, $5::bigint, fields FROM fits
  ON CONFLICT (workspace, catalog_id, item_id)
  DO UPDATE SET update_time = excluded.update_time, fields = excluded.fields
), raised AS (
  UPDATE rule_set SET catalog_revision = catalog_revision + 1 WHERE EXISTS (SELECT FROM fits)
  RETURNING catalog_revision
), counted AS (
  UPDATE catalogs SET item_count = item_count + (SELECT count(*) FROM fits WHERE is_new), update_time = $5::bigint,
         revision = (SELECT catalog_revision FROM raised)
  WHERE workspace = $1::text AND catalog_id = $2::text AND EXISTS (SELECT FROM raised)
)
SELECT position FROM fits
)sql"};

const Statement kGetCatalogItem = {"get_catalog_item", R"sql(
SELECT item_id, fields, update_time FROM catalog_items
WHERE workspace = $1::text AND catalog_id = $2::text AND item_id = $3::text
)sql"};

const Statement kListCatalogItems = {"list_catalog_items", R"sql(
SELECT item_id, fields, update_time FROM catalog_items
WHERE workspace = $1::text AND catalog_id = $2::text AND item_id > $3::text ORDER BY item_id LIMIT $4::bigint
)sql"};

const Statement kDeleteCatalogItems = {"delete_catalog_items", R"sql(
WITH gone AS (
  DELETE FROM catalog_items
  WHERE workspace = $1::text AND catalog_id = $2::text AND item_id = ANY ($3::text[]) RETURNING 1
), raised AS (
  UPDATE rule_set SET catalog_revision = catalog_revision + 1 WHERE EXISTS (SELECT FROM gone)
  RETURNING catalog_revision
), counted AS (
  UPDATE catalogs SET item_count = item_count - (SELECT count(*) FROM gone), update_time = $4::bigint,
         revision = (SELECT catalog_revision FROM raised)
  WHERE workspace = $1::text AND catalog_id = $2::text AND EXISTS (SELECT FROM raised)
)
SELECT count(*) FROM gone
)sql"};

// LATERAL with a LIMIT: one index lookup for each key, as with the rows of users.
const Statement kLoadCatalogItems = {"load_catalog_items", R"sql(
SELECT k.position, i.fields
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k(workspace, catalog_id, item_id, position)
CROSS JOIN LATERAL (
  SELECT fields FROM catalog_items i
  WHERE i.workspace = k.workspace AND i.catalog_id = k.catalog_id AND i.item_id = k.item_id
  LIMIT 1) i
)sql"};

// Answers as kInsertCatalog.
const Statement kInsertContentBlock = {"insert_content_block", R"sql(
WITH known AS (
  SELECT FROM content_blocks WHERE workspace = $1::text AND content_block_id = $2::text
), room AS (
  SELECT WHERE (SELECT count(*) FROM content_blocks WHERE workspace = $1::text) < $8::bigint
), put AS (
  INSERT INTO content_blocks (workspace, content_block_id, revision, display_name, content, create_time, update_time)
  SELECT $1::text, $2::text, $3::bigint, $4::text, $5::text, $6::bigint, $7::bigint FROM room
  ON CONFLICT DO NOTHING RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put), EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM room)
)sql"};

// This and the next answer whether they did it.
const Statement kReplaceContentBlock = {"replace_content_block", R"sql(
WITH put AS (
  UPDATE content_blocks SET revision = $3::bigint, display_name = $4::text, content = $5::text,
         create_time = $6::bigint, update_time = $7::bigint
  WHERE workspace = $1::text AND content_block_id = $2::text AND revision = $3::bigint - 1 RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put)
)sql"};

// $3 = 0: at any revision.
const Statement kDeleteContentBlock = {"delete_content_block", R"sql(
WITH gone AS (
  DELETE FROM content_blocks
  WHERE workspace = $1::text AND content_block_id = $2::text AND ($3::bigint = 0 OR revision = $3::bigint) RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM gone)
)
SELECT EXISTS (SELECT FROM gone)
)sql"};

const Statement kGetContentBlock = {"get_content_block", "SELECT " CADENZA_BLOCK_COLUMNS R"sql( FROM content_blocks
WHERE workspace = $1::text AND content_block_id = $2::text
)sql"};

// $3 = 0: all. $1 = '': all workspaces.
const Statement kListContentBlocks = {"list_content_blocks", "SELECT " CADENZA_BLOCK_COLUMNS R"sql( FROM content_blocks
WHERE ($1::text = '' OR workspace = $1::text) AND content_block_id > $2::text
ORDER BY workspace, content_block_id LIMIT nullif($3::bigint, 0)
)sql"};

}  // namespace cadenza::postgres
