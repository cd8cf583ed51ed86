#include "server/rules/cel/format.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(FormatTest, Doubles) {
  const std::vector<std::pair<double, std::string>> cases = {
      {0, "0"},
      {-0.0, "-0"},
      {123.456, "123.456"},
      {100000, "100000"},
      {0.1, "0.1"},
      {1e-6, "0.000001"},
      {1e-7, "1e-07"},
      {123456789012345683968.0, "123456789012345683968"},
      {1e21, "1e+21"},
      {-2.5e30, "-2.5e+30"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(DoubleText(value), text);
}

TEST(FormatTest, EveryDoubleReadsBack) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value)) continue;
    ASSERT_EQ(ParseDouble(DoubleText(value)), value) << DoubleText(value);
  }
}

TEST(FormatTest, ReadsDoubles) {
  EXPECT_EQ(ParseDouble("-5.43e-21"), -5.43e-21);
  EXPECT_EQ(ParseDouble("1e-400"), 0.0);
  EXPECT_TRUE(std::isnan(*ParseDouble("NaN")));
  EXPECT_TRUE(std::isinf(*ParseDouble("-Infinity")));
  for (const std::string_view text : {"", " 1", "1 ", "1,5", "0x", "1e400", "abc", "--1"}) {
    EXPECT_FALSE(ParseDouble(text).has_value()) << text;
  }
}

TEST(FormatTest, Timestamps) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30.5Z", "2009-02-13T23:31:30.5Z"},
      {"2009-02-13T23:31:30.123456789Z", "2009-02-13T23:31:30.123456789Z"},
      {"2009-02-13T23:31:30+01:30", "2009-02-13T22:01:30Z"},
      {"2009-02-13T23:31:30-09:30", "2009-02-14T09:01:30Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
  };
  for (const auto& [text, shown] : cases) {
    const std::optional<absl::Time> time = ParseTimestamp(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(TimestampText(*time), shown);
  }
}

TEST(FormatTest, RefusesWhatIsNoTimestamp) {
  for (const std::string_view text : {"",
                                      "2009-02-13",
                                      "2009-02-13 23:31:30Z",
                                      "2009-02-13T23:31:30",
                                      "2009-02-13T23:31:30z",
                                      "2009-02-30T00:00:00Z",
                                      "2023-02-29T00:00:00Z",
                                      "2009-13-01T00:00:00Z",
                                      "2009-02-13T24:00:00Z",
                                      "2009-02-13T23:60:00Z",
                                      "2009-02-13T23:59:60Z",
                                      "2009-02-13T23:31:30.Z",
                                      "2009-02-13T23:31:30.1234567890Z",
                                      "2009-02-13T23:31:30+1:00",
                                      "2009-02-13T23:31:30+24:00",
                                      "2009-02-13T23:31:30+01:60",
                                      "2009-02-13T23:31:30Z ",
                                      " 2009-02-13T23:31:30Z",
                                      "20009-02-13T23:31:30Z",
                                      "-009-02-13T23:31:30Z",
                                      "0000-01-01T00:00:00Z",
                                      "10000-01-01T00:00:00Z",
                                      "0001-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "infinite-future"}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

TEST(FormatTest, Durations) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"0", "0s"},
      {"90s", "90s"},
      {"1h30m", "5400s"},
      {"-1.5s", "-1.5s"},
      {"250ms", "0.25s"},
      {"1us", "0.000001s"},
      {"999ns", "0.000000999s"},
      {"-1ns", "-0.000000001s"},
      {"1000000s", "1000000s"},
      {"315576000000s", "315576000000s"},
  };
  for (const auto& [text, shown] : cases) {
    const std::optional<absl::Duration> duration = ParseDuration(text);
    ASSERT_TRUE(duration.has_value()) << text;
    EXPECT_EQ(DurationText(*duration), shown);
  }
  for (const std::string_view text : {"", "1", "s", "1d", "1h 30m", " 1s", "1s ", "inf", "-inf", "315576000001s",
                                      "-320000000000s", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cadenza::cel
