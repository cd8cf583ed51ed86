// Campaigns that are launched without an event, through the whole server, over PostgreSQL: by TriggerCampaign, and by a
// schedule.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "absl/time/civil_time.h"
#include "google/rpc/error_details.pb.h"
#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/integration/program.h"

namespace cadenza::testing {
namespace {

using client::AnonymousId;
using client::Event;
using client::SetAttributes;
using client::UserId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Campaign ApiCampaign(std::string_view id, std::string_view body) {
  v1::Campaign campaign = CampaignOn(id, "unused", body);
  campaign.mutable_trigger()->mutable_api_triggered();
  return campaign;
}

v1::TriggerCampaignRequest Trigger(const Workspace& shop, std::string_view campaign_id, std::string_view trigger_id,
                                   const std::vector<v1::UserRef>& users) {
  v1::TriggerCampaignRequest request;
  request.set_workspace(shop.name());
  request.set_campaign_id(std::string(campaign_id));
  request.set_trigger_id(std::string(trigger_id));
  for (const v1::UserRef& user : users) *request.add_recipients()->mutable_user() = user;
  return request;
}

v1::TriggerCampaignResponse Call(const Workspace& shop, const v1::TriggerCampaignRequest& request) {
  // A process that has not heard of the activation yet says so.
  absl::StatusOr<v1::TriggerCampaignResponse> response;
  Eventually([&] {
    response = shop.client().TriggerCampaign(request);
    return !absl::IsUnavailable(response.status());
  });
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *std::move(response) : v1::TriggerCampaignResponse();
}

class LaunchTest : public ServedTest {};

TEST_F(LaunchTest, EachRecipientGetsAMessageWithHisProperties) {
  shop().Activate(ApiCampaign("reset", "{{ event_properties.${kind} }} code {{ event_properties.${code} }}"));
  shop().Apply(Event(UserId("ada"), "seen"));
  v1::TriggerCampaignRequest request =
      Trigger(shop(), "reset", "r-1", {UserId("ada"), AnonymousId("phone"), UserId("new")});
  (*request.mutable_properties())["kind"] = client::String("Your");
  (*request.mutable_properties())["code"] = client::String("none");
  (*request.mutable_recipients(0)->mutable_properties())["code"] = client::Int(7);
  (*request.mutable_recipients(1)->mutable_properties())["kind"] = client::String("A");
  const v1::TriggerCampaignResponse first = Call(shop(), request);
  ASSERT_THAT(first.results(), SizeIs(3));
  EXPECT_EQ(first.results(0).user_seq(), 2);
  EXPECT_EQ(first.results(1).user_seq(), 1);
  EXPECT_FALSE(first.results(0).duplicate());
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("Your code 7"));
  EXPECT_THAT(shop().Bodies(AnonymousId("phone")), ElementsAre("A code none"));
  EXPECT_THAT(shop().Bodies(UserId("new")), ElementsAre("Your code none"));
  EXPECT_EQ(shop().Profile(UserId("new")).user_seq(), 1) << "whoever is not known gets a profile";
  const std::vector<v1::UserEvent> events = shop().Events(UserId("ada"));
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].input().campaign_launch().campaign_id(), "reset");
  EXPECT_EQ(events[1].input().campaign_launch().properties().at("code").int64_value(), 7);

  const v1::TriggerCampaignResponse again = Call(shop(), request);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(again.results(i).duplicate()) << i;
    EXPECT_EQ(again.results(i).user_seq(), first.results(i).user_seq()) << i;
  }
  EXPECT_THAT(shop().Bodies(UserId("ada")), SizeIs(1));
}

