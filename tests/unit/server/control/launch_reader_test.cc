#include "server/control/launch_reader.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/codec/campaign_codec.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z

class LaunchReaderTest : public ::testing::Test {
 protected:
  void Put(Campaign::State state) {
    Campaign campaign;
    campaign.workspace = "w";
    campaign.campaign_id = "daily";
    campaign.trigger.kind = Trigger::Kind::kSchedule;
    campaign.trigger.schedule = {Schedule::Kind::kCron, {}, "0 18 * * *", "", ""};
    campaign.state = state;
    campaign.revision = ++revision_;
    ASSERT_TRUE(memory_.campaigns().PutCampaign(EncodeCampaign(campaign)).ok());
  }
  LaunchPage List(absl::Time before = absl::InfiniteFuture(), int page_size = 10) {
    const auto page = reader_.List("w", "daily", before, page_size);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or(LaunchPage());
  }

  ManualClock clock_{kNow};
  MemoryStore memory_;
  LaunchReader reader_{&memory_, &clock_};
  int64_t revision_ = 0;
};

TEST_F(LaunchReaderTest, TheNextOneIsToldOfAnActiveCampaign) {
  EXPECT_TRUE(absl::IsNotFound(reader_.List("w", "daily", absl::InfiniteFuture(), 10).status()));
  Put(Campaign::State::kDraft);
  EXPECT_EQ(List().next_time, std::nullopt);
  EXPECT_THAT(List().launches, IsEmpty());
  Put(Campaign::State::kActive);
  EXPECT_EQ(List().next_time, kNow + absl::Hours(10));
  clock_.Set(kNow + absl::Hours(10));
  EXPECT_EQ(List().next_time, kNow + absl::Hours(34));
}

TEST_F(LaunchReaderTest, PagesGoBackInTime) {
  Put(Campaign::State::kActive);
  for (int day = 0; day < 5; ++day) {
    Launch launch;
    launch.workspace = "w";
    launch.campaign_id = "daily";
    launch.due_time = launch.begin_time = kNow + absl::Hours(24 * day);
    ASSERT_TRUE(memory_.launches().BeginLaunch(launch).value());
  }
  LaunchPage page = List(absl::InfiniteFuture(), 2);
  ASSERT_THAT(page.launches, SizeIs(2));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.launches[0].due_time, kNow + absl::Hours(96));
  page = List(page.launches.back().due_time, 3);
  ASSERT_THAT(page.launches, SizeIs(3));
  EXPECT_FALSE(page.more);
  EXPECT_EQ(page.launches.back().due_time, kNow);
}

}  // namespace
}  // namespace cadenza
