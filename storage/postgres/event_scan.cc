// The scan of a workspace's inputs: a cursor in a transaction of its own, on a connection of its own.
//
// PostgreSQL sorts them on disk (work_mem is small, and other sessions' caches stay theirs), so memory is bounded on
// both sides however many there are. Nobody waits for it: it takes no lock that a writer wants, and only the dropping
// of old partitions is put off. The snapshot keeps dead rows from being cleaned away for as long as the scan takes.
#include <cmath>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {

// The settings of the store's other sessions are for lookups by key; this one reads everything.
const Statement kSetUpScan = {"set_up_scan", R"sql(
SELECT set_config(name, setting, false)
FROM (VALUES ('search_path', 'public'),
             ('client_encoding', 'UTF8'),
             ('default_transaction_read_only', 'on'),
             ('statement_timeout', '0'),
             ('idle_in_transaction_session_timeout', '0'),
             ('client_connection_check_interval', '1s'),
             ('application_name', left($1::text, 63)),
             ('plan_cache_mode', 'force_custom_plan'),
             ('jit', 'off'),
             ('work_mem', '32MB'),
             ('max_parallel_workers_per_gather', '0'),
             ('cursor_tuple_fraction', '1')) AS session(name, setting)
)sql"};

const Statement kBeginScan = {"begin_scan", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};

// $3 is kScannedDecisionBytes. A hash first: most comparisons of the sort end with a number, and its place among all
// numbers says how far the scan is.
const Statement kDeclareScan = {"declare_scan", R"sql(
DECLARE scan NO SCROLL CURSOR FOR
SELECT hashtextextended(coalesce(m.merged_into, e.user_key), 0) AS place, e.user_key, m.merged_into, e.user_seq, e.event_time,
       e.receive_time, e.body, substring(e.decisions FROM 1 FOR $3::bigint::integer)
FROM events e
LEFT JOIN (SELECT user_key, merged_into FROM profiles WHERE workspace = $1::text AND merged_into <> '') AS m
       ON m.user_key = e.user_key
WHERE e.workspace = $1::text AND (e.receive_time < $2::bigint OR e.event_time < $2::bigint)
ORDER BY place, coalesce(m.merged_into, e.user_key), m.merged_into IS NULL, e.user_key, e.user_seq
)sql"};

// FETCH takes no parameter: a stretch is as long as this.
const Statement kFetchScan = {"fetch_scan", "FETCH FORWARD 4000 FROM scan"};

namespace {

// Longer than any sort of what one machine holds; a server that is gone is noticed by its connection.
constexpr absl::Duration kPatience = absl::Hours(24);

class PostgresScan : public EventScan {
 public:
  PostgresScan(const Options& options, ScanRequest request) : options_(options), request_(std::move(request)) {}

  absl::StatusOr<std::unique_ptr<EventStretch>> Next() override {
    if (connection_ == nullptr) CADENZA_RETURN_IF_ERROR(Begin());
    CADENZA_ASSIGN_OR_RETURN(Rows fetched, Run(kFetchScan, Params(), DeadlineAfter(kPatience)));
    if (fetched.size() == 0) return nullptr;
    auto rows = std::make_shared<const Rows>(std::move(fetched));
    auto stretch = std::make_unique<EventStretch>();
    stretch->events.reserve(static_cast<size_t>(rows->size()));
    for (int i = 0; i < rows->size(); ++i) {
      const std::string_view user = rows->Bytes(i, 1);
      const std::string_view merged_into = rows->Bytes(i, 2);
      stretch->events.push_back({user, merged_into.empty() ? user : merged_into, rows->Int(i, 0), rows->Int(i, 3),
                                 FromMicros(rows->Int(i, 4)), FromMicros(rows->Int(i, 5)), rows->Bytes(i, 6),
                                 rows->Bytes(i, 7)});
    }
    stretch->done = std::ldexp(static_cast<double>(stretch->events.back().group), -64) + 0.5;
    stretch->owner = std::move(rows);
    return stretch;
  }

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, Deadline deadline) {
    return connection_->Run(statement, params, deadline, OnLoss::kNothingChanged);
  }

  absl::Status Begin() {
    const Deadline deadline = DeadlineAfter(options_.deadline);
    CADENZA_ASSIGN_OR_RETURN(connection_, Connection::Open(options_.connection_string, deadline));
    CADENZA_RETURN_IF_ERROR(Run(kSetUpScan, Params().Text(options_.process_name), deadline).status());
    CADENZA_RETURN_IF_ERROR(Run(kBeginScan, Params(), deadline).status());
    Params params;
    params.Text(request_.workspace).Int(ToMicros(request_.to)).Int(kScannedDecisionBytes);
    return Run(kDeclareScan, params, deadline).status();
  }

  const Options& options_;
  const ScanRequest request_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventScan>> PostgresStore::ScanEvents(const ScanRequest& request) {
  return std::make_unique<PostgresScan>(options_, request);
}

}  // namespace cadenza::postgres