TEST_F(LaunchTest, WhatIsWrongWithOneIsToldOfHimAlone) {
  shop().Activate(ApiCampaign("reset", "code {{ event_properties.${code} }}"));
  v1::TriggerCampaignRequest request = Trigger(shop(), "reset", "r-1", {UserId("ada")});
  (*request.mutable_properties())["code"] = client::Int(1);
  Call(shop(), request);
  (*request.mutable_recipients(0)->mutable_properties())["code"] = client::Int(2);
  *request.add_recipients()->mutable_user() = UserId("ben");
  (*request.add_recipients()->mutable_properties())["x"] = client::Int(1);  // nobody
  *request.add_recipients()->mutable_user() = UserId("cy");
  (*request.mutable_recipients(3)->mutable_properties())["x"].set_double_value(std::nan(""));
  const v1::TriggerCampaignResponse response = Call(shop(), request);
  ASSERT_THAT(response.results(), SizeIs(4));
  const auto field_of = [](const google::rpc::Status& error) {
    google::rpc::BadRequest bad_request;
    return error.details_size() > 0 && error.details(0).UnpackTo(&bad_request) ? bad_request.field_violations(0).field()
                                                                               : "";
  };
  EXPECT_EQ(response.results(0).error().code(), static_cast<int>(absl::StatusCode::kAlreadyExists))
      << response.results(0).ShortDebugString();
  EXPECT_EQ(field_of(response.results(0).error()), "trigger_id");
  EXPECT_THAT(response.results(0).error().message(), HasSubstr("other properties"));
  EXPECT_EQ(response.results(1).user_seq(), 1);
  EXPECT_EQ(field_of(response.results(2).error()), "recipients[2].user");
  EXPECT_EQ(field_of(response.results(3).error()), "recipients[3].properties.x");
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("code 1"));
  EXPECT_THAT(shop().Bodies(UserId("ben")), ElementsAre("code 1"));
  EXPECT_THAT(shop().Bodies(UserId("cy")), IsEmpty());
}

TEST_F(LaunchTest, WhatIsWrongWithTheCallChangesNothing) {
  shop().Activate(ApiCampaign("reset", "Hello"));
  shop().Activate(CampaignOn("thanks", "order_placed"));
  const v1::TriggerCampaignRequest good = Trigger(shop(), "reset", "r-1", {UserId("ada")});
  const auto status_of = [&](const std::function<void(v1::TriggerCampaignRequest&)>& change) {
    v1::TriggerCampaignRequest request = good;
    change(request);
    absl::Status status;
    Eventually([&] {
      status = shop().client().TriggerCampaign(request).status();
      return !absl::IsUnavailable(status);
    });
    return status;
  };
  struct Case {
    std::function<void(v1::TriggerCampaignRequest&)> change;
    absl::StatusCode code;
    const char* says;
  };
  const Case cases[] = {
      {[](auto& r) { r.set_workspace(""); }, absl::StatusCode::kInvalidArgument, "workspace"},
      {[](auto& r) { r.set_trigger_id(""); }, absl::StatusCode::kInvalidArgument, "trigger_id"},
      {[](auto& r) { r.set_trigger_id(std::string(65, 'x')); }, absl::StatusCode::kInvalidArgument, "trigger_id"},
      {[](auto& r) { r.clear_recipients(); }, absl::StatusCode::kInvalidArgument, "1 to 1,000"},
      {[](auto& r) {
         for (int i = 0; i < 1000; ++i) *r.add_recipients()->mutable_user() = UserId(StrCat("u", i));
       },
       absl::StatusCode::kInvalidArgument, "1 to 1,000"},
      {[](auto& r) { *r.add_recipients() = r.recipients(0); }, absl::StatusCode::kInvalidArgument,
       "recipients[1].user"},
      {[](auto& r) { (*r.mutable_properties())[""] = client::Int(1); }, absl::StatusCode::kInvalidArgument,
       "properties.\"\""},
      {[](auto& r) {
         (*r.mutable_properties())["x"] = client::String(std::string(20'000, 'x'));
         for (int i = 0; i < 300; ++i) *r.add_recipients()->mutable_user() = UserId(StrCat("u", i));
       },
       absl::StatusCode::kInvalidArgument, "4 MiB"},
      {[](auto& r) { r.set_campaign_id("none"); }, absl::StatusCode::kNotFound, "none"},
      {[](auto& r) { r.set_campaign_id("thanks"); }, absl::StatusCode::kFailedPrecondition, "api_triggered"},
  };
  for (const Case& c : cases) {
    const absl::Status status = status_of(c.change);
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
  }
  ASSERT_TRUE(shop().client().PauseCampaign(shop().For<v1::PauseCampaignRequest>("reset")).ok());
  ASSERT_TRUE(Eventually([&] { return absl::IsFailedPrecondition(status_of([](auto&) {})); }));
  EXPECT_THAT(std::string(status_of([](auto&) {}).message()), HasSubstr("activate it"));
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("ada")).status()));
  EXPECT_TRUE(absl::IsNotFound(shop().TryProfile(UserId("u0")).status()));
}

