#include "gtest/gtest.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

Campaign Knots(Trigger trigger) {
  Campaign campaign;
  campaign.workspace = "acme";
  campaign.campaign_id = "garlic-knots";
  campaign.display_name = "Garlic knots";
  campaign.trigger = std::move(trigger);
  campaign.condition = "event.properties.total > 15.0";
  campaign.cooldown = absl::Hours(24 * 7);
  campaign.delay = absl::Minutes(90);
  campaign.exception_event_names = {"order_placed", "purchase"};
  campaign.recheck_condition = true;
  campaign.message = {"push", "Pizza", "Knots?", absl::Hours(2)};
  campaign.message.content_type = ContentType::kHtml;
  campaign.message.localizations = {{"fr", "", "Noeuds?"}, {"en-GB", "Pizza!", "Knots, please?"}};
  campaign.revision = 4;
  campaign.create_time = absl::FromUnixSeconds(100);
  campaign.update_time = absl::FromUnixSeconds(200);
  return campaign;
}

Trigger OnReceipt(Receipt::Kind kind, std::string link_id) {
  Trigger trigger{Trigger::Kind::kReceipt, "", ""};
  trigger.campaign_id = "other";
  trigger.receipt_kind = kind;
  trigger.link_id = std::move(link_id);
  return trigger;
}

TEST(WireCampaignTest, EveryTriggerComesBack) {
  for (const Trigger& trigger :
       {Trigger{Trigger::Kind::kEventName, "order_placed", ""}, Trigger{Trigger::Kind::kSessionStarted, "", ""},
        Trigger{Trigger::Kind::kPurchaseMade, "", ""}, Trigger{Trigger::Kind::kPurchaseMade, "", "p1"},
        Trigger{Trigger::Kind::kSegmentEntered, "", "", "vip"}, Trigger{Trigger::Kind::kSegmentLeft, "", "", "vip"},
        OnReceipt(Receipt::Kind::kClicked, "menu"), OnReceipt(Receipt::Kind::kDismissed, ""),
        OnReceipt(Receipt::Kind::kUnspecified, ""), Trigger{}}) {
    const Campaign campaign = Knots(trigger);
    v1::Campaign proto;
    ToProto(campaign, &proto);
    absl::StatusOr<Campaign> back = FromProto("acme", proto);
    ASSERT_TRUE(back.ok()) << back.status();
    back->create_time = campaign.create_time;  // output only: not read
    back->update_time = campaign.update_time;
    EXPECT_EQ(*back, campaign);
  }
}

TEST(WireCampaignTest, OutputOnlyFieldsAreShownAndIgnored) {
  Campaign campaign = Knots({});
  campaign.state = Campaign::State::kActive;
  v1::Campaign proto;
  ToProto(campaign, &proto);
  EXPECT_EQ(proto.state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_EQ(proto.etag(), "4");
  EXPECT_EQ(proto.update_time().seconds(), 200);
  EXPECT_EQ(FromProto("acme", proto)->state, Campaign::State::kDraft);
}

TEST(WireCampaignTest, AbsentDurationsHaveTheirDefaults) {
  const absl::StatusOr<Campaign> campaign = FromProto("acme", v1::Campaign());
  ASSERT_TRUE(campaign.ok());
  EXPECT_EQ(campaign->cooldown, absl::ZeroDuration());
  EXPECT_EQ(campaign->message.time_to_live, limits::kMessageTimeToLive);
  EXPECT_EQ(campaign->revision, 0);
}

TEST(WireCampaignTest, ContentTypes) {
  v1::Campaign proto;
  for (const auto& [name, type] :
       {std::pair("", ContentType::kPlain), std::pair("text/plain", ContentType::kPlain),
        std::pair("text/html", ContentType::kHtml), std::pair("application/json", ContentType::kJson)}) {
    proto.mutable_message()->set_content_type(name);
    EXPECT_EQ(FromProto("acme", proto)->message.content_type, type) << name;
  }
  proto.mutable_message()->set_content_type("TEXT/HTML");
  EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "message.content_type");
}

TEST(WireCampaignTest, WhatHasNoModelFormIsNamed) {
  for (const char* etag : {"x", "0", "-1", "01", " 1", "99999999999999999999"}) {
    v1::Campaign proto;
    proto.set_etag(etag);
    EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "etag") << etag;
  }
  v1::Campaign proto;
  proto.mutable_cooldown()->set_nanos(1000000000);
  EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "cooldown.nanos");
  proto.clear_cooldown();
  proto.mutable_message()->mutable_time_to_live()->set_seconds(INT64_MAX);
  EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "message.time_to_live");
}

}  // namespace
}  // namespace cadenza
