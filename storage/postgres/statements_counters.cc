#include "storage/postgres/statements.h"

namespace cadenza::postgres {

const Statement kCounterExtent = {"counter_extent", R"sql(
SELECT min(hour), max(hour) FROM campaign_counters WHERE workspace = $1::text AND campaign_id = $2::text
HAVING count(*) > 0
)sql"};

const Statement kSumCounters = {"sum_counters", R"sql(
SELECT width_bucket(c.hour, $5::bigint[])::bigint, c.variant_id, c.conversion_id, c.currency, place.n::bigint,
       sum(place.value)::text
FROM campaign_counters c CROSS JOIN LATERAL unnest(c.counts) WITH ORDINALITY AS place (value, n)
WHERE c.workspace = $1::text AND c.campaign_id = $2::text AND c.hour >= $3::bigint AND c.hour < $4::bigint
GROUP BY 1, 2, 3, 4, 5
HAVING sum(place.value) <> 0
)sql"};

}  // namespace cadenza::postgres
