#include <gmock/gmock.h>

#include "storage/base/text.h"
#include "tests/integration/streams.h"

namespace cadenza::testing {
namespace {

using client::AnonymousId;
using client::Event;
using client::Identify;
using client::Int;
using client::String;
using client::UserId;

class IdentifyTest : public ServedTest {
 protected:
  const v1::UserRef ada_ = UserId("ada");
  const v1::UserRef device_ = AnonymousId("device-1");
};

TEST_F(IdentifyTest, AnIdNeverSeenBecomesAnotherName) {
  shop().Apply(Event(ada_, "visit"));
  EXPECT_EQ(shop().Apply(Identify(ada_, "device-1")), 2);
  EXPECT_EQ(shop().Apply(Event(device_, "visit")), 3);
  EXPECT_EQ(shop().Profile(device_).user().user_id(), "ada");
  EXPECT_EQ(shop().Profile(ada_).events().at("visit").count(), 2);
}

TEST_F(IdentifyTest, AUserNeverSeenTakesEverythingOver) {
  shop().Apply(Event(device_, "visit"));
  shop().Apply(client::SetAttributes(device_, {{"city", String("Rome")}}));
  EXPECT_EQ(shop().Apply(Identify(ada_, "device-1")), 1);
  const v1::Profile ada = shop().Profile(ada_);
  EXPECT_EQ(ada.events().at("visit").count(), 1);
  EXPECT_EQ(ada.attributes().at("city").string_value(), "Rome");
  EXPECT_EQ(ada.user_seq(), 1);
}

TEST_F(IdentifyTest, TheProfilesAreMergedFieldByField) {
  shop().Activate(CampaignOn("thanks", "order", "{{ event.properties.n }}"));
  const absl::Time start = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now() - absl::Hours(10)));
  shop().Import(client::SetAttributes(ada_, {{"city", String("Rome")}, {"address", client::Map({{"zip", Int(1)}})}}),
                start);
  shop().Import(Event(ada_, "order", {{"n", Int(1)}}), start + absl::Hours(1));
  shop().Import(client::Purchase(ada_, "a", Amount("1.10", "EUR")), start + absl::Hours(1));
  shop().Import(client::Subscription(ada_, "push", v1::SUBSCRIPTION_STATE_OPTED_IN), start + absl::Hours(1));
  shop().Import(client::AddAlias(ada_, "email", "ada"), start + absl::Hours(1));

