// The scan of a workspace's inputs: on a connection of its own, in one snapshot, day by day and piece by piece.
//
// PostgreSQL has little to do: it reads each partition from its beginning to its end (large ones through a small ring
// of buffers, so that other sessions' stay) and hands the rows out as they lie. The order is made here
// (event_sorter.h), by whoever runs the scan and at his priority. Between pieces it rests while others write
// (scan_pace.h). Nobody waits for it: it takes no lock that a writer wants, and only the dropping of old partitions is
// put off. The snapshot, which keeps dead rows from being cleaned away, ends with the reading.
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/event_sorter.h"
#include "storage/postgres/scan_pace.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {

// The settings of the store's other sessions are for lookups by key; this one reads everything, and in any other order
// than that of the pages it would read them many times.
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
             ('enable_indexscan', 'off'),
             ('enable_indexonlyscan', 'off'),
             ('enable_bitmapscan', 'off'),
             ('synchronize_seqscans', 'off'),
             ('max_parallel_workers_per_gather', '0'),
             ('cursor_tuple_fraction', '1')) AS session(name, setting)
)sql"};

const Statement kBeginScan = {"begin_scan", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};

const Statement kScanMerged = {"scan_merged", R"sql(
SELECT user_key, merged_into FROM profiles WHERE workspace = $1::text AND merged_into <> ''
)sql"};

