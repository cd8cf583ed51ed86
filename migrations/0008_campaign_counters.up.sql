-- What campaigns have counted (docs/statistics.md), by the hour of the inputs' clock. Each lane adds to the rows of its own slot (its journal, modulo
-- 16), in the transaction of what it counts, so that no row is waited for; who reads adds the slots up. The places of `counts`:
-- storage/model/campaign_counter.h.
CREATE TABLE campaign_counters (
  workspace     text     NOT NULL,
  campaign_id   text     NOT NULL,
  hour          bigint   NOT NULL,             -- since the epoch
  variant_id    text     NOT NULL,             -- '' = none
  conversion_id text     NOT NULL,             -- '' = of the campaign itself
  currency      text     NOT NULL,             -- of revenue; else ''
  slot          smallint NOT NULL,
  counts        numeric[] NOT NULL,
  PRIMARY KEY (workspace, campaign_id, hour, variant_id, conversion_id, currency, slot)
) WITH (fillfactor = 60);
