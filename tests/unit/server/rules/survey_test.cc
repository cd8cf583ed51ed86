#include "server/rules/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Profile UserWith(std::string attribute, Value value, const std::string& event = "") {
  Profile profile;
  profile.key = UserKey::User("w", "ada");
  profile.version = 1;
  profile.attributes = ValueMap({{std::move(attribute), std::move(value)}});
  if (!event.empty()) profile.events.emplace(event, EventHistory());
  return profile;
}

std::vector<std::string> Told(const Survey& survey, bool all, size_t campaign = 0) {
  std::vector<std::string> told;
  for (const TemplateWarning& warning : survey.Warnings(campaign, all))
    told.push_back(warning.field + ": " + warning.message);
  return told;
}

Campaign Example() {
  Campaign campaign;
  campaign.trigger = {Trigger::Kind::kEventName, "order_placd", ""};
  campaign.condition = "user.attributes.plann == \"gold\" && user.event_count(\"order_placed\") > 0";
  campaign.audience = "user.attributes.plan == \"silver\"";
  campaign.exception_event_names = {"cancelled", "purchase"};
  campaign.message.title = "{{ ${first_name} }}, {{ ${user_id} }}";
  campaign.message.body = "{{ custom_attribute.${pizza} }} {{ user.attributes.plan }} {{ event.properties.x }}";
  return campaign;
}

TEST(SurveyTest, NamesWhatNobodyHas) {
  Survey survey({Example()});
  EXPECT_THAT(Told(survey, true), IsEmpty()) << "nobody was looked at";
  survey.Look(UserWith("plan", Value::String("gold"), "order_placed"), kNow, absl::Minutes(30));
  survey.Look(UserWith("first_name", Value::String("Ada")), kNow, absl::Minutes(30));
  EXPECT_EQ(survey.users(), 2);
  EXPECT_THAT(
      Told(survey, false),
      ElementsAre("message.body: attribute 'pizza' is in none of the 2 profiles looked at (there are more)",
                  "condition: attribute 'plann' is in none of the 2 profiles looked at (there are more); did you mean "
                  "'plan'?",
                  "exception_event_names[0]: event 'cancelled' is in none of the 2 profiles looked at (there are more)",
                  "trigger.event_name: event 'order_placd' is in none of the 2 profiles looked at (there are more); "
                  "did you mean 'order_placed'?",
                  "audience: nobody is in it now, of the 2 profiles looked at (there are more)"));
  EXPECT_THAT(Told(survey, true).back(), "audience: nobody is in it now, of the profiles of all 2 users");
}

TEST(SurveyTest, CountsWhoIsInAnAudience) {
  Campaign timed = Example();
  timed.audience = "now > timestamp(\"2026-01-01T00:00:00Z\") && user.attributes.plan == \"gold\"";
  Campaign everybody = Example();
  everybody.audience = "";
  Campaign broken = Example();
  broken.audience = "1 +";
  Survey survey({Example(), timed, everybody, broken});
  survey.Look(UserWith("plan", Value::String("gold")), kNow, absl::Minutes(30));
  const auto is_told = [&](size_t campaign) {
    return Told(survey, true, campaign).back() == "audience: nobody is in it now, of the profiles of all 1 user";
  };
  EXPECT_TRUE(is_told(0));
  EXPECT_FALSE(is_told(1));
  EXPECT_FALSE(is_told(2));
  EXPECT_FALSE(is_told(3));
}

TEST(SurveyTest, ReadsVariantsAndTriggersOfAttributes) {
  Campaign campaign;
  campaign.trigger.kind = Trigger::Kind::kAttributeChanged;
  campaign.trigger.attribute = "tier";
  campaign.variants = {{.variant_id = "a"}};
  campaign.variants[0].message.localizations = {{"fr", "", "{{ user.attributes.ville.nom }}"}};
  Survey survey({campaign});
  survey.Look(UserWith("plan", Value::Int(3)), kNow, absl::Minutes(30));
  EXPECT_THAT(
      Told(survey, true),
      ElementsAre("trigger.attribute_changed.attribute: attribute 'tier' is in none of the profiles of all 1 user",
                  "variants[0].message.localizations[0].body: attribute 'ville' is in none of the profiles of "
                  "all 1 user"));
}

TEST(SurveyTest, AsksSegmentsAndAudiencesAsTheyWouldBe) {
  const auto asking_for = [](const std::string& segment_id) {
    Campaign campaign;
    campaign.audience = "user.in_segment(\"" + segment_id + "\")";
    return campaign;
  };
  const auto segment = [](std::string id, Segment::State state, std::string condition) {
    Segment made;
    made.segment_id = std::move(id);
    made.state = state;
    made.condition = std::move(condition);
    return made;
  };
  Survey survey({asking_for("vip"), asking_for("was"), asking_for("stays"), asking_for("draft")},
                {segment("vip", Segment::State::kActive, "user.attributes.plan == \"gold\""),
                 segment("was", Segment::State::kActive, "user.attributes.plam == \"none\""),
                 segment("draft", Segment::State::kDraft, "true")});
  Profile user = UserWith("plan", Value::String("gold"));
  for (const char* id : {"was", "stays", "draft"}) user.segments.emplace(id, kNow - absl::Hours(1));
  survey.Look(user, kNow, absl::Minutes(30));
  const auto segment_fields = [&](size_t place) {
    std::vector<std::string> fields;
    for (const TemplateWarning& warning : survey.SegmentWarnings(place, true)) fields.push_back(warning.field);
    return fields;
  };
  EXPECT_THAT(segment_fields(0), IsEmpty());
  EXPECT_THAT(segment_fields(1), ElementsAre("condition", "condition")) << "an attribute, and nobody";
  EXPECT_THAT(segment_fields(2), IsEmpty()) << "nobody is asked about a draft";
  EXPECT_THAT(Told(survey, true, 0), IsEmpty());
  EXPECT_THAT(Told(survey, true, 1), ElementsAre("audience: nobody is in it now, of the profiles of all 1 user"));
  EXPECT_THAT(Told(survey, true, 2), IsEmpty());
  EXPECT_THAT(Told(survey, true, 3), ElementsAre("audience: nobody is in it now, of the profiles of all 1 user"));
}

}  // namespace
}  // namespace cadenza::rules