// The partitions: their day (since 1970) and how many pages they have.
const Statement kScanDays = {"scan_days", R"sql(
SELECT (to_date(right(c.relname::text, 8), 'YYYYMMDD') - date '1970-01-01')::bigint,
       (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::bigint
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'events'::regclass
ORDER BY 1
)sql"};

// $4 is kScannedDecisionBytes. The place of the row says how far the scan is.
const Statement kDeclareScan = {"declare_scan", R"sql(
DECLARE scan NO SCROLL CURSOR FOR
SELECT user_key, user_seq, event_time, receive_time, body, substring(decisions FROM 1 FOR $4::bigint::integer), ctid
FROM events
WHERE received_day = date '1970-01-01' + $3::bigint::integer
  AND workspace = $1::text AND (receive_time < $2::bigint OR event_time < $2::bigint)
)sql"};

// FETCH takes no parameter: a piece is as long as this.
const Statement kFetchScan = {"fetch_scan", "FETCH FORWARD 4000 FROM scan"};
const Statement kCloseScan = {"close_scan", "CLOSE scan"};

// A standby takes no writes.
const Statement kLogEnd = {"log_end", R"sql(
SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint END
)sql"};

namespace {

constexpr int kPieceRows = 4000;
// Longer than the reading of a workspace's few rows among those of others; a server that is gone is noticed by its
// connection.
constexpr absl::Duration kPatience = absl::Hours(24);

// The page of a row: the first four bytes of a tid.
int64_t PageOf(std::string_view tid) {
  int64_t page = 0;
  for (const char byte : tid.substr(0, 4)) page = page << 8 | static_cast<unsigned char>(byte);
  return page;
}

class PostgresScan : public EventScan {
 public:
  PostgresScan(const Options& options, ScanRequest request) : options_(options), request_(std::move(request)) {}

  absl::StatusOr<std::unique_ptr<EventStretch>> Next() override {
    if (!is_read_) CADENZA_RETURN_IF_ERROR(ReadAll());
    is_read_ = true;
    return sorter_.Next();
  }

 private:
  struct Day {
    int64_t day;
    int64_t pages;
  };

  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, Deadline deadline) {
    return connection_->Run(statement, params, deadline, OnLoss::kNothingChanged);
  }

  absl::Status ReadAll() {
    CADENZA_RETURN_IF_ERROR(Begin());
    CADENZA_RETURN_IF_ERROR(ReadMerged());
    CADENZA_ASSIGN_OR_RETURN(const Rows days, Run(kScanDays, Params(), DeadlineAfter(options_.deadline)));
    for (int i = 0; i < days.size(); ++i) pages_ += days.Int(i, 1);
    for (int i = 0; i < days.size(); ++i) CADENZA_RETURN_IF_ERROR(ReadDay({days.Int(i, 0), days.Int(i, 1)}));
    connection_.reset();
    merged_.clear();
    return sorter_.Finish();
  }

  absl::Status Begin() {
    const Deadline deadline = DeadlineAfter(options_.deadline);
    CADENZA_ASSIGN_OR_RETURN(connection_, Connection::Open(options_.connection_string, deadline));
    CADENZA_RETURN_IF_ERROR(Run(kSetUpScan, Params().Text(options_.process_name), deadline).status());
    return Run(kBeginScan, Params(), deadline).status();
  }

  absl::Status ReadMerged() {
    const absl::Time begin = absl::Now();
    CADENZA_ASSIGN_OR_RETURN(const Rows rows,
                             Run(kScanMerged, Params().Text(request_.workspace), DeadlineAfter(kPatience)));
    const absl::Duration worked = absl::Now() - begin;
    for (int i = 0; i < rows.size(); ++i) merged_.emplace(rows.String(i, 0), rows.String(i, 1));
    return Rest(begin, worked);
  }

  absl::Status ReadDay(const Day& day) {
    Params params;
    params.Text(request_.workspace).Int(ToMicros(request_.to)).Int(day.day).Int(kScannedDecisionBytes);
    CADENZA_RETURN_IF_ERROR(Run(kDeclareScan, params, DeadlineAfter(options_.deadline)).status());
    while (true) {
      const absl::Time begin = absl::Now();
      CADENZA_ASSIGN_OR_RETURN(const Rows rows, Run(kFetchScan, Params(), DeadlineAfter(kPatience)));
      const absl::Duration worked = absl::Now() - begin;
      for (int i = 0; i < rows.size(); ++i) CADENZA_RETURN_IF_ERROR(Add(rows, i));
      inputs_ += rows.size();
      const bool at_end = rows.size() < kPieceRows;
      Tell(at_end ? day.pages : PageOf(rows.Bytes(rows.size() - 1, 6)));
      CADENZA_RETURN_IF_ERROR(Rest(begin, worked));
      if (at_end) break;
    }
    pages_read_ += day.pages;
    return Run(kCloseScan, Params(), DeadlineAfter(options_.deadline)).status();
  }

  absl::Status Add(const Rows& rows, int row) {
    const std::string_view user = rows.Bytes(row, 0);
    const auto merged = merged_.find(user);
    return sorter_.Add({.user_key = user,
                        .owner_key = merged == merged_.end() ? user : std::string_view(merged->second),
                        .user_seq = rows.Int(row, 1),
                        .time = FromMicros(rows.Int(row, 2)),
                        .receive_time = FromMicros(rows.Int(row, 3)),
                        .body = rows.Bytes(row, 4),
                        .decisions = rows.Bytes(row, 5)});
  }

  void Tell(int64_t pages_of_day) const {
    if (!request_.on_read || pages_ == 0) return;
    request_.on_read(static_cast<double>(pages_read_ + pages_of_day) / static_cast<double>(pages_), inputs_);
  }

  absl::Status Rest(absl::Time begin, absl::Duration worked) {
    if (!request_.gentle) return absl::OkStatus();
    if (const absl::Time now = absl::Now(); pace_.WantsLook(now)) {
      CADENZA_ASSIGN_OR_RETURN(const Rows end, Run(kLogEnd, Params(), DeadlineAfter(options_.deadline)));
      pace_.OnLook(now, end.Int(0, 0));
    }
    absl::SleepFor(pace_.Rest(worked, absl::Now() - begin));
    return absl::OkStatus();
  }

  const Options& options_;
  const ScanRequest request_;
  std::unique_ptr<Connection> connection_;
  StringMap<std::string> merged_;  // user_key to that of the user whom he leads to
  int64_t pages_ = 0;
  int64_t pages_read_ = 0;  // of days that are done
  int64_t inputs_ = 0;
  bool is_read_ = false;
  ScanPace pace_;
  EventSorter sorter_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventScan>> PostgresStore::ScanEvents(const ScanRequest& request) {
  return std::make_unique<PostgresScan>(options_, request);
}

}  // namespace cadenza::postgres
