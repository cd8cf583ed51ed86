// A folder of files as the desired state of a workspace's campaigns: the program and the calls, over PostgreSQL.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "tests/integration/folder.h"

namespace cadenza::testing {
namespace {

namespace fs = std::filesystem;
using client::Event;
using client::UserId;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kWelcome[] = R"(campaign_id: welcome
trigger: {session_started: {}}
message: {channel: push, body: "Welcome, {{ ${first_name} }}"}
)";

using CampaignsAsCodeTest = FolderTest;

TEST_F(CampaignsAsCodeTest, PlansAppliesAndThenHasNothingToDo) {
  Write("thanks.yaml", kThanks);
  Write("more/welcome.yml", kWelcome);
  Write(".hidden.yaml", "not: a campaign\n");
  shop().Apply(Event(UserId("eve"), "ordr"));
  std::string plan = Output({"plan", folder_});
  EXPECT_THAT(plan, HasSubstr("+ thanks  created, active"));
  EXPECT_THAT(plan, HasSubstr("    + cooldown: 7d\n"));
  EXPECT_THAT(plan, HasSubstr("      + Dear {{ user.id }},\n"));
  EXPECT_THAT(plan,
              HasSubstr("warning: trigger.event_name: event 'order' is in none of the profiles of all 1 user; did "
                        "you mean 'ordr'?"));
  EXPECT_THAT(plan, HasSubstr("2 to create, 0 to update, 0 to pause, 0 to archive, 0 unchanged"));
  EXPECT_THAT(plan, Not(HasSubstr("\x1b"))) << "no colours but on a terminal";
  EXPECT_THAT(All(), IsEmpty());

  const Finished unasked = Run({"apply", folder_});
  EXPECT_EQ(unasked.exit_code, 5) << "nobody said yes";
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_THAT(Output({"apply", folder_, "--yes"}), HasSubstr("thanks: created, active\n"));
  const std::vector<v1::Campaign> applied = All();
  ASSERT_EQ(applied.size(), 2u);
  EXPECT_EQ(applied[0].state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_EQ(applied[1].state(), v1::Campaign::STATE_DRAFT);

  EXPECT_THAT(Output({"apply", folder_, "--yes"}), HasSubstr("2 unchanged\nnothing to do\n"));
  EXPECT_THAT(Output({"plan", folder_}), HasSubstr("nothing to do"));
  EXPECT_EQ(All()[0].etag(), applied[0].etag());
}

TEST_F(CampaignsAsCodeTest, AnEditIsShownFieldByField) {
  Write("thanks.yaml", kThanks);
  Output({"apply", folder_, "--yes"});
  std::string edited(kThanks);
  edited.replace(edited.find("7d"), 2, "336h");
  edited.replace(edited.find("thank you!"), 10, "many thanks!");
  edited.replace(edited.find("active"), 6, "paused");
  Write("thanks.yaml", edited);
  const std::string plan = Output({"plan", folder_});
  EXPECT_THAT(plan, HasSubstr("~ thanks  updated, paused"));
  EXPECT_THAT(plan, HasSubstr("      state: active -> paused\n"));
  EXPECT_THAT(plan, HasSubstr("      cooldown: 7d -> 14d\n"));
  EXPECT_THAT(plan,
              HasSubstr("    message.body:\n        Dear {{ user.id }},\n      - thank you!\n      + many thanks!\n"));
  EXPECT_THAT(plan, Not(HasSubstr("title")));
  Output({"apply", folder_, "--yes"});
  EXPECT_EQ(All()[0].state(), v1::Campaign::STATE_PAUSED);
}

TEST_F(CampaignsAsCodeTest, WhatIsExportedPlansNoChange) {
  Write("thanks.yaml", kThanks);
  Write("welcome.yaml", kWelcome);
  Write("test.yaml", R"(campaign_id: test
state: paused
trigger: {attribute_changed: {attribute: plan, value: gold}}
audience: user.attributes.plan == "gold"
variants:
  - {variant_id: a, weight: 1, message: {channel: email, title: "true", body: "- 1\n\n  two\n", content_type: text/html, time_to_live: 90m}}
  - {variant_id: none, weight: 2, control: true}
quiet_hours: {windows: [{start: "22:00", end: "08:00", weekdays: [monday]}], action: hold}
start_time: 2026-01-01T12:00:00+01:00
tags: [promo]
priority: -3
delivery_rate: {most: 100, per: 1m}
)");
  Output({"apply", folder_, "--yes"});
  const std::string exported = folder_ + "/.exported";
  EXPECT_THAT(Output({"export", exported}), HasSubstr("3 campaigns, 3 files written"));
  EXPECT_THAT(Output({"plan", exported}), HasSubstr("3 unchanged\nnothing to do"));
  EXPECT_THAT(Output({"export", exported}), HasSubstr("3 campaigns, 0 files written")) << "the same text each time";
  std::stringstream text;
  text << std::ifstream(exported + "/test.yaml").rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("state: paused\n"));
  EXPECT_THAT(text.str(), HasSubstr("start_time: 2026-01-01T11:00:00Z\n"));
  EXPECT_THAT(text.str(), HasSubstr("      time_to_live: 1h30m\n"));
  EXPECT_THAT(text.str(), Not(HasSubstr("etag")));
}

TEST_F(CampaignsAsCodeTest, OneBadFileChangesNothing) {
  Write("a.yaml", kThanks);
  Write("b.yaml", kWelcome + std::string("conditoin: \"true\"\n"));
  Finished finished = Run({"apply", folder_, "--yes"});
  EXPECT_EQ(finished.exit_code, 5);
  EXPECT_THAT(finished.err, HasSubstr("b.yaml: line 4, column 1: 'conditoin' is no field of Campaign; did you mean "
                                      "'condition'?"));
  EXPECT_THAT(All(), IsEmpty());
  // What only the server can tell.
  Write("b.yaml", kWelcome + std::string("condition: user.nmae == 'x'\n"));
  finished = Run({"apply", folder_, "--yes"});
  EXPECT_EQ(finished.exit_code, 5);
  EXPECT_THAT(finished.err, HasSubstr("b.yaml: welcome: "));
  EXPECT_THAT(finished.err, HasSubstr("campaigns[1].campaign.condition"));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_F(CampaignsAsCodeTest, WhatNoFileNamesIsLeftAloneOrPruned) {
  shop().Activate(CampaignOn("other", "order"));
  Write("thanks.yaml", kThanks);
  EXPECT_THAT(Output({"apply", folder_, "--yes"}), HasSubstr("not in the files, left alone: other\n"));
  EXPECT_EQ(All()[0].state(), v1::Campaign::STATE_ACTIVE);
  EXPECT_THAT(Output({"plan", folder_, "--prune"}), HasSubstr("- other  archived  (in no file)"));
  Output({"apply", folder_, "--prune", "--yes"});
  EXPECT_EQ(All()[0].state(), v1::Campaign::STATE_ARCHIVED);
  EXPECT_THAT(Output({"plan", folder_, "--prune"}), HasSubstr("nothing to do"));
}

TEST_F(CampaignsAsCodeTest, TellsWhoChangedWhatSince) {
  Write("thanks.yaml", kThanks);
  Output({"apply", folder_, "--yes"});
  As("grace@lab");
  Output({"pause", "thanks"});
  As("ada@laptop");
  Write("thanks.yaml", kThanks + std::string("etag: \"1\"\nonce: true\n"));
  const Finished finished = Run({"apply", folder_, "--yes"});
  EXPECT_EQ(finished.exit_code, 6);
  EXPECT_THAT(finished.err,
              HasSubstr("campaign thanks was changed since (its etag is 2, not 1): revision 2 by grace@lab"));
  EXPECT_THAT(finished.err, HasSubstr("      state: active -> paused\n"));
  EXPECT_FALSE(All()[0].once());
}

TEST_F(CampaignsAsCodeTest, VersionsSayWhoAndWhenAndAreGoneBackTo) {
  Write("thanks.yaml", kThanks);
  Output({"apply", folder_, "--yes"});
  As("grace@lab");
  std::string edited(kThanks);
  edited.replace(edited.find("15.0"), 4, "99.0");
  Write("thanks.yaml", edited);
  Output({"apply", folder_ + "/thanks.yaml"});
  Output({"pause", "thanks"});
  std::string versions = Output({"versions", "thanks"});
  EXPECT_THAT(versions, HasSubstr("revision 3  "));
  EXPECT_THAT(versions, HasSubstr(" UTC  grace@lab  paused\n      state: active -> paused\nrevision 2  "));
  EXPECT_THAT(versions, HasSubstr("      condition: event.properties.total > 15.0 -> event.properties.total > 99.0\n"));
  EXPECT_THAT(versions, HasSubstr(" UTC  ada@laptop  active\n"));

  As("ada@laptop");
  const std::string back = Output({"rollback", "thanks", "--to", "1"});
  EXPECT_THAT(back, HasSubstr("thanks: back to revision 1, as revision 4; it stays paused\n"));
  EXPECT_THAT(back, HasSubstr("      condition: event.properties.total > 99.0 -> event.properties.total > 15.0\n"));
  EXPECT_EQ(All()[0].condition(), "event.properties.total > 15.0");
  EXPECT_THAT(Output({"rollback", "thanks", "--to", "1"}), HasSubstr("nothing to do"));
  EXPECT_EQ(Run({"rollback", "thanks", "--to", "17"}).exit_code, 3);
  EXPECT_EQ(Run({"versions", "nobody"}).exit_code, 3);

  v1::ListCampaignVersionsRequest request;
  request.set_workspace(shop().name());
  request.set_campaign_id("thanks");
  request.set_page_size(3);
  const auto page = shop().client().ListCampaignVersions(request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->versions_size(), 3);
  request.set_page_token(page->next_page_token());
  const auto last = shop().client().ListCampaignVersions(request);
  ASSERT_TRUE(last.ok()) << last.status();
  ASSERT_EQ(last->versions_size(), 1);
  EXPECT_EQ(last->versions(0).campaign().etag(), "1");
  EXPECT_EQ(last->next_page_token(), "");
}

TEST_F(CampaignsAsCodeTest, WarnsOfAnAudienceThatIsEmptyAndOfARunningTest) {
  shop().Apply(client::SetAttributes(UserId("ada"), {{"plan", client::String("gold")}}));
  const std::string test = R"(campaign_id: test
state: active
trigger: {session_started: {}}
audience: user.attributes.plan == "WHO"
variants:
  - {variant_id: a, weight: 1, message: {channel: push, body: A}}
  - {variant_id: b, weight: WEIGHT, message: {channel: push, body: B}}
)";
  const auto write = [&](const std::string& who, const std::string& weight) {
    std::string text = test;
    text.replace(text.find("WHO"), 3, who);
    text.replace(text.find("WEIGHT"), 6, weight);
    Write("test.yaml", text);
  };
  write("silver", "1");
  EXPECT_THAT(Output({"plan", folder_}),
              HasSubstr("warning: audience: nobody is in it now, of the profiles of all 1 user\n"));
  write("gold", "1");
  EXPECT_THAT(Output({"plan", folder_}), Not(HasSubstr("warning")));
  Output({"apply", folder_, "--yes"});
  write("gold", "3");
  EXPECT_THAT(Output({"plan", folder_}), HasSubstr("warning: variants: a test is under way, and the weights change"));
}

TEST_F(CampaignsAsCodeTest, OfTwoProcessesOneWins) {
  const std::unique_ptr<ServerProcess> other = StartServer(database());
  const Workspace there = shop().Through(other->target());
  Write("thanks.yaml", kThanks);
  Output({"apply", folder_, "--yes"});
  EXPECT_THAT(Output({"plan", folder_}, other->target()), HasSubstr("nothing to do"));
  for (int round = 0; round < 10; ++round) {
    const std::vector<v1::Campaign> before = All();
    const auto change = [&](const Workspace& through, const std::string& author) {
      std::vector<v1::Campaign> campaigns = before;
      campaigns[0].set_display_name(StrCat(author, " ", round));
      campaigns.push_back(CampaignOn(StrCat("beside-", author, "-", round), "order"));
      return through.client().ApplyCampaigns(Request(campaigns, author)).status();
    };
    auto here = std::async(std::launch::async, [&] { return change(shop(), "here"); });
    const absl::Status second = change(there, "there");
    const absl::Status first = here.get();
    EXPECT_NE(first.ok(), second.ok()) << first << second;
    const absl::Status& lost = first.ok() ? second : first;
    EXPECT_EQ(lost.code(), absl::StatusCode::kAborted) << lost;
    EXPECT_THAT(std::string(lost.message()), AnyOf(HasSubstr("by here"), HasSubstr("by there")));
    const std::vector<v1::Campaign> after = All();
    EXPECT_EQ(after.size(), before.size() + 1) << "nothing of the one who lost";
  }
}

}  // namespace
}  // namespace cadenza::testing
