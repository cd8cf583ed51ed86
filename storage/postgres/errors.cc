#include "storage/postgres/errors.h"

#include "storage/base/text.h"

namespace cadenza::postgres {
namespace {

absl::StatusCode CodeOfSqlState(std::string_view sqlstate) {
  const std::string_view klass = sqlstate.substr(0, 2);
  // Serialization failure, deadlock and their class; lock_not_available; a plan or a prepared statement that a
  // migration or a pooler took away.
  if (klass == "40" || sqlstate == "55P03" || sqlstate == "0A000" || sqlstate == "26000") {
    return absl::StatusCode::kAborted;
  }
  // Bad data; a broken constraint; a limit of PostgreSQL itself (an index row that is too long).
  if (klass == "22" || klass == "23" || klass == "54") return absl::StatusCode::kInvalidArgument;
  // Connection; out of resources (disk full, too many connections); operator (timeout, shutdown); I/O; a standby that
  // cannot write; refused login.
  if (klass == "08" || klass == "53" || klass == "57" || klass == "58" || klass == "28" || sqlstate == "25006") {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

// The server or the backend is going down, perhaps after the statement had committed.
bool IsGoingDown(std::string_view sqlstate) {
  return sqlstate.substr(0, 2) == "08" || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P05" ||
         sqlstate == "40003";
}

}  // namespace

absl::Status StatusOfSqlState(std::string_view sqlstate, std::string_view message, OnLoss on_loss) {
  if (IsGoingDown(sqlstate)) return LossStatus(StrCat(message, " (SQLSTATE ", sqlstate, ")"), on_loss);
  return absl::Status(CodeOfSqlState(sqlstate), StrCat("PostgreSQL: ", message, " (SQLSTATE ", sqlstate, ")"));
}

absl::Status LossStatus(std::string_view why, OnLoss on_loss) {
  if (on_loss == OnLoss::kMayHaveChanged) {
    return absl::UnknownError(StrCat("the connection to PostgreSQL was lost during a commit: ", why));
  }
  return absl::UnavailableError(StrCat("the connection to PostgreSQL was lost: ", why));
}

}  // namespace cadenza::postgres
