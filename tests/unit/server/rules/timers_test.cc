#include "server/rules/timers.h"

#include "storage/model/limits.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TimerContent Content(std::string note = "") {
  TimerContent content;
  content.purpose = TimerPurpose::kDelay;
  content.subject = "knots";
  content.note = std::move(note);
  return content;
}

TEST(Timers, AreSetReplacedAndCancelledInBothPlaces) {
  Profile ada = Ada();
  ada.version = 3;
  TimerChanges changes;
  ASSERT_TRUE(SetTimer("a/1", kNoon, Content(), &ada, &changes).ok());
  ada.version = 4;
  // A time of less than a microsecond is rounded up: never early.
  ASSERT_TRUE(SetTimer("a/1", kNoon + absl::Nanoseconds(1), Content(), &ada, &changes).ok());
  EXPECT_EQ(ada.timers.at("a/1"), (PendingTimer{kNoon + absl::Microseconds(1), 4}));
  ASSERT_TRUE(SetTimer("a/2", kNoon, Content(), &ada, &changes).ok());
  ASSERT_TRUE(SetTimer("b/1", kNoon, Content(), &ada, &changes).ok());
  ASSERT_THAT(changes, SizeIs(4));
  EXPECT_EQ(changes[1].timer, ada.timers.at("a/1"));

  changes.clear();
  CancelTimer("none", &ada, &changes);
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_EQ(CancelTimers("a/", &ada, &changes), 2);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_FALSE(changes[0].set);
  ASSERT_THAT(ada.timers, SizeIs(1));
  EXPECT_EQ(ada.timers.begin()->first, "b/1");
}

TEST(Timers, OfOneMomentGoByThePriorityOfTheirCampaigns) {
  Campaign low = PlainCampaign("a", "cart_filled"), high = PlainCampaign("b", "cart_filled");
  low.priority = -3;
  high.priority = 7;
  const auto rules = RulesOf({low, high, PlainCampaign("c", "cart_filled")});
  const std::vector<std::string> ids = {"segments", "delay/b/1", "delay/c/1", "delay/a/1", "delay/gone/1"};
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    EXPECT_LT(TimerRank(*rules, "pizza", ids[i]), TimerRank(*rules, "pizza", ids[i + 1])) << ids[i];
  }
  EXPECT_EQ(TimerRank(*rules, "pizza", "delay/b/1"), TimerRank(*rules, "pizza", "delay/b/2"));
}

TEST(Timers, AreBounded) {
  Profile ada = Ada();
  TimerChanges changes;
  auto set = [&](const std::string& id, TimerContent content) {
    return SetTimer(id, kNoon, std::move(content), &ada, &changes);
  };
  EXPECT_TRUE(absl::IsResourceExhausted(set("", Content())));
  EXPECT_TRUE(absl::IsResourceExhausted(set(std::string(limits::kTimerIdBytes + 1, 'x'), Content())));
  EXPECT_TRUE(absl::IsResourceExhausted(set("a", Content(std::string(limits::kTimerContentBytes + 1, 'x')))));
  Input large = Order("o1", kNoon, {}, 1);
  large.body = std::string(limits::kTimerContentBytes, 'x');
  TimerContent content = Content("x");
  content.trigger = std::make_shared<const Input>(large);
  EXPECT_TRUE(absl::IsResourceExhausted(set("a", content)));
  EXPECT_THAT(changes, IsEmpty());
  EXPECT_THAT(ada.timers, IsEmpty());

  content.note.clear();
  EXPECT_TRUE(set("a", content).ok());
  for (size_t i = 1; i < limits::kTimers; ++i) EXPECT_TRUE(set(StrCat("t", i), Content()).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(set("more", Content())));
  EXPECT_TRUE(set("a", Content()).ok()) << "one that is replaced is none more";
}

TEST(Timers, AreNotJudgedByOlderRulesNorByThoseWhoDoNotKnowThem) {
  const auto rules = RulesOf({});  // revision 1
  Profile ada = Ada();
  Effects effects;
  auto fire = [&](TimerPurpose purpose, int64_t revision) {
    auto content = std::make_shared<TimerContent>();
    content->purpose = purpose;
    content->rule_set_revision = revision;
    content->trigger = std::make_shared<const Input>(Order("o1", kNoon, {}, 1));
    Input input = Order("t", kNoon, {}, 1);
    input.payload = TimerFired{"t", 1, std::move(content)};
    effects.Clear(kNoon);
    return FireTimer(*rules, input, kOptions, &ada, &effects);
  };
  EXPECT_TRUE(absl::IsUnavailable(fire(TimerPurpose::kDelay, 2)));
  EXPECT_TRUE(absl::IsUnimplemented(fire(static_cast<TimerPurpose>(99), 1)));
  EXPECT_TRUE(fire(TimerPurpose::kDelay, 1).ok());
  ASSERT_THAT(effects.timers, SizeIs(1));
  EXPECT_EQ(effects.timers[0].timer_id, "t");
  EXPECT_FALSE(effects.timers[0].set);
}

}  // namespace
}  // namespace cadenza::rules
