#include "storage/codec/profile_codec.h"

#include <thread>

#include "cadenza/internal/v1/profile_record.pb.h"
#include "gtest/gtest.h"
#include "storage/codec/serialize.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

TEST(ProfileCodecTest, EveryProfileComesBack) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 300; ++i) {
    const Profile profile = random.AnyProfile();
    const std::string bytes = EncodeProfile(profile);
    const absl::StatusOr<Profile> back = DecodeProfile(profile.key, profile.version, bytes);
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_TRUE(*back == profile) << "profile " << i;
    ASSERT_EQ(EncodeProfile(*back), bytes) << "equal profiles give equal bytes";
    ASSERT_LE(bytes.size(), profile.ByteSize() * 2);
    internal::v1::ProfileRecord record;
    ASSERT_TRUE(record.ParseFromString(bytes));
    ASSERT_EQ(SerializeDeterministic(record), bytes) << "as protobuf itself would write the record";
  }
}

TEST(ProfileCodecTest, EqualProfilesGiveEqualBytesHoweverTheyWereMade) {
  Profile a, b;
  const auto nested = [](bool forward) {
    ValueMap map;
    for (int i = 0; i < 40; ++i) map.Set(std::to_string(forward ? i : 39 - i), Value::Int(1));
    return Value::Map(map);
  };
  a.attributes.Set("m", nested(true));
  a.attributes.Set("zero", Value::Double(0.0));
  b.attributes.Set("zero", Value::Double(-0.0));
  b.attributes.Set("m", nested(false));
  ASSERT_EQ(a, b);
  EXPECT_EQ(EncodeProfile(a), EncodeProfile(b));
}

TEST(ProfileCodecTest, TheEmptyProfileIsTheEmptyState) {
  const UserKey key = UserKey::User("acme", "ada");
  const absl::StatusOr<Profile> profile = DecodeProfile(key, 3, "");
  ASSERT_TRUE(profile.ok());
  Profile expected;
  expected.key = key;
  expected.version = 3;
  EXPECT_EQ(*profile, expected);
  EXPECT_EQ(EncodeProfile(expected), "");
}

TEST(ProfileCodecTest, TheEpochIsNotNever) {
  Profile profile;
  profile.create_time = absl::UnixEpoch();
  profile.purchases.count = 1;
  profile.purchases.last_time = absl::UnixEpoch();
  profile.sessions.last_seen = absl::UnixEpoch();
  const absl::StatusOr<Profile> back = DecodeProfile(profile.key, 0, EncodeProfile(profile));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, profile);
}

TEST(ProfileCodecTest, DamageIsDataLoss) {
  const auto damaged = [](const internal::v1::ProfileRecord& record) {
    return DecodeProfile(UserKey::User("acme", "ada"), 1, record.SerializeAsString()).status().code();
  };
  EXPECT_EQ(DecodeProfile(UserKey::User("acme", "ada"), 1, "\xFF\xFF").status().code(), absl::StatusCode::kDataLoss);
  internal::v1::ProfileRecord no_kind;
  no_kind.add_attributes()->set_name("a");
  EXPECT_EQ(damaged(no_kind), absl::StatusCode::kDataLoss);
  internal::v1::ProfileRecord record;
  internal::v1::EventHistoryRecord* event = record.add_events();
  event->set_name("e");
  event->set_count(2);
  event->add_recent_seconds(100);
  event->add_recent_seconds(-1);
  EXPECT_EQ(damaged(record), absl::StatusCode::kDataLoss) << "seconds descend";
  event->set_recent_seconds(1, 1);
  EXPECT_NE(damaged(record), absl::StatusCode::kDataLoss);
  event->add_hours(3);
  EXPECT_EQ(damaged(record), absl::StatusCode::kDataLoss) << "an hour without its count";
  event->add_hour_counts(1);
  event->set_count(1);
  EXPECT_EQ(damaged(record), absl::StatusCode::kDataLoss) << "fewer than there are";
}

TEST(ProfileCodecTest, ThreadsDoNotDisturbEachOther) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([seed, t] {
      testing::RandomModel random(seed + t);
      for (int i = 0; i < 30; ++i) {
        const Profile profile = random.AnyProfile();
        const absl::StatusOr<Profile> back = DecodeProfile(profile.key, profile.version, EncodeProfile(profile));
        EXPECT_TRUE(back.ok() && *back == profile);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace cadenza