TEST_F(LaunchTest, AThousandAtOnceAreAnsweredInTheirOrder) {
  shop().Activate(ApiCampaign("reset", "Hello"));
  std::vector<v1::UserRef> users;
  for (int i = 0; i < 1000; ++i) users.push_back(UserId(StrCat("u", i)));
  shop().Apply(Event(UserId("u500"), "seen"));
  const v1::TriggerCampaignResponse response = Call(shop(), Trigger(shop(), "reset", "r-1", users));
  ASSERT_THAT(response.results(), SizeIs(1000));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(response.results(i).user_seq(), i == 500 ? 2 : 1) << i;
  for (int i = 0; i < 1000; i += 97) EXPECT_THAT(shop().Bodies(users[i]), SizeIs(1)) << i;
}

TEST_F(LaunchTest, AProducerCannotLaunch) {
  v1::Input input;
  *input.mutable_user() = UserId("ada");
  input.mutable_campaign_launch()->set_campaign_id("reset");
  const v1::InputResult result = shop().Submit(input);
  ASSERT_TRUE(result.has_rejection());
  EXPECT_THAT(result.rejection().message(), HasSubstr("TriggerCampaign"));
}

TEST_F(LaunchTest, TheCommandSaysWhatBecameOfEach) {
  shop().Activate(ApiCampaign("reset", "{{ event_properties.${percent} }} %"));
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> argv = {ProgramPath("cadenza"), "--server", server().target(), "--workspace",
                                     shop().name(),          "campaign", "trigger"};
    argv.insert(argv.end(), more.begin(), more.end());
    return RunProgram(argv);
  };
  Finished first = run({"reset", "--id", "r-1", "--property", "percent=20", "ada", "ben"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "launched   ada  user_seq 1\nlaunched   ben  user_seq 1\n");
  Finished second = run({"reset", "--id", "r-1", "--property", "percent=20", "ada", "cy"});
  EXPECT_EQ(second.out, "duplicate  ada  user_seq 1\nlaunched   cy  user_seq 1\n") << second.err;
  Finished third = run({"reset", "--id", "r-1", "--property", "percent=30", "ada"});
  EXPECT_EQ(third.exit_code, 5);
  EXPECT_THAT(third.out, HasSubstr("rejected   ada  "));
  EXPECT_THAT(shop().Bodies(UserId("ada")), ElementsAre("20 %"));
  EXPECT_EQ(run({"none", "--id", "r-1", "ada"}).exit_code, 3);
}

TEST_F(LaunchTest, AScheduleLaunchesEveryUserOnceWhenItIsDue) {
  for (int i = 0; i < 30; ++i) shop().Apply(Event(UserId(StrCat("u", i)), "seen"));
  v1::Campaign campaign = CampaignOn("sale", "unused", "Sale");
  const absl::Time due = absl::Now() + absl::Seconds(2);
  campaign.mutable_trigger()->mutable_schedule()->mutable_at()->set_seconds(absl::ToUnixSeconds(due));
  const absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(due));
  shop().Activate(campaign);
  ASSERT_LT(absl::Now(), at) << "this machine is too slow to see that nothing comes early";
  ASSERT_TRUE(Eventually([&] { return !shop().Messages(UserId("u29")).empty(); }));
  for (int i = 0; i < 30; ++i) {
    const v1::UserRef user = UserId(StrCat("u", i));
    ASSERT_TRUE(Eventually([&] { return !shop().Messages(user).empty(); }));
    const std::vector<v1::Message> messages = shop().Messages(user);
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].body(), "Sale");
    EXPECT_GE(absl::FromUnixSeconds(messages[0].create_time().seconds()), at);
    const std::vector<v1::UserEvent> events = shop().Events(user);
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_TRUE(events[1].input().campaign_launch().scheduled());
    EXPECT_EQ(events[1].input().time().seconds(), absl::ToUnixSeconds(at));
  }
}

