#include "storage/postgres/counters.h"

#include <gtest/gtest.h>

#include <limits>

namespace cadenza::postgres {
namespace {

TEST(CountersTest, WholeNumbersThereAndBack) {
  const std::pair<absl::int128, std::string> cases[] = {
      {0, "0"},
      {7, "7"},
      {-7, "-7"},
      {std::numeric_limits<int64_t>::max(), "9223372036854775807"},
      {std::numeric_limits<int64_t>::min(), "-9223372036854775808"},
      {absl::int128(1) << 100, "1267650600228229401496703205376"},
      {-(absl::int128(1) << 100), "-1267650600228229401496703205376"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(DecimalText(value), text);
    EXPECT_EQ(FromDecimalText(text), value) << text;
  }
  EXPECT_EQ(DecimalText(std::numeric_limits<absl::int128>::min()), "-170141183460469231731687303715884105728");
}

TEST(CountersTest, WhatIsNoneIsNone) {
  for (const char* text : {"", "-", "1.5", "1e3", "NaN", " 1", "+1", "170141183460469231731687303715884105728"}) {
    EXPECT_EQ(FromDecimalText(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cadenza::postgres
