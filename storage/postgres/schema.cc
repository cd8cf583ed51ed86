#include "storage/postgres/schema.h"

#include <map>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {

absl::StatusOr<std::vector<AppliedMigration>> ReadApplied(Connection& connection, Deadline deadline) {
  CADENZA_ASSIGN_OR_RETURN(Rows has, connection.Run(kHasMigrations, Params(), deadline, OnLoss::kNothingChanged));
  std::vector<AppliedMigration> applied;
  if (has.size() != 1 || !has.Bool(0, 0)) return applied;
  CADENZA_ASSIGN_OR_RETURN(Rows rows, connection.Run(kAppliedMigrations, Params(), deadline, OnLoss::kNothingChanged));
  for (int i = 0; i < rows.size(); ++i) {
    applied.push_back(
        {static_cast<int>(rows.Int(i, 0)), rows.String(i, 1), rows.String(i, 2), FromMicros(rows.Int(i, 3))});
  }
  return applied;
}

std::vector<MigrationState> CompareSchema(const std::vector<Migration>& migrations,
                                          const std::vector<AppliedMigration>& applied) {
  using Kind = MigrationState::Kind;
  std::map<int, MigrationState> states;
  std::map<int, const Migration*> known;
  for (const Migration& migration : migrations) {
    known[migration.version] = &migration;
    states[migration.version] = {migration.version, migration.name, Kind::kPending, absl::InfinitePast()};
  }
  for (const AppliedMigration& row : applied) {
    auto it = known.find(row.version);
    Kind kind = Kind::kUnknown;
    if (it != known.end()) {
      const bool same = it->second->checksum == row.checksum && it->second->name == row.name;
      kind = same ? Kind::kApplied : Kind::kChanged;
    }
    states[row.version] = {row.version, row.name, kind, row.applied_time};
  }
  std::vector<MigrationState> list;
  for (auto& [version, state] : states) list.push_back(std::move(state));
  return list;
}

std::string_view KindName(MigrationState::Kind kind) {
  switch (kind) {
    case MigrationState::Kind::kApplied:
      return "applied";
    case MigrationState::Kind::kPending:
      return "pending";
    case MigrationState::Kind::kChanged:
      return "changed";
    case MigrationState::Kind::kUnknown:
      return "unknown";
  }
  return "";
}

absl::Status SchemaCheck(const std::vector<Migration>& migrations, const std::vector<MigrationState>& states) {
  const int version = migrations.empty() ? 0 : migrations.back().version;
  int pending = 0;
  for (const MigrationState& state : states) {
    switch (state.kind) {
      case MigrationState::Kind::kApplied:
        break;
      case MigrationState::Kind::kPending:
        ++pending;
        break;
      case MigrationState::Kind::kChanged:
        return absl::FailedPreconditionError(
            StrCat("the database's migration ", state.version, " (", state.name,
                   ") is not the one that this program knows: run `cadenza migrate verify --database ...`"));
      case MigrationState::Kind::kUnknown:
        return absl::FailedPreconditionError(
            StrCat("the database has migration ", state.version, " (", state.name, "), which this program (schema ",
                   version, ") does not know: start a newer one, or run `cadenza migrate status --database ...`"));
    }
  }
  if (pending == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat("the database lacks ", pending,
                                              pending == 1 ? " migration" : " migrations", " of schema ", version,
                                              ": run `cadenza migrate up --database ...`"));
}

int SchemaVersion() {
  auto migrations = EmbeddedMigrations();
  return migrations.ok() && !migrations->empty() ? migrations->back().version : 0;
}

}  // namespace cadenza::postgres
