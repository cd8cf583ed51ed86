#include "clients/load/database.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/migrator.h"
#include "storage/redis/address.h"
#include "storage/redis/connection.h"

namespace cadenza::load {
namespace {

using postgres::OnLoss;
using postgres::Statement;

constexpr absl::Duration kLimit = absl::Minutes(10);
constexpr std::chrono::seconds kRedisLimit{10};

const Statement kPostmasterPid = {"postmaster_pid", R"sql(
SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)
)sql"};
const Statement kDataDirectory = {"data_directory", "SELECT current_setting('data_directory')"};
const Statement kVersion = {"version", "SELECT split_part(current_setting('server_version'), ' ', 1)"};
const Statement kWalBytes = {"wal_bytes", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"};
// Each row ends one file of the log and begins another.
const Statement kFillLog = {"fill_log", R"sql(
SELECT max(started), max(ended)
FROM (SELECT pg_logical_emit_message(false, 'cadenza-bench', 'next') AS started, pg_switch_wal() AS ended
      FROM generate_series(1, pg_size_bytes(current_setting('min_wal_size'))
                              / pg_size_bytes(current_setting('wal_segment_size')))) AS files
)sql"};
const Statement kSettings = {"settings", R"sql(
SELECT name, current_setting(name) FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_compression', 'wal_sync_method', 'shared_buffers',
               'max_wal_size', 'min_wal_size', 'checkpoint_timeout', 'checkpoint_completion_target', 'autovacuum', 'commit_delay',
               'data_checksums')
ORDER BY name
)sql"};
// A partition counts for the table that it belongs to.
const Statement kTableBytes = {"table_bytes", R"sql(
SELECT coalesce(whole.relname, part.relname)::text, sum(pg_total_relation_size(part.oid))::bigint
FROM pg_class part
LEFT JOIN pg_inherits i ON i.inhrelid = part.oid
LEFT JOIN pg_class whole ON whole.oid = i.inhparent
WHERE part.relnamespace = 'public'::regnamespace AND part.relkind = 'r'
GROUP BY 1
)sql"};

postgres::Deadline NewDeadline() { return postgres::DeadlineAfter(kLimit); }

// A database's name cannot be a parameter.
absl::Status CheckName(const std::string& name) {
  const bool fine = !name.empty() && name.size() < 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
  if (fine) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("not a name for a database: ", name));
}

absl::Status Script(const std::string& connection_string, const std::string& sql) {
  CADENZA_ASSIGN_OR_RETURN(const auto connection, postgres::Connection::Open(connection_string, NewDeadline()));
  return connection->Script(sql, NewDeadline(), OnLoss::kMayHaveChanged);
}

absl::StatusOr<std::string> CallRedis(const std::string& address, const redis::Command& command) {
  CADENZA_ASSIGN_OR_RETURN(const redis::Address parsed, redis::Address::Parse(address));
  const redis::Deadline deadline = std::chrono::steady_clock::now() + kRedisLimit;
  CADENZA_ASSIGN_OR_RETURN(const auto connection, redis::Connection::Open(parsed, deadline));
  CADENZA_ASSIGN_OR_RETURN(const auto replies, connection->Exchange({command}, deadline));
  const redisReply& reply = *replies.at(0);
  std::string text = reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
  if (reply.type == REDIS_REPLY_ERROR) return absl::InternalError(StrCat("Redis: ", text));
  return text;
}

// The value of "name:value" in what INFO answers.
std::string InfoField(const std::string& info, const std::string& name) {
  const size_t at = info.find(StrCat("\n", name, ":"));
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

}  // namespace

std::string WithDatabase(std::string_view connection_string, std::string_view name) {
  const size_t scheme = connection_string.find("://");
  // The last of two settings counts.
  if (scheme == std::string_view::npos) return StrCat(connection_string, " dbname=", name);
  const size_t authority = scheme + 3;
  const size_t end = std::min(connection_string.find('?', authority), connection_string.size());
  const size_t path = std::min(connection_string.find('/', authority), end);
  return StrCat(connection_string.substr(0, path), "/", name, connection_string.substr(end));
}

PostgresAdmin::PostgresAdmin(std::string connection_string, std::unique_ptr<postgres::Connection> connection)
    : connection_string_(std::move(connection_string)), connection_(std::move(connection)) {}

PostgresAdmin::~PostgresAdmin() = default;

absl::StatusOr<std::unique_ptr<PostgresAdmin>> PostgresAdmin::Connect(const std::string& connection_string) {
  CADENZA_ASSIGN_OR_RETURN(auto connection, postgres::Connection::Open(connection_string, NewDeadline()));
  return std::unique_ptr<PostgresAdmin>(new PostgresAdmin(connection_string, std::move(connection)));
}