// The launch is put back to where the anonymous users end, as if it had been there when the two became one.
TEST_F(LaunchTest, APersonIdentifiedDuringALaunchIsLaunchedOnce) {
  const v1::UserRef phone = AnonymousId("phone"), zoe = UserId("zoe");
  shop().Apply(Event(phone, "seen"));
  v1::Campaign campaign = CampaignOn("evening", "unused", "Good evening");
  campaign.mutable_trigger()->mutable_schedule()->mutable_at()->set_seconds(
      absl::ToUnixSeconds(absl::Now() + absl::Seconds(2)));
  shop().Activate(campaign);
  const auto launch_is_done = [&] {
    v1::ListLaunchesRequest request = shop().For<v1::ListLaunchesRequest>("evening");
    const auto listed = shop().client().ListLaunches(request);
    return listed.ok() && listed->launches_size() == 1 && listed->launches(0).state() == v1::Launch::STATE_DONE;
  };
  ASSERT_TRUE(Eventually(launch_is_done));
  EXPECT_THAT(shop().Bodies(phone), ElementsAre("Good evening"));
  shop().Apply(client::Identify(zoe, "phone"));
  const absl::StatusOr<std::string> back = RunSql(database(), R"sql(
      UPDATE launches SET done = false, holder = '', cursor = 'a:~' WHERE campaign_id = 'evening' RETURNING users_launched)sql");
  ASSERT_EQ(back.value_or(""), "1") << back.status();
  ASSERT_TRUE(Eventually(launch_is_done));
  EXPECT_THAT(shop().Bodies(zoe), ElementsAre("Good evening"));
  const std::vector<v1::UserEvent> events = shop().Events(zoe);
  ASSERT_FALSE(events.empty());
  ASSERT_TRUE(events.back().input().has_campaign_launch());
  v1::ExplainCampaignRequest explain = shop().For<v1::ExplainCampaignRequest>("evening");
  *explain.mutable_user() = zoe;
  const absl::StatusOr<v1::ExplainCampaignResponse> why = shop().client().ExplainCampaign(explain);
  ASSERT_TRUE(why.ok()) << why.status();
  ASSERT_FALSE(why->decisions().empty());
  EXPECT_EQ(why->decisions(0).outcome(), v1::Decision::OUTCOME_STOPPED);
  EXPECT_THAT(why->decisions(0).gates(0).detail(), HasSubstr("already, under another name"));
}

