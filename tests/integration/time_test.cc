#include <gmock/gmock.h>

#include "tests/integration/harness.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::Int;
using client::UserId;

constexpr auto kImport = v1::StreamOpen::MODE_IMPORT;

class TimeTest : public ServedTest {
 protected:
  v1::SessionSummary Sessions() { return shop().Profile(ada_).sessions(); }
  int64_t Count(const std::string& name) { return shop().Profile(ada_).events().at(name).count(); }

  const v1::UserRef ada_ = UserId("ada");
  // Import begins here.
  const absl::Time start_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(24 * 60)));
};

TEST_F(TimeTest, ImportNeedsATime) {
  const v1::InputResult result = shop().Submit(Event(ada_, "visit"), kImport);
  EXPECT_EQ(result.rejection().reason(), "INVALID_FIELD") << result.ShortDebugString();
  EXPECT_EQ(result.rejection().field(), "time");
}

TEST_F(TimeTest, TheFutureIsRefusedOnImportToo) {
  const v1::InputResult result = shop().Submit(At(Event(ada_, "visit"), absl::Now() + absl::Minutes(62)), kImport);
  EXPECT_EQ(result.rejection().reason(), "EVENT_TIME_IN_FUTURE") << result.ShortDebugString();
}

TEST_F(TimeTest, ImportedSessionsFollowTheTimesOfTheEvents) {
  shop().Import(Event(ada_, "visit"), start_);
  shop().Import(Event(ada_, "visit"), start_ + absl::Minutes(30));
  EXPECT_EQ(Sessions().count(), 1) << "thirty minutes of silence are within the gap";
  shop().Import(Event(ada_, "visit"), start_ + absl::Minutes(61));
  EXPECT_EQ(Sessions().count(), 2);
  EXPECT_EQ(Sessions().total_time().seconds(), 30 * 60);
  EXPECT_FALSE(Sessions().has_current()) << "over by silence, seen from now";
  EXPECT_EQ(client::FromProto(Sessions().first_start_time()), start_);
  EXPECT_EQ(client::FromProto(Sessions().last_start_time()), start_ + absl::Minutes(61));
}

TEST_F(TimeTest, LateEventsAreCountedAndReopenNoSession) {
  shop().Import(Event(ada_, "visit"), start_);
  shop().Import(Event(ada_, "visit"), start_ + absl::Hours(2));
  shop().Import(Event(ada_, "visit"), start_ + absl::Minutes(20));
  EXPECT_EQ(Count("visit"), 3);
  EXPECT_EQ(Sessions().count(), 2);
  EXPECT_EQ(Sessions().total_time().seconds(), 0) << "the first session was counted; it is not reopened";
  shop().Import(Event(ada_, "visit"), start_ + absl::Minutes(110));
  EXPECT_EQ(Sessions().count(), 2) << "within the reach of the current one";
  EXPECT_EQ(client::FromProto(Sessions().last_start_time()), start_ + absl::Minutes(110));
}

TEST_F(TimeTest, LateEventsTriggerAndHistoryDoesNot) {
  shop().Activate(CampaignOn("thanks", "order", "{{ event.properties.n }}"));
  const absl::Time start = start_ + absl::Hours(24 * 50);
  shop().Import(Event(ada_, "order", {{"n", Int(1)}}), start);
  shop().Import(Event(ada_, "order", {{"n", Int(2)}}), start - absl::Hours(71));
  EXPECT_THAT(shop().Bodies(ada_), ::testing::ElementsAre("1", "2"));
  shop().Import(Event(ada_, "order", {{"n", Int(3)}}), start - absl::Hours(73));
  EXPECT_EQ(shop().Profile(ada_).message_seq(), 2);
  EXPECT_EQ(Count("order"), 3);
  EXPECT_EQ(Sessions().count(), 1);
  EXPECT_EQ(client::FromProto(shop().Profile(ada_).events().at("order").first_time()), start - absl::Hours(73));
}

TEST_F(TimeTest, ImportedMessagesExpireByTheTimesOfTheEvents) {
  shop().Activate(CampaignOn("thanks", "order"));
  shop().Import(Event(ada_, "order"), start_);
  EXPECT_EQ(shop().Profile(ada_).message_seq(), 1);
  EXPECT_THAT(shop().Bodies(ada_), ::testing::IsEmpty()) << "thirty days to live, sixty days ago";
}

TEST_F(TimeTest, OnALiveStreamLatenessIsAgainstTheServersClock) {
  shop().Activate(CampaignOn("thanks", "order"));
  shop().Apply(At(Event(ada_, "order"), absl::Now() - absl::Hours(73)));
  EXPECT_EQ(Count("order"), 1);
  EXPECT_EQ(Sessions().count(), 0);
  EXPECT_EQ(shop().Messages(ada_).size(), 0);
  shop().Apply(At(Event(ada_, "order"), absl::Now() - absl::Hours(71)));
  EXPECT_EQ(Count("order"), 2);
  EXPECT_EQ(Sessions().count(), 1);
  EXPECT_EQ(shop().Messages(ada_).size(), 1);
}