absl::Status PostgresAdmin::Drop(const std::string& name) {
  CADENZA_RETURN_IF_ERROR(CheckName(name));
  return connection_->Script(StrCat("DROP DATABASE IF EXISTS \"", name, "\" WITH (FORCE)"), NewDeadline(),
                             OnLoss::kMayHaveChanged);
}

absl::StatusOr<std::string> PostgresAdmin::MakeFresh(const std::string& name) {
  CADENZA_RETURN_IF_ERROR(Drop(name));
  CADENZA_RETURN_IF_ERROR(
      connection_->Script(StrCat("CREATE DATABASE \"", name, "\""), NewDeadline(), OnLoss::kMayHaveChanged));
  std::string database = WithDatabase(connection_string_, name);
  CADENZA_ASSIGN_OR_RETURN(auto migrations, postgres::EmbeddedMigrations());
  postgres::Migrator migrator(database, std::move(migrations));
  CADENZA_RETURN_IF_ERROR(migrator.Up().status());
  return database;
}

absl::Status PostgresAdmin::Settle(const std::string& name) {
  CADENZA_RETURN_IF_ERROR(CheckName(name));
  CADENZA_RETURN_IF_ERROR(Script(WithDatabase(connection_string_, name), "VACUUM (ANALYZE)"));
  return Checkpoint();
}

absl::Status PostgresAdmin::Checkpoint() {
  return connection_->Script("CHECKPOINT", NewDeadline(), OnLoss::kNothingChanged);
}

absl::Status PostgresAdmin::MakeLogFiles() {
  CADENZA_RETURN_IF_ERROR(Ask(kFillLog).status());
  return Checkpoint();
}

absl::StatusOr<postgres::Rows> PostgresAdmin::Ask(const postgres::Statement& statement) {
  CADENZA_ASSIGN_OR_RETURN(auto rows, connection_->Run(statement, {}, NewDeadline(), OnLoss::kNothingChanged));
  if (rows.size() == 0) return absl::InternalError(StrCat("PostgreSQL: no answer to ", statement.name));
  return rows;
}

absl::StatusOr<pid_t> PostgresAdmin::PostmasterPid() {
  CADENZA_ASSIGN_OR_RETURN(const auto rows, Ask(kPostmasterPid));
  pid_t pid = 0;
  if (!absl::SimpleAtoi(rows.String(0, 0), &pid)) return absl::InternalError("PostgreSQL: no id in postmaster.pid");
  return pid;
}

absl::StatusOr<std::string> PostgresAdmin::DataDirectory() {
  CADENZA_ASSIGN_OR_RETURN(const auto rows, Ask(kDataDirectory));
  return rows.String(0, 0);
}

absl::StatusOr<std::string> PostgresAdmin::Version() {
  CADENZA_ASSIGN_OR_RETURN(const auto rows, Ask(kVersion));
  return rows.String(0, 0);
}

absl::StatusOr<int64_t> PostgresAdmin::WalBytes() {
  CADENZA_ASSIGN_OR_RETURN(const auto rows, Ask(kWalBytes));
  return rows.Int(0, 0);
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> PostgresAdmin::Settings() {
  CADENZA_ASSIGN_OR_RETURN(const auto rows, Ask(kSettings));
  std::vector<std::pair<std::string, std::string>> settings;
  for (int i = 0; i < rows.size(); ++i) settings.emplace_back(rows.String(i, 0), rows.String(i, 1));
  return settings;
}

absl::StatusOr<std::map<std::string, int64_t>> PostgresAdmin::TableBytes(const std::string& name) {
  CADENZA_RETURN_IF_ERROR(CheckName(name));
  CADENZA_ASSIGN_OR_RETURN(const auto connection,
                           postgres::Connection::Open(WithDatabase(connection_string_, name), NewDeadline()));
  CADENZA_ASSIGN_OR_RETURN(const auto rows, connection->Run(kTableBytes, {}, NewDeadline(), OnLoss::kNothingChanged));
  std::map<std::string, int64_t> bytes;
  for (int i = 0; i < rows.size(); ++i) bytes[rows.String(i, 0)] = rows.Int(i, 1);
  return bytes;
}

absl::StatusOr<RedisServer> DescribeRedis(const std::string& address) {
  CADENZA_ASSIGN_OR_RETURN(const std::string info, CallRedis(address, {"INFO", "server"}));
  RedisServer server;
  server.version = InfoField(info, "redis_version");
  if (!absl::SimpleAtoi(InfoField(info, "process_id"), &server.pid))
    return absl::InternalError("Redis does not say which process it is");
  return server;
}

absl::Status FlushRedis(const std::string& address) { return CallRedis(address, {"FLUSHALL"}).status(); }

}  // namespace cadenza::load
