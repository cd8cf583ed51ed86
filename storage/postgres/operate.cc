#include <vector>

#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/migrator.h"
#include "storage/postgres/schema.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

constexpr int64_t kPiece = 5000;  // rows that one DELETE takes

}  // namespace

absl::Status PostgresStore::CheckReady() {
  const Deadline deadline = NewDeadline();
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
  CADENZA_ASSIGN_OR_RETURN(std::vector<Migration> migrations, EmbeddedMigrations());
  CADENZA_ASSIGN_OR_RETURN(std::vector<AppliedMigration> applied, ReadApplied(*connection, deadline));
  CADENZA_RETURN_IF_ERROR(SchemaCheck(migrations, CompareSchema(migrations, applied)));
  CADENZA_ASSIGN_OR_RETURN(Rows settings, connection->Run(kStoreSettings, Params(), deadline, OnLoss::kNothingChanged));
  if (settings.size() != 1 || settings.Int(0, 0) != kShards) {
    return absl::FailedPreconditionError(
        StrCat("the database was not made for ", kShards, " shards, which this program has: use another database"));
  }
  return CheckDurability(*connection, deadline);
}

absl::Status PostgresStore::CheckDurability(Connection& connection, Deadline deadline) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, connection.Run(kServerSettings, Params(), deadline, OnLoss::kNothingChanged));
  if (rows.Bool(0, 3)) {
    return absl::FailedPreconditionError("this PostgreSQL is a standby, which cannot write: connect to the primary");
  }
  if (rows.Bytes(0, 4) != "UTF8") {
    return absl::FailedPreconditionError("the database's encoding is not UTF8: make it with ENCODING 'UTF8'");
  }
  if (options_.allow_unsafe_durability) return absl::OkStatus();
  static constexpr const char* kSettings[] = {"fsync", "full_page_writes", "synchronous_commit"};
  for (int i = 0; i < 3; ++i) {
    if (rows.Bytes(0, i) != "off") continue;
    return absl::FailedPreconditionError(StrCat("PostgreSQL runs with ", kSettings[i],
                                                " = off, so it could lose what was acked: set it to on in "
                                                "postgresql.conf and reload, or start with "
                                                "--unsafe-allow-non-durable-database"));
  }
  return absl::OkStatus();
}

absl::Status PostgresStore::Probe() { return Run(kBeat, Params().Text(options_.process_name)).status(); }

absl::Status PostgresStore::Maintain() {
  CADENZA_RETURN_IF_ERROR(Run(kMakePartitions, Params().Int(options_.partitions_ahead_days)).status());
  if (auto dropped = Run(kDropPartitions, Params().Int(options_.event_retention_days)); !dropped.ok()) {
    // Somebody reads the events at this moment; there will be a next time.
    if (!absl::IsAborted(dropped.status())) return dropped.status();
    log::Info("old partitions are in use: not dropped this time");
  }
  CADENZA_RETURN_IF_ERROR(Drop(kDropMessages, absl::ToInt64Microseconds(options_.message_retention)));
  if (options_.event_retention_days > 0) {
    CADENZA_RETURN_IF_ERROR(Drop(kDropJournalCommits, options_.event_retention_days));
  }
  return Run(kDropHeartbeats, Params()).status();
}

absl::Status PostgresStore::Drop(const Statement& statement, int64_t bound) {
  const Deadline deadline = NewDeadline();
  while (std::chrono::steady_clock::now() < deadline) {
    const Deadline call_deadline = NewDeadline();
    CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(call_deadline));
    const Params none;
    const Params params = Params().Int(bound).Int(kPiece);
    CADENZA_ASSIGN_OR_RETURN(
        std::vector<Rows> answers,
        connection->RunAll({{&kAllowBitmaps, &none}, {&statement, &params}}, call_deadline, OnLoss::kNothingChanged));
    if (answers[1].Int(0, 0) < kPiece) break;
  }
  return absl::OkStatus();
}

std::string PostgresStore::Describe() { return StrCat("postgres (schema ", SchemaVersion(), ")"); }

}  // namespace cadenza::postgres
