#include "server/apply/messages.h"

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "server/apply/apply.h"
#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza::apply {
namespace {

using Kind = Receipt::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Message MessageOf(std::string_view name, std::string_view campaign_id, absl::Time time = kNow) {
  Message message;
  message.message_id = ToHex(DigestOf(name));
  message.campaign_id = std::string(campaign_id);
  message.create_time = time;
  message.variant_id = "b";
  return message;
}

// As a campaign enters it.
void Enter(const Message& message, Profile* profile) {
  CampaignHistory& history = profile->campaigns[message.campaign_id];
  ++history.count;
  history.last_time = message.create_time;
  RememberMessage(message, profile);
}

Receipt Of(Kind kind, std::string_view name, std::string link_id = "") {
  return {kind, ToHex(DigestOf(name)), std::move(link_id)};
}

int64_t Count(const Profile& profile, Kind kind, std::string_view campaign_id = "c") {
  return profile.campaigns.find(campaign_id)->second.Of(kind).count;
}

TEST(FoldReceiptTest, AClickIsADeliveredOpenedMessage) {
  Profile profile;
  Enter(MessageOf("m", "c"), &profile);
  const absl::Time later = kNow + absl::Minutes(3);
  const std::optional<Reported> reported = FoldReceipt(Of(Kind::kClicked, "m", "menu"), later, later, &profile);
  ASSERT_TRUE(reported.has_value());
  EXPECT_EQ(reported->campaign_id, "c");
  EXPECT_EQ(reported->variant_id, "b");
  EXPECT_TRUE(reported->Has(Kind::kClicked) && reported->Has(Kind::kOpened) && reported->Has(Kind::kDelivered));
  EXPECT_FALSE(reported->Has(Kind::kDismissed) || reported->another_link);
  for (const Kind kind : {Kind::kDelivered, Kind::kOpened, Kind::kClicked}) {
    EXPECT_EQ(profile.campaigns["c"].Of(kind), (ReceiptCount{1, later}));
  }
  EXPECT_EQ(Count(profile, Kind::kDismissed), 0);
}

TEST(FoldReceiptTest, EachKindCountsOnceAndEachLink) {
  Profile profile;
  Enter(MessageOf("m", "c"), &profile);
  const auto fold = [&](const Receipt& receipt) { return FoldReceipt(receipt, kNow, kNow, &profile); };
  EXPECT_TRUE(fold(Of(Kind::kDelivered, "m")).has_value());
  EXPECT_FALSE(fold(Of(Kind::kDelivered, "m")).has_value());
  EXPECT_TRUE(fold(Of(Kind::kClicked, "m", "a"))->Has(Kind::kOpened));
  EXPECT_FALSE(fold(Of(Kind::kOpened, "m")).has_value()) << "the click said so";
  EXPECT_FALSE(fold(Of(Kind::kClicked, "m", "a")).has_value());
  const std::optional<Reported> another = fold(Of(Kind::kClicked, "m", "b"));
  ASSERT_TRUE(another.has_value());
  EXPECT_TRUE(another->another_link);
  EXPECT_FALSE(another->Has(Kind::kOpened));
  EXPECT_TRUE(fold(Of(Kind::kClicked, "m"))->another_link) << "no link is one too";
  EXPECT_TRUE(fold(Of(Kind::kDismissed, "m")).has_value());
  EXPECT_EQ(Count(profile, Kind::kClicked), 3);
  EXPECT_EQ(Count(profile, Kind::kOpened), 1);
}

TEST(FoldReceiptTest, WhatIsNotRememberedChangesNothing) {
  Profile profile;
  Enter(MessageOf("m", "c"), &profile);
  const Profile before = profile;
  EXPECT_FALSE(FoldReceipt(Of(Kind::kOpened, "other"), kNow, kNow, &profile).has_value());
  EXPECT_FALSE(FoldReceipt({Kind::kOpened, "no digest", ""}, kNow, kNow, &profile).has_value());
  const absl::Time late = kNow + limits::kRecentMessageAge;
  EXPECT_FALSE(FoldReceipt(Of(Kind::kOpened, "m"), late, late, &profile).has_value()) << "forgotten";
  EXPECT_EQ(profile, before);
  EXPECT_TRUE(FoldReceipt(Of(Kind::kOpened, "m"), late - absl::Microseconds(1), late, &profile).has_value());
}

TEST(FoldReceiptTest, AReceiptIsNoActivityAndTakesAVersion) {
  Profile profile;
  Enter(MessageOf("m", "c"), &profile);
  Input input;
  input.event_id = "r1";
  input.user = UserKey::User("acme", "ada");
  input.time = input.receive_time = input.clock = kNow;
  input.payload = Of(Kind::kOpened, "m");
  Applied applied;
  ASSERT_TRUE(ApplyInput(input, {absl::Minutes(30)}, &profile, &applied).ok());
  EXPECT_TRUE(applied.reported.has_value() && applied.reported->Has(Kind::kOpened));
  EXPECT_EQ(profile.version, 1);
  EXPECT_EQ(profile.sessions, Sessions());
  ASSERT_TRUE(ApplyInput(input, {absl::Minutes(30)}, &profile, &applied).ok());
  EXPECT_FALSE(applied.reported.has_value());
  EXPECT_EQ(profile.version, 2);
}

// Random receipts of a few messages, in any order and many times, against the definition.
TEST(FoldReceiptTest, TheCountsAreThoseOfTheDefinition) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int round = 0; round < 100; ++round) {
    Profile profile;
    const int64_t messages = random.Between(1, 12);
    for (int64_t m = 0; m < messages; ++m) Enter(MessageOf(std::to_string(m), m % 2 == 0 ? "even" : "odd"), &profile);
    std::map<std::string, std::map<Kind, ReceiptCount>> expected;
    std::set<std::tuple<int64_t, Kind>> reported;
    std::set<std::tuple<int64_t, std::string>> clicked;
    for (int step = 0; step < 80; ++step) {
      const int64_t m = random.Between(0, messages);  // the last is unknown
      const auto kind = static_cast<Kind>(random.Between(1, 4));
      const std::string link = kind == Kind::kClicked ? std::to_string(random.Between(0, 3)) : "";
      const absl::Time time = kNow + absl::Seconds(random.Between(0, 1000));
      std::set<Kind> fresh;
      const auto first = [&](Kind of) {
        if (reported.emplace(m, of).second) fresh.insert(of);
      };
      if (m < messages) {
        if (kind == Kind::kClicked && clicked.emplace(m, link).second) fresh.insert(kind);
        if (kind == Kind::kClicked || kind == Kind::kOpened) first(Kind::kOpened);
        if (kind != Kind::kDismissed) first(Kind::kDelivered);
        if (kind == Kind::kDismissed) first(kind);
      }
      for (const Kind of : fresh) {
        ReceiptCount& count = expected[m % 2 == 0 ? "even" : "odd"][of];
        ++count.count;
        count.last_time = std::max(count.last_time, time);
      }
      const std::optional<Reported> folded = FoldReceipt(Of(kind, std::to_string(m), link), kNow, time, &profile);
      ASSERT_EQ(folded.has_value(), !fresh.empty()) << "step " << step;
      for (int k = 1; k <= 4 && folded.has_value(); ++k) {
        ASSERT_EQ(folded->Has(static_cast<Kind>(k)), fresh.contains(static_cast<Kind>(k)));
      }
    }
    for (const auto& [campaign_id, history] : profile.campaigns) {
      for (int k = 1; k <= 4; ++k) {
        ASSERT_EQ(history.Of(static_cast<Kind>(k)), expected[campaign_id][static_cast<Kind>(k)]) << campaign_id << k;
      }
    }
  }
}

}  // namespace
}  // namespace cadenza::apply
