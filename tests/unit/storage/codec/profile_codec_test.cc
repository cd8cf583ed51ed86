#include "storage/codec/profile_codec.h"

#include <thread>

#include "absl/strings/escaping.h"
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
    const std::string ordered = SerializeDeterministic(record);
    ASSERT_EQ(ordered.size(), bytes.size()) << "what protobuf itself would write, but for the order of the fields";
    ASSERT_TRUE(*DecodeProfile(profile.key, profile.version, ordered) == profile);
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
        const std::string campaign_id = std::to_string(random.Between(0, 5));
        if (random.OneIn(4)) profile.campaigns[campaign_id].count = round;
        if (random.OneIn(8)) profile.campaigns[campaign_id].Of(Receipt::Kind::kOpened) = {round + 1, random.Time()};
        if (random.OneIn(8)) profile.entries[campaign_id].variant_id = random.Name();
        if (random.OneIn(8)) profile.participations[campaign_id].counted |= Participation::kEntered;
        if (random.OneIn(8)) profile.touches.push_back({campaign_id, "", absl::FromUnixSeconds(4'000'000'000 + round)});
        if (random.OneIn(8)) profile.touches.clear();
        if (random.OneIn(8)) {
          const Profile copy = profile;
          profile = copy;
        }
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

// A profile as the program wrote it before recent messages had form 2, its fields in the order of their numbers.
TEST(ProfileCodecTest, WhatWasStoredBeforeIsRead) {
  const std::string stored = absl::HexStringToBytes(
      "3a1c0a0473616c65100118c0d9f5ebc1c48203300138c086d8f0c1c482033a140a0777656c636f6d65100218c0d49daa"
      "dcc48203480372752300ca0df2c95aa144c1d0ff2ff3c8f967fd40222018240a0600000777656c636f6d650000290029"
      "c1b289e7522195b362e44f54e05470c06c7d1d240a0600060473616c650161018d9001d32c6a703d2300153812ae5fea"
      "0b73a011bf28bd7cea93406a47c5250a0600000777656c636f6d6500007a0d0a0b0a0473616c651201611804");
  const absl::StatusOr<Profile> profile = DecodeProfile(UserKey::User("acme", "ada"), 1, stored);
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->message_seq, 3);
  EXPECT_EQ(profile->recent_messages.size(), 3);
  EXPECT_EQ(profile->recent_messages.Find(DigestOf("m2"))->campaign_id, "sale");
  EXPECT_EQ(profile->campaigns.at("welcome").count, 2);
  EXPECT_TRUE(profile->campaigns.at("welcome").receipts.empty());
  EXPECT_EQ(profile->campaigns.at("sale").Of(Receipt::Kind::kOpened).count, 1);
  EXPECT_EQ(profile->participations.at("sale").variant_id, "a");
  const absl::StatusOr<Profile> again = DecodeProfile(profile->key, 1, EncodeProfile(*profile));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *profile);
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
