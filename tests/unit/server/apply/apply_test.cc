#include "server/apply/apply.h"

#include <limits>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza::apply {
namespace {

using Payload = decltype(Input::payload);
using Op = AttributeOperation::Op;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
const Options kOptions = {.session_gap = absl::Minutes(30)};

Input Live(Payload payload, absl::Time time = kNow) {
  Input input;
  input.event_id = "e1";
  input.user = UserKey::User("acme", "ada");
  input.time = time;
  input.receive_time = kNow;
  input.clock = kNow;
  input.payload = std::move(payload);
  return input;
}

Input Import(Payload payload, absl::Time time) {
  Input input = Live(std::move(payload), time);
  input.clock = time;
  input.import = true;
  return input;
}

Profile Ada() {
  Profile profile;
  profile.key = UserKey::User("acme", "ada");
  return profile;
}

Applied MustApply(const Input& input, Profile* profile) {
  Applied applied;
  const int64_t version = profile->version;
  const absl::Status status = ApplyInput(input, kOptions, profile, &applied);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(profile->version, version + 1);
  return applied;
}

// Applies what must be refused: the profile is left as it was, and the field and reason are given.
void MustReject(const Input& input, std::string_view reason, std::string_view field, Profile profile) {
  const Profile before = profile;
  Applied applied;
  const absl::Status status = ApplyInput(input, kOptions, &profile, &applied);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(RejectionReason(status), reason) << status;
  EXPECT_EQ(RejectionField(status), field) << status;
  EXPECT_TRUE(profile == before) << "an error changes nothing";
}

Purchase Bought(int64_t units, int32_t nanos, int32_t quantity, std::string code = "EUR") {
  return {"margherita", Money::Of(std::move(code), units, nanos), quantity, {}};
}

TEST(ApplyInputTest, AnEventIsCountedAndStartsASession) {
  Profile profile = Ada();
  const Applied applied = MustApply(Live(CustomEvent{"order_placed", {}}, kNow - absl::Seconds(2)), &profile);
  EXPECT_TRUE(applied.session_started);
  EXPECT_FALSE(applied.session_ended);
  EXPECT_FALSE(applied.history);
  EXPECT_EQ(profile.events.at("order_placed").count(), 1);
  EXPECT_EQ(profile.events.at("order_placed").last_time(), kNow - absl::Seconds(2));
  EXPECT_EQ(profile.create_time, kNow) << "by the clock, not by the event's time";
  ASSERT_TRUE(profile.sessions.current.has_value());
  EXPECT_EQ(profile.sessions.current->start, kNow - absl::Seconds(2));
}

TEST(ApplyInputTest, ASessionIdDependsOnlyOnTheInput) {
  Profile a = Ada(), b = Ada();
  MustApply(Live(SessionStart{}), &a);
  MustApply(Live(AddAlias{UserKey::Alias("acme", "l", "n")}), &b);
  MustApply(Live(SessionStart{}), &b);
  EXPECT_EQ(a.sessions.current->id.size(), 16u);
  EXPECT_EQ(a.sessions.current->id, b.sessions.current->id);
  Input other = Live(SessionStart{}, kNow + absl::Seconds(1));
  other.event_id = "e2";
  MustApply(other, &b);
  EXPECT_NE(a.sessions.current->id, b.sessions.current->id);
}

TEST(ApplyInputTest, SessionStartAndEnd) {
  Profile profile = Ada();
  EXPECT_TRUE(MustApply(Live(SessionStart{}), &profile).session_started);
  EXPECT_TRUE(MustApply(Live(SessionEnd{}, kNow + absl::Seconds(9)), &profile).session_ended);
  EXPECT_EQ(profile.sessions.total_time, absl::Seconds(9));
  EXPECT_TRUE(profile.events.empty());
}

TEST(ApplyInputTest, PurchasesAddUpExactly) {
  Profile profile = Ada();
  for (int i = 0; i < 10; ++i) MustApply(Live(Bought(0, 100000000, 3)), &profile);
  MustApply(Live(Bought(2, 0, 1, "USD"), kNow - absl::Hours(1)), &profile);
  EXPECT_EQ(profile.purchases.count, 11);
  EXPECT_EQ(profile.purchases.revenue.at("EUR"), Money::Of("EUR", 3, 0));
  EXPECT_EQ(profile.purchases.revenue.at("USD"), Money::Of("USD", 2, 0));
  EXPECT_EQ(profile.purchases.last_time, kNow);
  EXPECT_EQ(profile.events.at("purchase").count(), 11);
}

TEST(ApplyInputTest, AttributesAndSubscriptionsAreNoActivity) {
  Profile profile = Ada();
  MustApply(Live(AttributeChange{{{{"name"}, Op::kSet, Value::String("Ada")}}}), &profile);
  MustApply(Live(SubscriptionChange{"push", SubscriptionState::kUnsubscribed}), &profile);
  MustApply(Live(Identify{UserKey::Anonymous("acme", "d1")}), &profile);
  EXPECT_EQ(*profile.attributes.Find("name"), Value::String("Ada"));
  EXPECT_EQ(profile.subscriptions.at("push"), SubscriptionState::kUnsubscribed);
  EXPECT_EQ(profile.sessions, Sessions());
  EXPECT_EQ(profile.version, 3);
  EXPECT_TRUE(profile.other_names.empty()) << "the lane enters names";
}

TEST(ApplyInputTest, LateBy72HoursIsHistoryOnALiveStream) {
  const absl::Duration kEdge = limits::kLateness;
  Profile profile = Ada();
  EXPECT_FALSE(IsHistory(Live(SessionStart{}, kNow - kEdge), profile));
  EXPECT_TRUE(IsHistory(Live(SessionStart{}, kNow - kEdge - absl::Microseconds(1)), profile));
  const Applied applied = MustApply(Live(CustomEvent{"e", {}}, kNow - absl::Hours(80)), &profile);
  EXPECT_TRUE(applied.history);
  EXPECT_FALSE(applied.session_started);
  EXPECT_EQ(profile.events.at("e").first_time(), kNow - absl::Hours(80));
  EXPECT_EQ(profile.sessions, Sessions());
  MustApply(Live(Bought(1, 0, 1), kNow - absl::Hours(80)), &profile);
  EXPECT_EQ(profile.purchases.count, 1);
}

TEST(ApplyInputTest, OnAnImportStreamLatenessIsFromTheLatestActivity) {
  const absl::Time then = kNow - absl::Hours(24 * 365);
  Profile profile = Ada();
  EXPECT_FALSE(IsHistory(Import(SessionStart{}, then), profile)) << "nothing was seen yet";
  EXPECT_TRUE(MustApply(Import(CustomEvent{"e", {}}, then), &profile).session_started);
  EXPECT_EQ(profile.create_time, then);
  EXPECT_FALSE(IsHistory(Import(SessionStart{}, then - limits::kLateness), profile));
  EXPECT_TRUE(IsHistory(Import(SessionStart{}, then - limits::kLateness - absl::Microseconds(1)), profile));
  MustApply(Import(AttributeChange{{{{"a"}, Op::kSet, Value::Int(1)}}}, then + absl::Hours(1000)), &profile);
  EXPECT_FALSE(IsHistory(Import(SessionStart{}, then), profile)) << "an attribute is no activity";
}

TEST(ApplyInputTest, ErrorsOfAttributesChangeNothing) {
  Profile profile = Ada();
  profile.attributes.Set("name", Value::String("Ada"));
  profile.attributes.Set("max", Value::Int(std::numeric_limits<int64_t>::max()));
  const AttributeOperation fine = {{"fine"}, Op::kSet, Value::Int(1)};
  MustReject(Live(AttributeChange{{fine, {{"name"}, Op::kIncrement, Value::Int(1)}}}), reasons::kAttributeTypeMismatch,
             "attribute_change.operations[1].increment", profile);
  MustReject(Live(AttributeChange{{fine, {{"max"}, Op::kIncrement, Value::Int(1)}}}), reasons::kAttributeOverflow,
             "attribute_change.operations[1].increment", profile);
}

TEST(ApplyInputTest, CountsAreLimited) {
  Profile profile = Ada();
  for (size_t i = 0; i < limits::kEventNames; ++i) profile.events[std::to_string(i)].Add(kNow);
  MustReject(Live(CustomEvent{"one more", {}}), reasons::kLimitExceeded, "custom_event.name", profile);
  MustReject(Live(Bought(1, 0, 1)), reasons::kLimitExceeded, "purchase", profile);
  MustApply(Live(CustomEvent{"7", {}}), &profile);

  Profile currencies = Ada();
  for (size_t i = 0; i < limits::kCurrencies; ++i) currencies.purchases.revenue[std::to_string(100 + i)] = {};
  MustReject(Live(Bought(1, 0, 1)), reasons::kLimitExceeded, "purchase.price.currency_code", currencies);

  Profile channels = Ada();
  for (size_t i = 0; i < limits::kChannels; ++i) {
    channels.subscriptions[std::to_string(i)] = SubscriptionState::kOptedIn;
  }
  MustReject(Live(SubscriptionChange{"push", SubscriptionState::kSubscribed}), reasons::kLimitExceeded,
             "subscription_change.channel", channels);
  MustApply(Live(SubscriptionChange{"7", SubscriptionState::kSubscribed}), &channels);

  Profile names = Ada();
  for (size_t i = 0; i < limits::kOtherNames; ++i) names.other_names.push_back("a:" + std::to_string(i));
  MustReject(Live(Identify{UserKey::Anonymous("acme", "new")}), reasons::kLimitExceeded, "identify.anonymous_id",
             names);
  MustReject(Live(AddAlias{UserKey::Alias("acme", "l", "n")}), reasons::kLimitExceeded, "add_alias.alias", names);
  MustApply(Live(Identify{UserKey::Anonymous("acme", "7")}), &names);
}

TEST(ApplyInputTest, RevenueStaysWithinInt64Units) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  Profile profile = Ada();
  MustReject(Live(Bought(kMax, 0, 1000000)), reasons::kLimitExceeded, "purchase.price", profile);
  MustApply(Live(Bought(kMax, 999999999, 1)), &profile);
  EXPECT_EQ(profile.purchases.revenue.at("EUR").units(), kMax);
  EXPECT_EQ(profile.purchases.revenue.at("EUR").nano_part(), 999999999);
  MustReject(Live(Bought(0, 1, 1)), reasons::kLimitExceeded, "purchase.price", profile);
}

