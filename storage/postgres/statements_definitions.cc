// What keeps a change of several kinds of definitions out of the way of others.
#include "storage/postgres/statements.h"

namespace cadenza::postgres {

const Statement kLockWorkspaceSettings = {"lock_workspace_settings", R"sql(
SELECT 1::bigint FROM workspace_settings WHERE workspace = $1::text FOR UPDATE
)sql"};

const Statement kLockContentBlocks = {"lock_content_blocks", R"sql(
SELECT 1::bigint FROM content_blocks WHERE workspace = $1::text AND content_block_id = ANY ($2::text[])
ORDER BY content_block_id FOR UPDATE
)sql"};

const Statement kLockSegments = {"lock_segments", R"sql(
SELECT 1::bigint FROM segments WHERE workspace = $1::text AND segment_id = ANY ($2::text[])
ORDER BY segment_id FOR UPDATE
)sql"};

const Statement kLockCampaigns = {"lock_campaigns", R"sql(
SELECT 1::bigint FROM campaigns WHERE workspace = $1::text AND campaign_id = ANY ($2::text[])
ORDER BY campaign_id FOR UPDATE
)sql"};

}  // namespace cadenza::postgres
