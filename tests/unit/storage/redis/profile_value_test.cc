#include "storage/redis/profile_value.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/support/seed.h"

namespace cadenza::redis {
namespace {

constexpr std::string_view kKey = "cadenza:p:1:w:u:ada";

TEST(ProfileValueTest, RoundTrip) {
  const ProfileRow rows[] = {
      {1, "", ""},
      {42, "", std::string("st\0te", 5)},
      {7, "u:ada", ""},
      {std::numeric_limits<int64_t>::max(), "u:x", std::string(100'000, '\xff')},
  };
  for (const ProfileRow& row : rows) {
    EXPECT_EQ(DecodeProfileValue(kKey, EncodeProfileValue(kKey, row)), row);
  }
}

TEST(ProfileValueTest, TheVersionIsWhereTheScriptLooksForIt) {
  std::string value = EncodeProfileValue(kKey, {1234, "", "state"});
  EXPECT_EQ(value.substr(0, 24), "CZP100000000000000001234");
}

TEST(ProfileValueTest, AnotherUsersValueIsRefused) {
  std::string value = EncodeProfileValue(kKey, {3, "", "state"});
  EXPECT_FALSE(DecodeProfileValue("cadenza:p:1:w:u:bob", value));
  EXPECT_FALSE(DecodeProfileValue("cadenza:p:1:v:u:ada", value));
}

TEST(ProfileValueTest, EveryCutAndEveryChangedBitIsRefused) {
  std::string value = EncodeProfileValue(kKey, {3, "u:bob", "some state"});
  for (size_t size = 0; size < value.size(); ++size) EXPECT_FALSE(DecodeProfileValue(kKey, value.substr(0, size)));
  EXPECT_FALSE(DecodeProfileValue(kKey, value + 'x'));
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string changed = value;
    changed[bit / 8] ^= 1 << bit % 8;
    EXPECT_FALSE(DecodeProfileValue(kKey, changed)) << bit;
  }
}

TEST(ProfileValueTest, ARightChecksumOverNonsenseIsRefused) {
  EXPECT_FALSE(DecodeProfileValue(kKey, EncodeProfileValue(kKey, {0, "", "state"})));
  EXPECT_FALSE(DecodeProfileValue(kKey, EncodeProfileValue(kKey, {-1, "", "state"})));
}

TEST(ProfileValueTest, RandomBytesAreRefused) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes(random() % 80, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (random() % 2) bytes.insert(0, kProfileValueMagic);
    EXPECT_FALSE(DecodeProfileValue(kKey, bytes));
  }
}

}  // namespace
}  // namespace cadenza::redis
