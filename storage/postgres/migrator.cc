#include "storage/postgres/migrator.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/schema.h"

namespace cadenza::postgres {
namespace {

constexpr absl::Duration kConnectLimit = absl::Seconds(10);
constexpr absl::Duration kReadLimit = absl::Seconds(30);
// A migration may rewrite tables.
constexpr absl::Duration kRunLimit = absl::Hours(1);

// A migration that waits for a lock holds up all who come after it: better to give up, and be run again.
constexpr char kSession[] =
    "SET search_path = public; SET client_encoding = 'UTF8'; SET lock_timeout = '5s'; SET statement_timeout = 0;"
    "SET idle_in_transaction_session_timeout = '60s'; SET application_name = 'cadenza migrate'";

// The lock is the transaction's. CREATE TABLE IF NOT EXISTS is safe under it.
constexpr char kBegin[] =
    "BEGIN; SELECT pg_advisory_xact_lock(hashtext('cadenza'), hashtext('migrations'));"
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "  version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    "  applied_time timestamptz NOT NULL DEFAULT now())";

absl::Status NotOurs(const std::vector<MigrationState>& states) {
  for (const MigrationState& state : states) {
    if (state.kind == MigrationState::Kind::kChanged) {
      return absl::FailedPreconditionError(
          StrCat("migration ", state.version, " (", state.name,
                 ") was changed after it was applied: put the file back, and write a new migration"));
    }
    if (state.kind == MigrationState::Kind::kUnknown) {
      return absl::FailedPreconditionError(StrCat("the database has migration ", state.version, " (", state.name,
                                                  "), which is not among the files: use the newer program"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

class Migrator::Impl {
 public:
  Impl(std::string connection_string, std::vector<Migration> migrations)
      : connection_string_(std::move(connection_string)), migrations_(std::move(migrations)) {}

  absl::StatusOr<std::vector<MigrationStep>> Up(std::optional<int> target) {
    const int last = target.value_or(static_cast<int>(migrations_.size()));
    if (last < 1 || last > static_cast<int>(migrations_.size())) {
      return absl::InvalidArgumentError(
          StrCat("there is no migration ", last, ": the last one is ", migrations_.size()));
    }
    return RunAll([last](const std::vector<MigrationState>& states) {
      auto next = std::find_if(states.begin(), states.end(), [](const MigrationState& state) {
        return state.kind == MigrationState::Kind::kPending;
      });
      return next == states.end() || next->version > last ? 0 : next->version;
    });
  }

  absl::StatusOr<std::vector<MigrationStep>> Down(int count) {
    if (count < 1) return absl::InvalidArgumentError("the number of migrations to undo must be at least 1");
    return RunAll([count](const std::vector<MigrationState>& states) mutable {
      if (count-- == 0) return 0;
      auto last = std::find_if(states.rbegin(), states.rend(), [](const MigrationState& state) {
        return state.kind == MigrationState::Kind::kApplied;
      });
      return last == states.rend() ? 0 : -last->version;
    });
  }

  absl::StatusOr<std::vector<MigrationState>> Status() {
    CADENZA_RETURN_IF_ERROR(Connect());
    CADENZA_ASSIGN_OR_RETURN(auto applied, ReadApplied(*connection_, DeadlineAfter(kReadLimit)));
    return CompareSchema(migrations_, applied);
  }

 private:
  // Says what comes next: a version to run, minus a version to undo, or 0 for the end.
  using Chooser = std::function<int(const std::vector<MigrationState>&)>;

  absl::Status Connect() {
    if (connection_ != nullptr && connection_->IsIdle()) return absl::OkStatus();
    CADENZA_ASSIGN_OR_RETURN(connection_, Connection::Open(connection_string_, DeadlineAfter(kConnectLimit)));
    return connection_->Script(kSession, DeadlineAfter(kConnectLimit), OnLoss::kNothingChanged);
  }

  absl::StatusOr<std::vector<MigrationStep>> RunAll(Chooser choose) {
    std::vector<MigrationStep> steps;
    while (true) {
      CADENZA_ASSIGN_OR_RETURN(std::optional<MigrationStep> step, RunNext(choose));
      if (!step.has_value()) return steps;
      steps.push_back(*std::move(step));
    }
  }

  // One transaction: looks at what is applied, chooses, runs. An error leaves the transaction open, and the connection
  // is then not used again.
  absl::StatusOr<std::optional<MigrationStep>> RunNext(Chooser& choose) {
    CADENZA_RETURN_IF_ERROR(Connect());
    const auto start = std::chrono::steady_clock::now();
    const Deadline deadline = DeadlineAfter(kRunLimit);
    CADENZA_RETURN_IF_ERROR(connection_->Script(kBegin, deadline, OnLoss::kNothingChanged));
    CADENZA_ASSIGN_OR_RETURN(auto applied, ReadApplied(*connection_, deadline));
    const std::vector<MigrationState> states = CompareSchema(migrations_, applied);
    CADENZA_RETURN_IF_ERROR(NotOurs(states));
    const int chosen = choose(states);
    if (chosen == 0) {
      CADENZA_RETURN_IF_ERROR(connection_->Script("COMMIT", deadline, OnLoss::kNothingChanged));
      return std::nullopt;
    }
    const Migration& migration = migrations_[std::abs(chosen) - 1];
    CADENZA_RETURN_IF_ERROR(RunMigration(migration, chosen > 0, deadline));
    // UNAVAILABLE rather than UNKNOWN: whoever asks again is told by schema_migrations.
    CADENZA_RETURN_IF_ERROR(connection_->Script("COMMIT", deadline, OnLoss::kNothingChanged));
    return MigrationStep{migration.version, migration.name, absl::FromChrono(std::chrono::steady_clock::now() - start)};
  }

  absl::Status RunMigration(const Migration& migration, bool up, Deadline deadline) {
    absl::Status ran =
        connection_->Script(up ? migration.up_sql : migration.down_sql, deadline, OnLoss::kNothingChanged);
    if (!ran.ok()) {
      const bool passing = absl::IsUnavailable(ran) || absl::IsAborted(ran);
      return absl::Status(passing ? ran.code() : absl::StatusCode::kInternal,
                          StrCat("migration ", migration.version, " (", migration.name,
                                 up ? ") up: " : ") down: ", Std(ran.message())));
    }
    Params params;
    params.Int(migration.version);
    if (up) params.Text(migration.name).Text(migration.checksum);
    return connection_->Run(up ? kRecordMigration : kForgetMigration, params, deadline, OnLoss::kNothingChanged)
        .status();
  }

  const std::string connection_string_;
  const std::vector<Migration> migrations_;
  std::unique_ptr<Connection> connection_;
};

Migrator::Migrator(std::string connection_string, std::vector<Migration> migrations)
    : impl_(std::make_unique<Impl>(std::move(connection_string), std::move(migrations))) {}

Migrator::~Migrator() = default;

absl::StatusOr<std::vector<MigrationStep>> Migrator::Up(std::optional<int> target) { return impl_->Up(target); }

absl::StatusOr<std::vector<MigrationStep>> Migrator::Down(int count) { return impl_->Down(count); }

absl::StatusOr<std::vector<MigrationState>> Migrator::Status() { return impl_->Status(); }

absl::Status Migrator::Verify() {
  CADENZA_ASSIGN_OR_RETURN(std::vector<MigrationState> states, Status());
  return NotOurs(states);
}

}  // namespace cadenza::postgres
