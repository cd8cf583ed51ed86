// "At 18:00 in each user's own time zone", from the activation to the messages, through the server and PostgreSQL. The
// clock of a server is the machine's, so it is the zones that are made to fit: a folder of zone files of the test's
// own, in which clocks show one time a few seconds after each other, beside two real zones.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/time/civil_time.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"

namespace cadenza::testing {
namespace {

using client::FromProto;
using client::SetAttributes;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A zone that is always `seconds` east of UTC (RFC 8536, version 1).
std::string ZoneFile(int32_t seconds) {
  const auto number = [](uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  std::string file = "TZif" + std::string(16, '\0');
  for (const uint32_t count : {0, 0, 0, 0, 1, 4}) file += number(count);  // one type, whose name has four bytes
  return file + number(static_cast<uint32_t>(seconds)) + std::string(2, '\0') + std::string("TST\0", 4);
}

class LocalScheduleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    zones_ = std::filesystem::temp_directory_path() / StrCat("cadenza-zones-", getpid());
    const std::filesystem::path real = "/usr/share/zoneinfo";
    for (const char* name : {"Asia/Tokyo", "America/New_York"}) {
      std::filesystem::create_directories((zones_ / name).parent_path());
      std::filesystem::copy_file(real / name, zones_ / name);
    }
    // How much later than the first clock of the world they show a time.
    for (const int late : {0, 3, 6, 15, 20}) {
      std::ofstream(zones_ / StrCat("Late", late), std::ios::binary) << ZoneFile(14 * 3600 - late);
    }
    database_ = NewDatabase();
    auto server = ServerProcess::Start({"--database", database_, "--log-level", "warn", "--redis", SharedRedis().url()},
                                       {"TZDIR=" + zones_.string()});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    shop_.emplace(server_->target(), FreshName());
  }
  void TearDown() override { std::filesystem::remove_all(zones_); }

  // The user_seq of the change.
  int64_t Move(const std::string& user, const std::string& zone) {
    return shop_->Apply(SetAttributes(UserId(user), {{"time_zone", client::String(zone)}}));
  }
  bool IsLaunched(const std::string& user) {
    const std::vector<v1::UserEvent> events = shop_->Events(UserId(user));
    return std::any_of(events.begin(), events.end(),
                       [](const v1::UserEvent& event) { return event.input().has_campaign_launch(); });
  }
  // As the user's last input left it.
  v1::Profile Profile(const std::string& user) {
    const v1::UserRef ref = UserId(user);
    return shop_->Profile(ref, static_cast<int64_t>(shop_->Events(ref).size()));
  }
  absl::Time WaitsUntil(const std::string& user) {
    const v1::Profile profile = Profile(user);
    EXPECT_EQ(profile.timers_size(), 1) << user;
    return profile.timers_size() == 1 ? FromProto(profile.timers(0).fire_time()) : absl::InfinitePast();
  }

  std::filesystem::path zones_;
  std::string database_;
  std::unique_ptr<ServerProcess> server_;
  std::optional<Workspace> shop_;
};

TEST_F(LocalScheduleTest, EachUserGetsOneMessageWhenHisClockShowsTheTime) {
  const std::map<std::string, int> late = {{"first", 0}, {"second", 3}, {"third", 6}, {"mover", 15}};
  for (const auto& [user, seconds] : late) Move(user, StrCat("Late", seconds));
  Move("tokyo", "Asia/Tokyo");
  Move("new_york", "America/New_York");
  // The next whole minute that leaves time to activate.
  const absl::TimeZone first_clock = absl::FixedTimeZone(14 * 60 * 60);
  const absl::CivilMinute shown =
      absl::CivilMinute(absl::ToCivilMinute(absl::Now() + absl::Seconds(5), first_clock)) + 1;
  const absl::Time due = absl::FromCivil(shown, first_clock);
  v1::Campaign campaign = CampaignOn("evening", "unused", "Good evening");
  campaign.mutable_trigger()->mutable_schedule()->set_local_at(absl::FormatCivilTime(shown));
  shop_->Activate(campaign);
  ASSERT_LT(absl::Now(), due) << "this machine is too slow to see that nothing comes early";

  // Up to a minute and five seconds ahead.
  const auto is_launched = [&] { return IsLaunched("tokyo"); };
  ASSERT_TRUE(Eventually(is_launched) || Eventually(is_launched) || Eventually(is_launched));
  ASSERT_TRUE(Eventually([&] { return IsLaunched("mover") && IsLaunched("new_york"); }));
  // He flies west while he waits: decided once, when it is due.
  const int64_t move = Move("mover", "Late20");
  std::map<std::string, absl::Time> expected;
  for (const auto& [user, seconds] : late) expected[user] = due + absl::Seconds(seconds);
  const absl::Time moved = FromProto(shop_->Events(UserId("mover")).at(move - 1).receive_time());
  if (moved < expected["mover"]) expected["mover"] = due + absl::Seconds(20);

  for (const auto& [user, time] : expected) {
    ASSERT_TRUE(Eventually([&] { return !shop_->Messages(UserId(user)).empty(); })) << user;
    const std::vector<v1::Message> messages = shop_->Messages(UserId(user));
    ASSERT_THAT(messages, SizeIs(1)) << user;
    EXPECT_EQ(messages[0].body(), "Good evening");
    EXPECT_GE(FromProto(messages[0].create_time()), time) << user;
    EXPECT_LT(FromProto(messages[0].create_time()), time + kPatience) << user;
  }
  // Hours are not waited for: the moments are.
  for (const char* name : {"Asia/Tokyo", "America/New_York"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    const std::string user = std::string(name) == "Asia/Tokyo" ? "tokyo" : "new_york";
    EXPECT_EQ(WaitsUntil(user), absl::FromCivil(shown, zone)) << name;
    EXPECT_THAT(shop_->Messages(UserId(user)), IsEmpty());
  }
  // One message each, once everything is over but the two.
  for (const auto& [user, time] : expected) {
    EXPECT_THAT(shop_->Bodies(UserId(user)), ElementsAre("Good evening"));
    EXPECT_EQ(Profile(user).timers_size(), 0) << user;
  }
  const auto listed = shop_->client().ListLaunches(shop_->For<v1::ListLaunchesRequest>("evening"));
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(listed->launches(), SizeIs(1));
  EXPECT_EQ(FromProto(listed->launches(0).due_time()), due);
  EXPECT_EQ(listed->launches(0).users_launched(), 6);
  EXPECT_FALSE(listed->has_next_launch_time());
}

}  // namespace
}  // namespace cadenza::testing
