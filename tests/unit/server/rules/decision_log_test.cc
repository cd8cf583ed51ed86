#include "server/rules/decision_log.h"

#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

TEST(DecisionLogTest, IsUsedAgain) {
  DecisionLog log;
  std::string first;
  for (int i = 0; i < 2; ++i) {
    log.Clear(kNoon);
    log.Begin("knots", 1, "");
    EXPECT_FALSE(log.Fail(Gate::kRender, "divided by 0"));
    EXPECT_EQ(log.error(), "render: divided by 0");
    log.End(DecisionOutcome::kStopped, "");
    if (i == 0) first = std::string(log.written());
    EXPECT_EQ(log.written(), first);
  }
  log.Begin("other", 1, "");
  EXPECT_EQ(log.error(), "") << "of the campaign that decides";
  log.Drop();
  EXPECT_EQ(log.written(), first);
}

TEST(DecisionLogTest, IsSmall) {
  DecisionLog log;
  log.Clear(kNoon);
  log.Begin("garlic_knots", 12, "");
  for (const Gate gate : {Gate::kTrigger, Gate::kCondition, Gate::kAudience}) EXPECT_TRUE(log.Say(gate, true));
  log.End(DecisionOutcome::kSent, "");
  EXPECT_LE(log.written().size(), 48u);
}

}  // namespace
}  // namespace cadenza::rules
