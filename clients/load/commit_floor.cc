#include "clients/load/commit_floor.h"

#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "clients/load/percentile.h"
#include "storage/base/status_macros.h"
#include "storage/postgres/connection.h"

namespace cadenza::load {
namespace {

using postgres::Connection;
using postgres::OnLoss;

constexpr absl::Duration kDeadline = absl::Seconds(10);

const postgres::Statement kCommitOne = {"commit_floor", R"sql(
INSERT INTO commit_floor (id, note) VALUES ($1::bigint, $2::text)
)sql"};

absl::Status Script(Connection& connection, const char* sql) {
  return connection.Script(sql, postgres::DeadlineAfter(kDeadline), OnLoss::kNothingChanged);
}

}  // namespace

absl::StatusOr<CommitFloorResult> RunCommitFloor(const CommitFloorOptions& options) {
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(options.database, postgres::DeadlineAfter(kDeadline)));
  CADENZA_RETURN_IF_ERROR(Script(*connection,
                                 "SET synchronous_commit = on; DROP TABLE IF EXISTS commit_floor;"
                                 "CREATE TABLE commit_floor (id bigint PRIMARY KEY, note text NOT NULL)"));
  const int64_t warm_up = options.commits / 10;
  const absl::Duration step =
      options.commits_per_second > 0 ? absl::Seconds(1) / options.commits_per_second : absl::ZeroDuration();
  std::vector<absl::Duration> took;
  took.reserve(options.commits);
  const absl::Time begin = absl::Now();
  absl::Time measured = begin;
  for (int64_t i = 0; i < warm_up + options.commits; ++i) {
    if (i == warm_up) measured = absl::Now();
    absl::SleepFor(begin + i * step - absl::Now());
    postgres::Params params;
    params.Int(i).Text("one row, one commit");
    const absl::Time start = absl::Now();
    CADENZA_RETURN_IF_ERROR(
        connection->Run(kCommitOne, params, postgres::DeadlineAfter(kDeadline), OnLoss::kMayHaveChanged).status());
    if (i >= warm_up) took.push_back(absl::Now() - start);
  }
  const absl::Duration all = absl::Now() - measured;
  CADENZA_RETURN_IF_ERROR(Script(*connection, "DROP TABLE commit_floor"));
  return CommitFloorResult{.commits_per_second = static_cast<double>(options.commits) / absl::ToDoubleSeconds(all),
                           .p50 = Percentile(&took, 0.5),
                           .p99 = Percentile(&took, 0.99)};
}

}  // namespace cadenza::load
