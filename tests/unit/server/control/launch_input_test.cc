#include "server/control/launch_input.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/codec/wire.h"

namespace cadenza {
namespace {

TEST(LaunchInputTest, IdsTellCampaignsAndTriggersApart) {
  const std::string long_id(64, 'x');
  const std::set<std::string> ids = {TriggerEventId("a", "bc"),
                                     TriggerEventId("ab", "c"),
                                     TriggerEventId("", "abc"),
                                     TriggerEventId("a", "bd"),
                                     TriggerEventId("1", ":a"),
                                     TriggerEventId(long_id, long_id),
                                     OccurrenceEventId("a", absl::UnixEpoch()),
                                     OccurrenceEventId("b", absl::UnixEpoch()),
                                     OccurrenceEventId("a", absl::UnixEpoch() + absl::Microseconds(1))};
  EXPECT_EQ(ids.size(), 9u);
  for (const std::string& id : ids) {
    EXPECT_LE(id.size(), 64u);
    EXPECT_FALSE(UuidV7Time(id).has_value());
  }
  EXPECT_EQ(TriggerEventId("a", "bc"), TriggerEventId("a", "bc"));
}

TEST(LaunchInputTest, AScheduledInputIsTheSameWheneverItIsMade) {
  const absl::Time due = absl::FromUnixSeconds(1'800'000'000);
  Launch launch;
  launch.workspace = "w";
  launch.campaign_id = "sale";
  launch.due_time = due;
  launch.local_time = "2027-01-15T18:00";
  for (const char* key : {"u:ada", "a:device", "l:email:x"}) {
    const absl::StatusOr<Input> first = ScheduledInput(launch, key, due);
    launch.users_launched += 7;
    const absl::StatusOr<Input> second = ScheduledInput(launch, key, due + absl::Minutes(1));
    ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
    EXPECT_EQ(first->body, second->body);
    EXPECT_EQ(first->digest, second->digest);
    EXPECT_EQ(first->user, (UserKey{"w", key}));
    EXPECT_EQ(first->time, due);
    EXPECT_EQ(second->clock, due + absl::Minutes(1));
    EXPECT_EQ(second->receive_time, due + absl::Minutes(1));
    v1::Input stored;
    ASSERT_TRUE(stored.ParseFromString(first->body));
    EXPECT_EQ(stored.campaign_launch().local_time(), launch.local_time);
    EXPECT_TRUE(stored.campaign_launch().scheduled());
  }
}

}  // namespace
}  // namespace cadenza
