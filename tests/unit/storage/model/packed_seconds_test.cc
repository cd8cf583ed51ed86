#include "storage/model/packed_seconds.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

// As it is stored: the ZigZag varint of the first, then the differences.
std::string Stored(const PackedSeconds& seconds) {
  if (seconds.empty()) return "";
  const int64_t first = seconds.front();
  uint64_t rest = static_cast<uint64_t>(first) << 1 ^ static_cast<uint64_t>(first >> 63);
  std::string stored;
  for (; rest >= 0x80; rest >>= 7) stored.push_back(static_cast<char>(rest | 0x80));
  stored.push_back(static_cast<char>(rest));
  return stored + seconds.differences();
}

void ExpectIs(const PackedSeconds& packed, const std::vector<int64_t>& sorted, testing::RandomModel& random) {
  ASSERT_EQ(packed.size(), sorted.size());
  ASSERT_EQ(packed.ToVector(), sorted);
  const std::optional<PackedSeconds> restored = PackedSeconds::FromStored(Stored(packed));
  ASSERT_TRUE(restored.has_value());
  ASSERT_EQ(*restored, packed);
  if (sorted.empty()) return;
  ASSERT_EQ(packed.front(), sorted.front());
  ASSERT_EQ(packed.back(), sorted.back());
  for (int i = 0; i < 20; ++i) {
    const int64_t second = random.Between(sorted.front() - 2, sorted.back() + 2);
    ASSERT_EQ(packed.CountUpTo(second), std::upper_bound(sorted.begin(), sorted.end(), second) - sorted.begin());
  }
}

TEST(PackedSecondsTest, IsASortedVectorInAnyOrderOfAdding) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (const int64_t span : {3, 60, 5000, 40'000'000}) {
    PackedSeconds packed;
    std::vector<int64_t> sorted;
    for (int i = 0; i < 300 && !HasFatalFailure(); ++i) {
      const int64_t second = random.Between(-span / 2, span / 2);
      packed.Add(second);
      sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), second), second);
      if (random.OneIn(4)) {
        ASSERT_EQ(packed.PopFront(), sorted.front());
        sorted.erase(sorted.begin());
      }
      ExpectIs(packed, sorted, random);
    }
    while (!packed.empty()) packed.PopFront();
    EXPECT_EQ(packed, PackedSeconds());
  }
}

TEST(PackedSecondsTest, OneByteForWhatLiesWithinAMinute) {
  PackedSeconds packed;
  for (int i = 0; i < 100; ++i) packed.Add(1'700'000'000 + i * 63);
  EXPECT_EQ(packed.differences().size(), 99u);
}

TEST(PackedSecondsTest, RefusesWhatNoEncoderWrites) {
  using namespace std::string_literals;  // NOLINT: for the NULs
  EXPECT_TRUE(PackedSeconds::FromStored(""));
  EXPECT_TRUE(PackedSeconds::FromStored("\x08\x02"s));
  EXPECT_FALSE(PackedSeconds::FromStored("\x80"s)) << "cut off";
  EXPECT_FALSE(PackedSeconds::FromStored("\x08\x82"s)) << "cut off";
  EXPECT_FALSE(PackedSeconds::FromStored("\x08\x01"s)) << "descends";
  EXPECT_FALSE(PackedSeconds::FromStored("\x08\x82\x00"s)) << "longer than it must be";
  EXPECT_FALSE(PackedSeconds::FromStored("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s)) << "too long";
  // The highest int64, and one second more.
  const std::string highest = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s;
  ASSERT_TRUE(PackedSeconds::FromStored(highest));
  EXPECT_EQ(PackedSeconds::FromStored(highest)->front(), std::numeric_limits<int64_t>::max());
  EXPECT_FALSE(PackedSeconds::FromStored(highest + "\x02"s));
}

}  // namespace
}  // namespace cadenza
