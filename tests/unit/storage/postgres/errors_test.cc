#include "storage/postgres/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadenza::postgres {
namespace {

using absl::StatusCode;

struct Case {
  const char* sqlstate;
  StatusCode reading;
  StatusCode committing;
};

// The codes are those of PostgreSQL's manual, appendix A.
TEST(ErrorsTest, SqlStatesBecomeTheStatusesOfTheStore) {
  const Case kCases[] = {
      {"40001", StatusCode::kAborted, StatusCode::kAborted},                  // serialization_failure
      {"40P01", StatusCode::kAborted, StatusCode::kAborted},                  // deadlock_detected
      {"55P03", StatusCode::kAborted, StatusCode::kAborted},                  // lock_not_available
      {"40003", StatusCode::kUnavailable, StatusCode::kUnknown},              // statement_completion_unknown
      {"22021", StatusCode::kInvalidArgument, StatusCode::kInvalidArgument},  // character_not_in_repertoire
      {"23505", StatusCode::kInvalidArgument, StatusCode::kInvalidArgument},  // unique_violation
      {"54000", StatusCode::kInvalidArgument, StatusCode::kInvalidArgument},  // program_limit_exceeded
      {"53100", StatusCode::kUnavailable, StatusCode::kUnavailable},          // disk_full
      {"53300", StatusCode::kUnavailable, StatusCode::kUnavailable},          // too_many_connections
      {"57014", StatusCode::kUnavailable, StatusCode::kUnavailable},          // query_canceled
      {"57P01", StatusCode::kUnavailable, StatusCode::kUnknown},              // admin_shutdown
      {"57P02", StatusCode::kUnavailable, StatusCode::kUnknown},              // crash_shutdown
      {"57P03", StatusCode::kUnavailable, StatusCode::kUnavailable},          // cannot_connect_now
      {"08006", StatusCode::kUnavailable, StatusCode::kUnknown},              // connection_failure
      {"25006", StatusCode::kUnavailable, StatusCode::kUnavailable},          // read_only_sql_transaction
      {"28P01", StatusCode::kUnavailable, StatusCode::kUnavailable},          // invalid_password
      {"42P01", StatusCode::kInternal, StatusCode::kInternal},                // undefined_table
      {"XX000", StatusCode::kInternal, StatusCode::kInternal},                // internal_error
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(StatusOfSqlState(c.sqlstate, "m", OnLoss::kNothingChanged).code(), c.reading) << c.sqlstate;
    EXPECT_EQ(StatusOfSqlState(c.sqlstate, "m", OnLoss::kMayHaveChanged).code(), c.committing) << c.sqlstate;
  }
}

TEST(ErrorsTest, ALossIsUnknownOnlyForACommit) {
  EXPECT_EQ(LossStatus("gone", OnLoss::kNothingChanged).code(), StatusCode::kUnavailable);
  EXPECT_EQ(LossStatus("gone", OnLoss::kMayHaveChanged).code(), StatusCode::kUnknown);
}

TEST(ErrorsTest, TheMessageHasThePrimaryTextAndTheCode) {
  const absl::Status status = StatusOfSqlState("23505", "duplicate key", OnLoss::kNothingChanged);
  EXPECT_EQ(status.message(), "PostgreSQL: duplicate key (SQLSTATE 23505)");
}

}  // namespace
}  // namespace cadenza::postgres
