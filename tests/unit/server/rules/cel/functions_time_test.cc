#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(TimeFunctionsTest, Table) {
  Env env;
  env.AddVariable("t", Type::Timestamp());
  env.AddVariable("d", Type::Duration());
  MapActivation activation;
  // A Friday.
  activation.Set("t", Value::Timestamp(absl::FromUnixMillis(1'234'567'890'123)));
  activation.Set("d", Value::Duration(absl::Milliseconds(-3'730'321)));
  ExpectAll(
      {
          {"[t.getFullYear(), t.getMonth(), t.getDate(), t.getDayOfMonth()]", "[2009, 1, 13, 12]"},
          {"[t.getDayOfYear(), t.getDayOfWeek()]", "[43, 5]"},
          {"[t.getHours(), t.getMinutes(), t.getSeconds(), t.getMilliseconds()]", "[23, 31, 30, 123]"},
          {"[t.getDate('Asia/Kathmandu'), t.getHours('Asia/Kathmandu'), t.getMinutes('Asia/Kathmandu')]",
           "[14, 5, 16]"},
          {"[t.getHours('02:00'), t.getHours('-09:30'), t.getDayOfWeek('02:00')]", "[1, 14, 6]"},
          {"timestamp('2009-02-15T12:00:00Z').getDayOfWeek()", "0"},
          {"timestamp('2024-12-31T00:00:00Z').getDayOfYear()", "365"},
          {"t.getHours('Mars/Olympus')", "error: unknown time zone \"Mars/Olympus\""},
          {"t.getHours(dyn(2))", "error: no matching overload of getHours for (google.protobuf.Timestamp, int)"},
          {"[d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds()]", "[-1, -62, -3730, -321]"},
          {"dyn(d).getFullYear()", "error: no matching overload of getFullYear for (google.protobuf.Duration)"},
          {"dyn(d).getHours('UTC')", "error: no matching overload of getHours for (google.protobuf.Duration, string)"},
      },
      env, activation);
}

}  // namespace
}  // namespace cadenza::cel
