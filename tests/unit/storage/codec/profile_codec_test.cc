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

// Profiles that grow as inputs make them grow, encoded now and then, against the whole encoding.
TEST(EncodedProfileTest, UpdatesAreTheWholeEncoding) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 100; ++i) {
    Profile profile = random.AnyProfile();
    EncodedProfile encoded;
    for (int round = 0; round < 30; ++round) {
      for (int64_t inputs = random.Between(0, 4); inputs > 0; --inputs) {
        Input input;
        if (random.OneIn(8)) {
          input.payload = AttributeChange();
          encoded.Expect(input);
          profile.attributes.Set(random.OneIn(2) ? "a" : "z", random.AnyValue(1));
          continue;
        }
        input.payload = CustomEvent();
        encoded.Expect(input);
        const std::string name = random.OneIn(3) || profile.events.empty()
                                     ? std::to_string(random.Between(0, 20))
                                     : (profile.events.begin() + random.Between(0, profile.events.size() - 1))->first;
        profile.events[name].Add(absl::FromUnixSeconds(random.Between(0, 4'000'000)));
        if (random.OneIn(2)) ++profile.sessions.count;
        if (random.OneIn(4)) random.AddMessage(&profile.recent_messages);
        if (random.OneIn(2)) profile.campaigns[std::to_string(random.Between(0, 5))].count = round;
        ++profile.message_seq;
      }
      // As a commit takes it and gives it back, or does not.
      encoded.Update(profile);
      std::string state = std::move(encoded.state);
      ASSERT_EQ(state, EncodeProfile(profile)) << "profile " << i << ", round " << round;
      encoded.state = random.OneIn(5) ? "" : std::move(state);
    }
  }
}

TEST(EncodedProfileTest, OnlyWhatIsKnownToLeaveTheHeadAloneIsTrusted) {
  const auto keeps = [](decltype(Input::payload) payload) {
    Input input;
    input.payload = std::move(payload);
    EncodedProfile encoded;
    encoded.state = "kept";
    encoded.Expect(input);
    return !encoded.state.empty();
  };
  EXPECT_TRUE(keeps(CustomEvent()));
  EXPECT_TRUE(keeps(Purchase()));
  EXPECT_TRUE(keeps(SessionStart()));
  EXPECT_TRUE(keeps(SessionEnd()));
  EXPECT_TRUE(keeps(Receipt()));
  EXPECT_FALSE(keeps(AttributeChange()));
  EXPECT_FALSE(keeps(Identify()));
  EXPECT_FALSE(keeps(AddAlias()));
  EXPECT_FALSE(keeps(SubscriptionChange()));
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
  internal::v1::ProfileRecord cut_off;
  cut_off.set_recent_messages("\x40");
  EXPECT_EQ(damaged(cut_off), absl::StatusCode::kDataLoss);
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