TEST(ApplyInputTest, AFullProfileTakesNothingMoreButSpaceCanBeMade) {
  Profile profile = Ada();
  const std::string kilobytes(32 << 10, 'x');
  for (int i = 0; profile.ByteSize() + kilobytes.size() < limits::kProfileBytes; ++i) {
    profile.attributes.Set(std::to_string(i), Value::String(kilobytes));
  }
  profile.attributes.Set("rest", Value::String(std::string(limits::kProfileBytes - profile.ByteSize() - 20, 'x')));
  ASSERT_LE(profile.ByteSize(), limits::kProfileBytes);
  MustReject(Live(CustomEvent{std::string(200, 'n'), {}}), reasons::kLimitExceeded, "custom_event.name", profile);
  MustReject(Live(Bought(1, 0, 1)), reasons::kLimitExceeded, "purchase", profile);
  MustReject(Live(SubscriptionChange{"push", SubscriptionState::kSubscribed}), reasons::kLimitExceeded,
             "subscription_change.channel", profile);
  MustReject(Live(AddAlias{UserKey::Alias("acme", "label", "name of some length")}), reasons::kLimitExceeded,
             "add_alias.alias", profile);
  MustReject(Live(AttributeChange{{{{"new"}, Op::kSet, Value::String(std::string(100, 'x'))}}}),
             reasons::kLimitExceeded, "attribute_change", profile);
  MustApply(Live(SessionStart{}), &profile);
  MustApply(Live(AttributeChange{{{{"0"}, Op::kUnset, {}}}}), &profile);
  MustApply(Live(CustomEvent{"order_placed", {}}), &profile);
}

