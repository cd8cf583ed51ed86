#include "gtest/gtest.h"
#include "storage/codec/wire.h"

namespace cadenza {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
constexpr absl::Duration kGap = absl::Minutes(30);

v1::Profile Shown(const Profile& profile, absl::Time now = kNow) {
  v1::Profile proto;
  ToProto(profile, now, kGap, &proto);
  return proto;
}

Profile WithSession(absl::Time last_activity) {
  Profile profile;
  profile.key = UserKey::User("acme", "ada");
  profile.sessions.current = Session{"s1", last_activity - absl::Seconds(90), last_activity, 4};
  profile.sessions.count = 2;
  profile.sessions.first_start = kNow - absl::Hours(50);
  profile.sessions.last_start = last_activity - absl::Seconds(90);
  profile.sessions.total_time = absl::Seconds(10);
  return profile;
}

TEST(WireProfileTest, ASessionUnderWayIsShown) {
  const v1::SessionSummary sessions = Shown(WithSession(kNow - kGap + absl::Microseconds(1))).sessions();
  EXPECT_EQ(sessions.current().session_id(), "s1");
  EXPECT_EQ(sessions.current().duration().seconds(), 90);
  EXPECT_EQ(sessions.current().event_count(), 4);
  EXPECT_EQ(sessions.count(), 2);
  EXPECT_EQ(sessions.total_time().seconds(), 10);
  EXPECT_EQ(sessions.first_start_time().seconds(), absl::ToUnixSeconds(kNow) - 50 * 3600);
}

TEST(WireProfileTest, ASessionThatLapsedIsShownAsEnded) {
  const v1::SessionSummary sessions = Shown(WithSession(kNow - kGap)).sessions();
  EXPECT_FALSE(sessions.has_current());
  EXPECT_EQ(sessions.total_time().seconds(), 100) << "its duration counts among the ended ones";
  EXPECT_EQ(sessions.count(), 2);
}

TEST(WireProfileTest, EverythingElse) {
  Profile profile;
  profile.key = UserKey::Anonymous("acme", "d1");
  profile.version = 7;
  profile.create_time = kNow;
  profile.attributes.Set("first_name", Value::String("Ada"));
  profile.events["order_placed"].Add(kNow);
  profile.events["order_placed"].Add(kNow + absl::Seconds(1));
  profile.purchases.count = 3;
  profile.purchases.last_time = kNow;
  profile.purchases.revenue["EUR"] = Money::Of("EUR", 12, 340000000);
  profile.subscriptions["push"] = SubscriptionState::kUnsubscribed;
  profile.campaigns["knots"] = {2, kNow};
  profile.other_names = {"a:d2", "l:email:x"};
  profile.message_seq = 5;
  const v1::Profile proto = Shown(profile);
  EXPECT_EQ(proto.user().anonymous_id(), "d1");
  EXPECT_EQ(proto.user_seq(), 7);
  EXPECT_EQ(proto.create_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(proto.attributes().at("first_name").string_value(), "Ada");
  EXPECT_EQ(proto.events().at("order_placed").count(), 2);
  EXPECT_EQ(proto.events().at("order_placed").last_time().seconds(), absl::ToUnixSeconds(kNow) + 1);
  EXPECT_EQ(proto.purchases().count(), 3);
  ASSERT_EQ(proto.purchases().revenue_size(), 1);
  EXPECT_EQ(proto.purchases().revenue(0).units(), 12);
  EXPECT_EQ(proto.purchases().revenue(0).nanos(), 340000000);
  EXPECT_EQ(proto.subscriptions().at("push"), v1::SUBSCRIPTION_STATE_UNSUBSCRIBED);
  EXPECT_EQ(proto.campaigns().at("knots").count(), 2);
  ASSERT_EQ(proto.other_names_size(), 2);
  EXPECT_EQ(proto.other_names(1).alias().label(), "email");
  EXPECT_EQ(proto.message_seq(), 5);
}

TEST(WireProfileTest, ReceiptsAreCountedByKind) {
  Profile profile;
  profile.key = UserKey::User("acme", "ada");
  profile.campaigns["knots"] = {4, kNow};
  const Receipt::Kind kinds[] = {Receipt::Kind::kDelivered, Receipt::Kind::kOpened, Receipt::Kind::kClicked,
                                 Receipt::Kind::kDismissed};
  for (int i = 0; i < 4; ++i) profile.campaigns["knots"].Of(kinds[i]) = {i + 1, kNow + absl::Seconds(i)};
  const v1::CampaignHistory knots = Shown(profile).campaigns().at("knots");
  const v1::ReceiptCount* shown[] = {&knots.delivered(), &knots.opened(), &knots.clicked(), &knots.dismissed()};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(shown[i]->count(), i + 1);
    EXPECT_EQ(shown[i]->last_time().seconds(), absl::ToUnixSeconds(kNow) + i);
  }
}

TEST(WireProfileTest, WhatNeverHappenedIsAbsent) {
  Profile profile;
  profile.key = UserKey::User("acme", "ada");
  const v1::Profile proto = Shown(profile);
  EXPECT_FALSE(proto.has_create_time());
  EXPECT_FALSE(proto.purchases().has_last_time());
  EXPECT_FALSE(proto.sessions().has_first_start_time());
  EXPECT_FALSE(proto.sessions().has_last_start_time());
  EXPECT_FALSE(proto.sessions().has_current());
}

TEST(WireMessageTest, AllButTheCursorIsFilled) {
  Message message;
  message.user = UserKey::User("acme", "ada");
  message.message_seq = 3;
  message.message_id = "id";
  message.campaign_id = "c";
  message.event_id = "e";
  message.channel = "push";
  message.title = "Hi";
  message.body = "Ada";
  message.create_time = kNow;
  message.expire_time = kNow + absl::Hours(1);
  v1::Message proto;
  ToProto(message, &proto);
  EXPECT_EQ(proto.message_seq(), 3);
  EXPECT_EQ(proto.message_id() + proto.campaign_id() + proto.event_id() + proto.channel(), "idcepush");
  EXPECT_EQ(proto.title() + proto.body(), "HiAda");
  EXPECT_EQ(proto.expire_time().seconds() - proto.create_time().seconds(), 3600);
  EXPECT_EQ(proto.cursor(), "");
}

}  // namespace
}  // namespace cadenza
