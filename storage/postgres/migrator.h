// Brings a PostgreSQL database to a schema: plain SQL files, NNNN_name.up.sql and NNNN_name.down.sql, each run in one
// transaction under an advisory lock (two migrators never interleave) and recorded in schema_migrations with the
// SHA-256 of its up file.
//
// Blocks; used by the command line and by tests, and for its SchemaCheck by PostgresStore. Nothing throws. A Migrator
// is for one thread at a time.
//
// Errors: UNAVAILABLE (cannot connect, or the connection was lost: run `status`), FAILED_PRECONDITION (the database's
// schema and the files do not fit together: the message says how and what to do), INVALID_ARGUMENT (a bad target, or
// bad files), ABORTED (somebody holds a lock that the migration needs), INTERNAL (the SQL of a migration failed: it was
// rolled back, and the message has PostgreSQL's words).
#ifndef CADENZA_STORAGE_POSTGRES_MIGRATOR_H_
#define CADENZA_STORAGE_POSTGRES_MIGRATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::postgres {

struct Migration {
  int version = 0;  // 1, 2, 3 … without gaps
  std::string name;
  std::string up_sql;
  std::string down_sql;
  std::string checksum;  // SHA-256 of up_sql, lower-case hexadecimal
};

// Those compiled into this program; ascending.
absl::StatusOr<std::vector<Migration>> EmbeddedMigrations();
// Those of a folder; ascending. NOT_FOUND if there is no such folder, INVALID_ARGUMENT if a file's name has no version,
// a version has no up or no down file, or a version is missing.
absl::StatusOr<std::vector<Migration>> ReadMigrations(const std::string& directory);

// One line of `status`: a migration of the files, of the database, or of both.
struct MigrationState {
  enum class Kind {
    kApplied,
    kPending,  // in the files only
    kChanged,  // applied, but the file is another one now
    kUnknown,  // in the database only: a newer program made it
  };
  int version = 0;
  std::string name;
  Kind kind = Kind::kPending;
  absl::Time applied_time = absl::InfinitePast();  // InfinitePast if pending
};
// "applied", "pending", "changed", "unknown".
std::string_view KindName(MigrationState::Kind kind);

// A migration that was run, up or down.
struct MigrationStep {
  int version = 0;
  std::string name;
  absl::Duration took;
};

class Migrator {
 public:
  // `connection_string` as libpq has it: a URI or key=value pairs. Connects at the first call that needs it.
  Migrator(std::string connection_string, std::vector<Migration> migrations);
  ~Migrator();

  // Runs what is pending, up to and with version `target` (all, if absent). Refuses if what is applied was changed or
  // is unknown.
  absl::StatusOr<std::vector<MigrationStep>> Up(std::optional<int> target = std::nullopt);
  // Undoes the last `count` that are applied, newest first. Data goes with it.
  absl::StatusOr<std::vector<MigrationStep>> Down(int count);
  // Ascending by version.
  absl::StatusOr<std::vector<MigrationState>> Status();
  // OK if every applied migration is in the files and unchanged (pending ones are no error); FAILED_PRECONDITION names
  // those that are not.
  absl::Status Verify();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What a server asks before it serves: OK if exactly `migrations` are applied, unchanged. FAILED_PRECONDITION says what
// differs, and the command to run.
absl::Status SchemaCheck(const std::vector<Migration>& migrations, const std::vector<MigrationState>& states);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_MIGRATOR_H_
