#include "server/rules/decision_text.h"

#include <string>

#include "server/rules/decision_log.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const DecisionSource kSource{UserKey::User("pizza", "ada"), 7, "e1"};

// One decision of one gate, whose form says what `write` writes.
template <typename Write>
std::string TextOf(Gate gate, bool passed, uint8_t form, Write write, const Campaign* campaign = nullptr) {
  DecisionLog log;
  log.Clear(kNoon);
  log.Begin("knots", 3, "");
  log.Say(gate, passed, form);
  write(log);
  log.End(DecisionOutcome::kStopped, "");
  const auto decisions =
      ReadDecisions(log.written(), kSource, [campaign](std::string_view, int64_t) { return campaign; });
  EXPECT_TRUE(decisions.ok()) << decisions.status();
  if (!decisions.ok() || decisions->size() != 1 || decisions->front().gates.size() != 1) return "nothing";
  EXPECT_EQ(decisions->front().gates[0].gate, gate);
  EXPECT_EQ(decisions->front().gates[0].passed, passed);
  return decisions->front().gates[0].detail;
}
const auto kNothing = [](DecisionLog&) {};

TEST(DecisionTextTest, WhatADecisionHas) {
  DecisionLog log;
  log.Clear(kNoon);
  EXPECT_TRUE(log.empty());
  log.Begin("dropped", 1, "");
  log.Drop();
  EXPECT_TRUE(log.empty());
  log.Begin("knots", 300, "");
  log.Say(Gate::kTrigger, true);
  log.End(DecisionOutcome::kSent, "b");
  log.Begin("cart", 0, "e0");
  log.Say(Gate::kDelay, true);
  log.Time(kNoon + absl::Hours(1));
  log.End(DecisionOutcome::kWaits, "", kNoon + absl::Hours(1));
  const auto decisions = ReadDecisions(log.written(), kSource, nullptr);
  ASSERT_TRUE(decisions.ok()) << decisions.status();
  ASSERT_THAT(*decisions, SizeIs(2));
  const Decision& sent = decisions->front();
  EXPECT_EQ(sent.campaign_id, "knots");
  EXPECT_EQ(sent.campaign_revision, 300);
  EXPECT_EQ(sent.outcome, DecisionOutcome::kSent);
  EXPECT_EQ(sent.variant_id, "b");
  EXPECT_EQ(sent.time, kNoon);
  EXPECT_EQ(sent.user_seq, 7);
  EXPECT_EQ(sent.event_id, "e1");
  EXPECT_EQ(sent.message_id, ToHex(DigestOf(std::string("pizza\0u:ada\0knots\0e1", 20))));
  EXPECT_EQ(sent.wait_time, absl::InfinitePast());
  EXPECT_THAT(GatesOf(sent), ElementsAre("trigger+"));
  const Decision& waits = decisions->back();
  EXPECT_EQ(waits.event_id, "e0");
  EXPECT_EQ(waits.wait_time, kNoon + absl::Hours(1));
  EXPECT_EQ(waits.message_id, "");
}

TEST(DecisionTextTest, ConditionsAreThoseOfTheirRevision) {
  Campaign campaign = KnotsCampaign();
  campaign.condition = "event.properties.total > 15.0";
  EXPECT_EQ(TextOf(Gate::kCondition, false, forms::kPlain, kNothing, &campaign),
            "event.properties.total > 15.0 is false");
  EXPECT_EQ(TextOf(Gate::kCondition, false, forms::kPlain, kNothing), "it is false");
  EXPECT_EQ(TextOf(Gate::kCondition, true, forms::kNoCondition, kNothing), "there is none");
  EXPECT_EQ(TextOf(Gate::kAudience, false, forms::kError, [](DecisionLog& log) { log.Text("no such key"); }),
            "no such key");
}

TEST(DecisionTextTest, ACapSaysWhenItFrees) {
  EXPECT_EQ(TextOf(Gate::kFrequencyCap, false, forms::kPlain,
                   [](DecisionLog& log) {
                     log.Number(3);
                     log.Number(absl::ToInt64Microseconds(absl::Hours(24)));
                     log.Text("push");
                     log.Text("");
                     log.Text("");
                     log.Number(3);
                     log.Time(kNoon + absl::Minutes(125));
                   }),
            "push/24h: 3 of 3, frees at 2023-11-15T14:05:00Z");
}

TEST(DecisionTextTest, LongTextsAreCut) {
  const std::string text(2 * DecisionLog::kTextBytes, 'x');
  EXPECT_EQ(TextOf(Gate::kRender, false, forms::kAborted, [&](DecisionLog& log) { log.Text(text); }),
            text.substr(0, DecisionLog::kTextBytes));
}

TEST(DecisionTextTest, WhatDoesNotFitIsLeftOut) {
  DecisionLog log;
  log.Clear(kNoon);
  for (int i = 0; i < 200; ++i) {
    log.Begin(StrCat("c", i), 1, "");
    log.Fail(Gate::kRender, std::string(500, 'x'));
    log.End(DecisionOutcome::kStopped, "");
  }
  EXPECT_LE(log.written().size(), DecisionLog::kMaxBytes);
  const auto decisions = ReadDecisions(log.written(), kSource, nullptr);
  ASSERT_TRUE(decisions.ok());
  EXPECT_GT(decisions->size(), 50u);
}

TEST(DecisionTextTest, WhatIsDamagedIsSaid) {
  DecisionLog log;
  log.Clear(kNoon);
  log.Begin("knots", 1, "");
  log.Say(Gate::kSubscription, true);
  log.Text("push");
  log.End(DecisionOutcome::kSent, "a");
  const std::string written(log.written());
  EXPECT_THAT(*ReadDecisions("", kSource, nullptr), IsEmpty());
  EXPECT_TRUE(absl::IsDataLoss(ReadDecisions("\x7f", kSource, nullptr).status()));
  for (size_t size = 9; size + 1 < written.size(); ++size) {
    if (const auto cut = ReadDecisions(written.substr(0, size), kSource, nullptr); cut.ok()) {
      EXPECT_THAT(*cut, IsEmpty()) << size;
    }
  }
}

}  // namespace
}  // namespace cadenza::rules
