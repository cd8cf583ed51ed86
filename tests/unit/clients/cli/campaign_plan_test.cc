#include "clients/cli/formats/campaign_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/formats/message_yaml.h"

namespace cadenza::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Campaign Of(const std::string& yaml) { return MessagesOfYaml<v1::Campaign>(yaml).value().at(0); }

void Add(Plan* plan, v1::CampaignResult::Action action, const std::string& before, const std::string& after,
         const std::string& place) {
  v1::CampaignResult* result = plan->response.add_results();
  result->set_action(action);
  if (!before.empty()) *result->mutable_previous() = Of(before);
  *result->mutable_campaign() = Of(after);
  plan->places.push_back(place);
}

Plan Example() {
  Plan plan;
  Add(&plan, v1::CampaignResult::ACTION_CREATED, "",
      "{campaign_id: new, state: active, trigger: {event_name: e}, message: {channel: push, body: \"a\\nb\"}}",
      "new.yaml");
  Add(&plan, v1::CampaignResult::ACTION_UPDATED,
      "{campaign_id: edited, state: active, cooldown: 7d, message: {body: \"1\\n2\\n3\\n4\\n5\\n6\\n7\"}}",
      "{campaign_id: edited, state: active, cooldown: 14d, message: {body: \"1\\n2\\n3\\n4\\n5\\nsix\\n7\"}}",
      "edited.yaml");
  Add(&plan, v1::CampaignResult::ACTION_UPDATED, "{campaign_id: quiet, state: active}",
      "{campaign_id: quiet, state: paused}", "quiet.yaml");
  Add(&plan, v1::CampaignResult::ACTION_UPDATED, "{campaign_id: old, state: draft}",
      "{campaign_id: old, state: archived}", "");
  Add(&plan, v1::CampaignResult::ACTION_UNCHANGED, "{campaign_id: same}", "{campaign_id: same}", "same.yaml");
  v1::TemplateWarning* warning = plan.response.mutable_results(1)->add_warnings();
  warning->set_field("audience");
  warning->set_message("nobody\x1b[2J");
  plan.not_in_files = {"other"};
  return plan;
}

