// The look-up of stored events, as pieces of SQL: find_events answers which are there, commit_batch whether any is.
// Both must look in the same places, so both are put together from these. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_DEDUPE_SQL_H_
#define CADENZA_STORAGE_POSTGRES_DEDUPE_SQL_H_

// FROM: the days of the dedupe window by the database's clock, with room for that clock to be set back by a day, as
// d.day. The day is computed, not a column, so that a scan of one day touches one partition.
#define CADENZA_DEDUPE_DAYS                                                                                       \
  "(SELECT ((now() - interval '25 hours') AT TIME ZONE 'UTC')::date AS first_day, "                               \
  "        ((now() + interval '25 hours') AT TIME ZONE 'UTC')::date AS last_day OFFSET 0) AS span "               \
  "CROSS JOIN LATERAL (SELECT span.first_day + generate_series(0, span.last_day - span.first_day) AS day OFFSET " \
  "0) AS d"

// WHERE: events e of d.day. The range, though d.day is in it, is what prunes partitions when the plan starts.
#define CADENZA_DEDUPE_OF_DAY                                                        \
  "e.received_day BETWEEN ((now() - interval '25 hours') AT TIME ZONE 'UTC')::date " \
  "AND ((now() + interval '25 hours') AT TIME ZONE 'UTC')::date AND e.received_day = d.day"

// WHERE: event e is the one that r (workspace, named_key, event_id) names; by the index events_id, then by the row.
#define CADENZA_DEDUPE_SAME_EVENT                                                                \
  "e.event_id = r.event_id AND hashtextextended(e.named_key, hashtextextended(e.workspace, 0)) " \
  "= hashtextextended(r.named_key, hashtextextended(r.workspace, 0)) "                           \
  "AND e.named_key = r.named_key AND e.workspace = r.workspace"

#endif  // CADENZA_STORAGE_POSTGRES_DEDUPE_SQL_H_
