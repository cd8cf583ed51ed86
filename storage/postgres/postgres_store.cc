#include "storage/postgres/postgres_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

constexpr int64_t kMinMicros = std::numeric_limits<int64_t>::min();
constexpr int64_t kMaxMicros = std::numeric_limits<int64_t>::max();

Pool::SetUp SessionOf(const Options& options) {
  // Below our own deadline, so that a slow statement ends with the server's clear answer rather than with a lost
  // connection.
  const int64_t statement_ms = std::max<int64_t>(absl::ToInt64Milliseconds(options.deadline * 0.9), 1);
  const int64_t lock_ms = std::min<int64_t>(std::max<int64_t>(statement_ms / 2, 1), 2000);
  Params params;
  params.Int(statement_ms).Int(lock_ms).Text(options.process_name).Int(options.allow_unsafe_durability ? 1 : 0);
  return [params, traffic = options.traffic](Connection& connection, Deadline deadline) {
    absl::Status status = connection.Run(kSetUpSession, params, deadline, OnLoss::kNothingChanged).status();
    connection.CountIn(traffic);
    return status;
  };
}

}  // namespace

int64_t ToMicros(absl::Time time) {
  if (time == absl::InfinitePast()) return kMinMicros;
  if (time == absl::InfiniteFuture()) return kMaxMicros;
  return absl::ToUnixMicros(time);
}

absl::Time FromMicros(int64_t micros) {
  if (micros == kMinMicros) return absl::InfinitePast();
  if (micros == kMaxMicros) return absl::InfiniteFuture();
  return absl::FromUnixMicros(micros);
}

std::unique_ptr<Store> MakePostgresStore(Options options) {
  return std::make_unique<PostgresStore>(std::move(options));
}

PostgresStore::PostgresStore(Options options)
    : options_(std::move(options)),
      pool_(options_.connection_string, std::max(options_.pool_size, 1), SessionOf(options_)),
      timers_(options_.process_name,
              [this](const Statement& statement, const Params& params) { return Run(statement, params); }) {}

absl::StatusOr<Rows> PostgresStore::Run(const Statement& statement, const Params& params, OnLoss on_loss) {
  const Deadline deadline = NewDeadline();
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_.Borrow(deadline));
  return connection->Run(statement, params, deadline, on_loss);
}

}  // namespace cadenza::postgres
