// The files of migrations/ as compiled into this program, in the order of their names (see migrations/CMakeLists.txt).
#ifndef CADENZA_STORAGE_POSTGRES_MIGRATIONS_EMBEDDED_H_
#define CADENZA_STORAGE_POSTGRES_MIGRATIONS_EMBEDDED_H_

#include <cstddef>

namespace cadenza::postgres {

struct EmbeddedMigration {
  const char* file_name;  // "0001_first.up.sql"
  const char* sql;        // all of the file
};

extern const EmbeddedMigration kEmbeddedMigrations[];
extern const size_t kEmbeddedMigrationCount;

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_MIGRATIONS_EMBEDDED_H_
