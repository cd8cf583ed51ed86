#include "storage/codec/campaign_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cadenza/v1/campaign.pb.h"
#include "tests/support/random_campaign.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;

TEST(CampaignCodecTest, EveryCampaignComesBackFromItsRow) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    testing::RandomCampaign random(seed);
    const Campaign campaign = random.AnyCampaign();
    const CampaignRow row = EncodeCampaign(campaign, "ada");
    EXPECT_EQ(row.author, "ada");
    EXPECT_EQ(row.revision, campaign.revision);
    EXPECT_EQ(row.state, campaign.state);
    const absl::StatusOr<Campaign> back = DecodeCampaign(row);
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(*back, campaign);
    EXPECT_EQ(EncodeCampaign(*back, "ada"), row);
  }
}

TEST(CampaignCodecTest, TheDefinitionIsWithoutWhatTheRowSays) {
  Campaign campaign = testing::RandomCampaign(7).AnyCampaign();
  const std::string definition = EncodeCampaign(campaign).definition;
  ++campaign.revision;
  campaign.state = Campaign::State::kArchived;
  campaign.update_time += absl::Seconds(1);
  EXPECT_EQ(EncodeCampaign(campaign).definition, definition);
}

TEST(CampaignCodecTest, WhatCannotBeReadNamesTheCampaign) {
  CampaignRow row = EncodeCampaign(testing::RandomCampaign(7).AnyCampaign());
  const auto expect_unreadable = [&row](std::string_view why) {
    const absl::Status status = DecodeCampaign(row).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.campaign_id));
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(why)));
  };
  row.definition = "\xFF";
  expect_unreadable("is no cadenza.v1.Campaign");
  v1::Campaign proto;
  proto.set_campaign_id("another");
  row.definition = proto.SerializeAsString();
  expect_unreadable("another campaign");
  proto.set_campaign_id(row.campaign_id);
  proto.mutable_delay_until()->set_time_of_day("25:00");
  row.definition = proto.SerializeAsString();
  expect_unreadable("delay_until.time_of_day");
}

}  // namespace
}  // namespace cadenza