TEST_F(LaunchTest, LaunchesAreListed) {
  shop().Apply(Event(UserId("ada"), "seen"));
  v1::Campaign campaign = CampaignOn("nightly", "unused", "Hello");
  campaign.mutable_trigger()->mutable_schedule()->set_cron("0 3 1 1 *");
  shop().Activate(campaign);
  ASSERT_TRUE(RunSql(database(), R"sql(
      INSERT INTO launches (workspace, campaign_id, due_time, begin_time, local_time, done, users_launched, cursor)
      SELECT workspace, campaign_id, day * 86400000000, day * 86400000000 + 1000000, '', true, 7,
             CASE WHEN day = 20001 THEN 'u:m' ELSE '~' END
      FROM campaigns, generate_series(20001, 20003) AS day WHERE campaign_id = 'nightly')sql")
                  .ok());
  v1::ListLaunchesRequest request = shop().For<v1::ListLaunchesRequest>("nightly");
  request.set_page_size(2);
  const absl::StatusOr<v1::ListLaunchesResponse> first = shop().client().ListLaunches(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->launches(), SizeIs(2));
  EXPECT_EQ(first->launches(0).due_time().seconds(), 20003 * 86400);
  EXPECT_EQ(first->launches(0).begin_time().seconds(), 20003 * 86400 + 1);
  EXPECT_EQ(first->launches(0).state(), v1::Launch::STATE_DONE);
  EXPECT_EQ(first->launches(0).users_launched(), 7);
  const absl::Time next = client::FromProto(first->next_launch_time());
  EXPECT_GT(next, absl::Now() - absl::Minutes(1));
  EXPECT_EQ(absl::ToCivilSecond(next, absl::UTCTimeZone()).hour(), 3);
  request.set_page_token(first->next_page_token());
  const absl::StatusOr<v1::ListLaunchesResponse> second = shop().client().ListLaunches(request);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_THAT(second->launches(), SizeIs(1));
  EXPECT_EQ(second->launches(0).state(), v1::Launch::STATE_CUT_SHORT);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_TRUE(absl::IsNotFound(shop().client().ListLaunches(shop().For<v1::ListLaunchesRequest>("none")).status()));
  const Finished shown = RunProgram({ProgramPath("cadenza"), "--server", server().target(), "--workspace",
                                     shop().name(), "campaign", "launches", "nightly"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("2024-10-07 00:00:00.000 UTC  done  7 users"));
  EXPECT_THAT(shown.out, HasSubstr("cut short"));
}

TEST_F(LaunchTest, ATimeThatHasPassedIsRefusedWhenItIsActivated) {
  v1::CreateCampaignRequest create;
  create.set_workspace(shop().name());
  *create.mutable_campaign() = CampaignOn("sale", "unused");
  create.mutable_campaign()->mutable_trigger()->mutable_schedule()->mutable_at()->set_seconds(1'700'000'000);
  ASSERT_TRUE(shop().client().CreateCampaign(create).ok()) << "a draft may hold it";
  const absl::Status refused =
      shop().client().ActivateCampaign(shop().For<v1::ActivateCampaignRequest>("sale")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("trigger.schedule.at"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("2023-11-14T22:13:20Z has passed"));
}

// A launch under way whose time the first clock of the world shows since a minute, and the last one in a day.
TEST_F(LaunchTest, AScheduleByUsersClocksReachesEachAtHisOwnTime) {
  const auto zone = [&](const std::string& user, const std::string& name) {
    shop().Apply(SetAttributes(UserId(user), {{"time_zone", client::String(name)}}));
  };
  zone("first", "Pacific/Kiritimati");  // UTC+14
  zone("last", "Etc/GMT+12");           // UTC-12
  v1::Campaign campaign = CampaignOn("by_clocks", "unused", "Good evening");
  campaign.mutable_trigger()->mutable_schedule()->set_local_at("9000-01-01T00:00");
  shop().Activate(campaign);
  const absl::StatusOr<std::string> local_time = RunSql(database(), R"sql(
      INSERT INTO launches (workspace, campaign_id, due_time, begin_time, local_time)
      SELECT workspace, campaign_id, (extract(epoch FROM now()) * 1000000)::bigint,
             (extract(epoch FROM now()) * 1000000)::bigint,
             to_char(now() AT TIME ZONE 'Pacific/Kiritimati', 'YYYY-MM-DD"T"HH24:MI')
      FROM campaigns WHERE campaign_id = 'by_clocks'
      RETURNING local_time)sql");
  ASSERT_TRUE(local_time.ok()) << local_time.status();
  absl::CivilMinute shown;
  ASSERT_TRUE(absl::ParseCivilTime(*local_time, &shown)) << *local_time;
  ASSERT_TRUE(Eventually([&] { return !shop().Messages(UserId("first")).empty(); }));
  ASSERT_TRUE(Eventually([&] { return shop().Events(UserId("last")).size() == 2; }));
  EXPECT_THAT(shop().Bodies(UserId("first")), ElementsAre("Good evening"));
  EXPECT_THAT(shop().Messages(UserId("last")), IsEmpty());
  const v1::Profile waits = shop().Profile(UserId("last"));
  ASSERT_THAT(waits.timers(), SizeIs(1));
  EXPECT_EQ(waits.timers(0).fire_time().seconds(),
            absl::ToUnixSeconds(absl::FromCivil(shown, absl::FixedTimeZone(-12 * 60 * 60))));
}

}  // namespace
}  // namespace cadenza::testing
