#include "server/rules/running_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Campaign Running() {
  Campaign campaign;
  campaign.state = Campaign::State::kActive;
  campaign.variants = {{.variant_id = "a", .weight = 1}, {.variant_id = "b", .weight = 1}};
  campaign.variants.push_back({.variant_id = "none", .weight = 2, .control = true});
  return campaign;
}

std::vector<std::string> After(const std::function<void(Campaign*)>& edit, Campaign before = Running()) {
  Campaign after = before;
  edit(&after);
  std::vector<std::string> told;
  for (const TemplateWarning& warning : WarnOfRunningTest(before, after)) {
    told.push_back(warning.field + ": " + warning.message);
  }
  return told;
}

TEST(RunningTestTest, WarnsOfEachWay) {
  EXPECT_THAT(After([](Campaign* c) { c->variants.erase(c->variants.begin()); }),
              ElementsAre(HasSubstr("variants: a test is under way, and variant 'a' is taken out")));
  EXPECT_THAT(After([](Campaign* c) { c->variants.push_back({.variant_id = "new", .weight = 1}); }),
              ElementsAre(HasSubstr("variants[3]: a test is under way, and variant 'new' is added")));
  EXPECT_THAT(After([](Campaign* c) { c->variants[0].weight = 5; }), ElementsAre(HasSubstr("the weights change")));
  EXPECT_THAT(
      After([](Campaign* c) { c->variants[2].control = false; }),
      ElementsAre(HasSubstr("variants[2].control: a test is under way, and variant 'none' is the control no more")));
  EXPECT_THAT(After([](Campaign* c) { c->variants[1].message.body = "New"; }),
              ElementsAre(HasSubstr("variants[1].message: a test is under way, and variant 'b' says something else")));
  EXPECT_THAT(After([](Campaign* c) { c->variants.clear(); }), ::testing::SizeIs(3));
}

TEST(RunningTestTest, IsSilentAboutTheRest) {
  EXPECT_THAT(After([](Campaign* c) { c->condition = "true"; }), IsEmpty());
  EXPECT_THAT(After([](Campaign* c) { c->state = Campaign::State::kPaused; }), IsEmpty());
  // The same parts of the whole, in another order.
  EXPECT_THAT(After([](Campaign* c) {
                for (Variant& variant : c->variants) variant.weight *= 3;
                std::swap(c->variants[0], c->variants[2]);
              }),
              IsEmpty());
  Campaign paused = Running();
  paused.state = Campaign::State::kPaused;
  EXPECT_THAT(After([](Campaign* c) { c->variants.clear(); }, paused), IsEmpty());
  Campaign plain = Running();
  plain.variants.clear();
  EXPECT_THAT(After([](Campaign* c) { c->variants = Running().variants; }, plain), IsEmpty());
}

}  // namespace
}  // namespace cadenza::rules
