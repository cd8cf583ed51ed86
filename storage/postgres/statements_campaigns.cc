#include "storage/postgres/statements.h"

namespace cadenza::postgres {

#define CADENZA_CAMPAIGN_COLUMNS "workspace, campaign_id, revision, state, create_time, update_time, definition, author"

// $3 = 0: all. $4: the state that is left out, or -1. $1 = '': all workspaces.
const Statement kListCampaigns = {"list_campaigns", "SELECT " CADENZA_CAMPAIGN_COLUMNS R"sql( FROM campaigns
WHERE ($1::text = '' OR workspace = $1::text) AND campaign_id > $2::text AND state <> $4::bigint
ORDER BY workspace, campaign_id LIMIT nullif($3::bigint, 0)
)sql"};

const Statement kGetCampaign = {"get_campaign", "SELECT " CADENZA_CAMPAIGN_COLUMNS R"sql( FROM campaigns
WHERE workspace = $1::text AND campaign_id = $2::text
)sql"};

// Answers the positions of those that were put. Only if they are all, versions are kept and the rule set's revision is
// raised; if not, the caller rolls back.
const Statement kPutCampaigns = {"put_campaigns", R"sql(
WITH given AS MATERIALIZED (
  SELECT generate_subscripts($1::text[], 1) AS position, unnest($1::text[]) AS workspace,
         unnest($2::text[]) AS campaign_id, unnest($3::bigint[]) AS revision, unnest($4::smallint[]) AS state,
         unnest($5::bigint[]) AS create_time, unnest($6::bigint[]) AS update_time, unnest($7::bytea[]) AS definition,
         unnest($8::text[]) AS author
), inserted AS (
  INSERT INTO campaigns ()sql" CADENZA_CAMPAIGN_COLUMNS R"sql()
  SELECT )sql" CADENZA_CAMPAIGN_COLUMNS R"sql( FROM given WHERE revision = 1
  ON CONFLICT DO NOTHING RETURNING workspace, campaign_id
), updated AS (
  UPDATE campaigns c SET revision = g.revision, state = g.state, create_time = g.create_time,
         update_time = g.update_time, definition = g.definition, author = g.author
  FROM given g
  WHERE c.workspace = g.workspace AND c.campaign_id = g.campaign_id AND g.revision > 1
    AND c.revision = g.revision - 1
  RETURNING g.position
), put AS MATERIALIZED (
  SELECT position FROM updated
  UNION ALL
  SELECT position FROM given
  WHERE revision = 1 AND ((workspace, campaign_id) IN (SELECT workspace, campaign_id FROM inserted)) IS TRUE
), versions AS (
  INSERT INTO campaign_versions ()sql" CADENZA_CAMPAIGN_COLUMNS R"sql()
  SELECT )sql" CADENZA_CAMPAIGN_COLUMNS R"sql( FROM given
  WHERE (SELECT count(*) FROM put) = cardinality($1::text[])
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE (SELECT count(*) FROM put) = cardinality($1::text[])
)
SELECT position::bigint FROM put
)sql"};

const Statement kListCampaignVersions = {"list_campaign_versions",
                                         "SELECT " CADENZA_CAMPAIGN_COLUMNS R"sql( FROM campaign_versions
WHERE workspace = $1::text AND campaign_id = $2::text AND revision < $3::bigint
ORDER BY revision DESC LIMIT $4::bigint
)sql"};

const Statement kGetCampaignVersion = {"get_campaign_version",
                                       "SELECT " CADENZA_CAMPAIGN_COLUMNS R"sql( FROM campaign_versions
WHERE workspace = $1::text AND campaign_id = $2::text AND revision = $3::bigint
)sql"};

// --- settings of workspaces, and delivery rates ---

const Statement kListWorkspaceSettings = {"list_workspace_settings", R"sql(
SELECT workspace, revision, definition FROM workspace_settings ORDER BY workspace
)sql"};

const Statement kGetWorkspaceSettings = {"get_workspace_settings", R"sql(
SELECT workspace, revision, definition FROM workspace_settings WHERE workspace = $1::text
)sql"};

// Both raise the rule set's revision if they did something, and answer whether they did.
const Statement kInsertWorkspaceSettings = {"insert_workspace_settings", R"sql(
WITH put AS (
  INSERT INTO workspace_settings (workspace, revision, definition) VALUES ($1::text, $2::bigint, $3::bytea)
  ON CONFLICT DO NOTHING RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put)
)sql"};

const Statement kReplaceWorkspaceSettings = {"replace_workspace_settings", R"sql(
WITH put AS (
  UPDATE workspace_settings SET revision = $2::bigint, definition = $3::bytea
  WHERE workspace = $1::text AND revision = $2::bigint - 1 RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put)
)sql"};

// One row for each bound, in order.
const Statement kReadDeliveryRate = {"read_delivery_rate", R"sql(
SELECT revision, unnest(bounds) FROM delivery_rates WHERE workspace = $1::text AND campaign_id = $2::text
)sql"};

// Both answer whether they did something.
const Statement kInsertDeliveryRate = {"insert_delivery_rate", R"sql(
WITH put AS (
  INSERT INTO delivery_rates (workspace, campaign_id, revision, bounds)
  VALUES ($1::text, $2::text, $3::bigint, $4::bigint[])
  ON CONFLICT DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT FROM put)
)sql"};

const Statement kReplaceDeliveryRate = {"replace_delivery_rate", R"sql(
WITH put AS (
  UPDATE delivery_rates SET revision = $3::bigint, bounds = $4::bigint[]
  WHERE workspace = $1::text AND campaign_id = $2::text AND revision = $3::bigint - 1 RETURNING 1
)
SELECT EXISTS (SELECT FROM put)
)sql"};

}  // namespace cadenza::postgres
