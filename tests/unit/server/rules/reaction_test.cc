#include "server/rules/reaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Segment Vip(std::string condition = "user.event_count(\"order_placed\") >= 2") {
  Segment segment;
  segment.workspace = "pizza";
  segment.segment_id = "vip";
  segment.state = Segment::State::kActive;
  segment.condition = std::move(condition);
  segment.revision = 1;
  return segment;
}

Campaign On(Trigger trigger, std::string id, std::string condition = "") {
  Campaign campaign = KnotsCampaign();
  campaign.campaign_id = std::move(id);
  campaign.trigger = std::move(trigger);
  campaign.condition = std::move(condition);
  campaign.cooldown = absl::ZeroDuration();
  campaign.message.title = "";
  campaign.message.body = "Hello";
  return campaign;
}

Trigger Entered(std::string id = "vip") { return {Trigger::Kind::kSegmentEntered, "", "", std::move(id)}; }
Trigger Left(std::string id = "vip") { return {Trigger::Kind::kSegmentLeft, "", "", std::move(id)}; }
Trigger Ordered() { return {Trigger::Kind::kEventName, "order_placed", ""}; }

Trigger Reported(Receipt::Kind kind, std::string link_id = "", std::string campaign_id = "thanks") {
  Trigger trigger{Trigger::Kind::kReceipt, "", ""};
  trigger.campaign_id = std::move(campaign_id);
  trigger.receipt_kind = kind;
  trigger.link_id = std::move(link_id);
  return trigger;
}

class ReactTest : public ::testing::Test {
 protected:
  void Use(std::vector<Campaign> campaigns, std::vector<Segment> segments) {
    std::vector<std::string> errors;
    rule_set_ = RuleSet::Build(1, campaigns, nullptr, &errors, {}, segments);
    EXPECT_THAT(errors, IsEmpty());
  }
  // The campaigns that spoke, in order.
  std::vector<std::string> Submit(Input input) {
    applied_ = {};
    EXPECT_TRUE(apply::ApplyInput(input, {kGap}, &ada_, &applied_).ok());
    Effects effects;
    effects.Clear(input.clock);
    React(*rule_set_, input, kOptions, &applied_, &ada_, &effects);
    EXPECT_THAT(effects.errors, IsEmpty());
    timers_ = effects.timers;
    std::vector<std::string> ids;
    for (const Message& message : effects.messages) {
      ids.push_back(message.campaign_id);
      message_id_ = message.message_id;
    }
    return ids;
  }
  std::vector<std::string> Submit() { return Submit(Order("e" + std::to_string(++events_), kNoon, {}, 20)); }

  // Of the last message.
  std::vector<std::string> Report(Receipt::Kind kind, std::string link_id = "") {
    ++events_;
    Input input = Order("r" + std::to_string(events_), kNoon + absl::Minutes(events_), {}, 0);
    input.payload = Receipt{kind, reported_id_, std::move(link_id)};
    return Submit(std::move(input));
  }
  void ReportOnLast() { reported_id_ = message_id_; }

  std::shared_ptr<const RuleSet> rule_set_;
  Profile ada_ = Ada();
  apply::Applied applied_;
  TimerChanges timers_;

 private:
  int events_ = 0;
  std::string message_id_;   // of the last message
  std::string reported_id_;  // that Report is about
};

TEST_F(ReactTest, OneEventEntersASegmentAndTriggersItsCampaign) {
  Use({On(Entered(), "welcome", "user.event_count(\"order_placed\") == 2 && user.in_segment(\"vip\")"),
       On(Left(), "farewell")},
      {Vip()});
  EXPECT_THAT(Submit(), IsEmpty());
  EXPECT_THAT(Submit(), ElementsAre("welcome"));
  EXPECT_THAT(Submit(), IsEmpty()) << "he is in already";
}

