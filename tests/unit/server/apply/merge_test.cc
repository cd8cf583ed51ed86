#include "server/apply/merge.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "server/apply/messages.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza::apply {
namespace {

constexpr absl::Duration kGap = absl::Minutes(30);

absl::Time At(int64_t second) { return absl::FromUnixSeconds(1700000000 + second); }

Profile Known() {
  Profile profile;
  profile.key = UserKey::User("acme", "ada");
  profile.version = 10;
  profile.create_time = At(100);
  return profile;
}

Profile Anonymous() {
  Profile profile;
  profile.key = UserKey::Anonymous("acme", "d1");
  profile.version = 4;
  profile.create_time = At(50);
  return profile;
}

Profile Merged(Profile known, const Profile& anonymous) {
  const absl::Status status = MergeProfile(anonymous, kGap, &known);
  EXPECT_TRUE(status.ok()) << status;
  return known;
}

TEST(MergeProfileTest, KeyAndVersionAreTheKnowns) {
  const Profile merged = Merged(Known(), Anonymous());
  EXPECT_EQ(merged.key, Known().key);
  EXPECT_EQ(merged.version, 10);
}

TEST(MergeProfileTest, TimersOfBothWaitOnAndTheKnownsStay) {
  Profile known = Known(), anonymous = Anonymous();
  known.timers = {{"both", {At(1), 9}}};
  anonymous.timers = {{"both", {At(2), 4}}, {"theirs", {At(3), 12}}};
  const Profile merged = Merged(known, anonymous);
  EXPECT_EQ(merged.timers, (FlatMap<PendingTimer>{{"both", {At(1), 9}}, {"theirs", {At(3), 10}}}));
  for (size_t i = 0; i < limits::kTimers; ++i) anonymous.timers[std::to_string(i)] = {At(1), 1};
  EXPECT_EQ(RejectionReason(MergeProfile(anonymous, kGap, &known)), reasons::kLimitExceeded);
}

TEST(MergeProfileTest, ALaunchOfEitherIsALaunchOfBoth) {
  Profile known = Known(), anonymous = Anonymous();
  known.entries["sale"] = {"a", absl::InfinitePast(), {{At(1), true}}};
  anonymous.entries["sale"] = {"b", At(7), {{At(1), false}, {At(2), true}}};
  anonymous.entries["news"] = {"", absl::InfinitePast(), {{At(3), false}}};
  const Profile merged = Merged(known, anonymous);
  EXPECT_EQ(merged.entries.at("sale"), (CampaignEntry{"a", At(7), {{At(1), false}, {At(2), true}}}));
  EXPECT_EQ(merged.entries.at("news"), anonymous.entries.at("news"));
}

TEST(MergeProfileTest, ReceiptsOfBothCountAndCanStillCome) {
  Profile known = Known(), anonymous = Anonymous();
  const auto enter = [](std::string_view name, std::string_view campaign_id, absl::Time time, Profile* profile) {
    Message message;
    message.message_id = ToHex(DigestOf(name));
    message.campaign_id = std::string(campaign_id);
    message.create_time = time;
    ++profile->campaigns[campaign_id].count;
    RememberMessage(message, profile);
  };
  enter("k", "both", At(200), &known);
  enter("a", "both", At(100), &anonymous);
  enter("b", "theirs", At(300), &anonymous);
  const auto report = [](std::string_view name, Receipt::Kind kind, int64_t second, Profile* profile) {
    return FoldReceipt({kind, ToHex(DigestOf(name)), ""}, At(second), At(second), profile).has_value();
  };
  EXPECT_TRUE(report("k", Receipt::Kind::kOpened, 500, &known));
  EXPECT_TRUE(report("a", Receipt::Kind::kOpened, 400, &anonymous));
  Profile merged = Merged(known, anonymous);
  EXPECT_EQ(merged.campaigns["both"].Of(Receipt::Kind::kOpened), (ReceiptCount{2, At(500)}));
  EXPECT_EQ(merged.campaigns["both"].Of(Receipt::Kind::kClicked), ReceiptCount());
  EXPECT_FALSE(report("a", Receipt::Kind::kOpened, 600, &merged)) << "known from before";
  EXPECT_TRUE(report("a", Receipt::Kind::kClicked, 600, &merged));
  EXPECT_TRUE(report("b", Receipt::Kind::kDelivered, 600, &merged));
  EXPECT_EQ(merged.campaigns["theirs"].Of(Receipt::Kind::kDelivered), (ReceiptCount{1, At(600)}));
}

TEST(MergeProfileTest, CreateTimeIsTheEarlier) {
  EXPECT_EQ(Merged(Known(), Anonymous()).create_time, At(50));
  Profile late = Anonymous();
  late.create_time = At(500);
  EXPECT_EQ(Merged(Known(), late).create_time, At(100));
  Profile fresh;
  fresh.key = Known().key;
  EXPECT_EQ(Merged(fresh, late).create_time, At(500)) << "a user without a row has no time of its own";
}

TEST(MergeProfileTest, AttributesOfTheKnownStay) {
  Profile known = Known(), anonymous = Anonymous();
  known.attributes = {{"name", Value::String("Ada")}, {"m", Value::Map({{"a", Value::Int(1)}})}};
  anonymous.attributes = {
      {"name", Value::String("?")}, {"m", Value::Map({{"b", Value::Int(2)}})}, {"city", Value::String("Bonn")}};
  EXPECT_EQ(Merged(known, anonymous).attributes,
            ValueMap({{"name", Value::String("Ada")},
                      {"m", Value::Map({{"a", Value::Int(1)}, {"b", Value::Int(2)}})},
                      {"city", Value::String("Bonn")}}));
}

TEST(MergeProfileTest, EventCountersAddAndWindowsUnite) {
  Profile known = Known(), anonymous = Anonymous();
  known.events["order"].Add(At(10));
  anonymous.events["order"].Add(At(5));
  anonymous.events["order"].Add(At(20));
  anonymous.events["view"].Add(At(7));
  const Profile merged = Merged(known, anonymous);
  EXPECT_EQ(merged.events.at("order").count(), 3);
  EXPECT_EQ(merged.events.at("order").first_time(), At(5));
  EXPECT_EQ(merged.events.at("order").last_time(), At(20));
  EXPECT_EQ(merged.events.at("order").CountWithin(absl::Seconds(15), At(20)), 2);
  EXPECT_EQ(merged.events.at("view").count(), 1);
}

TEST(MergeProfileTest, PurchasesAdd) {
  Profile known = Known(), anonymous = Anonymous();
  known.purchases = {2, At(10), {{"EUR", Money::Of("EUR", 3, 500000000)}}};
  anonymous.purchases = {1, At(20), {{"EUR", Money::Of("EUR", 1, 600000000)}, {"USD", Money::Of("USD", 9, 0)}}};
  const Purchases purchases = Merged(known, anonymous).purchases;
  EXPECT_EQ(purchases.count, 3);
  EXPECT_EQ(purchases.last_time, At(20));
  EXPECT_EQ(purchases.revenue.at("EUR"), Money::Of("EUR", 5, 100000000));
  EXPECT_EQ(purchases.revenue.at("USD"), Money::Of("USD", 9, 0));
}

TEST(MergeProfileTest, SessionsAreUnited) {
  Profile known = Known(), anonymous = Anonymous();
  known.sessions.count = 2;
  known.sessions.first_start = At(100);
  anonymous.sessions.count = 1;
  anonymous.sessions.first_start = At(60);
  const Sessions sessions = Merged(known, anonymous).sessions;
  EXPECT_EQ(sessions.count, 3);
  EXPECT_EQ(sessions.first_start, At(60));
}

TEST(MergeProfileTest, SubscriptionsOfTheKnownStay) {
  Profile known = Known(), anonymous = Anonymous();
  known.subscriptions = {{"push", SubscriptionState::kUnsubscribed}};
  anonymous.subscriptions = {{"push", SubscriptionState::kOptedIn}, {"", SubscriptionState::kUnsubscribed}};
  const auto subscriptions = Merged(known, anonymous).subscriptions;
  EXPECT_EQ(subscriptions.at("push"), SubscriptionState::kUnsubscribed);
  EXPECT_EQ(subscriptions.at(""), SubscriptionState::kUnsubscribed);
}

TEST(MergeProfileTest, CampaignHistoryAddsSoThatEitherCooldownHolds) {
  Profile known = Known(), anonymous = Anonymous();
  known.campaigns = {{"knots", {2, At(10)}}};
  anonymous.campaigns = {{"knots", {1, At(30)}}, {"welcome", {1, At(5)}}};
  const auto campaigns = Merged(known, anonymous).campaigns;
  EXPECT_EQ(campaigns.at("knots"), (CampaignHistory{3, At(30)}));
  EXPECT_EQ(campaigns.at("welcome"), (CampaignHistory{1, At(5)}));
}

TEST(MergeProfileTest, NamesAndMessagesGoOver) {
  Profile known = Known(), anonymous = Anonymous();
  known.other_names = {"l:email:x"};
  known.message_seq = 3;
  anonymous.other_names = {"l:email:x", "a:d0"};
  anonymous.message_seq = 2;
  const Profile merged = Merged(known, anonymous);
  EXPECT_EQ(merged.other_names, (std::vector<std::string>{"l:email:x", "a:d1", "a:d0"}));
  EXPECT_EQ(merged.message_seq, 5);
}

void MustReject(const Profile& known, const Profile& anonymous) {
  Profile merged = known;
  const absl::Status status = MergeProfile(anonymous, kGap, &merged);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(RejectionReason(status), reasons::kLimitExceeded);
  EXPECT_EQ(RejectionField(status), "identify.anonymous_id");
  EXPECT_TRUE(merged == known) << "an error changes nothing";
}

TEST(MergeProfileTest, AUnionThatBreaksALimitIsRefused) {
  const auto names = [](int from, size_t count, auto add) {
    for (size_t i = 0; i < count; ++i) add(std::to_string(from + static_cast<int>(i)));
  };
  Profile known = Known(), anonymous = Anonymous();
  names(0, 600, [&](auto name) { known.attributes.Set(name, Value::Int(1)); });
  names(500, 600, [&](auto name) { anonymous.attributes.Set(name, Value::Int(1)); });
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  names(0, 600, [&](auto name) { known.events[name].Add(At(0)); });
  names(500, 600, [&](auto name) { anonymous.events[name].Add(At(0)); });
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  names(0, 40, [&](auto name) { known.other_names.push_back("a:" + name); });
  names(100, 40, [&](auto name) { anonymous.other_names.push_back("a:" + name); });
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  names(0, 40, [&](auto name) { known.subscriptions[name] = SubscriptionState::kOptedIn; });
  names(100, 40, [&](auto name) { anonymous.subscriptions[name] = SubscriptionState::kOptedIn; });
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  names(100, 40, [&](auto name) { known.purchases.revenue[name] = Money::Of(name, 1, 0); });
  names(200, 40, [&](auto name) { anonymous.purchases.revenue[name] = Money::Of(name, 1, 0); });
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  known.purchases.revenue["EUR"] = Money::Of("EUR", std::numeric_limits<int64_t>::max(), 0);
  anonymous.purchases.revenue["EUR"] = Money::Of("EUR", 1, 0);
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  const Value half = Value::String(std::string(limits::kValueBytes * 2 / 3, 'x'));
  known.attributes.Set("m", Value::Map({{"a", half}}));
  anonymous.attributes.Set("m", Value::Map({{"b", half}}));
  MustReject(known, anonymous);

  known = Known(), anonymous = Anonymous();
  names(0, 13, [&](auto name) { known.attributes.Set(name, half); });
  names(13, 13, [&](auto name) { anonymous.attributes.Set(name, half); });
  MustReject(known, anonymous);
}

TEST(MergeProfileTest, UnitesAllocationsAndWhatWasCounted) {
  Profile known = Known(), anonymous = Anonymous();
  known.participations["both"] = {"a", Participation::kEntered, {{"g", Participation::kAnyTouch}}};
  anonymous.participations["both"] = {
      "b", Participation::kSent, {{"g", Participation::kLastTouch}, {"h", Participation::kAnyTouch}}};
  anonymous.participations["new"] = {"c", Participation::kEntered};
  known.touches = {{"both", "a", At(10), {"g"}}, {"both", "a", At(30)}};
  anonymous.touches = {{"new", "c", At(10)}, {"both", "b", At(20), {"h"}}};
  const Profile merged = Merged(known, anonymous);
  EXPECT_EQ(
      merged.participations.at("both"),
      (Participation{"a",
                     Participation::kEntered | Participation::kSent,
                     {{"g", Participation::kAnyTouch | Participation::kLastTouch}, {"h", Participation::kAnyTouch}}}));
  EXPECT_EQ(merged.participations.at("new"), anonymous.participations.at("new"));
  EXPECT_EQ(
      merged.touches,
      (std::vector<Touch>{
          {"both", "a", At(10), {"g"}}, {"new", "c", At(10)}, {"both", "b", At(20), {"h"}}, {"both", "a", At(30)}}));
  // The first go.
  known.touches.assign(limits::kTouches, {"both", "a", At(20)});
  const Profile full = Merged(known, anonymous);
  EXPECT_EQ(full.touches.size(), limits::kTouches);
  EXPECT_EQ(full.touches.front(), (Touch{"both", "a", At(20)}));
  EXPECT_EQ(full.touches.back(), anonymous.touches.back());
}

TEST(MergeProfilePropertyTest, NothingIsLost) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int i = 0; i < 200; ++i) {
    const Profile known = random.AnyProfile();
    Profile anonymous = random.AnyProfile();
    anonymous.key = UserKey::Anonymous("acme", "device");
    const Profile merged = Merged(known, anonymous);
    for (const Profile* side : std::initializer_list<const Profile*>{&known, &anonymous}) {
      for (const auto& [name, value] : side->attributes) ASSERT_NE(merged.attributes.Find(name), nullptr);
      for (const auto& [name, history] : side->events) ASSERT_GE(merged.events.at(name).count(), history.count());
      for (const auto& [id, history] : side->campaigns) ASSERT_GE(merged.campaigns.at(id).last_time, history.last_time);
    }
    for (const auto& [name, value] : known.attributes) {
      if (value.kind() == Value::Kind::kMap) continue;
      ASSERT_EQ(*merged.attributes.Find(name), value);
    }
    ASSERT_EQ(merged.purchases.count, known.purchases.count + anonymous.purchases.count);
    const int64_t joined = known.sessions.count + anonymous.sessions.count - merged.sessions.count;
    ASSERT_TRUE(joined == 0 || (joined == 1 && known.sessions.current && anonymous.sessions.current));
    ASSERT_EQ(merged.message_seq, known.message_seq + anonymous.message_seq);
  }
}

}  // namespace
}  // namespace cadenza::apply