TEST(ApplyInputTest, AProfileThatIsNotMeasuredEachTimeStillEndsAtItsLimit) {
  Profile profile = Ada();
  profile.attributes.Set("half", Value::String(std::string(limits::kProfileBytes / 2 - 20'000, 'x')));
  // Names of events alone cannot fill what is left; campaigns do, which nothing but the next input notices.
  int accepted = 0;
  for (int i = 0;; ++i) {
    Applied applied;
    const size_t before = profile.ByteSize();
    const absl::Status status =
        ApplyInput(Live(CustomEvent{std::to_string(i % 200), {}}), kOptions, &profile, &applied);
    if (!status.ok()) {
      EXPECT_EQ(RejectionReason(status), reasons::kLimitExceeded) << status;
      EXPECT_GT(before + 60, limits::kProfileBytes);
      break;
    }
    ++accepted;
    ASSERT_LE(before, limits::kProfileBytes);
    for (int more = 0; more < 20; ++more) profile.campaigns[std::to_string(i) + "-" + std::to_string(more)].count = 1;
  }
  EXPECT_GT(accepted, 500);
}

// Random inputs, good and bad: an error changes nothing, a success moves the version by one, and the same inputs give
// the same profile.
TEST(ApplyInputPropertyTest, IsAPureFunction) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  const auto any_payload = [&random]() -> Payload {
    const std::vector<std::string> path =
        random.OneIn(3) ? std::vector<std::string>{"m", "x"} : std::vector<std::string>{random.OneIn(2) ? "m" : "n"};
    switch (random.Between(0, 6)) {
      case 0:
        return CustomEvent{random.OneIn(2) ? "a" : "b", {}};
      case 1:
        return Bought(random.OneIn(4) ? INT64_MAX : 3, 5, static_cast<int32_t>(random.Between(1, 9)));
      case 2:
        return SessionStart{};
      case 3:
        return SessionEnd{};
      case 4:
        return SubscriptionChange{"push", SubscriptionState::kOptedIn};
      default:
        return AttributeChange{
            {{path, static_cast<Op>(random.Between(0, 5)), random.AnyValue(1)}, {path, Op::kIncrement, Value::Int(1)}}};
    }
  };
  Profile profile = Ada(), again = Ada();
  int errors = 0;
  for (int i = 0; i < 5000; ++i) {
    Input input = Live(any_payload(), kNow + absl::Seconds(i * 60 - random.Between(0, 400000)));
    input.clock = kNow + absl::Seconds(i * 60);
    input.event_id = std::to_string(i);
    const Profile before = profile;
    Applied applied, applied_again;
    const absl::Status status = ApplyInput(input, kOptions, &profile, &applied);
    if (status.ok()) {
      ASSERT_EQ(profile.version, before.version + 1);
    } else {
      ++errors;
      ASSERT_NE(RejectionReason(status), "") << status;
      ASSERT_TRUE(profile == before) << status;
    }
    ASSERT_EQ(ApplyInput(input, kOptions, &again, &applied_again), status);
    ASSERT_EQ(applied.session_started, applied_again.session_started);
    // What is remembered of the size is never too little.
    if (random.OneIn(10)) profile.campaigns[std::to_string(i)] = again.campaigns[std::to_string(i)] = {};
    const SizeBound& bound = profile.size_bound;
    const size_t campaigns = profile.campaigns.size() - std::min<size_t>(profile.campaigns.size(), bound.campaigns);
    if (bound.trust > 0) {
      ASSERT_GE(bound.bytes + campaigns * 95, profile.ByteSize());
    }
  }
  EXPECT_EQ(profile, again);
  EXPECT_GT(errors, 100);
}

}  // namespace
}  // namespace cadenza::apply
