// PostgreSQL's errors as the statuses of storage/store.h.
#ifndef CADENZA_STORAGE_POSTGRES_ERRORS_H_
#define CADENZA_STORAGE_POSTGRES_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cadenza::postgres {

// What it means for a statement when its connection is lost before the answer came.
enum class OnLoss {
  kNothingChanged,  // UNAVAILABLE: it only reads, or what it did is rolled back with its transaction
  kMayHaveChanged,  // UNKNOWN: it commits
};

// What PostgreSQL said about a failed statement; all empty after success, and after a loss of the connection.
struct SqlError {
  std::string sqlstate;
  std::string constraint;
  std::string table;
};

// By the class of the SQLSTATE (PostgreSQL's manual, appendix A): a conflict is ABORTED, data that no retry can store
// INVALID_ARGUMENT, trouble of the server UNAVAILABLE, a server that goes down while the statement runs as `on_loss`
// says, the rest INTERNAL. `message` is the primary message: it names tables and constraints but holds no row's values.
absl::Status StatusOfSqlState(std::string_view sqlstate, std::string_view message, OnLoss on_loss);

// The connection broke, or did not answer in time.
absl::Status LossStatus(std::string_view why, OnLoss on_loss);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_ERRORS_H_