TEST_F(TimeTest, HistoryStillCountsPurchasesAndChangesAttributes) {
  const absl::Time old = absl::Now() - absl::Hours(100);
  shop().Apply(At(client::Purchase(ada_, "pizza", Amount("9", "EUR")), old));
  shop().Apply(At(client::SetAttributes(ada_, {{"city", client::String("Rome")}}), old));
  const v1::Profile ada = shop().Profile(ada_);
  EXPECT_EQ(ada.purchases().count(), 1);
  EXPECT_EQ(ada.attributes().at("city").string_value(), "Rome");
  EXPECT_EQ(ada.sessions().count(), 0);
}

TEST_F(TimeTest, ImportedCooldownsRunByTheTimesOfTheEvents) {
  v1::Campaign weekly = CampaignOn("weekly", "order", "{{ event.properties.day }}");
  weekly.mutable_cooldown()->set_seconds(7 * 24 * 3600);
  shop().Activate(weekly);
  for (int day : {0, 1, 6, 7, 8, 13, 14, 40}) {
    shop().Import(Event(ada_, "order", {{"day", Int(day)}}), start_ + absl::Hours(24 * day));
  }
  const v1::CampaignHistory history = shop().Profile(ada_).campaigns().at("weekly");
  EXPECT_EQ(history.count(), 4) << "on days 0, 7, 14 and 40";
  EXPECT_EQ(client::FromProto(history.last_time()), start_ + absl::Hours(24 * 40));
}

TEST_F(TimeTest, ImportedWindowsLookBackFromTheTimesOfTheEvents) {
  v1::Campaign first = CampaignOn("first_of_week", "order");
  first.set_condition("user.event_count(\"order\", duration(\"168h\")) == 1");
  shop().Activate(first);
  for (int day : {0, 3, 9, 17, 30}) shop().Import(Event(ada_, "order"), start_ + absl::Hours(24 * day));
  EXPECT_EQ(shop().Profile(ada_).campaigns().at("first_of_week").count(), 3) << "on days 0, 17 and 30";
}

TEST_F(TimeTest, SessionStartsTrigger) {
  v1::Campaign welcome = CampaignOn("welcome", "unused", "session {{ user.session.count }}");
  welcome.mutable_trigger()->mutable_session_started();
  shop().Activate(welcome);
  shop().Apply(client::SessionStart(ada_));
  shop().Apply(Event(ada_, "visit"));
  shop().Apply(client::SessionEnd(ada_));
  shop().Apply(client::SessionStart(ada_));
  shop().Apply(Event(UserId("bob"), "visit"));
  EXPECT_THAT(shop().Bodies(ada_), ::testing::ElementsAre("session 1", "session 2"));
  EXPECT_THAT(shop().Bodies(UserId("bob")), ::testing::ElementsAre("session 1")) << "an event after silence starts one";
}

TEST_F(TimeTest, TheGapOfAWorkspaceIsItsOwn) {
  const std::unique_ptr<ServerProcess> quick =
      StartServer(database(), true, {"--session-gap", "10m", "--session-gap-of", "hasty=10s"});
  for (const auto& [name, sessions] : {std::pair{"hasty", 2}, std::pair{"patient", 1}}) {
    const Workspace workspace(quick->target(), name);
    workspace.Import(Event(ada_, "visit"), start_);
    workspace.Import(Event(ada_, "visit"), start_ + absl::Seconds(11));
    EXPECT_EQ(workspace.Profile(ada_).sessions().count(), sessions) << name;
  }
}

TEST_F(TimeTest, TemplatesShowTimesInTheUsersZoneElseTheWorkspaces) {
  v1::UpdateWorkspaceSettingsRequest settings;
  settings.set_workspace(shop().name());
  settings.mutable_settings()->set_default_time_zone("America/New_York");
  ASSERT_TRUE(shop().client().UpdateWorkspaceSettings(settings).ok());
  shop().Activate(CampaignOn("booked", "booked", "{{ event.properties.at | time_zone | date: '%H:%M' }}"));
  const v1::UserRef tokyo = UserId("tokyo");
  shop().Apply(client::SetAttributes(tokyo, {{"time_zone", client::String("Asia/Tokyo")}}));
  const absl::Time noon = absl::FromCivil(absl::CivilSecond(2026, 1, 15, 12, 0, 0), absl::UTCTimeZone());
  for (const auto& [user, shown] : {std::pair{ada_, "07:00"}, std::pair{tokyo, "21:00"}}) {
    v1::PreviewCampaignRequest preview;
    preview.set_workspace(shop().name());
    preview.set_campaign_id("booked");
    *preview.mutable_input() = Event(user, "booked", {{"at", client::Time(noon)}});
    const auto previewed = shop().client().PreviewCampaign(preview);
    ASSERT_TRUE(previewed.ok()) << previewed.status();
    EXPECT_EQ(previewed->message().body(), shown);
    shop().Apply(preview.input());
    EXPECT_THAT(shop().Bodies(user), ::testing::ElementsAre(shown));
  }
}

}  // namespace
}  // namespace cadenza::testing
