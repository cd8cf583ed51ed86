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
  ASSERT_EQ(ChangesOf(result).size(), 1u);
  EXPECT_EQ(ChangesOf(result)[0].path, "once");
  EXPECT_THAT(DoneTo(result), ElementsAre("updated"));
}

}  // namespace
}  // namespace cadenza::cli