TEST_F(ReactTest, TheFirstReportsTrigger) {
  using Kind = Receipt::Kind;
  Use({On(Ordered(), "thanks"), On(Reported(Kind::kOpened), "a-opened"), On(Reported(Kind::kClicked), "b-clicked"),
       On(Reported(Kind::kClicked, "menu"), "c-menu"), On(Reported(Kind::kDismissed), "d-dismissed"),
       On(Reported(Kind::kClicked, "", "other"), "e-other"),
       On(Reported(Kind::kClicked), "f-none", "event.link_id == 'nowhere'")},
      {});
  EXPECT_THAT(Submit(), ElementsAre("thanks"));
  ReportOnLast();
  EXPECT_THAT(Report(Kind::kDelivered), IsEmpty());
  EXPECT_THAT(Report(Kind::kClicked, "shop"), ElementsAre("a-opened", "b-clicked")) << "a click says that it is open";
  EXPECT_THAT(Report(Kind::kOpened), IsEmpty());
  EXPECT_THAT(Report(Kind::kClicked, "shop"), IsEmpty());
  EXPECT_THAT(Report(Kind::kClicked, "menu"), ElementsAre("b-clicked", "c-menu"));
  EXPECT_THAT(Report(Kind::kDismissed), ElementsAre("d-dismissed"));
}

TEST_F(ReactTest, AReceiptMovesTheSegmentsThatReadIt) {
  Use({On(Ordered(), "thanks"), On(Entered(), "welcome"), On(Left(), "farewell")},
      {Vip("user.opened(\"thanks\") && !user.clicked(\"thanks\", duration(\"1h\"))")});
  EXPECT_THAT(Submit(), ElementsAre("thanks"));
  ReportOnLast();
  EXPECT_THAT(Report(Receipt::Kind::kOpened), ElementsAre("welcome"));
  EXPECT_THAT(Report(Receipt::Kind::kClicked), ElementsAre("farewell"));
  ASSERT_THAT(timers_, ::testing::SizeIs(1)) << "he comes back in when the click is an hour ago";
  EXPECT_EQ(timers_[0].timer.fire_time,
            ada_.campaigns["thanks"].Of(Receipt::Kind::kClicked).last_time + absl::Hours(1));
}

TEST_F(ReactTest, LeavingTriggersToo) {
  Use({On(Left(), "farewell")}, {Vip("user.event_count(\"order_placed\") == 1")});
  EXPECT_THAT(Submit(), IsEmpty());
  EXPECT_THAT(Submit(), ElementsAre("farewell"));
}

TEST_F(ReactTest, CampaignsOfTheEventAndOfTheSegmentDecideInTheOrderOfTheirIds) {
  Use({On(Ordered(), "b"), On(Entered(), "a"), On(Entered(), "c"), On(Ordered(), "d"), On(Entered("other"), "e"),
       On({Trigger::Kind::kSessionStarted, "", ""}, "bb")},
      {Vip("user.event_count(\"order_placed\") == 1")});
  EXPECT_THAT(Submit(), ElementsAre("a", "b", "bb", "c", "d"));
}

TEST_F(ReactTest, InSegmentIsTrueOfThoseWhoAreIn) {
  Use({On(Ordered(), "in", "user.in_segment(\"vip\")"), On(Ordered(), "out", "!user.in_segment(\"vip\")")}, {Vip()});
  EXPECT_THAT(Submit(), ElementsAre("out"));
  EXPECT_THAT(Submit(), ElementsAre("in"));
}

TEST_F(ReactTest, AMessageMayBringTheUserIntoASegment) {
  Use({On(Ordered(), "thanks"), On(Entered(), "again", "user.received(\"thanks\")"), On(Entered("twice"), "third")},
      {Vip("user.received(\"thanks\")"), [] {
         Segment twice = Vip("user.received(\"again\")");
         twice.segment_id = "twice";
         return twice;
       }()});
  EXPECT_THAT(Submit(), ElementsAre("thanks", "again", "third"));
  EXPECT_EQ(ada_.segments.size(), 2u);
  EXPECT_THAT(Submit(), ElementsAre("thanks"));
}

TEST_F(ReactTest, CampaignsThatDriveEachOtherSpeakOnceAnInput) {
  // Entering sends, which makes him leave, which sends, which …
  Use({On(Ordered(), "start"), On(Entered(), "in"), On(Left(), "out")},
      {Vip("user.received(\"start\") && (!user.received(\"in\") || user.received(\"out\"))")});
  EXPECT_THAT(Submit(), ElementsAre("start", "in", "out"));
  EXPECT_TRUE(ada_.segments.find("vip") != ada_.segments.end());
}

