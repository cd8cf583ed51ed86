#include "storage/model/value_check.h"

#include <gtest/gtest.h>

#include <limits>

#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using std::string_literals::operator""s;

Value Nested(int depth) {
  Value value = Value::Int(1);
  for (int i = 0; i < depth; ++i) value = Value::List({value});
  return value;
}

TEST(ValueCheckTest, Texts) {
  EXPECT_TRUE(CheckText("", 0).ok());
  EXPECT_TRUE(CheckText("\n\xC3\xA9", 3).ok());
  EXPECT_EQ(RejectionReason(CheckText("abcd", 3)), reasons::kLimitExceeded);
  EXPECT_EQ(RejectionReason(CheckText("\xFF", 3)), reasons::kInvalidField);
  EXPECT_EQ(RejectionReason(CheckText("a\0b"s, 3)), reasons::kInvalidField);
}

TEST(ValueCheckTest, Names) {
  EXPECT_TRUE(CheckName("\xC3\xA9", 2).ok());
  EXPECT_FALSE(CheckName("", 2).ok());
  EXPECT_FALSE(CheckName("a\n", 2).ok());
  EXPECT_FALSE(CheckName("abc", 2).ok());
}

TEST(ValueCheckTest, ValuesAreNamedByTheirPath) {
  const double infinite = std::numeric_limits<double>::infinity();
  const struct {
    Value value;
    const char* field;
    std::string_view reason;
  } cases[] = {
      {Value::Double(infinite), "", reasons::kInvalidField},
      {Value::List({Value::Int(1), Value::Double(infinite)}), "[1]", reasons::kInvalidField},
      {Value::Map({{"a", Value::List({Value::String("\xFF")})}}), "a[0]", reasons::kInvalidField},
      {Value::Map({{"", Value::Int(1)}}), "\"\"", reasons::kInvalidField},
      {Value::String(std::string(limits::kValueBytes + 1, 'x')), "", reasons::kLimitExceeded},
      {Value::List({Value::String(std::string(limits::kValueBytes, 'x')), Value::String("y")}), "",
       reasons::kLimitExceeded},
  };
  for (const auto& one : cases) {
    const absl::Status status = CheckValue(one.value);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << one.field;
    EXPECT_EQ(RejectionField(status), one.field);
    EXPECT_EQ(RejectionReason(status), one.reason);
  }
  EXPECT_TRUE(CheckValue(Nested(limits::kNesting)).ok());
  EXPECT_EQ(RejectionReason(CheckValue(Nested(limits::kNesting + 1))), reasons::kLimitExceeded);
  EXPECT_TRUE(CheckValue(Value::Null()).ok());
}

}  // namespace
}  // namespace cadenza
