// The database servers that the benchmark uses: fresh databases, and what PostgreSQL and Redis say of themselves.
#ifndef CADENZA_CLIENTS_LOAD_DATABASE_H_
#define CADENZA_CLIENTS_LOAD_DATABASE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::postgres {
class Connection;
class Rows;
struct Statement;
}  // namespace cadenza::postgres

namespace cadenza::load {

// The same connection with another database: of a URI, its path; of "key=value …", a last dbname.
std::string WithDatabase(std::string_view connection_string, std::string_view name);

// Administers one PostgreSQL server on this machine. For one thread at a time. Every call waits for at most 10 minutes.
class PostgresAdmin {
 public:
  // `connection_string`: of a superuser, to any database but those that are made here.
  static absl::StatusOr<std::unique_ptr<PostgresAdmin>> Connect(const std::string& connection_string);
  ~PostgresAdmin();

  // A new database with the embedded migrations; whatever had that name before is dropped, with its sessions. Its
  // connection string. `name`: letters, digits and underscores.
  absl::StatusOr<std::string> MakeFresh(const std::string& name);
  absl::Status Drop(const std::string& name);
  // So that rounds begin alike: VACUUM (ANALYZE) of the database, then a checkpoint, so that none falls due in the
  // round.
  absl::Status Settle(const std::string& name);
  absl::Status Checkpoint();
  // As many files of the write-ahead log as min_wal_size allows to keep, made and left for use again, as a server has
  // them that has run for a while. On a fresh one each of the first files is filled with zeros and synced while all
  // commits wait for it (measured: 35 to 90 ms for each 16 MB).
  absl::Status MakeLogFiles();

  // The process of which all others of the server are children.
  absl::StatusOr<pid_t> PostmasterPid();
  absl::StatusOr<std::string> DataDirectory();
  absl::StatusOr<std::string> Version();
  // Bytes of write-ahead log that the server has ever written; take differences.
  absl::StatusOr<int64_t> WalBytes();
  // Name and value: those that matter for speed and durability.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> Settings();
  // Bytes with indexes and TOAST, by table; the partitions of events together.
  absl::StatusOr<std::map<std::string, int64_t>> TableBytes(const std::string& name);

 private:
  PostgresAdmin(std::string connection_string, std::unique_ptr<postgres::Connection> connection);
  // At least one row.
  absl::StatusOr<postgres::Rows> Ask(const postgres::Statement& statement);

  const std::string connection_string_;
  std::unique_ptr<postgres::Connection> connection_;
};

// What a Redis says of itself.
struct RedisServer {
  pid_t pid = 0;
  std::string version;
};
// `address`: as cadenza-server's --redis.
absl::StatusOr<RedisServer> DescribeRedis(const std::string& address);
// Empties it, so that rounds begin alike.
absl::Status FlushRedis(const std::string& address);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_DATABASE_H_
