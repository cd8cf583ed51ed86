#include "storage/codec/wire_workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/model/rejection.h"
#include "tests/support/random_campaign.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;

TEST(WireWorkspaceTest, SettingsComeBackFromWhatIsStored) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const WorkspaceSettings settings = testing::RandomCampaign(seed).AnySettings();
    const auto back = DecodeWorkspaceSettings(settings.workspace, settings.revision, EncodeWorkspaceSettings(settings));
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(*back, settings);
  }
}

TEST(WireWorkspaceTest, WhatWasNeverSetHasTheEtag0) {
  v1::WorkspaceSettings proto;
  ToProto(WorkspaceSettings(), &proto);
  EXPECT_EQ(proto.etag(), "0");
  proto.clear_etag();
  EXPECT_EQ(proto.ByteSizeLong(), 0u) << proto.ShortDebugString();
}

TEST(WireWorkspaceTest, Etags) {
  EXPECT_EQ(SettingsRevisionFromEtag("").value(), std::nullopt);
  EXPECT_EQ(SettingsRevisionFromEtag("0").value(), 0);
  EXPECT_EQ(SettingsRevisionFromEtag("17").value(), 17);
  for (const char* bad : {"00", "-1", "x", " 1"}) {
    EXPECT_EQ(RejectionField(SettingsRevisionFromEtag(bad).status()), "etag") << bad;
  }
}

TEST(WireWorkspaceTest, WhatHasNoModelFormIsNamed) {
  v1::WorkspaceSettings proto;
  proto.add_frequency_caps()->mutable_window()->set_seconds(1);
  proto.add_frequency_caps();
  EXPECT_EQ(RejectionField(FromProto("w", proto).status()), "frequency_caps[1].window");
  proto.clear_frequency_caps();
  proto.mutable_quiet_hours()->add_windows()->set_start("25:00");
  EXPECT_EQ(RejectionField(FromProto("w", proto).status()), "quiet_hours.windows[0].start");
  proto.clear_quiet_hours();
  proto.mutable_delivery_rate();
  EXPECT_EQ(RejectionField(FromProto("w", proto).status()), "delivery_rate.per");
}

TEST(WireWorkspaceTest, WhatCannotBeReadNamesTheWorkspace) {
  const absl::Status status = DecodeWorkspaceSettings("acme", 1, "\xFF").status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("acme"));
}

}  // namespace
}  // namespace cadenza
