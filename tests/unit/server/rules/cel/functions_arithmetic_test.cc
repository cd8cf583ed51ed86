#include <limits>
#include <random>

#include "gtest/gtest.h"
#include "server/rules/cel/functions.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

TEST(ArithmeticTest, Table) {
  ExpectAll({
      {"40 + 2", "42"},
      {"40u - 2u", "38u"},
      {"-7 / 2", "-3"},
      {"-7 % 2", "-1"},
      {"1.0 / 0.0", "+Inf"},
      {"0.0 / 0.0", "NaN"},
      {"-(2.5)", "-2.5"},
      {"1 / 0", "error: division by zero"},
      {"1u / 0u", "error: division by zero"},
      {"1 % 0", "error: modulus by zero"},
      {"9223372036854775807 + 1", "error: int overflow"},
      {"-9223372036854775808 - 1", "error: int overflow"},
      {"-9223372036854775808 / -1", "error: int overflow"},
      {"-9223372036854775808 % -1", "error: int overflow"},
      {"-(-9223372036854775808)", "error: int overflow"},
      {"18446744073709551615u + 1u", "error: uint overflow"},
      {"0u - 1u", "error: uint overflow"},
      {"5000000000u * 5000000000u", "error: uint overflow"},
      {"'a' + 'b' + ''", "\"ab\""},
      {"b'a' + b'b'", "b\"ab\""},
      {"[1] + [] + [2]", "[1, 2]"},
      {"dyn(1) + 1.0", "error: no matching overload of + for (int, double)"},
      {"dyn('a') * 2", "error: no matching overload of * for (string, int)"},
      {"duration('1h') + duration('30m')", "duration(\"5400s\")"},
      {"duration('1h') - duration('90m')", "duration(\"-1800s\")"},
      {"timestamp('2024-01-01T00:00:00Z') + duration('36h')", "timestamp(\"2024-01-02T12:00:00Z\")"},
      {"duration('36h') + timestamp('2024-01-01T00:00:00Z')", "timestamp(\"2024-01-02T12:00:00Z\")"},
      {"timestamp('2024-03-01T00:00:00Z') - timestamp('2024-02-01T00:00:00Z')", "duration(\"2505600s\")"},
      {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: timestamp out of range"},
      {"duration('300000000000s') + duration('300000000000s')", "error: duration out of range"},
  });
}

TEST(ArithmeticTest, IntegersAgreeWithWiderOnes) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto pick = [&]() -> int64_t {
    const int64_t near[] = {0, 1, -1, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
    return random() % 3 == 0 ? near[random() % 5] : static_cast<int64_t>(random()) >> (random() % 64);
  };
  CallContext context{CostMeter(1'000'000), 0};
  const auto check = [&](std::string_view name, int64_t a, int64_t b, __int128 exact) {
    const Value got = FindStandardFunction(name)->implementation({Value::Int(a), Value::Int(b)}, context);
    const bool fits = exact >= std::numeric_limits<int64_t>::min() && exact <= std::numeric_limits<int64_t>::max();
    ASSERT_EQ(got.is_error(), !fits) << a << " " << name << " " << b;
    if (fits) {
      ASSERT_EQ(got.int_value(), static_cast<int64_t>(exact)) << a << " " << name << " " << b;
    }
  };
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = pick();
    const int64_t b = pick();
    const __int128 wide = a;
    check("_+_", a, b, wide + b);
    check("_-_", a, b, wide - b);
    check("_*_", a, b, wide * b);
    if (b != 0) check("_/_", a, b, wide / b);
  }
}

}  // namespace
}  // namespace cadenza::cel
