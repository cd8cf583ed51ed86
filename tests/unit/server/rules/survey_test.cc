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

}  // namespace
}  // namespace cadenza::rules