  shop().Import(client::SetAttributes(device_, {{"city", String("Oslo")},
                                                {"theme", String("dark")},
                                                {"address", client::Map({{"zip", Int(2)}, {"floor", Int(3)}})}}),
                start - absl::Hours(1));
  shop().Import(Event(device_, "order", {{"n", Int(2)}}), start - absl::Hours(1));
  shop().Import(Event(device_, "order", {{"n", Int(3)}}), start + absl::Hours(2));
  shop().Import(client::Purchase(device_, "b", Amount("2.25", "EUR")), start + absl::Hours(2));
  shop().Import(client::Purchase(device_, "b", Amount("5", "USD")), start + absl::Hours(2));
  shop().Import(client::Subscription(device_, "push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED), start + absl::Hours(2));
  shop().Import(client::Subscription(device_, "email", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED), start + absl::Hours(2));

  EXPECT_EQ(shop().Import(Identify(ada_, "device-1"), start + absl::Hours(3)), 6);
  const v1::Profile merged = shop().Profile(ada_);
  EXPECT_EQ(client::FromProto(merged.create_time()), start - absl::Hours(1));
  EXPECT_EQ(merged.attributes().at("city").string_value(), "Rome");
  EXPECT_EQ(merged.attributes().at("theme").string_value(), "dark");
  EXPECT_EQ(merged.attributes().at("address").map_value().entries().at("zip").int64_value(), 1);
  EXPECT_EQ(merged.attributes().at("address").map_value().entries().at("floor").int64_value(), 3);
  EXPECT_EQ(merged.events().at("order").count(), 3);
  EXPECT_EQ(client::FromProto(merged.events().at("order").first_time()), start - absl::Hours(1));
  EXPECT_EQ(client::FromProto(merged.events().at("order").last_time()), start + absl::Hours(2));
  EXPECT_EQ(merged.purchases().count(), 3);
  std::vector<std::string> revenue;
  for (const v1::Money& money : merged.purchases().revenue()) revenue.push_back(client::FormatMoney(money));
  EXPECT_THAT(revenue, ::testing::UnorderedElementsAre("3.35 EUR", "5.00 USD"));
  EXPECT_EQ(merged.sessions().count(), 3) << "at 0, 1 and 3 hours: none touches another";
  EXPECT_EQ(merged.subscriptions().at("push"), v1::SUBSCRIPTION_STATE_OPTED_IN);
  EXPECT_EQ(merged.subscriptions().at("email"), v1::SUBSCRIPTION_STATE_UNSUBSCRIBED);
  EXPECT_EQ(merged.campaigns().at("thanks").count(), 3);
  EXPECT_EQ(merged.other_names_size(), 2);
  EXPECT_EQ(merged.message_seq(), 3);
  EXPECT_EQ(merged.user_seq(), 6);
  EXPECT_THAT(shop().Bodies(ada_), ::testing::ElementsAre("1", "2", "3"));
  EXPECT_THAT(shop().Bodies(device_), ::testing::ElementsAre("1", "2", "3"));
}

TEST_F(IdentifyTest, TheEventsBeforeStayListedUnderTheAnonymousId) {
  shop().Apply(Event(device_, "visit"));
  shop().Apply(Event(device_, "order"));
  shop().Apply(Identify(ada_, "device-1"));
  shop().Apply(Event(device_, "after"));
  ASSERT_EQ(shop().Events(ada_).size(), 2);
  EXPECT_TRUE(shop().Events(ada_)[0].input().has_identify());
  EXPECT_EQ(shop().Events(ada_)[1].input().custom_event().name(), "after");
  ASSERT_EQ(shop().Events(device_).size(), 2);
  EXPECT_EQ(shop().Events(device_)[0].input().custom_event().name(), "visit");
  EXPECT_EQ(shop().Events(device_)[1].input().custom_event().name(), "order");
}

TEST_F(IdentifyTest, SentAgainUnderTheAnonymousIdIsStillADuplicate) {
  const v1::Input order = WithId(Event(device_, "order"), "order-1");
  EXPECT_EQ(shop().Apply(Event(device_, "visit")), 1);
  EXPECT_EQ(shop().Apply(order), 2);
  shop().Apply(Identify(ada_, "device-1"));
  EXPECT_EQ(shop().Submit(order).duplicate().user_seq(), 2);
  EXPECT_EQ(shop().Profile(ada_).events().at("order").count(), 1);
  EXPECT_TRUE(shop().Submit(WithId(Event(ada_, "order"), "order-1")).has_applied()) << "another name, another event";
}

TEST_F(IdentifyTest, AnIdOfAnotherUserIsRefusedAndTheSameAgainTakesItsPlace) {
  shop().Apply(Event(device_, "visit"));
  EXPECT_EQ(shop().Apply(Identify(ada_, "device-1")), 1);
  EXPECT_EQ(shop().Apply(Identify(ada_, "device-1")), 2);
  const v1::InputResult taken = shop().Submit(Identify(UserId("bob"), "device-1"));
  EXPECT_EQ(taken.rejection().reason(), "IDENTITY_TAKEN") << taken.ShortDebugString();
  EXPECT_EQ(taken.rejection().code(), 9);
  EXPECT_EQ(taken.rejection().field(), "identify.anonymous_id");
  EXPECT_EQ(shop().Profile(ada_).events().at("visit").count(), 1);
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("bob")).status()));
}

TEST_F(IdentifyTest, SeveralDevicesLeadToOneUser) {
  for (int i = 0; i < 10; ++i) {
    shop().Apply(Event(AnonymousId(StrCat("phone-", i)), "visit"));
    EXPECT_EQ(shop().Apply(Identify(ada_, StrCat("phone-", i))), i + 1);
  }
  EXPECT_EQ(shop().Profile(AnonymousId("phone-7")).events().at("visit").count(), 10);
  EXPECT_EQ(shop().Profile(ada_).other_names_size(), 10);
}

TEST_F(IdentifyTest, InTheMiddleOfAStreamKeepsTheOrderOfBothNames) {
  shop().Activate([] {
    v1::Campaign third = CampaignOn("third", "order");
    third.set_condition("user.event_count(\"order\") == 3");
    return third;
  }());
  EventStream stream(shop());
  ASSERT_TRUE(stream.Open());
  ASSERT_TRUE(stream.Send(1, {Event(device_, "order"), Event(device_, "order"), Identify(ada_, "device-1"),
                              Event(device_, "order"), Event(ada_, "order")}));
  EXPECT_THAT(stream.AwaitAcks(5).results, ::testing::IsEmpty());
  EXPECT_EQ(shop().Profile(ada_).events().at("order").count(), 4);
  EXPECT_EQ(shop().Messages(ada_).size(), 1);
}

TEST_F(IdentifyTest, ThroughAnotherProcessHoldsInThisOne) {
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  const Workspace there = shop().Through(other->target());
  shop().Apply(Event(device_, "visit"));
  there.Apply(Event(ada_, "visit"));
  there.Apply(Identify(ada_, "device-1"));
  EXPECT_EQ(shop().Apply(Event(device_, "visit")), 3) << "this process had the device in its cache";
  EXPECT_EQ(there.Profile(ada_, 3).events().at("visit").count(), 3);
}

}  // namespace
}  // namespace cadenza::testing
