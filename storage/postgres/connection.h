// One connection to PostgreSQL, whose every wait ends at a deadline of ours.
//
// libpq's asynchronous calls and poll(2) on the monotonic clock, because no timeout of PostgreSQL or of TCP fires while
// the server is stopped (SIGSTOP, a frozen machine). After any loss the connection is good for nothing but to be
// destroyed.
#ifndef CADENZA_STORAGE_POSTGRES_CONNECTION_H_
#define CADENZA_STORAGE_POSTGRES_CONNECTION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/postgres/errors.h"
#include "storage/postgres/params.h"
#include "storage/postgres/statements.h"

struct pg_conn;
struct pg_result;

namespace cadenza::postgres {

using Deadline = std::chrono::steady_clock::time_point;
Deadline DeadlineAfter(absl::Duration duration);

// What a statement answered, in binary format. Movable.
class Rows {
 public:
  explicit Rows(pg_result* result) : result_(result) {}

  int status() const;  // libpq's ExecStatusType
  int size() const;
  // The column's type must be smallint, integer or bigint.
  int64_t Int(int row, int column) const;
  bool Bool(int row, int column) const;
  // text or bytea; valid while this lives.
  std::string_view Bytes(int row, int column) const;
  std::string String(int row, int column) const { return std::string(Bytes(row, column)); }
  // text[] without nulls. Empty if it is none.
  std::vector<std::string> Texts(int row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

// What went over connections so far: what a call costs that no timing shows. Preparing a statement, once for each
// connection, is not counted.
struct Traffic {
  std::atomic<int64_t> statements{0};
  std::atomic<int64_t> round_trips{0};
};

// For one thread at a time.
class Connection {
 public:
  // A statement and what it is run with; both outlive the call that takes it.
  struct Call {
    const Statement* statement;
    const Params* params;
  };

  // UNAVAILABLE if it does not succeed by the deadline.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string, Deadline deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a statement, prepared at its first use.
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, Deadline deadline, OnLoss on_loss);
  // Runs statements in one round trip and one transaction, in order, each with a snapshot of its own (READ COMMITTED);
  // their answers in the same order. The first that fails undoes them all, and is what is returned.
  absl::StatusOr<std::vector<Rows>> RunAll(const std::vector<Call>& calls, Deadline deadline, OnLoss on_loss);
  // Runs SQL that may hold several statements; for constant texts and migrations.
  absl::Status Script(const std::string& sql, Deadline deadline, OnLoss on_loss);

  // Counted there from now on; null = nowhere. Must outlive this.
  void CountIn(Traffic* traffic) { traffic_ = traffic; }

  // About the last Run, RunAll or Script.
  const SqlError& last_error() const { return last_error_; }
  // In order, not in a transaction, and nothing has arrived unasked (a server that goes down says so).
  bool IsIdle() const;

 private:
  explicit Connection(pg_conn* conn) : conn_(conn) {}

  absl::Status FinishConnecting(Deadline deadline);
  absl::Status Prepare(const Statement& statement, Deadline deadline);
  absl::Status Send(const Statement& statement, const Params& params, OnLoss on_loss);
  void Count(int64_t statements);
  // Waits for the answer to what was sent; the last result of several.
  absl::StatusOr<Rows> Await(Deadline deadline, OnLoss on_loss);
  // Notes the failure that a result reports; OK if it reports none.
  absl::Status StatusOf(const pg_result* result, OnLoss on_loss);
  // After RunAll: reads on to where all that was sent has been answered, and leaves the pipeline.
  absl::Status LeavePipeline(Deadline deadline, OnLoss on_loss);
  // Waits until a result can be taken without blocking.
  absl::Status AwaitResult(Deadline deadline, OnLoss on_loss);
  absl::Status Lose(std::string_view why, OnLoss on_loss);
  std::string LibpqError() const;

  pg_conn* const conn_;
  bool lost_ = false;
  SqlError last_error_;
  Traffic* traffic_ = nullptr;
  absl::flat_hash_set<const Statement*> prepared_;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_CONNECTION_H_