TEST_F(ReactTest, SilentChangesAndHistoryTriggerNothing) {
  Segment running = Vip("true");
  running.evaluation = {.state = SegmentEvaluation::State::kRunning, .start_time = kNoon + absl::Hours(1)};
  Use({On(Entered(), "welcome")}, {running});
  EXPECT_THAT(Submit(), IsEmpty());
  EXPECT_EQ(applied_.segments.size(), 1u);

  Use({On(Entered(), "welcome")}, {Vip()});
  ada_ = Ada();
  Input late = Order("late", kNoon, {}, 20);
  late.time -= absl::Hours(100);
  EXPECT_THAT(Submit(late), IsEmpty());
  late.event_id = "later";
  EXPECT_THAT(Submit(late), IsEmpty());
  EXPECT_EQ(applied_.segments.size(), 1u) << "he is in all the same";
}

TEST_F(ReactTest, AnEvaluateTriggersWhatItChanges) {
  Use({On(Entered(), "welcome")}, {Vip("user.purchases.count == 0")});
  Input input = Order("x", kNoon, {}, 0);
  input.payload = Evaluate();
  EXPECT_THAT(Submit(input), ElementsAre("welcome"));
  EXPECT_EQ(ada_.version, 0) << "its number is the lane's";
  EXPECT_THAT(Submit(input), IsEmpty());
}

TEST_F(ReactTest, WithoutSegmentsItIsDecideAlone) {
  Use({On(Ordered(), "thanks")}, {});
  EXPECT_THAT(Submit(), ElementsAre("thanks"));
  EXPECT_THAT(applied_.segments, IsEmpty());
  EXPECT_THAT(timers_, IsEmpty());
}

TEST_F(ReactTest, ATimerWakesWhereTimeAloneChangesASegment) {
  Use({On(Left(), "farewell")}, {Vip("user.event_count(\"order_placed\", duration(\"2h\")) >= 1")});
  Submit(Order("e1", kNoon, {}, 20));
  ASSERT_EQ(timers_.size(), 1u);
  EXPECT_EQ(timers_[0].timer_id, kSegmentTimerId);
  EXPECT_EQ(timers_[0].timer.fire_time, kNoon + absl::Hours(2));
  EXPECT_EQ(timers_[0].content.purpose, TimerPurpose::kSegments);
  Submit(Order("e2", kNoon + absl::Hours(1), {}, 20));
  EXPECT_THAT(timers_, IsEmpty()) << "the earlier one will set it";

  const auto fire = [this](absl::Time at) {
    Input fired = Order("t" + absl::FormatTime(at), at, {}, 0);
    TimerContent content;
    content.purpose = TimerPurpose::kSegments;
    fired.payload = TimerFired{std::string(kSegmentTimerId), ada_.timers.at(kSegmentTimerId).set_seq,
                               std::make_shared<const TimerContent>(content)};
    return Submit(fired);
  };
  EXPECT_THAT(fire(kNoon + absl::Hours(2)), IsEmpty()) << "one order is within the window yet";
  ASSERT_EQ(timers_.size(), 1u);
  EXPECT_EQ(timers_[0].timer.fire_time, kNoon + absl::Hours(3));
  EXPECT_THAT(fire(kNoon + absl::Hours(3)), ElementsAre("farewell"));
  EXPECT_THAT(timers_, IsEmpty());
  EXPECT_TRUE(ada_.segments.empty());
}

TEST_F(ReactTest, ADelayedCampaignOfASegmentWaits) {
  Campaign later = On(Entered(), "later");
  later.delay = absl::Hours(1);
  Use({later}, {Vip("user.event_count(\"order_placed\") == 1")});
  EXPECT_THAT(Submit(), IsEmpty());
  ASSERT_EQ(timers_.size(), 1u);
  EXPECT_EQ(timers_[0].content.subject, "later");
}

}  // namespace
}  // namespace cadenza::rules
