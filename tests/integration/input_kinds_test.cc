#include <gmock/gmock.h>

#include <limits>

#include "storage/base/text.h"
#include "tests/integration/harness.h"

namespace cadenza::testing {
namespace {

using client::Double;
using client::Event;
using client::Int;
using client::List;
using client::Map;
using client::Purchase;
using client::String;
using client::UserId;

class InputKindsTest : public ServedTest {
 protected:
  const v1::UserRef ada_ = UserId("ada");
  v1::Profile Ada() { return shop().Profile(ada_); }
  v1::Value Attribute(const std::string& name) { return Ada().attributes().at(name); }
};

enum class Op { kSet, kSetOnce, kUnset, kIncrement, kListAdd, kListRemove };

v1::Input Change(std::vector<std::tuple<std::string, Op, v1::Value>> operations) {
  v1::Input input = client::SetAttributes(UserId("ada"), {});
  for (auto& [path, op, value] : operations) {
    v1::AttributeOperation* operation = input.mutable_attribute_change()->add_operations();
    operation->set_path(path);
    switch (op) {
      case Op::kSet:
        *operation->mutable_set() = value;
        break;
      case Op::kSetOnce:
        *operation->mutable_set_once() = value;
        break;
      case Op::kUnset:
        operation->mutable_unset();
        break;
      case Op::kIncrement:
        *operation->mutable_increment() = value;
        break;
      case Op::kListAdd:
        *operation->mutable_list_add() = value;
        break;
      case Op::kListRemove:
        *operation->mutable_list_remove() = value;
        break;
    }
  }
  return input;
}

std::string Text(const v1::Value& value) { return value.ShortDebugString(); }

TEST_F(InputKindsTest, CustomEventsAreCountedByName) {
  const absl::Time first = absl::Now() - absl::Minutes(3);
  const absl::Time last = absl::Now() - absl::Minutes(1);
  shop().Apply(At(Event(ada_, "visit"), first));
  shop().Apply(At(Event(ada_, "visit"), last));
  shop().Apply(Event(ada_, "order"));
  const v1::EventCounter visits = Ada().events().at("visit");
  EXPECT_EQ(visits.count(), 2);
  EXPECT_EQ(client::FromProto(visits.first_time()), absl::FromUnixMicros(absl::ToUnixMicros(first)));
  EXPECT_EQ(client::FromProto(visits.last_time()), absl::FromUnixMicros(absl::ToUnixMicros(last)));
  EXPECT_EQ(Ada().events().at("order").count(), 1);
}

TEST_F(InputKindsTest, EveryKindOfValueComesBackAsItWasSent) {
  const client::Entries entries = {{"null", client::Null()},
                                   {"yes", client::Bool(true)},
                                   {"min", Int(std::numeric_limits<int64_t>::min())},
                                   {"tenth", Double(0.1)},
                                   {"text", String("Größe – 寿司 🍕")},
                                   {"time", client::Time(absl::FromUnixMicros(-62'135'596'800'000'000))},
                                   {"list", List({Int(1), String(""), List({})})},
                                   {"map", Map({{"a.b", Map({})}, {"c", List({client::Null()})}})}};
  const v1::Input event = Event(ada_, "order", entries);
  shop().Apply(event);
  shop().Apply(client::SetAttributes(ada_, entries));
  const v1::Input stored = shop().Events(ada_).at(0).input();
  for (const auto& [key, value] : entries) {
    EXPECT_EQ(Text(stored.custom_event().properties().at(key)), Text(value));
    EXPECT_EQ(Text(Attribute(key)), Text(value)) << key;
  }
}

TEST_F(InputKindsTest, PurchasesSumRevenueExactlyByCurrency) {
  for (int i = 0; i < 10; ++i) shop().Apply(Purchase(ada_, "knots", Amount("0.10", "EUR")));
  shop().Apply(Purchase(ada_, "pizza", Amount("8.999999999", "EUR"), 3));
  shop().Apply(Purchase(ada_, "pizza", Amount("9007199254740993.01", "JPY")));
  const v1::PurchaseSummary purchases = Ada().purchases();
  EXPECT_EQ(purchases.count(), 12);
  std::vector<std::string> revenue;
  for (const v1::Money& money : purchases.revenue()) revenue.push_back(client::FormatMoney(money));
  EXPECT_THAT(revenue, ::testing::UnorderedElementsAre("27.999999997 EUR", "9007199254740993.01 JPY"));
  EXPECT_EQ(Ada().events().at("purchase").count(), 12);
}

TEST_F(InputKindsTest, RevenueThatWouldOverflowIsRejected) {
  shop().Apply(Purchase(ada_, "gold", Amount("9223372036854775807", "EUR")));
  const v1::InputResult result = shop().Submit(Purchase(ada_, "gold", Amount("1", "EUR")));
  EXPECT_EQ(result.rejection().reason(), "LIMIT_EXCEEDED") << result.ShortDebugString();
  EXPECT_EQ(result.rejection().field(), "purchase.price");
  EXPECT_EQ(Ada().purchases().count(), 1);
}

TEST_F(InputKindsTest, SessionsStartAndEnd) {
  const absl::Time start = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now() - absl::Minutes(20)));
  shop().Apply(At(client::SessionStart(ada_), start));
  shop().Apply(At(Event(ada_, "visit"), start + absl::Minutes(5)));
  v1::SessionSummary sessions = Ada().sessions();
  EXPECT_EQ(sessions.count(), 1);
  EXPECT_EQ(sessions.current().event_count(), 2);
  EXPECT_EQ(client::FromProto(sessions.current().start_time()), start);
  EXPECT_EQ(sessions.current().duration().seconds(), 300);
  EXPECT_FALSE(sessions.current().session_id().empty());

  shop().Apply(At(client::SessionEnd(ada_), start + absl::Minutes(10)));
  sessions = Ada().sessions();
  EXPECT_FALSE(sessions.has_current());
  EXPECT_EQ(sessions.count(), 1);
  EXPECT_EQ(sessions.total_time().seconds(), 600);

  EXPECT_EQ(shop().Apply(At(client::SessionEnd(ada_), start + absl::Minutes(11))), 4)
      << "takes its place, does nothing";
  shop().Apply(client::SessionStart(ada_));
  EXPECT_EQ(Ada().sessions().count(), 2);
  EXPECT_EQ(Ada().sessions().total_time().seconds(), 600);
  EXPECT_EQ(client::FromProto(Ada().sessions().first_start_time()), start);
}

TEST_F(InputKindsTest, AttributeOperationsApplyInOrder) {
  shop().Apply(Change({{"city", Op::kSet, String("Rome")},
                       {"city", Op::kSetOnce, String("Oslo")},
                       {"size", Op::kSetOnce, String("L")},
                       {"points", Op::kIncrement, Int(5)},
                       {"points", Op::kIncrement, Int(-2)},
                       {"ratio", Op::kIncrement, Double(0.5)},
                       {"ratio", Op::kIncrement, Int(2)},
                       {"tags", Op::kListAdd, String("vip")},
                       {"tags", Op::kListAdd, String("new")},
                       {"tags", Op::kListAdd, String("vip")},
                       {"gone", Op::kSet, Int(1)},
                       {"gone", Op::kUnset, {}},
                       {"never", Op::kUnset, {}}}));
  EXPECT_EQ(Text(Attribute("city")), Text(String("Rome")));
  EXPECT_EQ(Text(Attribute("size")), Text(String("L")));
  EXPECT_EQ(Text(Attribute("points")), Text(Int(3)));
  EXPECT_EQ(Text(Attribute("ratio")), Text(Double(2.5)));
  EXPECT_EQ(Text(Attribute("tags")), Text(List({String("vip"), String("new")})));
  EXPECT_FALSE(Ada().attributes().contains("gone"));
  shop().Apply(Change({{"tags", Op::kListRemove, String("vip")}, {"tags", Op::kListRemove, String("absent")}}));
  EXPECT_EQ(Text(Attribute("tags")), Text(List({String("new")})));
}

TEST_F(InputKindsTest, PathsReachIntoNestedMaps) {
  shop().Apply(Change({{"address.home.city", Op::kSet, String("Rome")},
                       {"address.home.floor", Op::kIncrement, Int(3)},
                       {"address.tags", Op::kListAdd, Int(1)}}));
  shop().Apply(Change({{"address.home.floor", Op::kUnset, {}}}));
  const v1::Value address = Attribute("address");
  EXPECT_EQ(Text(address.map_value().entries().at("home")), Text(Map({{"city", String("Rome")}})));
  EXPECT_EQ(Text(address.map_value().entries().at("tags")), Text(List({Int(1)})));
}

TEST_F(InputKindsTest, AnAttributeErrorRejectsTheWholeChange) {
  shop().Apply(
      Change({{"city", Op::kSet, String("Rome")}, {"points", Op::kSet, Int(std::numeric_limits<int64_t>::max())}}));
  const std::tuple<std::string, Op, v1::Value, const char*> bad[] = {
      {"points", Op::kIncrement, Int(1), "ATTRIBUTE_OVERFLOW"},
      {"city", Op::kIncrement, Int(1), "ATTRIBUTE_TYPE_MISMATCH"},
      {"city", Op::kListAdd, Int(1), "ATTRIBUTE_TYPE_MISMATCH"},
      {"city.street", Op::kSet, Int(1), "ATTRIBUTE_TYPE_MISMATCH"},
      {"points", Op::kIncrement, String("1"), "INVALID_FIELD"},
  };
  for (const auto& [path, op, value, reason] : bad) {
    const v1::InputResult result = shop().Submit(Change({{"fine", Op::kSet, Int(1)}, {path, op, value}}));
    EXPECT_EQ(result.rejection().reason(), reason) << result.ShortDebugString();
    EXPECT_THAT(result.rejection().field(), ::testing::StartsWith("attribute_change.operations[1]"));
  }
  EXPECT_FALSE(Ada().attributes().contains("fine"));
  EXPECT_EQ(Ada().user_seq(), 1);
}

TEST_F(InputKindsTest, AnAliasIsASecondNameForEverything) {
  shop().Apply(Event(ada_, "visit"));
  EXPECT_EQ(shop().Apply(client::AddAlias(ada_, "email_hash", "9a")), 2);
  EXPECT_EQ(shop().Apply(client::AddAlias(ada_, "email_hash", "9a")), 3) << "again: nothing but a user_seq";
  const v1::UserRef alias = client::Alias("email_hash", "9a");
  EXPECT_EQ(shop().Apply(Event(alias, "visit")), 4);
  EXPECT_EQ(shop().Profile(alias).user().user_id(), "ada");
  EXPECT_EQ(shop().Profile(alias).events().at("visit").count(), 2);
  ASSERT_EQ(Ada().other_names_size(), 1);
  EXPECT_EQ(Ada().other_names(0).alias().name(), "9a");

  const v1::InputResult taken = shop().Submit(client::AddAlias(UserId("bob"), "email_hash", "9a"));
  EXPECT_EQ(taken.rejection().reason(), "IDENTITY_TAKEN") << taken.ShortDebugString();
  EXPECT_EQ(taken.rejection().field(), "add_alias.alias");
}

TEST_F(InputKindsTest, SubscriptionsHoldByChannelAndForAll) {
  shop().Activate(CampaignOn("news", "visit"));
  const auto say = [this](const char* channel, v1::SubscriptionState state) {
    shop().Apply(client::Subscription(ada_, channel, state));
    shop().Apply(Event(ada_, "visit"));
    return shop().Messages(ada_).size();
  };
  shop().Apply(Event(ada_, "visit"));
  EXPECT_EQ(shop().Messages(ada_).size(), 1) << "subscribed who never said anything";
  EXPECT_EQ(say("push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED), 1);
  EXPECT_EQ(say("email", v1::SUBSCRIPTION_STATE_OPTED_IN), 1);
  EXPECT_EQ(say("push", v1::SUBSCRIPTION_STATE_OPTED_IN), 2);
  EXPECT_EQ(say("", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED), 3) << "the channel's own state holds";
  EXPECT_EQ(say("push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED), 3);
  const v1::UserRef bob = UserId("bob");
  shop().Apply(client::Subscription(bob, "", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED));
  shop().Apply(Event(bob, "visit"));
  EXPECT_EQ(shop().Messages(bob).size(), 0);
  EXPECT_EQ(Ada().subscriptions().at("email"), v1::SUBSCRIPTION_STATE_OPTED_IN);
  EXPECT_EQ(Ada().subscriptions().at(""), v1::SUBSCRIPTION_STATE_UNSUBSCRIBED);
}

}  // namespace
}  // namespace cadenza::testing