TEST(CampaignPlanTest, ShowsWhatWouldChange) {
  EXPECT_EQ(FormatPlan(Example(), /*colour=*/false), R"(+ new  created, active  (new.yaml)
    + state: active
    + trigger.event_name: e
    + message.channel: push
    message.body:
      + a
      + b

~ edited  updated  (edited.yaml)
      cooldown: 7d -> 14d
    message.body:
        …
        4
        5
      - 6
      + six
        7
    warning: audience: nobody\x1b[2J

~ quiet  paused  (quiet.yaml)
      state: active -> paused

- old  archived  (in no file)
      state: draft -> archived

not in the files, left alone: other
1 to create, 1 to update, 1 to pause, 1 to archive, 1 unchanged
)");
}

TEST(CampaignPlanTest, ColoursOnlyIfAsked) {
  EXPECT_THAT(FormatPlan(Example(), false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(FormatPlan(Example(), true), HasSubstr("\x1b[31m7d\x1b[0m -> \x1b[32m14d\x1b[0m"));
}

TEST(CampaignPlanTest, SaysThatThereIsNothingToDo) {
  Plan plan;
  Add(&plan, v1::CampaignResult::ACTION_UNCHANGED, "{campaign_id: same}", "{campaign_id: same}", "same.yaml");
  EXPECT_TRUE(ChangesNothing(plan.response));
  EXPECT_FALSE(ChangesNothing(Example().response));
  EXPECT_EQ(FormatPlan(plan, false),
            "0 to create, 0 to update, 0 to pause, 0 to archive, 1 unchanged\nnothing to do\n");
}

TEST(CampaignPlanTest, PutsLongValuesUnderEachOther) {
  const std::string before(70, 'a');
  EXPECT_EQ(FormatChanges({{"condition", before, "b", true}}, 0, false),
            "  condition:\n    - " + before + "\n    + b\n");
}

TEST(CampaignPlanTest, TellsProgramsTheSame) {
  const nlohmann::ordered_json json = PlanToJson(Example());
  EXPECT_EQ(json["campaigns"].size(), 5u);
  EXPECT_EQ(json["campaigns"][1]["changes"][0].dump(), R"({"path":"cooldown","before":"7d","after":"14d"})");
  EXPECT_EQ(json["campaigns"][0]["changes"][0]["before"], nullptr);
  EXPECT_EQ(json["campaigns"][3]["done"].dump(), R"(["archived"])");
  EXPECT_EQ(json["not_in_files"].dump(), R"(["other"])");
}

TEST(CampaignPlanTest, OutputsAreNoChanges) {
  v1::CampaignResult result;
  result.set_action(v1::CampaignResult::ACTION_UPDATED);
  *result.mutable_previous() = Of("{campaign_id: a, etag: \"1\", update_time: 2026-01-01T00:00:00Z}");
  *result.mutable_campaign() = Of("{campaign_id: a, etag: \"2\", once: true, activate_time: 2026-01-01T00:00:00Z}");
  const PlanEntry entry = EntryOf(result, "");
  ASSERT_EQ(entry.changes.size(), 1u);
  EXPECT_EQ(entry.changes[0].path, "once");
  EXPECT_THAT(entry.Done(), ElementsAre("updated"));
}

template <typename M>
M One(const std::string& yaml) {
  return MessagesOfYaml<M>(yaml).value().at(0);
}

// What campaigns need, before the campaigns.
TEST(CampaignPlanTest, ShowsEveryKind) {
  Plan plan;
  Add(&plan, v1::CampaignResult::ACTION_UPDATED, "{campaign_id: old, state: draft}",
      "{campaign_id: old, state: archived}", "old.yaml");
  v1::SegmentResult* segment = plan.response.add_segments();
  segment->set_action(v1::CampaignResult::ACTION_UPDATED);
  *segment->mutable_previous() = One<v1::Segment>("{segment_id: vip, state: draft, condition: \"true\", etag: \"1\"}");
  *segment->mutable_segment() = One<v1::Segment>(
      "{segment_id: vip, state: active, condition: \"false\", etag: \"2\", evaluation: {users_examined: 7}}");
  segment->add_warnings()->set_field("condition");
  plan.segment_places = {"vip.yaml"};
  for (const char* text : {"a\\nb", "c"}) {
    v1::ContentBlockResult* block = plan.response.add_content_blocks();
    block->set_action(v1::CampaignResult::ACTION_CREATED);
    *block->mutable_content_block() =
        One<v1::ContentBlock>(std::string("{content_block_id: ") + text[0] + ", content: \"" + text + "\"}");
  }
  plan.response.mutable_content_blocks(1)->set_action(v1::CampaignResult::ACTION_UNCHANGED);
  plan.content_block_places = {"blocks.yaml, document 1", "blocks.yaml, document 2"};
  v1::WorkspaceSettingsResult* settings = plan.response.mutable_settings();
  settings->set_action(v1::CampaignResult::ACTION_CREATED);
  *settings->mutable_settings() = One<v1::WorkspaceSettings>("{holdout: {basis_points: 500}, etag: \"1\"}");
  plan.settings_place = "settings.yaml";
  plan.not_in_files = {"segment other"};
  EXPECT_EQ(FormatPlan(plan, /*colour=*/false), R"(+ settings  created  (settings.yaml)
    + holdout.basis_points: 500

+ content block a  created  (blocks.yaml, document 1)
    content:
      + a
      + b

~ segment vip  updated, active  (vip.yaml)
      state: draft -> active
      condition: "true" -> "false"
    warning: condition: 

- old  archived  (old.yaml)
      state: draft -> archived

not in the files, left alone: segment other
2 to create, 1 to update, 0 to pause, 1 to archive, 1 unchanged
)");
  const nlohmann::ordered_json json = PlanToJson(plan);
  EXPECT_EQ(json["segments"][0]["segment_id"], "vip");
  EXPECT_EQ(json["segments"][0]["state"], "active");
  EXPECT_EQ(json["content_blocks"][1]["done"].dump(), R"(["unchanged"])");
  EXPECT_EQ(json["settings"][0]["file"], "settings.yaml");
  EXPECT_FALSE(json["settings"][0].contains("state"));
}

TEST(CampaignPlanTest, ChangesNothingOnlyIfEveryKindStaysAsItIs) {
  v1::ApplyCampaignsResponse response;
  EXPECT_TRUE(ChangesNothing(response));
  response.mutable_settings()->set_action(v1::CampaignResult::ACTION_UNCHANGED);
  response.add_segments()->set_action(v1::CampaignResult::ACTION_UNCHANGED);
  response.add_content_blocks()->set_action(v1::CampaignResult::ACTION_UNCHANGED);
  EXPECT_TRUE(ChangesNothing(response));
  for (int i = 0; i < 3; ++i) {
    v1::ApplyCampaignsResponse changed = response;
    if (i == 0) changed.mutable_settings()->set_action(v1::CampaignResult::ACTION_CREATED);
    if (i == 1) changed.mutable_segments(0)->set_action(v1::CampaignResult::ACTION_UPDATED);
    if (i == 2) changed.mutable_content_blocks(0)->set_action(v1::CampaignResult::ACTION_UPDATED);
    EXPECT_FALSE(ChangesNothing(changed)) << i;
  }
}

}  // namespace
}  // namespace cadenza::cli
