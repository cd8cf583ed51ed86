// What a database says about its schema, and how that compares with a set of migrations.
#ifndef CADENZA_STORAGE_POSTGRES_SCHEMA_H_
#define CADENZA_STORAGE_POSTGRES_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/migrator.h"

namespace cadenza::postgres {

// A row of schema_migrations.
struct AppliedMigration {
  int version = 0;
  std::string name;
  std::string checksum;
  absl::Time applied_time;
};

// Ascending; none if the database has no schema_migrations.
absl::StatusOr<std::vector<AppliedMigration>> ReadApplied(Connection& connection, Deadline deadline);

// Ascending by version. Pure.
std::vector<MigrationState> CompareSchema(const std::vector<Migration>& migrations,
                                          const std::vector<AppliedMigration>& applied);

// The schema that this program knows: the version of its last embedded migration.
int SchemaVersion();

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_SCHEMA_H_
